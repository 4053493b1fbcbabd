//! The two public price lists, from files or from the web, and what they make of the prices in use.

use std::path::Path;

use otel_genai::pricing::{
    Accept, Catalogue, GENAI_PRICES_URL, Held, LITELLM_URL, PriceList, RefreshInput, Refreshed, Skipped,
    refresh,
};
use serde::Serialize;

use super::arguments::{ListArguments, Source};
use crate::failure::Failure;
use crate::moment;

/// Merges the lists into a catalogue.
pub(super) fn merge(committed: &Catalogue, arguments: &ListArguments) -> Result<Refreshed, Failure> {
    let genai_prices = List::read(
        arguments.genai_prices.as_ref(),
        arguments.genai_prices_version.as_deref(),
        GENAI_PRICES_URL,
        "--genai-prices",
    )?;
    let litellm = List::read(
        arguments.litellm.as_ref(),
        arguments.litellm_version.as_deref(),
        LITELLM_URL,
        "--litellm",
    )?;
    let refreshed = refresh(&RefreshInput {
        committed,
        genai_prices: genai_prices.as_price_list(),
        litellm: litellm.as_price_list(),
        today: arguments.date.unwrap_or_else(moment::today),
        accept: &arguments.accept,
    })
    .map_err(|error| Failure::Work(error.to_string()))?;
    check_accepted(&arguments.accept, committed, &refreshed.catalogue)?;
    Ok(refreshed)
}

/// Refuses names that accept nothing: a slip would leave held back what was meant to be taken.
fn check_accepted(accept: &[Accept], before: &Catalogue, after: &Catalogue) -> Result<(), Failure> {
    let has_provider =
        |name: &str| [before, after].iter().any(|catalogue| catalogue.provider(name).is_some());
    let has_model = |provider: &str, model: &str| {
        let providers = [before, after].into_iter().filter_map(|catalogue| catalogue.provider(provider));
        providers.into_iter().any(|provider| provider.models.contains_key(model))
    };
    for accept in accept {
        let unknown = match accept {
            Accept::Provider(provider) if !has_provider(provider) => provider.clone(),
            Accept::Model { provider, model } if !has_model(provider, model) => format!("{provider}/{model}"),
            _ => continue,
        };
        let message = format!(
            "--accept {unknown}: neither the prices in use nor the lists have it; nothing was changed"
        );
        return Err(Failure::Usage(message));
    }
    Ok(())
}

/// A change that was held back.
#[derive(Serialize)]
pub(super) struct HeldChange {
    pub(super) provider: String,
    /// Absent if all of the provider is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    pub(super) reason: String,
}

/// A row of a list that could not be used.
#[derive(Serialize)]
pub(super) struct SkippedRow {
    provider: String,
    model: String,
    reason: String,
}

impl From<Held> for HeldChange {
    fn from(held: Held) -> Self {
        let Held { provider, model, reason } = held;
        Self { provider, model, reason }
    }
}

impl HeldChange {
    /// Returns its cells for people.
    pub(super) fn cells(&self) -> Vec<String> {
        let Self { provider, model, reason } = self;
        let what = model.as_ref().map_or_else(|| provider.clone(), |model| format!("{provider}/{model}"));
        vec!["held back".into(), what, reason.clone()]
    }
}

impl From<Skipped> for SkippedRow {
    fn from(skipped: Skipped) -> Self {
        let Skipped { provider, model, reason } = skipped;
        Self { provider, model, reason }
    }
}

/// A list as it was read.
struct List {
    version: String,
    bytes: Vec<u8>,
}

impl List {
    fn read(
        source: Option<&Source>,
        version: Option<&str>,
        default_url: &str,
        option: &str,
    ) -> Result<Self, Failure> {
        let (name, bytes) = match source {
            Some(Source::File(path)) => (file_name(path), read_file(path)?),
            Some(Source::Url(url)) => (url.clone(), fetch(url, option)?),
            None => (default_url.to_owned(), fetch(default_url, option)?),
        };
        Ok(Self { version: version.map_or(name, str::to_owned), bytes })
    }

    fn as_price_list(&self) -> PriceList<'_> {
        PriceList { version: &self.version, bytes: &self.bytes }
    }
}

/// The name alone: the rest of a path says where somebody's files are.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Work(format!("cannot read {}: {error}", path.display())))
}

#[cfg(feature = "fetch")]
fn fetch(url: &str, option: &str) -> Result<Vec<u8>, Failure> {
    use std::error::Error;
    use std::io::Read;
    use std::time::Duration;

    /// Twenty times the larger list of today: more is something else.
    const MOST_BYTES: u64 = 64 << 20;
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
    const TIMEOUT: Duration = Duration::from_secs(120);

    let get = || -> Result<Vec<u8>, Box<dyn Error>> {
        let client = reqwest::blocking::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(concat!("otel-genai/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let response = client.get(url).send()?.error_for_status()?;
        let mut bytes = Vec::new();
        response.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err("it is larger than 64 MiB".into());
        }
        Ok(bytes)
    };
    get().map_err(|error| {
        // The outermost error only says that sending failed.
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            reason = format!("{reason}: {inner}");
            source = inner.source();
        }
        Failure::Work(format!("cannot fetch {url}: {reason}; download it and name the file with {option}"))
    })
}

#[cfg(not(feature = "fetch"))]
fn fetch(url: &str, option: &str) -> Result<Vec<u8>, Failure> {
    Err(Failure::Usage(format!(
        "this program was built without the cargo feature `fetch`; download {url} and name the file with {option}"
    )))
}
