//! The catalogue in the form in which it is asked: an index from provider and model name to a row.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::catalogue::{Catalogue, Manifest, Provider};
use crate::factor::Factor;
use crate::header::ProviderHeader;
use crate::layer::Layer;
use crate::meter::Meter;
use crate::names;
use crate::row::Row;

/// How a model name led to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MatchKind {
    /// The name is the row's name.
    Exact,
    /// The name is listed as another name of the row, or is another spelling of it.
    Alias,
    /// The row is the name without a date, a moving alias or a routing tag; the price may differ for that snapshot.
    DateStripped,
    /// The row is the name without its geography; the price may differ there.
    RegionStripped,
    /// The name only begins like the row's.
    Prefix,
    /// Another provider, whose models this one resells, has the row.
    ProviderFallback,
}

impl MatchKind {
    /// The word for attributes and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Alias => "alias",
            Self::DateStripped => "date_stripped",
            Self::RegionStripped => "region_stripped",
            Self::Prefix => "prefix",
            Self::ProviderFallback => "provider_fallback",
        }
    }

    /// Whether the row is certainly the model that was asked for.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Exact | Self::Alias)
    }
}

/// Why there is no price. Tokens stay, the cost is absent, and this is the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unpriced {
    /// The call names no model.
    NoModel,
    /// No row of the provider matches the model.
    UnknownModel,
    /// The provider is not in the table, or the call names none and the model does not tell.
    UnknownProvider,
    /// Nothing is known about what was consumed.
    NoUsage,
    /// The row has no rate for a kind of token that was used.
    UnknownRate(Meter),
}

impl Unpriced {
    /// The word for the reason attribute and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::UnknownModel => "unknown_model",
            Self::UnknownProvider => "unknown_provider",
            Self::NoUsage => "no_usage",
            Self::UnknownRate(_) => "unknown_rate",
        }
    }
}

/// A row that was found, as a small copyable handle into its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) row: u32,
    /// The provider that was asked, which is not the row's owner after a fallback.
    pub(crate) provider: u16,
    pub(crate) kind: MatchKind,
    /// Whether the request's model was taken because the response's is unknown.
    pub(crate) by_request: bool,
}

#[derive(Debug)]
pub(crate) struct ProviderIndex {
    pub(crate) header: ProviderHeader,
    names: HashMap<Box<str>, (u32, MatchKind)>,
    /// Longest first.
    prefixes: Vec<(Box<str>, u32)>,
    fallback: Vec<u16>,
    pub(crate) discount: Factor,
}

#[derive(Debug)]
pub(crate) struct IndexedRow {
    pub(crate) name: Box<str>,
    pub(crate) owner: u16,
    pub(crate) layer: Layer,
    pub(crate) row: Row,
}

/// Every price there is, ready to be asked. Share one behind an `Arc`; it never changes.
#[derive(Debug)]
pub struct PriceTable {
    pub(crate) manifest: Manifest,
    pub(crate) rows: Vec<IndexedRow>,
    pub(crate) providers: Vec<ProviderIndex>,
    provider_names: HashMap<String, u16>,
    deployments: HashMap<String, (Option<u16>, String)>,
    free_row: Option<u32>,
}

impl PriceTable {
    /// Indexes a catalogue alone, without settings of the user.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        let mut table = Self {
            manifest: catalogue.manifest,
            rows: Vec::new(),
            providers: Vec::new(),
            provider_names: HashMap::new(),
            deployments: HashMap::new(),
            free_row: None,
        };
        for provider in catalogue.providers {
            table.add_provider(provider, Layer::Bundled);
        }
        table.link();
        table
    }

    /// The day and the sources of the figures.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How many models there are, aliases not counted.
    #[must_use]
    pub fn model_count(&self) -> usize {
        self.rows.len() - usize::from(self.free_row.is_some())
    }

    /// How many providers there are.
    #[must_use]
    pub fn provider_count(&self) -> usize {
        self.providers.len()
    }

    /// Our name for a provider, given any of its names or `gen_ai.provider.name` values.
    #[must_use]
    pub fn provider_name(&self, name: &str) -> Option<&str> {
        self.provider_index(name).map(|index| self.provider(index).header.provider.as_str())
    }

    pub(crate) fn provider(&self, index: u16) -> &ProviderIndex {
        &self.providers[usize::from(index)]
    }

    pub(crate) fn row(&self, found: Found) -> &IndexedRow {
        &self.rows[found.row as usize]
    }

    pub(crate) fn is_free_row(&self, found: Found) -> bool {
        self.free_row == Some(found.row)
    }

    /// Whether this is the row that stands for all names known to be free, and for no model.
    pub(crate) fn is_free_row_number(&self, number: usize) -> bool {
        self.free_row.is_some_and(|free| free as usize == number)
    }

    pub(crate) fn provider_index(&self, name: &str) -> Option<u16> {
        self.provider_names.get(provider_key(name).as_ref()).copied()
    }

    /// The provider whose API answers on a host.
    pub(crate) fn provider_of_host(&self, host: &str) -> Option<u16> {
        let host = host.trim().trim_start_matches("https://").trim_start_matches("http://");
        let host = host.split(['/', ':']).next().unwrap_or(host);
        let serves = |end: &String| {
            host.strip_suffix(end.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '-']))
        };
        let place = self.providers.iter().position(|provider| provider.header.hosts.iter().any(serves))?;
        u16::try_from(place).ok()
    }

    pub(crate) fn add_provider(&mut self, provider: Provider, layer: Layer) -> Option<u16> {
        let owner = u16::try_from(self.providers.len()).ok()?;
        let header = &provider.header;
        let names = [&header.provider]
            .into_iter()
            .chain(&header.otel)
            .chain(&header.upstream.genai)
            .chain(&header.upstream.litellm);
        for name in names {
            self.provider_names.entry(provider_key(name).into_owned()).or_insert(owner);
        }
        self.providers.push(ProviderIndex {
            header: provider.header,
            names: HashMap::with_capacity(provider.models.len() * 2),
            prefixes: Vec::new(),
            fallback: Vec::new(),
            discount: Factor::ONE,
        });
        for (name, row) in provider.models {
            self.add_row(owner, &name, row, layer);
        }
        Some(owner)
    }

    pub(crate) fn add_row(&mut self, owner: u16, name: &str, row: Row, layer: Layer) -> u32 {
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let index = &mut self.providers[usize::from(owner)];
        index.names.insert(names::fold(name).into(), (number, MatchKind::Exact));
        for prefix in &row.prefixes {
            index.prefixes.push((names::fold(prefix).into(), number));
        }
        self.rows.push(IndexedRow { name: name.into(), owner, layer, row });
        number
    }

    /// Settles what needs every row: aliases yield to names, longest prefixes first, fallbacks by number.
    pub(crate) fn link(&mut self) {
        for (number, indexed) in self.rows.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let index = &mut self.providers[usize::from(indexed.owner)];
            for alias in &indexed.row.aliases {
                index.names.entry(names::fold(alias).into()).or_insert((number, MatchKind::Alias));
            }
        }
        for place in 0..self.providers.len() {
            self.providers[place].prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
            let fallback = self.providers[place].header.fallback.iter();
            self.providers[place].fallback = fallback.filter_map(|name| self.provider_index(name)).collect();
        }
        if let Some(owner) = self.providers.iter().position(|provider| provider.header.free_suffix.is_some())
        {
            let mut row = Row::default();
            row.terms.prices.rates.set(Meter::Input, 0);
            row.terms.prices.rates.set(Meter::Output, 0);
            self.free_row = u32::try_from(self.rows.len()).ok();
            let owner = u16::try_from(owner).unwrap_or(0);
            self.rows.push(IndexedRow { name: "free".into(), owner, layer: Layer::Bundled, row });
        }
    }

    pub(crate) fn add_deployment(&mut self, alias: &str, target: &str) {
        let (provider, model) = self.split_target(target);
        let model = model.to_owned();
        self.deployments.insert(names::fold(alias).into_owned(), (provider, model));
    }

    /// Splits `provider/model` if the first part names a provider.
    pub(crate) fn split_target<'t>(&self, target: &'t str) -> (Option<u16>, &'t str) {
        match target.split_once('/') {
            Some((first, rest)) if self.provider_index(first).is_some() => (self.provider_index(first), rest),
            _ => (None, target),
        }
    }

    /// The row of a provider that a name stands for without any loosening, and whether the name is the row's own.
    pub(crate) fn literal_row(&self, owner: u16, name: &str) -> Option<(u32, bool)> {
        let (row, kind) = self.provider(owner).literally(&names::fold(name), None)?;
        Some((row, kind == MatchKind::Exact))
    }

    /// Finds the row for a call: the response's model first, the request's if that is unknown.
    pub(crate) fn find(
        &self,
        provider: Option<&str>,
        host: Option<&str>,
        response_model: Option<&str>,
        request_model: Option<&str>,
        zone: Option<&str>,
    ) -> Result<Found, Unpriced> {
        let mut reason = Unpriced::NoModel;
        let models = [(response_model, false), (request_model, true)];
        for (model, by_request) in
            models.into_iter().filter_map(|(model, by_request)| Some((model?, by_request)))
        {
            match self.find_model(provider, host, model, zone) {
                Ok(found) => {
                    return Ok(Found { by_request: by_request && response_model.is_some(), ..found });
                }
                // The response's model tells more, so its reason is kept.
                Err(error) if reason == Unpriced::NoModel => reason = error,
                Err(_) => {}
            }
        }
        Err(reason)
    }

    fn find_model(
        &self,
        provider: Option<&str>,
        host: Option<&str>,
        model: &str,
        zone: Option<&str>,
    ) -> Result<Found, Unpriced> {
        if model.trim().is_empty() {
            return Err(Unpriced::NoModel);
        }
        if model.len() > names::MAX_NAME {
            return Err(Unpriced::UnknownModel);
        }
        let folded = names::fold(model);
        let (mut owner, mut name) = (None, folded.as_ref());
        let target;
        if let Some((deployed_at, deployed)) = self.deployments.get(name) {
            target = names::fold(deployed);
            (owner, name) = (*deployed_at, target.as_ref());
        }
        let named = provider.filter(|provider| !provider.trim().is_empty());
        let owner = match (owner, named) {
            (Some(owner), _) => owner,
            (None, Some(named)) => self
                .provider_index(named)
                .or_else(|| self.provider_of_host(host?))
                .ok_or(Unpriced::UnknownProvider)?,
            (None, None) => host
                .and_then(|host| self.provider_of_host(host))
                .or_else(|| self.infer_provider(name))
                .ok_or(Unpriced::UnknownProvider)?,
        };
        if let Some((row, kind)) = self.find_in(owner, name, zone) {
            return Ok(Found { row, provider: owner, kind, by_request: false });
        }
        for other in &self.provider(owner).fallback {
            if let Some((row, _)) = self.find_in(*other, name, zone) {
                return Ok(Found {
                    row,
                    provider: owner,
                    kind: MatchKind::ProviderFallback,
                    by_request: false,
                });
            }
        }
        Err(Unpriced::UnknownModel)
    }

    pub(crate) fn infer_provider(&self, name: &str) -> Option<u16> {
        let bare = names::without_path(name).unwrap_or(name);
        if let Some(owner) = bare.split_once('/').and_then(|(first, _)| self.provider_index(first)) {
            return Some(owner);
        }
        let bare = bare.strip_prefix("ft:").unwrap_or(bare);
        let tells = |beginning: &String| bare.starts_with(beginning.as_str());
        let place = self.providers.iter().position(|provider| provider.header.infer.iter().any(tells))?;
        u16::try_from(place).ok()
    }

    fn find_in(&self, owner: u16, name: &str, zone: Option<&str>) -> Option<(u32, MatchKind)> {
        let index = self.provider(owner);
        if let Some(base) = names::fine_tune_base(name) {
            // A fine-tuned model has a price of its own; its base's price would be wrong, so there is no step further.
            return index.spelled(base, zone).or_else(|| {
                let undated = names::without_date(base)?;
                index.spelled(undated, zone).map(|(row, _)| (row, MatchKind::DateStripped))
            });
        }
        let path = names::without_path(name);
        let provider_free =
            path.unwrap_or(name).split_once('/').filter(|(first, _)| self.provider_index(first).is_some());
        let bases = [Some(name), path, provider_free.map(|(_, rest)| rest)];
        let bases = || bases.into_iter().flatten();
        bases()
            .find_map(|base| index.spelled(base, zone))
            .or_else(|| bases().find_map(|base| self.loosely(index, base, zone)))
            .or_else(|| bases().find_map(|base| index.by_prefix(base)))
    }

    /// Matches that may be the wrong price: without date, without tag, without geography.
    fn loosely(&self, index: &ProviderIndex, base: &str, zone: Option<&str>) -> Option<(u32, MatchKind)> {
        if index.header.free_suffix.as_deref().is_some_and(|suffix| base.ends_with(suffix)) {
            return Some((self.free_row?, MatchKind::Alias));
        }
        let stripped = |name: &str| {
            let unversioned = names::without_version(name).unwrap_or(name);
            let undated = names::without_date(unversioned).unwrap_or(unversioned);
            [unversioned, undated].into_iter().find_map(|bare| index.spelled(bare, zone)).map(|(row, _)| row)
        };
        if let Some(row) = stripped(base) {
            return Some((row, MatchKind::DateStripped));
        }
        if let Some((untagged, _)) = base.rsplit_once(':')
            && let Some((row, _)) = index.spelled(untagged, zone)
        {
            return Some((row, MatchKind::DateStripped));
        }
        let without_geography =
            index.header.geo.iter().find_map(|geography| base.strip_prefix(geography.as_str()))?;
        let (row, _) = index
            .spelled(without_geography, zone)
            .or_else(|| Some((stripped(without_geography)?, MatchKind::Alias)))?;
        Some((row, MatchKind::RegionStripped))
    }
}

impl ProviderIndex {
    fn literally(&self, name: &str, zone: Option<&str>) -> Option<(u32, MatchKind)> {
        let in_zone = zone.and_then(|zone| self.names.get(format!("{zone}/{name}").as_str()));
        in_zone.or_else(|| self.names.get(name)).copied()
    }

    fn spelled(&self, name: &str, zone: Option<&str>) -> Option<(u32, MatchKind)> {
        self.literally(name, zone).or_else(|| {
            let other = names::spellings(name).into_iter().find_map(|other| self.literally(&other, zone));
            other.map(|(row, _)| (row, MatchKind::Alias))
        })
    }

    fn by_prefix(&self, name: &str) -> Option<(u32, MatchKind)> {
        let prefix = self.prefixes.iter().find(|(prefix, _)| names::continues(name, prefix))?;
        Some((prefix.1, MatchKind::Prefix))
    }
}

/// Provider names differ in case and separators only: `X_AI`, `x-ai`, `azure.ai.openai`.
fn provider_key(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.to_ascii_lowercase().replace(['_', '.', ' '], "-"))
}
