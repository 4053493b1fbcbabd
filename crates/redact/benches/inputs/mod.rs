//! The texts and spans that are measured.

use otel_genai_pipeline::Span;
use otel_genai_pipeline::testing::SpanBuilder;

pub(crate) const ENGLISH: &str = "The committee met in the old town hall on a Tuesday afternoon and talked for three hours about the bridge. \
Most of the people who live near the river want a wider footpath, while the farmers further up the valley would rather see the money go into the road. \
An engineer explained that the stone piers were built in 1874 and repaired in 1931, and that the timber deck will not last another 12 winters. \
Nobody disagreed with her figures, but several members asked whether a temporary deck might be put in place for less than 40 percent of the price. \
She answered that it could be done in about nine weeks, provided the water stays low and the contractor has a crane that can reach across. \
After a short break the chair read out two letters from residents and thanked everyone for their patience. \
The vote was put off until the spring, when the new survey is expected to arrive, and the meeting ended shortly before seven.\n";

pub(crate) fn repeated(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len() + 1)
}

pub(crate) fn code() -> String {
    let source = concat!(
        include_str!("../../../pipeline/src/queue.rs"),
        include_str!("../../../pipeline/src/trace_table.rs"),
        include_str!("../../../pipeline/src/segment.rs")
    );
    repeated(source, 1 << 20)
}

pub(crate) fn with_hits() -> String {
    let hits = [
        " jane.doe@example.org ",
        " 4111 1111 1111 1111 ",
        " +44 20 7946 0018 ",
        " postgres://app:Hx7aQ2m9Lk@db.example.org/x ",
        " password=Hx7aQ2m9Lk! ",
    ];
    let text = repeated(ENGLISH, 1 << 20);
    text.as_bytes()
        .chunks(400)
        .enumerate()
        .map(|(index, chunk)| String::from_utf8_lossy(chunk).into_owned() + hits[index % hits.len()])
        .collect()
}

/// English words in an order that does not come twice.
fn words(seed: u64, bytes: usize) -> String {
    const WORDS: [&str; 24] = [
        "the",
        "traveller",
        "asked",
        "for",
        "a",
        "quiet",
        "hotel",
        "near",
        "river",
        "with",
        "breakfast",
        "and",
        "view",
        "of",
        "castle",
        "which",
        "opens",
        "at",
        "nine",
        "unless",
        "it",
        "rains",
        "on",
        "Sunday",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(WORDS[(state % 24) as usize]);
        text.push(' ');
    }
    text
}

fn message(role: &str, text: &str) -> String {
    format!(r#"[{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}]"#)
}

/// A model call with 2 KB of prompt and answer, as enrichment leaves it, with an e-mail address or without.
pub(crate) fn span(has_address: bool) -> Span {
    let address = if has_address { "Write to user17@example.org." } else { "Write to us." };
    SpanBuilder::new("chat gpt-5-mini")
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.provider.name", "openai")
        .attribute("gen_ai.request.model", "gpt-5-mini")
        .attribute("gen_ai.response.id", "chatcmpl-2a6")
        .attribute("gen_ai.usage.input_tokens", 310)
        .attribute("gen_ai.usage.output_tokens", 140)
        .attribute("gen_ai.input.messages", message("user", &format!("{} {address}", words(678, 1_400))))
        .attribute("gen_ai.output.messages", message("assistant", &words(!678, 600)))
        .attribute("otel_genai.usage.source", "reported")
        .attribute("llm.cost.prompt", 0.000_077_5)
        .attribute("llm.cost.completion", 0.000_28)
        .attribute("llm.cost.total", 0.000_357_5)
        .attribute("llm.pricing.source", "bundled")
        .attribute("llm.pricing.model_key", "openai/gpt-5-mini")
        .attribute("llm.pricing.generated_at", "2026-11-01T00:00:00Z")
        .attribute("llm.pricing.age_days", 20)
        .build()
}
