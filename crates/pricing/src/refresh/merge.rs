//! Merges the two lists' views of one provider.

use std::collections::{BTreeMap, BTreeSet};

use super::Skipped;
use super::draft::Draft;
use super::genai::GenaiProvider;
use super::litellm::LiteLlmRow;
use crate::catalogue::{Catalogue, Provider};
use crate::flat::{Flat, tidy, unflatten};
use crate::header::ProviderHeader;
use crate::names;
use crate::row::{Epoch, Provenance, Row, Window};
use crate::row_format::{decimal, quoted};

/// Both lists have a figure, and they differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Our name of the provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The path of the figure in its line, such as `v/batch/in`.
    pub path: String,
    /// The figure of genai-prices, in the unit of the catalogue file.
    pub genai_prices: String,
    /// The figure of LiteLLM.
    pub litellm: String,
    /// Which was taken: `genai` or `litellm`.
    pub taken: &'static str,
}

impl Conflict {
    pub(super) fn to_json(&self) -> String {
        let Self { provider, model, path, genai_prices, litellm, taken } = self;
        let (provider, model, path) = (quoted(provider), quoted(model), quoted(path));
        format!(
            r#"{{"provider":{provider},"model":{model},"path":{path},"genai":{genai_prices},"litellm":{litellm},"taken":"{taken}"}}"#
        )
    }
}

/// The headers to fill: the committed ones, then one for each upstream provider that none of them claims.
pub(super) fn headers<'a>(
    committed: &'a Catalogue,
    genai: &[GenaiProvider],
    litellm: &[LiteLlmRow],
    skipped: &mut Vec<Skipped>,
) -> Vec<(ProviderHeader, Option<&'a Provider>)> {
    let mut headers: Vec<_> =
        committed.providers.iter().map(|provider| (provider.header.clone(), Some(provider))).collect();
    let claims = |pick: fn(&ProviderHeader) -> &Vec<String>, name: &String| {
        committed.providers.iter().any(|provider| pick(&provider.header).contains(name))
    };
    let mut new: BTreeMap<String, ProviderHeader> = BTreeMap::new();
    for provider in genai.iter().filter(|provider| !claims(|header| &header.upstream.genai, &provider.id)) {
        let slug = slug(&provider.id);
        let header = new.entry(slug.clone()).or_default();
        header.provider = slug;
        header.upstream.genai.push(provider.id.clone());
    }
    let names: BTreeSet<_> = litellm.iter().map(|row| &row.provider).collect();
    for name in names.into_iter().filter(|name| !claims(|header| &header.upstream.litellm, name)) {
        let slug = slug(name);
        let header = new.entry(slug.clone()).or_default();
        header.provider = slug;
        header.upstream.litellm.push(name.clone());
    }
    for (slug, header) in new {
        if committed.provider(&slug).is_some() {
            let reason =
                "a provider of this name does not claim it; add it to the header's `upstream`".to_owned();
            skipped.push(Skipped { provider: slug, model: "*".to_owned(), reason });
        } else {
            headers.push((header, None));
        }
    }
    headers
}

/// Our name for a provider that a list brings along. It becomes a file name, so nothing but letters, digits and dashes
/// gets through.
fn slug(name: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let slug: String = name.chars().map(letter).collect();
    slug.trim_matches('-').to_owned()
}

/// A model's name without the provider that LiteLLM puts before it.
pub(super) fn own_name(header: &ProviderHeader, provider: &str, id: &str) -> String {
    let mut segments = header.upstream.strip.iter().map(String::as_str).chain([provider]);
    let stripped = segments.find_map(|segment| id.strip_prefix(segment)?.strip_prefix('/'));
    names::fold(stripped.unwrap_or(id)).into_owned()
}

/// What both lists say about the models of one provider.
pub(super) struct Drafts {
    genai: Vec<Draft>,
    litellm: Vec<Draft>,
}

/// Whether each list still knows the provider at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    pub(super) genai: bool,
    pub(super) litellm: bool,
}

impl Drafts {
    pub(super) fn of(header: &ProviderHeader, genai: &[GenaiProvider], litellm: &[LiteLlmRow]) -> Self {
        let upstream = &header.upstream;
        let ours = genai.iter().filter(|provider| upstream.genai.contains(&provider.id));
        let genai = ours.flat_map(|provider| provider.models.iter().cloned()).collect();
        let rows = litellm.iter().filter(|row| upstream.litellm.contains(&row.provider));
        let mut seen = BTreeSet::new();
        let mut litellm = Vec::new();
        for row in rows {
            let mut draft = row.draft.clone();
            draft.id = own_name(header, &row.provider, &draft.id);
            // The same model listed twice, with and without its provider's prefix: the first is taken.
            if seen.insert(draft.id.clone()) {
                litellm.push(draft);
            }
        }
        Self { genai, litellm }
    }

    pub(super) fn presence(&self) -> Presence {
        Presence { genai: !self.genai.is_empty(), litellm: !self.litellm.is_empty() }
    }

    /// The newest LiteLLM snapshot of a model that LiteLLM lists by dated names only, if it contradicts nothing: it
    /// completes the line.
    fn agreeing_snapshot(&self, header: &ProviderHeader, model: &Draft) -> Option<&Draft> {
        let id = names::fold(&model.id);
        let agrees = |snapshot: &&Draft| {
            let mut conflicts = Vec::new();
            merge_figures(header, &snapshot.id, model, snapshot, &mut conflicts);
            conflicts.is_empty() && ["in", "out"].iter().all(|path| snapshot.flat.contains_key(*path))
        };
        let snapshots = self.litellm.iter().filter(|row| names::without_date(&row.id) == Some(id.as_ref()));
        snapshots.filter(agrees).max_by(|one, other| one.id.cmp(&other.id))
    }

    /// The genai-prices model that a LiteLLM row is a snapshot of, and whether its list says so in full.
    fn parent(&self, id: &str) -> Option<(usize, bool)> {
        let listed = |draft: &Draft| draft.aliases.iter().any(|alias| alias == id);
        if let Some(place) = self.genai.iter().position(listed) {
            return Some((place, true));
        }
        let undated = names::without_date(id)?;
        let names = |draft: &Draft| {
            names::fold(&draft.id) == undated || draft.aliases.iter().any(|alias| alias == undated)
        };
        Some((self.genai.iter().position(names)?, false))
    }
}

/// The lines of one provider by both lists.
pub(super) struct Merged {
    pub(super) lines: BTreeMap<String, Row>,
    /// Models that a list has, but without a price that can be believed.
    pub(super) refused: BTreeSet<(String, Provenance)>,
}

/// What merging needs to know about a provider beside its drafts.
pub(super) struct Merger<'a> {
    pub(super) header: &'a ProviderHeader,
    /// Says if a price of zero is accepted for a model.
    pub(super) zero_is_accepted: &'a dyn Fn(&str) -> bool,
    pub(super) refused: BTreeSet<(String, Provenance)>,
    pub(super) skipped: &'a mut Vec<Skipped>,
}

/// Makes the lines of one provider.
pub(super) fn merge_provider(
    mut merger: Merger<'_>,
    drafts: &Drafts,
    conflicts: &mut Vec<Conflict>,
) -> Merged {
    let mut lines: BTreeMap<String, (Row, bool)> = BTreeMap::new();
    let mut parents: Vec<Option<Row>> = Vec::new();
    let twin = |id: &str| drafts.litellm.iter().find(|row| row.id == id);
    for model in &drafts.genai {
        let id = names::fold(&model.id).into_owned();
        let complete = twin(&id).or_else(|| drafts.agreeing_snapshot(merger.header, model));
        let row = merger.combine(&id, Some(model), complete, conflicts);
        parents.push(row.clone());
        if let Some(row) = row {
            lines.entry(id).or_insert((row, true));
        }
    }
    let own: BTreeSet<_> = drafts.genai.iter().map(|model| names::fold(&model.id).into_owned()).collect();
    for snapshot in drafts.litellm.iter().filter(|row| !own.contains(&row.id)) {
        let parent = drafts.parent(&snapshot.id);
        let model = parent.map(|(place, _)| &drafts.genai[place]);
        let mut found = Vec::new();
        let mut row = merger.combine(&snapshot.id, model, Some(snapshot), &mut found);
        // A snapshot that the other list does not name may well have a price of its own.
        if parent.is_some_and(|(_, named)| !named)
            && found.iter().any(|conflict| matches!(conflict.path.as_str(), "in" | "out"))
        {
            found.clear();
            row = merger.combine(&snapshot.id, None, Some(snapshot), &mut found);
        }
        let parent = parent.and_then(|(place, _)| {
            Some((names::fold(&drafts.genai[place].id).into_owned(), parents[place].as_ref()?))
        });
        if let (Some(row), Some((parent_id, parent_row))) = (&row, &parent)
            && row.terms == parent_row.terms
            && row.regions == parent_row.regions
            && row.history == parent_row.history
        {
            // Nothing of its own: the snapshot is another name of its model.
            if let Some((line, _)) = lines.get_mut(parent_id)
                && !line.aliases.contains(&snapshot.id)
            {
                line.aliases.push(snapshot.id.clone());
                line.aliases.sort();
            }
            continue;
        }
        conflicts.append(&mut found);
        if let Some(row) = row {
            lines.entry(snapshot.id.clone()).or_insert((row, false));
        }
    }
    let ids: BTreeSet<_> = lines.keys().cloned().collect();
    for (row, _) in lines.values_mut() {
        row.aliases.retain(|alias| !ids.contains(alias));
    }
    Merged { lines: lines.into_iter().map(|(id, (row, _))| (id, row)).collect(), refused: merger.refused }
}

/// Which list a line is taken from where both have a figure and differ.
fn litellm_is_believed(header: &ProviderHeader, litellm: &Draft) -> bool {
    header.upstream.prefer.as_deref() == Some("litellm") || !litellm.windows.is_empty()
}

/// Figures about which the list with more detail is believed, as long as the lists agree on the standard price.
fn is_detail(path: &str) -> bool {
    path.starts_with("r/") || path.contains("audio") || path.contains("tiers/")
}

impl Merger<'_> {
    fn refuse(&mut self, id: &str, list: Provenance, reason: &str) {
        self.refused.insert((id.to_owned(), list));
        self.skipped.push(Skipped {
            provider: self.header.provider.clone(),
            model: id.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Makes one line from what the lists say about a model.
    fn combine<'d>(
        &mut self,
        id: &str,
        genai: Option<&'d Draft>,
        litellm: Option<&'d Draft>,
        conflicts: &mut Vec<Conflict>,
    ) -> Option<Row> {
        let header = self.header;
        let is_free_name =
            id.ends_with(":free") || header.free_suffix.as_deref().is_some_and(|suffix| id.ends_with(suffix));
        let free = header.free || is_free_name || (self.zero_is_accepted)(id);
        let deprecated = litellm.and_then(|row| row.deprecated);
        let mut believable = |draft: Option<&'d Draft>, list: Provenance| {
            let believed = draft.filter(|draft| free || !draft.is_free());
            if draft.is_some() && believed.is_none() {
                self.refuse(
                    id,
                    list,
                    "listed without a price, or at zero where zero is not known to be meant",
                );
            }
            believed
        };
        let genai = believable(genai, Provenance::GenaiPrices);
        let litellm = believable(litellm, Provenance::LiteLlm);
        let before = conflicts.len();
        let (mut flat, provenance) = match (genai, litellm) {
            (Some(genai), Some(litellm)) => {
                (merge_figures(header, id, genai, litellm, conflicts), Provenance::Both)
            }
            (Some(only), None) => (only.flat.clone(), Provenance::GenaiPrices),
            (None, Some(only)) => (only.flat.clone(), Provenance::LiteLlm),
            (None, None) => return None,
        };
        if flat.is_empty() && free {
            flat = [("in".to_owned(), 0), ("out".to_owned(), 0)].into();
        }
        adjust(header, &mut flat);
        tidy(&mut flat);
        let (terms, regions) = unflatten(&flat);
        let found = &conflicts[before..];
        let has_other_base = found
            .iter()
            .any(|conflict| matches!(conflict.path.as_str(), "in" | "out") && conflict.taken == "litellm");
        let knows_weekdays = litellm.is_some_and(|row| !row.windows.is_empty());
        let own = genai.filter(|model| names::fold(&model.id) == id);
        let mut row = Row {
            aliases: own.map(|model| model.aliases.clone()).unwrap_or_default(),
            prefixes: own.map(|model| model.prefixes.clone()).unwrap_or_default(),
            terms,
            regions,
            // The past of another standard price than the one taken is another model's past.
            history: genai
                .filter(|_| !has_other_base || knows_weekdays)
                .map(|model| epochs(header, model))
                .unwrap_or_default(),
            provenance: if found.is_empty() { provenance } else { Provenance::Conflict },
            deprecated,
        };
        // The list that knows weekdays is believed about windows.
        let windows =
            litellm.into_iter().chain(genai).map(|draft| &draft.windows).find(|windows| !windows.is_empty());
        for window in windows.into_iter().flatten() {
            row.terms.windows.push(Window {
                weekdays: window.weekdays,
                spans: window.spans.clone(),
                prices: unflatten(&window.rates).0.prices,
            });
        }
        if row.terms.is_empty() {
            self.refuse(id, provenance, "no figure that can be applied to a call");
            return None;
        }
        Some(row)
    }
}

fn merge_figures(
    header: &ProviderHeader,
    id: &str,
    genai: &Draft,
    litellm: &Draft,
    conflicts: &mut Vec<Conflict>,
) -> Flat {
    let (mut genai_flat, mut litellm_flat) = (genai.flat.clone(), litellm.flat.clone());
    adjust(header, &mut genai_flat);
    adjust(header, &mut litellm_flat);
    settle_variants(&genai_flat, &mut litellm_flat);
    let believes_litellm = litellm_is_believed(header, litellm);
    let differs = |path: &str| matches!((genai_flat.get(path), litellm_flat.get(path)), (Some(ours), Some(theirs)) if ours != theirs);
    let base_differs = differs("in") || differs("out");
    let (mut merged, others) = if believes_litellm {
        (litellm_flat.clone(), &genai_flat)
    } else {
        (genai_flat.clone(), &litellm_flat)
    };
    for (path, value) in others {
        // Rates that belong to another standard price than the one taken would not fit it.
        let fits = !base_differs
            || path.starts_with("r/")
            || path.starts_with("fee/")
            || matches!(path.as_str(), "in" | "out");
        if fits && !merged.contains_key(path) {
            merged.insert(path.clone(), *value);
        }
    }
    for (path, theirs) in &litellm_flat {
        let Some(ours) = genai_flat.get(path).filter(|ours| *ours != theirs) else { continue };
        let believed = believes_litellm || is_detail(path) && !base_differs;
        merged.insert(path.clone(), if believed { *theirs } else { *ours });
        let decimals = if path.starts_with("fee/") { 12 } else { 6 };
        conflicts.push(Conflict {
            provider: header.provider.clone(),
            model: id.to_owned(),
            path: path.clone(),
            genai_prices: decimal(*ours, decimals),
            litellm: decimal(*theirs, decimals),
            taken: if believed { "litellm" } else { "genai" },
        });
    }
    merged
}

/// A variant that one list gives as rates and the other as a multiplier is kept as rates.
fn settle_variants(genai: &Flat, litellm: &mut Flat) {
    if genai.keys().any(|path| path.starts_with("v/fast/")) {
        litellm.remove("v/fast");
    }
}

/// Brings a list's ways of writing the same thing to one.
fn adjust(header: &ProviderHeader, flat: &mut Flat) {
    // The list writes "from 200,000 on" as "above 199,999".
    if header.tier_at == crate::header::TierAt::Ge {
        let moved: Vec<_> =
            flat.keys().filter(|path| path.contains("tiers/") && path.contains("999/")).cloned().collect();
        for path in moved {
            let renamed = path.split('/').map(|part| match part.parse::<u64>() {
                Ok(at) if at % 1000 == 999 => (at + 1).to_string(),
                _ => part.to_owned(),
            });
            let renamed = renamed.collect::<Vec<_>>().join("/");
            if let Some(value) = flat.remove(&path) {
                flat.insert(renamed, value);
            }
        }
    }
    let prefixed = |flat: &Flat, prefix: &str| -> Flat {
        flat.iter()
            .filter_map(|(path, value)| Some((path.strip_prefix(prefix)?.to_owned(), *value)))
            .collect()
    };
    let (fast, priority) = (prefixed(flat, "v/fast/"), prefixed(flat, "v/priority/"));
    if !fast.is_empty() && fast == priority {
        flat.retain(|path, _| !path.starts_with("v/fast/"));
    }
    // Grounding is billed once per request or per search, not both.
    if flat.contains_key("fee/searched_request") {
        flat.remove("fee/web_search");
    }
}

fn epochs(header: &ProviderHeader, model: &Draft) -> Vec<Epoch> {
    let epochs = model.history.iter().map(|(until, rates)| {
        let mut rates = rates.clone();
        adjust(header, &mut rates);
        tidy(&mut rates);
        // Fees are kept only where they were another figure then.
        rates.retain(|path, value| !path.starts_with("fee/") || model.flat.get(path) != Some(value));
        Epoch { until: *until, terms: unflatten(&rates).0 }
    });
    epochs.collect()
}
