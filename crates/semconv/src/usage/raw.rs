//! Token counts out of a provider's own usage object.

use serde_json::{Map, Value};

use super::counts::{Counts, Evidence};
use super::raw_paths::{self, Number};
use super::{Billing, Conservation, Meaning, TokenUsage};
use crate::provider;

/// What a provider reported about one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The token counts, with inclusive totals.
    pub tokens: TokenUsage,
    /// What is billed beside tokens.
    pub billing: Billing,
    /// Whether the reported counts added up.
    pub conservation: Conservation,
    /// The passes that the provider ran for one call, if it reports them; `tokens` is their sum.
    pub passes: Vec<Pass>,
}

/// One of several passes of a model that a provider ran for one call (Anthropic's `iterations`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// What the pass was for, such as `message`, `compaction` or `advisor`.
    pub kind: Option<String>,
    /// The model of the pass, if it was another one.
    pub model: Option<String>,
    /// The token counts of the pass.
    pub tokens: TokenUsage,
}

/// Who answered, as far as the caller knows; decides where the answer's own shape does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint<'a> {
    /// The provider, in any spelling.
    pub provider: Option<&'a str>,
    /// The model.
    pub model: Option<&'a str>,
}

/// Marks of a usage object whose input contains what was cached.
const INCLUSIVE_MARKS: [&str; 9] = [
    "prompt_tokens",
    "promptTokenCount",
    "prompt_token_count",
    "prompt_eval_count",
    "input_tokens_details",
    "input_token_details",
    "inputTokenDetails",
    "cachedInputTokens",
    "total_input_tokens",
];

/// Marks of a Bedrock Converse usage object.
const BEDROCK_MARKS: [&str; 4] = [
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokenCount",
];

/// Marks of Anthropic's own usage object, which has no total.
const ANTHROPIC_MARKS: [&str; 3] =
    ["cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation"];

/// Reads a usage object, with what is known of its writer; `None` when it holds no count and nothing billable.
pub(crate) fn report(hint: Hint<'_>, writer: Evidence, usage: &Map<String, Value>) -> Option<Report> {
    let mut report = match counts(hint, writer, usage) {
        Some(counts) => {
            let (tokens, conservation) = counts.resolve();
            Report { tokens, conservation, ..Report::default() }
        }
        None => Report::default(),
    };
    report.billing = billing(usage);
    if let Some(Value::Array(iterations)) = usage.get("iterations") {
        add_passes(hint, writer, iterations, &mut report);
    }
    (report != Report::default()).then_some(report)
}

/// Reads the counts of a usage object as they stand, with what is known about their meaning.
fn counts(hint: Hint<'_>, writer: Evidence, usage: &Map<String, Value>) -> Option<Counts> {
    let mut counts = super::buckets::counts(usage, writer).unwrap_or_else(|| read_paths(usage));
    raw_paths::add_modalities(usage, &mut counts.usage);
    raw_paths::add_cache_details(usage, &mut counts.usage);
    describe_provider(hint, &mut counts);
    if counts.input == Evidence::None {
        counts.input = match (writer, input_meaning(hint, usage)) {
            (Evidence::Settled(_), _) | (_, None) => writer,
            (_, Some(meaning)) => Evidence::Shape(meaning),
        };
    }
    if usage.contains_key("promptTokenCount") || usage.contains_key("prompt_token_count") {
        counts.google = true;
    }
    let known = !counts.usage.is_empty() || counts.uncached.is_some() || counts.visible_output.is_some();
    known.then_some(counts)
}

/// Notes how a provider counts, for where neither shape nor library tells.
pub(crate) fn describe_provider(hint: Hint<'_>, counts: &mut Counts) {
    let provider = hint.provider.map(provider::canonical);
    let model = hint.model.unwrap_or_default();
    let is_claude = || model.contains("claude");
    let provider_name = provider.as_deref();
    // Bedrock passes OpenAI's counts on as they are, and adds what was cached to its total once more.
    let is_openai_on_bedrock = provider_name == Some("aws.bedrock") && is_openai_model(model);
    counts.exclusive_provider = match provider_name {
        Some("anthropic") => true,
        Some("aws.bedrock") => !is_openai_on_bedrock,
        // OpenRouter counts every model as OpenAI does.
        Some("openrouter") => false,
        Some(_) | None => is_claude(),
    };
    counts.total_holds_cached = provider_name == Some("aws.bedrock") && !is_openai_on_bedrock;
    counts.total_repeats_cached = is_openai_on_bedrock;
    counts.google = provider.as_deref().is_some_and(|name| name.starts_with("gcp.")) && !is_claude();
    // OpenAI documents one lifetime for the writes it bills, thirty minutes.
    counts.writes_live_30m = matches!(provider.as_deref(), Some("openai" | "azure.ai.openai"));
}

/// Tells whether a model is one of OpenAI's, by its name on Bedrock.
pub(crate) fn is_openai_model(model: &str) -> bool {
    model.contains("openai.") || model.contains("gpt-")
}

fn input_meaning(hint: Hint<'_>, usage: &Map<String, Value>) -> Option<Meaning> {
    let has = |keys: &[&str]| keys.iter().any(|key| usage.contains_key(*key));
    if has(&INCLUSIVE_MARKS) {
        return Some(Meaning::Inclusive);
    }
    if has(&BEDROCK_MARKS) {
        // ConverseStream of an OpenAI model counts cached input as part of the input (seen 2026-11).
        let inclusive = hint.model.is_some_and(is_openai_model);
        return Some(if inclusive { Meaning::Inclusive } else { Meaning::Exclusive });
    }
    (has(&ANTHROPIC_MARKS) && !usage.contains_key("total_tokens")).then_some(Meaning::Exclusive)
}

fn read_paths(usage: &Map<String, Value>) -> Counts {
    // Whoever writes the input of tools writes it as Gemini does, beside the prompt.
    let mut counts = Counts { tool_use: Evidence::Shape(Meaning::Exclusive), ..Counts::default() };
    raw_paths::read(usage, |number, count| match number {
        Number::Tokens(field) => *counts.usage.field_mut(field) = Some(count),
        Number::Uncached => counts.uncached = Some(count),
        Number::VisibleOutput => counts.visible_output = Some(count),
    });
    counts
}

fn billing(usage: &Map<String, Value>) -> Billing {
    let text = |paths: &[&[&str]]| {
        let found = paths.iter().find_map(|path| raw_paths::find(usage, path)?.as_str());
        found.filter(|text| *text != "not_available").map(str::to_owned)
    };
    let count =
        |paths: &[&[&str]]| paths.iter().find_map(|path| raw_paths::count(raw_paths::find(usage, path)?));
    let number = |path: &[&str]| raw_paths::find(usage, path).and_then(Value::as_f64).filter(|n| *n >= 0.0);
    Billing {
        service_tier: text(&[&["service_tier"], &["serviceTier"], &["trafficType"], &["traffic_type"]]),
        geo: text(&[&["inference_geo"]]),
        speed: text(&[&["speed"]]),
        search_context_size: text(&[&["search_context_size"]]),
        web_searches: count(&[&["server_tool_use", "web_search_requests"], &["num_search_queries"]]),
        billed_input: count(&[&["billed_units", "input_tokens"]]),
        billed_output: count(&[&["billed_units", "output_tokens"]]),
        audio_seconds: number(&["seconds"]).or_else(|| number(&["prompt_audio_seconds"])),
        reported_cost: reported_cost(usage),
    }
}

/// The cost in USD that OpenRouter, Perplexity (`cost`) or xAI (ticks of 1e-10 USD) report.
fn reported_cost(usage: &Map<String, Value>) -> Option<f64> {
    let number = |path: &[&str]| raw_paths::find(usage, path).and_then(Value::as_f64);
    let cost = number(&["cost"])
        .or_else(|| number(&["cost", "total_cost"]))
        .or_else(|| number(&["cost_in_usd_ticks"]).map(|ticks| ticks * 1e-10))?;
    // With the caller's own key OpenRouter bills its fee only; what the model's provider bills comes on top.
    let own_key = usage.get("is_byok").and_then(Value::as_bool).unwrap_or(false);
    let upstream = number(&["cost_details", "upstream_inference_cost"]).filter(|_| own_key).unwrap_or(0.0);
    Some(cost + upstream).filter(|cost| *cost >= 0.0)
}

/// Sums Anthropic's iterations: the counts on top leave out compaction and advisor passes.
fn add_passes(hint: Hint<'_>, writer: Evidence, iterations: &[Value], report: &mut Report) {
    let passes: Vec<Pass> = iterations
        .iter()
        .filter_map(|iteration| {
            let object = iteration.as_object()?;
            let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
            let (tokens, _) = counts(hint, writer, object)?.resolve();
            Some(Pass { kind: text("type"), model: text("model"), tokens })
        })
        .collect();
    if passes.len() < 2 {
        return;
    }
    let mut sum = TokenUsage::default();
    for field in super::TokenField::ALL {
        let counts = passes.iter().filter_map(|pass| pass.tokens.field(field));
        *sum.field_mut(field) = counts.reduce(u64::saturating_add);
    }
    report.tokens = sum;
    report.passes = passes;
}
