//! Who answered, and how the answer ended.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::{Array, StringValue, Value};
use otel_genai_pipeline::Span;

use super::fact::Fact;
use super::index::{Found, Slot, unquoted};
use crate::answer::canonical_finish_reason;
use crate::{Role, provider, value};

/// Frameworks that name themselves where a provider belongs; whose model they called is told otherwise.
const FRAMEWORKS: [&str; 14] = [
    "strands-agents",
    "microsoft.agent_framework",
    "gcp.vertex.agent",
    "langchain",
    "langgraph",
    "llama_index",
    "llamaindex",
    "crewai",
    "haystack",
    "autogen",
    "agno",
    "semantic_kernel",
    "smolagents",
    "litellm",
];

/// What the name of an instrumentation scope tells about the provider; the first part found counts.
///
/// An SDK is only a hint: many providers are reached through the SDK of OpenAI.
const SCOPE_PARTS: [(&str, &str); 14] = [
    ("google_genai", "gcp.gen_ai"),
    ("google-genai", "gcp.gen_ai"),
    ("google_generativeai", "gcp.gen_ai"),
    ("vertexai", "gcp.vertex_ai"),
    ("bedrock", "aws.bedrock"),
    ("anthropic", "anthropic"),
    ("openai", "openai"),
    ("cohere", "cohere"),
    ("mistral", "mistral_ai"),
    ("groq", "groq"),
    ("ollama", "ollama"),
    ("watsonx", "ibm.watsonx.ai"),
    ("together", "together_ai"),
    ("replicate", "replicate"),
];

/// Returns the provider, in the convention's spelling.
///
/// What the library says counts first, unless it names a framework; then the address, the scope, and last the model.
pub(super) fn provider(
    span: &Span,
    found: &Found<'_>,
    role: Role,
    model: Option<&str>,
) -> Option<Cow<'static, str>> {
    let said = found.text(Fact::Provider).or_else(|| found.text(Fact::ProviderSystem));
    let said = said.filter(|name| !(role == Role::LlmCall && is_framework(name)));
    if let Some(name) = said {
        let name = match provider::known(name.trim()) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(name.into_owned()),
        };
        // What was normalised before was made exact then.
        let is_final = found.slot(Fact::Role).is_some_and(Slot::is_canonical);
        return Some(if is_final { name } else { more_exact(name, found) });
    }
    if role != Role::LlmCall {
        return None;
    }
    let address =
        [Fact::Url, Fact::Address].into_iter().find_map(|fact| provider::from_address(&found.text(fact)?));
    address
        .or_else(|| from_scope(span.scope().name()))
        .or_else(|| provider::from_model(model?))
        .map(|name| more_exact(Cow::Borrowed(name), found))
}

/// Tells whether a name in a provider's place is that of a framework.
fn is_framework(name: &str) -> bool {
    FRAMEWORKS.iter().any(|framework| framework.eq_ignore_ascii_case(name))
}

/// Guesses the provider from the name of an instrumentation scope.
fn from_scope(scope: &str) -> Option<&'static str> {
    SCOPE_PARTS.iter().find(|(part, _)| scope.contains(part)).map(|(_, provider)| *provider)
}

/// Tells apart what a library's one word may mean.
fn more_exact(name: Cow<'static, str>, found: &Found<'_>) -> Cow<'static, str> {
    let system = || found.text(Fact::ProviderSystem);
    let on_azure = || {
        found.slot(Fact::AzureVersion).is_some()
            || found
                .text(Fact::Url)
                .is_some_and(|url| provider::from_address(&url) == Some("azure.ai.openai"))
    };
    match name.as_ref() {
        "openai" if on_azure() => Cow::Borrowed("azure.ai.openai"),
        // OpenInference: `llm.provider` is the host, `llm.system` the maker; OpenAI's models on Azure have their own name.
        "azure.ai.openai" if system().is_some_and(|system| system != "openai") => {
            Cow::Borrowed("azure.ai.inference")
        }
        "gcp.gen_ai" if system().is_some_and(|system| system == "vertexai") => Cow::Borrowed("gcp.vertex_ai"),
        _ => name,
    }
}

/// Returns why generation stopped, one item per choice.
pub(super) fn finish_reasons(span: &Span, found: &Found<'_>) -> Vec<String> {
    if let Some(slot) = found.slot(Fact::FinishReasons) {
        let canonical = |reason: &str| canonical_finish_reason(reason).into_owned();
        return match slot.value() {
            Value::Array(Array::String(reasons)) => {
                let reasons = reasons.iter().map(StringValue::as_str);
                reasons.filter(|reason| !reason.is_empty()).map(canonical).collect()
            }
            other => value::texts(other).iter().map(|reason| canonical(reason)).collect(),
        };
    }
    numbered_finish_reasons(span, found)
        .or_else(|| event_finish_reasons(span))
        .or_else(|| message_finish_reasons(found))
        .unwrap_or_default()
}

/// The reasons that the answer's messages carry themselves, as the conventions said until 2026.
fn message_finish_reasons(found: &Found<'_>) -> Option<Vec<String>> {
    let slot = found.slot(Fact::OutputMessages)?;
    let Value::String(text) = slot.value() else { return None };
    if !text.as_str().contains("finish_reason") {
        return None;
    }
    let messages = crate::text::parse_nested(text.as_str())?;
    let reason = |message: &serde_json::Value| {
        let reason = message.get("finish_reason")?.as_str().filter(|reason| !reason.is_empty())?;
        Some(canonical_finish_reason(reason).into_owned())
    };
    Some(messages.as_array()?.iter().filter_map(reason).collect())
}

/// `gen_ai.completion.N.finish_reason` and `llm.choices.N.…`, in the order of N.
fn numbered_finish_reasons(span: &Span, found: &Found<'_>) -> Option<Vec<String>> {
    found.numbered.iter().find(|(_, prefix)| *prefix == "gen_ai.completion.")?;
    let mut reasons: Vec<(u32, String)> = Vec::new();
    for attribute in span.attributes() {
        let Some(rest) = attribute.key.as_str().strip_prefix("gen_ai.completion.") else { continue };
        let Some(number) = rest.strip_suffix(".finish_reason").and_then(|number| number.parse().ok()) else {
            continue;
        };
        let Some(reason) = value::text(&attribute.value) else { continue };
        reasons.retain(|(known, _)| *known != number);
        reasons.push((number, canonical_finish_reason(reason).into_owned()));
    }
    reasons.sort_unstable_by_key(|(number, _)| *number);
    (!reasons.is_empty()).then(|| reasons.into_iter().map(|(_, reason)| reason).collect())
}

/// The conventions' former event, one per choice.
fn event_finish_reasons(span: &Span) -> Option<Vec<String>> {
    let choices = span.events().iter().filter(|event| event.name == "gen_ai.choice");
    let reason = |event: &opentelemetry::trace::Event| {
        let attribute =
            event.attributes.iter().rfind(|attribute| attribute.key.as_str() == "finish_reason")?;
        value::text(&attribute.value).map(|reason| canonical_finish_reason(reason).into_owned())
    };
    let reasons: Vec<String> = choices.filter_map(reason).collect();
    (!reasons.is_empty()).then_some(reasons)
}

/// Returns the time to the first chunk, in seconds.
pub(super) fn time_to_first_chunk(span: &Span, found: &Found<'_>) -> Option<f64> {
    let number = |fact: Fact| value::number(found.slot(fact)?.value()).filter(|number| *number >= 0.0);
    number(Fact::TimeToFirstChunk)
        .or_else(|| number(Fact::MillisToFirstChunk).map(|millis| millis / 1000.0))
        .or_else(|| {
            let at = parse_rfc3339(&found.text(Fact::FirstChunkAt)?)?;
            at.duration_since(span.start_time()).ok().map(|time| time.as_secs_f64())
        })
        // A library that measures nothing writes zero.
        .filter(|seconds| *seconds > 0.0)
}

/// Reads `2026-11-21T00:39:32.097096Z`, the one form that Langfuse writes.
fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u32>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut time = time.splitn(3, ':');
    let (hours, minutes) = (time.next()?.parse::<u32>().ok()?, time.next()?.parse::<u32>().ok()?);
    let seconds = time.next()?.parse::<f64>().ok().filter(|seconds| (0.0..61.0).contains(seconds))?;
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hours > 23 || minutes > 59 {
        return None;
    }
    // Days since 1970-01-01 of a date in the Gregorian calendar, years starting in March.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    let whole = u64::from(days) * 86_400 + u64::from(hours * 3600 + minutes * 60);
    let seconds = Duration::try_from_secs_f64(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(whole))?.checked_add(seconds)
}

/// Returns a value's text without quotes, for copying.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    unquoted(value::text(value)?).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_tell_the_provider() {
        assert_eq!(from_scope("openinference.instrumentation.mistralai"), Some("mistral_ai"));
        assert_eq!(from_scope("opentelemetry.instrumentation.genai.langchain"), None);
        assert!(is_framework("Strands-Agents") && !is_framework("openai"));
    }

    #[test]
    fn times_are_read() {
        let at = |text| {
            parse_rfc3339(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64())
        };
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(at("2000-03-01T00:00:00Z"), Some(951_868_800.0));
        assert_eq!(at("2026-11-21T00:39:32.5Z"), Some(1_795_221_572.5));
        assert_eq!(at("yesterday"), None);
        assert_eq!(at("2026-13-99T99:99:99Z"), None);
    }
}
