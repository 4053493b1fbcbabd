//! Spans made here, and `otel-genai report` over them.

use serde_json::{Value, json};

use crate::program::{Ended, Scratch};

/// A span of a file: a call of a model that was enriched, unless told otherwise.
pub(crate) struct SpanLine(Value);

impl SpanLine {
    /// The last fourteen digits of the trace id are the trace's randomness.
    pub(crate) fn call(trace: &str, span: u64) -> Self {
        Self(json!({
            "traceId": format!("{trace:0>32}"), "spanId": format!("{span:016x}"), "name": "chat", "kind": 3,
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
            "attributes": [],
        }))
        .attribute("otel_genai.role", "llm_call")
    }

    /// A span that is no call and was not enriched.
    pub(crate) fn other(trace: &str, span: u64) -> Self {
        let mut line = Self::call(trace, span);
        line.0["attributes"] = json!([]);
        line
    }

    pub(crate) fn attribute(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::String(text) => json!({"stringValue": text}),
            Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
            Value::Number(number) => json!({"intValue": number.to_string()}),
            other => panic!("no case for {other}"),
        };
        self.0["attributes"].as_array_mut().expect("a list").push(json!({"key": key, "value": value}));
        self
    }

    pub(crate) fn model(self, model: &str) -> Self {
        self.attribute("gen_ai.response.model", model)
    }

    pub(crate) fn usage(self, input: u64, output: u64, cost: f64) -> Self {
        self.attribute("gen_ai.usage.input_tokens", input)
            .attribute("gen_ai.usage.output_tokens", output)
            .attribute("llm.cost.total", cost)
    }

    pub(crate) fn state(mut self, state: &str) -> Self {
        self.0["traceState"] = state.into();
        self
    }

    pub(crate) fn parent(mut self, parent: u64) -> Self {
        self.0["parentSpanId"] = format!("{parent:016x}").into();
        self
    }

    pub(crate) fn failed(mut self) -> Self {
        self.0["status"] = json!({"code": 2});
        self
    }

    pub(crate) fn day(mut self, day: u64) -> Self {
        self.0["startTimeUnixNano"] = (day * 86_400_000_000_000).to_string().into();
        self
    }
}

/// The lines of a file whose resource is the service `shop`.
pub(crate) fn lines(spans: impl IntoIterator<Item = SpanLine>) -> String {
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    let line = |SpanLine(span)| json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": [span]}]}]});
    spans.into_iter().map(|span| format!("{}\n", line(span))).collect()
}

/// Runs `otel-genai report` over this standard input.
pub(crate) fn report(arguments: &[&str], stdin: &str) -> Ended {
    Scratch::new().run_with(&[&["report"], arguments].concat(), &[], stdin)
}

impl Scratch {
    /// Runs `otel-genai report` over files of this folder.
    pub(crate) fn report(&self, arguments: &[&str]) -> Ended {
        self.run(&[&["report"], arguments].concat())
    }
}
