//! `otel-genai pricing lookup`: the price of a model, and the cost of a call.

use std::fmt;
use std::io::{self, Read};
use std::time::SystemTime;

use otel_genai::pricing::{
    Call, Context, Date, Factor, Layer, MatchKind, PriceTable, Row, RowUsed, Unpriced, Usage,
};
use otel_genai::semconv::usage::Hint;
use serde::Serialize;
use serde_json::Value;

use super::arguments::LookupArguments;
use super::cost::Cost;
use super::usage::{self, Consumption};
use super::{answer, catalogues, nearest, plain, price};
use crate::failure::Failure;
use crate::moment;

/// Runs the command.
pub(super) fn run(arguments: &LookupArguments) -> Result<(), Failure> {
    let sources = arguments.common.sources()?;
    let usage_text = arguments.usage.as_deref().map(read_usage).transpose()?;
    let table = catalogues::table(&sources)?;
    let at = arguments.at.unwrap_or_else(SystemTime::now);
    let no_usage = Usage::default();
    let call = Call {
        provider: arguments.provider.as_deref(),
        response_model: Some(&arguments.model),
        request_model: None,
        usage: &no_usage,
        at,
        context: Context {
            service_tier: arguments.tier.as_deref(),
            region: arguments.region.as_deref(),
            ..Context::default()
        },
    };
    let found = table.lookup(&call);
    let hint = Hint {
        provider: arguments.provider.as_deref().or_else(|| found.ok().map(|(used, _)| used.provider)),
        model: Some(&arguments.model),
    };
    let consumption = usage_text
        .map(|text| usage::read(hint, &text).map_err(|error| Failure::Usage(format!("--usage: {error}"))))
        .transpose()?;
    match found {
        Ok((used, row)) => show(arguments, &table, &call, used, row, consumption.as_ref()),
        Err(reason) => Err(unknown(arguments, &table, reason, consumption.as_ref())?),
    }
}

fn read_usage(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    io::read_to_string(io::stdin().lock().take(MOST_USAGE_BYTES))
        .map_err(|error| Failure::Work(format!("cannot read standard input: {error}")))
}

/// More than any answer of a model is.
const MOST_USAGE_BYTES: u64 = 256 << 20;

fn show(
    arguments: &LookupArguments,
    table: &PriceTable,
    call: &Call<'_>,
    used: RowUsed<'_>,
    row: &Row,
    consumption: Option<&Consumption>,
) -> Result<(), Failure> {
    let cost = consumption.map(|consumption| Cost::of(table, call, consumption));
    let (cost, reason) = match cost {
        Some(Ok(cost)) => (Some(cost), None),
        Some(Err(reason)) => (None, Some(reason)),
        None => (None, None),
    };
    let found = Found {
        model: &arguments.model,
        provider: arguments.provider.as_deref(),
        at: moment::show(call.at),
        table_generated_at: &table.manifest().generated_at,
        row: RowAnswer::new(&used, row),
        price: price::Price::new(row, Date::of(call.at)),
        discount: (used.discount != Factor::ONE)
            .then(|| ((1.0 - used.discount.as_f64()) * 1e6).round() / 1e6),
        usage: consumption
            .map(|consumption| consumption.passes().iter().map(|pass| usage::known(&pass.usage)).collect()),
        cost,
        reason: reason.as_ref().map(|reason| reason.as_str()),
    };
    answer::print(&found, arguments.common.json)?;
    match reason {
        None => Ok(()),
        Some(Unpriced::UnknownRate(meter)) => {
            let name = meter.name();
            Err(Failure::Work(format!("no cost: the row has no rate for `{name}`, of which some was used")))
        }
        Some(reason) => Err(Failure::Work(format!("no cost: {}", reason.as_str()))),
    }
}

/// Tells what is not known and what may have been meant.
fn unknown(
    arguments: &LookupArguments,
    table: &PriceTable,
    reason: Unpriced,
    consumption: Option<&Consumption>,
) -> Result<Failure, Failure> {
    let provider = arguments.provider.as_deref();
    let nearest = nearest::models(table, provider, &arguments.model);
    let providers = match (reason, provider) {
        (Unpriced::UnknownProvider, Some(provider)) => nearest::providers(table, provider),
        _ => Vec::new(),
    };
    let model = plain::printable(&arguments.model);
    let what = match (reason, provider) {
        (Unpriced::UnknownProvider, Some(provider)) => {
            format!("no provider `{}`", plain::printable(provider))
        }
        (Unpriced::UnknownProvider, None) => {
            format!("no price for `{model}`: the name does not tell the provider; say --provider")
        }
        (_, Some(provider)) => format!("no price for `{model}` at `{}`", plain::printable(provider)),
        _ => format!("no price for `{model}`"),
    };
    let names =
        |names: Vec<String>| names.iter().map(|name| plain::printable(name)).collect::<Vec<_>>().join(", ");
    let mut message = format!("{what} ({})", reason.as_str());
    if !providers.is_empty() {
        message += &format!(
            "; nearest providers: {}",
            names(providers.iter().map(|name| (*name).to_owned()).collect())
        );
    }
    if !nearest.is_empty() {
        message +=
            &format!("; nearest models: {}", names(nearest.iter().map(nearest::Name::joined).collect()));
    }
    let reported_usd = consumption.and_then(|consumption| consumption.passes().first()?.usage.provider_cost);
    if let Some(usd) = reported_usd {
        message += &format!("; the provider itself reported a cost of {usd}");
    }
    if arguments.common.json {
        let unknown = Unknown {
            model: &arguments.model,
            provider,
            reason: reason.as_str(),
            reported_usd,
            nearest,
            nearest_providers: providers,
            message: &message,
        };
        answer::print(&unknown, true)?;
    }
    Ok(Failure::Work(message))
}

#[derive(Serialize)]
struct Unknown<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    reason: &'static str,
    /// What the provider itself says, which needs no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_usd: Option<otel_genai::pricing::Usd>,
    nearest: Vec<nearest::Name<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nearest_providers: Vec<&'a str>,
    #[serde(skip)]
    message: &'a str,
}

impl fmt::Display for Unknown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.message)
    }
}

#[derive(Serialize)]
struct Found<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    at: String,
    table_generated_at: &'a str,
    row: RowAnswer<'a>,
    price: price::Price<'a>,
    /// The part that the user does not pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<f64>,
    /// One for each pass of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
    /// Why there is no cost though there is a usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct RowAnswer<'a> {
    provider: &'a str,
    model: &'a str,
    #[serde(rename = "match")]
    matched: &'static str,
    certain: bool,
    layer: &'static str,
    /// Which list the figures are from.
    provenance: &'static str,
    /// The line of the catalogue, with history and everything else.
    line: Value,
}

impl<'a> RowAnswer<'a> {
    fn new(used: &RowUsed<'a>, row: &Row) -> Self {
        Self {
            provider: used.provider,
            model: used.model,
            matched: used.matched.as_str(),
            certain: used.matched.is_certain(),
            layer: used.layer.as_str(),
            provenance: row.provenance.code(),
            line: serde_json::from_str(&row.to_json()).unwrap_or_default(),
        }
    }

    fn source(&self, generated_at: &str) -> String {
        if ![Layer::Bundled.as_str(), Layer::Cache.as_str()].contains(&self.layer) {
            return format!("set by {}", self.layer);
        }
        let lists = match self.provenance {
            "g" => "genai-prices",
            "l" => "LiteLLM",
            "gl" => "both lists agree",
            "x" => "the lists differ",
            _ => "by hand",
        };
        format!("{}, of {generated_at} ({lists})", self.layer)
    }
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, value: String| vec![name.to_owned(), value];
        let row = &self.row;
        let doubt = if row.certain { "" } else { " (the price may be another)" };
        let mut lines = vec![
            line("model", format!("{}/{}", row.provider, row.model)),
            line("match", format!("{}{doubt}", row.matched)),
            line("source", row.source(self.table_generated_at)),
            line("at", self.at.clone()),
        ];
        if row.matched == MatchKind::ProviderFallback.as_str() {
            lines.push(line("note", "the provider that was asked has no row of its own".into()));
        }
        plain::columns(formatter, &lines)?;
        write!(formatter, "\n{}", self.price)?;
        if let Some(discount) = self.discount {
            writeln!(formatter, "\ndiscount: {} % off", discount * 100.0)?;
        }
        for usage in self.usage.iter().flatten() {
            writeln!(formatter, "\nusage: {}", plain::printable(&usage.to_string()))?;
        }
        self.cost.as_ref().map_or(Ok(()), |cost| write!(formatter, "\n{cost}"))
    }
}
