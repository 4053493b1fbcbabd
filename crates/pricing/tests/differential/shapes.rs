//! Ten usages, each in the words of both engines.

use genai_prices::UsageKey;
use otel_genai_pricing::{Modalities, Units, Usage};

/// A usage and the context in which it is priced.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) ours: Usage,
    pub(crate) theirs: genai_prices::Usage,
    /// The context in the other engine's words; `batch` is ours too.
    pub(crate) context: Option<(&'static str, &'static str)>,
}

fn shape(name: &'static str, ours: Usage, theirs: &[(&'static str, f64)]) -> Shape {
    let theirs = theirs.iter().map(|(key, value)| (UsageKey::from(*key), *value)).collect();
    Shape { name, ours, theirs, context: None }
}

pub(crate) fn shapes() -> Vec<Shape> {
    let plain = Usage { input_tokens: Some(1_000), output_tokens: Some(500), ..Usage::default() };
    let plain_theirs = [("input_tokens", 1_000.0), ("output_tokens", 500.0)];
    let long = Usage { input_tokens: Some(600_000), output_tokens: Some(1_000), ..Usage::default() };
    let with = |change: fn(&mut Usage)| {
        let mut usage = plain.clone();
        change(&mut usage);
        usage
    };
    let more = |pairs: &[(&'static str, f64)]| [&plain_theirs[..], pairs].concat();
    let batch =
        Shape { context: Some(("processing", "batch")), ..shape("batch", plain.clone(), &plain_theirs) };
    let priority = Shape {
        context: Some(("service_tier", "priority")),
        ..shape("priority", plain.clone(), &plain_theirs)
    };
    vec![
        shape("plain", plain.clone(), &plain_theirs),
        shape(
            "input only",
            Usage { input_tokens: Some(1_000), output_tokens: Some(0), ..Usage::default() },
            &[("input_tokens", 1_000.0)],
        ),
        shape("long prompt", long, &[("input_tokens", 600_000.0), ("output_tokens", 1_000.0)]),
        shape(
            "cache read",
            with(|usage| usage.cache_read_tokens = Some(800)),
            &more(&[("cache_read_tokens", 800.0)]),
        ),
        shape(
            "cache write",
            with(|usage| usage.cache_write_tokens = Some(300)),
            &more(&[("cache_write_tokens", 300.0)]),
        ),
        shape(
            "cache write for an hour",
            with(|usage| (usage.cache_write_tokens, usage.cache_write_1h_tokens) = (Some(300), Some(300))),
            &more(&[("cache_write_tokens", 300.0), ("cache_write_1h_tokens", 300.0)]),
        ),
        shape(
            "audio",
            with(|usage| {
                usage.input = Modalities { audio: Some(100), ..Modalities::default() };
                usage.output = Modalities { audio: Some(50), ..Modalities::default() };
            }),
            &more(&[("input_audio_tokens", 100.0), ("output_audio_tokens", 50.0)]),
        ),
        shape(
            "reasoning and a search",
            with(|usage| {
                usage.reasoning_tokens = Some(200);
                usage.units = Units { web_searches: Some(1), ..Units::default() };
            }),
            &more(&[("output_reasoning_tokens", 200.0), ("web_searches", 1.0)]),
        ),
        batch,
        priority,
    ]
}
