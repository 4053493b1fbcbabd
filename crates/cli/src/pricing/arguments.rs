//! What can be asked about prices.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use otel_genai::pricing::{Accept, Date, DateError, PriceSources, Variant};

use crate::arguments::SettingsArguments;
use crate::failure::Failure;
use crate::moment;

/// Tells what models cost, and keeps the prices fresh
#[derive(Args, Debug)]
pub(crate) struct PricingArguments {
    #[command(subcommand)]
    pub(super) command: PricingCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum PricingCommand {
    Status(StatusArguments),
    Lookup(LookupArguments),
    Refresh(RefreshArguments),
    Diff(DiffArguments),
    Import(ImportArguments),
    Clear(ClearArguments),
}

/// Shows which prices are used, how old they are, and what sets them
///
/// Prices come from, the first that has one: the OTEL_GENAI_PRICING_* variables, the settings, the price file, the local
/// cache if it is newer than what is compiled in, and that. The local cache is a file in the user's folder for caches;
/// OTEL_GENAI_PRICING_CACHE names another.
#[derive(Args, Debug)]
pub(super) struct StatusArguments {
    #[command(flatten)]
    pub(super) common: CommonArguments,
}

/// Shows the price of a model, and what a usage costs
///
/// A model that is not in the table has no price: the nearest names are printed, and the exit code is 1.
#[derive(Args, Debug)]
#[command(after_long_help = LOOKUP_HELP)]
pub(super) struct LookupArguments {
    /// Name of the model, as a request or an answer has it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(super) model: String,

    /// Provider, by any of its names; without it the model's name decides
    #[arg(long, value_name = "P", value_parser = NonEmptyStringValueParser::new())]
    pub(super) provider: Option<String>,

    /// When the call starts, as 2026-11-20 or 2026-11-20T09:30:00Z; now if not given
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    pub(super) at: Option<SystemTime>,

    /// What the call used, as JSON: our names, or the provider's own usage object or answer; - reads standard input
    #[arg(long, value_name = "JSON|-")]
    pub(super) usage: Option<String>,

    /// How the call is processed: batch, flex, balanced, priority, fast, ultrafast, standard
    #[arg(long, value_name = "TIER", value_parser = tier)]
    pub(super) tier: Option<String>,

    /// Region or data zone that serves the call
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,

    #[command(flatten)]
    pub(super) common: CommonArguments,
}

const LOOKUP_HELP: &str = "\
Examples:
  The price of a model, now and before it was changed:
    otel-genai pricing lookup gpt-4o
    otel-genai pricing lookup grok-4.20 --at 2026-04-01

  What a call cost, in our words (totals contain their parts):
    otel-genai pricing lookup claude-sonnet-4-5 --usage \
'{\"input_tokens\": 4096, \"cache_read_tokens\": 1800, \"output_tokens\": 503}'

  What a call cost, from a provider's answer:
    otel-genai pricing lookup gpt-4o --usage - < answer.json

Exit code: 0 there is a price; 1 there is none, or something failed; 2 wrong usage or settings.";

/// Merges the public price lists into newer prices and keeps them in the local cache
///
/// Reads the lists of genai-prices and LiteLLM, from the web unless files are given, and merges them with the prices in
/// use. A price that falls to zero, moves by more than twice or disappears, and a provider that a list lost, are held
/// back and reported; --accept says that they are meant.
#[derive(Args, Debug)]
pub(super) struct RefreshArguments {
    #[command(flatten)]
    pub(super) lists: ListArguments,

    /// Writes the catalogue of a checkout of otel-genai, `pricing/` and its packed copy, instead of the local cache
    #[arg(long, value_name = "DIR")]
    pub(super) repository: Option<PathBuf>,

    #[command(flatten)]
    pub(super) common: CommonArguments,
}

/// Shows which figures differ: what the local cache, a catalogue, or a refresh would change
///
/// Without a catalogue to compare with: what the local cache changed against the prices compiled in. Looks at the lists,
/// as `refresh` does but without keeping anything, only if asked to by --upstream or one of the options that name them.
#[derive(Args, Debug)]
pub(super) struct DiffArguments {
    /// Catalogue to compare the prices in use with: a file that `import` takes, or a folder like `pricing/`
    #[arg(conflicts_with_all = ["upstream", "genai_prices", "litellm", "accept", "date"])]
    pub(super) file: Option<PathBuf>,

    /// Shows what a refresh would change now, from the web unless files are given
    #[arg(long)]
    pub(super) upstream: bool,

    #[command(flatten)]
    pub(super) lists: ListArguments,

    #[command(flatten)]
    pub(super) common: CommonArguments,
}

/// Checks a catalogue and keeps it in the local cache
///
/// For machines without the web: `refresh` on another one and copy its cache file.
#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    /// Catalogue: a cache file, the same as JSON, or a folder like `pricing/`
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) common: CommonArguments,
}

/// Removes the local cache, so that the prices compiled in are used
#[derive(Args, Debug)]
pub(super) struct ClearArguments {
    #[command(flatten)]
    pub(super) common: CommonArguments,
}

#[derive(Args, Debug)]
pub(super) struct CommonArguments {
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    settings: SettingsArguments,
}

impl CommonArguments {
    /// Returns where prices come from.
    pub(super) fn sources(&self) -> Result<PriceSources, Failure> {
        self.settings.read()?.price_sources().map_err(|error| Failure::Usage(error.to_string()))
    }
}

#[derive(Args, Debug)]
pub(super) struct ListArguments {
    /// The list of genai-prices (data.json); from its repository if not given
    #[arg(long, value_name = "FILE|URL")]
    pub(super) genai_prices: Option<Source>,

    /// Version of that list, for the record; its address or file name if not given
    #[arg(long, value_name = "VERSION")]
    pub(super) genai_prices_version: Option<String>,

    /// The list of LiteLLM (model_prices_and_context_window.json); from its repository if not given
    #[arg(long, value_name = "FILE|URL")]
    pub(super) litellm: Option<Source>,

    /// Version of that list, for the record; its address or file name if not given
    #[arg(long, value_name = "VERSION")]
    pub(super) litellm_version: Option<String>,

    /// Day of the lists, as 2026-11-20; today if not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) date: Option<Date>,

    /// Takes changes that look wrong: all, a provider, or provider/model; may be repeated
    #[arg(long, value_name = "WHICH", value_parser = accept)]
    pub(super) accept: Vec<Accept>,
}

/// Where a price list is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Url(String),
    File(PathBuf),
}

impl From<OsString> for Source {
    fn from(argument: OsString) -> Self {
        match argument.to_str() {
            Some(text) if text.starts_with("http://") || text.starts_with("https://") => {
                Self::Url(text.to_owned())
            }
            _ => Self::File(argument.into()),
        }
    }
}

fn date(text: &str) -> Result<Date, DateError> {
    text.parse()
}

fn accept(text: &str) -> Result<Accept, String> {
    let Ok(accept) = text.parse::<Accept>();
    let is_named = match &accept {
        Accept::All => true,
        Accept::Provider(provider) => !provider.is_empty(),
        Accept::Model { provider, model } => !provider.is_empty() && !model.is_empty(),
    };
    if is_named { Ok(accept) } else { Err("expected all, a provider, or provider/model".into()) }
}

fn tier(text: &str) -> Result<String, String> {
    let is_standard = ["standard", "default"].contains(&text);
    if is_standard || Variant::from_service_tier(text).is_some() {
        return Ok(text.to_owned());
    }
    let words: Vec<_> = Variant::ALL.iter().map(|variant| variant.key()).collect();
    Err(format!("expected standard or one of {}", words.join(", ")))
}
