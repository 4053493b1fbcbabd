//! What the columns say of a span.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanKind, Status, TraceId};
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::{gen_ai, guardrail, otel_genai};
use otel_genai_semconv::{GenAiSpan, Operation, Role};

/// The facts of one span that have columns of their own, and those that only the trace's row needs.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) span_id: [u8; 8],
    pub(super) parent_id: Option<[u8; 8]>,
    pub(super) is_root: bool,
    pub(super) name: Cow<'a, str>,
    pub(super) kind: &'static str,
    pub(super) role: Option<&'static str>,
    pub(super) operation: Option<Cow<'a, str>>,
    pub(super) provider: Option<Cow<'a, str>>,
    pub(super) model: Option<Cow<'a, str>>,
    /// The model that was asked for, if another one answered, which is `model` then.
    pub(super) requested_model: Option<Cow<'a, str>>,
    pub(super) agent: Option<Cow<'a, str>>,
    pub(super) tool: Option<Cow<'a, str>>,
    pub(super) status: &'static str,
    pub(super) error_type: Option<Cow<'a, str>>,
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    /// One call of a model, and no duplicate.
    pub(super) is_llm_call: bool,
    /// One call of a tool, and no duplicate.
    pub(super) is_tool_call: bool,
    pub(super) duplicate_of: Option<Cow<'a, str>>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cache_read_tokens: Option<i64>,
    pub(super) cache_write_tokens: Option<i64>,
    pub(super) reasoning_tokens: Option<i64>,
    pub(super) usage_source: Option<Cow<'a, str>>,
    pub(super) cost: Option<f64>,
    /// Findings that fired: not those of guardrails that found nothing or did not run.
    pub(super) findings: i64,
    pub(super) finding_categories: Vec<String>,
    pub(super) threshold: Option<i64>,
    pub(super) project: Option<Cow<'a, str>>,
    pub(super) session: Option<Cow<'a, str>>,
    pub(super) user: Option<Cow<'a, str>>,
    pub(super) tenant: Option<Cow<'a, str>>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(span: &'a Span) -> Self {
        let view = GenAiSpan::new(span);
        let text = |key| span.get_str(key).filter(|text| !text.is_empty()).map(Cow::Borrowed);
        let count = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let usage = view.usage();
        let operation = view.operation();
        let role = view.role();
        let duplicate_of = text(otel_genai::DUPLICATE_OF);
        let is_tool = match role {
            Some(role) => role == Role::Tool,
            None => operation == Some(Operation::ExecuteTool),
        };
        let (findings, finding_categories) = findings(span);
        Self {
            span_id: span.span_id().to_bytes(),
            parent_id: span.parent_span_id().map(opentelemetry::SpanId::to_bytes),
            is_root: span.parent_span_id().is_none() || span.has_remote_parent(),
            name: span.name().into(),
            kind: kind(span.kind()),
            role: role.map(Role::as_str),
            operation: text(gen_ai::OPERATION_NAME),
            provider: view.provider(),
            model: view.model().map(Cow::Borrowed),
            requested_model: view
                .request_model()
                .filter(|requested| view.model() != Some(*requested))
                .map(Cow::Borrowed),
            agent: view.agent_name().map(Cow::Borrowed),
            tool: view.tool_name().map(Cow::Borrowed),
            status: status(span.status()),
            error_type: view.error_type().map(Cow::Borrowed),
            start_ns: nanoseconds(span.start_time()),
            end_ns: nanoseconds(span.end_time()),
            is_llm_call: duplicate_of.is_none() && view.is_llm_call(),
            is_tool_call: duplicate_of.is_none() && is_tool,
            duplicate_of,
            input_tokens: count(usage.input),
            output_tokens: count(usage.output),
            cache_read_tokens: count(usage.cache_read),
            cache_write_tokens: count(usage.cache_write),
            reasoning_tokens: count(usage.reasoning),
            usage_source: text(otel_genai::USAGE_SOURCE),
            cost: view.cost(),
            findings,
            finding_categories,
            threshold: span.trace_state().get("ot").and_then(|member| threshold(member, span.trace_id())),
            project: text(otel_genai::PROJECT),
            session: text(gen_ai::SESSION_ID).or_else(|| text(gen_ai::CONVERSATION_ID)),
            user: text(gen_ai::USER_ID),
            tenant: text(otel_genai::TENANT),
        }
    }

    /// A call whose tokens nobody has told.
    pub(super) fn is_uncounted(&self) -> bool {
        self.input_tokens.is_none() && self.output_tokens.is_none()
    }

    pub(super) fn is_error(&self) -> bool {
        self.status == "error"
    }
}

/// Counts the findings that fired and lists their categories.
fn findings(span: &Span) -> (i64, Vec<String>) {
    let Some(json) = span.get_str(guardrail::FINDINGS) else { return (0, Vec::new()) };
    let Ok(serde_json::Value::Array(list)) = serde_json::from_str(json) else { return (0, Vec::new()) };
    let mut count = 0;
    let mut categories: Vec<String> = Vec::new();
    for finding in &list {
        if matches!(finding["status"].as_str(), Some("not_triggered" | "not_run")) {
            continue;
        }
        count += 1;
        if let Some(category) = finding["category"].as_str()
            && !categories.iter().any(|known| known == category)
        {
            categories.push(category.to_owned());
        }
    }
    (count, categories)
}

/// Reads the threshold, of 2^56, out of OpenTelemetry's member of the tracestate: `th:c;rv:…`.
///
/// `None` if it is not there, if it or the list is not valid, and if a sampler with this threshold had not kept the trace:
/// then something else did. Hexadecimal digits in lower case, filled up with zeros on the right to 14; the trace's randomness
/// is `rv`, 14 digits, else the last seven bytes of the trace id (OpenTelemetry, "TraceState: Probability Sampling", read
/// 2026-11).
fn threshold(member: &str, trace_id: TraceId) -> Option<i64> {
    const MAX_BYTES: usize = 256;
    if member.len() > MAX_BYTES {
        return None;
    }
    let mut thresholds = Vec::new();
    let mut randomness = Vec::new();
    for field in member.split(';') {
        let (key, value) = field.split_once(':').filter(|(key, value)| is_entry(key, value))?;
        match key {
            "th" => thresholds.push(fraction(value)),
            "rv" => randomness.push(fraction(value).filter(|_| value.len() == 14)),
            _ => {}
        }
    }
    let [threshold] = thresholds[..] else { return None };
    let of_id = u128::from_be_bytes(trace_id.to_bytes()) & ((1 << 56) - 1);
    // A wrong or repeated `rv` is as good as none.
    let randomness = match randomness[..] {
        [Some(randomness)] => Some(randomness),
        _ => i64::try_from(of_id).ok(),
    };
    threshold.filter(|threshold| randomness.is_some_and(|randomness| *threshold <= randomness))
}

fn is_entry(key: &str, value: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Reads up to 14 digits behind the point.
fn fraction(digits: &str) -> Option<i64> {
    let is_valid = (1..=14).contains(&digits.len())
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_valid.then(|| i64::from_str_radix(&format!("{digits:0<14}"), 16).ok()).flatten()
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Unset => "unset",
        Status::Ok => "ok",
        Status::Error { .. } => "error",
    }
}

/// Nanoseconds since 1970; before it 0, after the year 2262 the largest number that SQLite has.
pub(super) fn nanoseconds(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_as_samplers_read_them() {
        const C: Option<i64> = Some(0xc0_0000_0000_0000);
        let low = TraceId::from(0x1234_0000_0000_0000_0000);
        let high = TraceId::from(0xff_ffff_ffff_ffff);
        let cases = [
            ("th:0", low, Some(0)),
            ("th:c", high, C),
            ("th:ffffffffffffff", high, Some(0xff_ffff_ffff_ffff)),
            ("x:1;th:c;y:_.-", high, C),
            // Not kept by that threshold: by the id, by `rv`.
            ("th:c", low, None),
            ("th:00000000000001", low, None),
            ("th:8;rv:7fffffffffffff", high, None),
            ("rv:80000000000000;th:8", low, Some(0x80_0000_0000_0000)),
            // `rv` that is none: the id counts.
            ("rv:f;th:8", low, None),
            ("rv:F0000000000000;th:8", high, Some(0x80_0000_0000_0000)),
            ("rv:f0000000000000;rv:f0000000000000;th:8", low, None),
            ("th:100000000000000", high, None),
            ("th:", high, None),
            ("th:C", high, None),
            ("th:x", high, None),
            ("th:+1", high, None),
            ("th:8;th:8", high, None),
            ("th:8;", high, None),
            ("th:8;nothing", high, None),
            ("th:8;Key:1", high, None),
            ("th:8;k:~", high, None),
            ("rv:00000000000000", high, None),
            ("", high, None),
        ];
        for (member, trace_id, expected) in cases {
            assert_eq!(threshold(member, trace_id), expected, "{member} {trace_id}");
        }
        assert_eq!(threshold(&format!("th:8;long:{}", "a".repeat(250)), high), None);
    }
}
