//! What a trace adds up to.

use std::collections::BTreeSet;

use opentelemetry::{Array, StringValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_pricing::Usd;
use otel_genai_semconv::dialect::Reading;
use otel_genai_semconv::names::{gen_ai, otel_genai};
use otel_genai_semconv::{Role, TokenUsage};

use crate::cost::Cost;

/// Of the models and agents of one trace so many are listed, the first ones seen: no run uses more by design, and a
/// program that puts ids into the names must not fill the memory.
pub const MAX_TRACE_NAMES: usize = 64;

/// Sums over the spans of a trace, so far.
#[derive(Debug, Default)]
pub(crate) struct TraceTotals {
    usage: TokenUsage,
    /// Of the calls that have a price; `None` if there is none.
    cost: Option<Usd>,
    unpriced_calls: u64,
    llm_calls: u64,
    tool_calls: u64,
    errors: u64,
    models: BTreeSet<String>,
    agents: BTreeSet<String>,
    /// Whether any span has to do with models at all.
    is_gen_ai: bool,
}

impl TraceTotals {
    /// Counts what every span counts for, whether it is a call or not.
    pub(crate) fn add_span(&mut self, span: &Span, reading: &Reading) {
        if span.is_error() {
            self.errors += 1;
        }
        if matches!(reading.role, Role::Other) {
            return;
        }
        self.is_gen_ai = true;
        match reading.role {
            Role::Tool => self.tool_calls += 1,
            Role::Agent => {
                if let Some(name) = span.get_str(gen_ai::AGENT_NAME) {
                    add_name(&mut self.agents, name);
                }
            }
            _ => {}
        }
    }

    /// Takes back the error of a span that repeats a call.
    pub(crate) fn forget_duplicate(&mut self, span: &Span) {
        if span.is_error() {
            self.errors = self.errors.saturating_sub(1);
        }
    }

    /// Adds a call of a model; or only its tokens and cost where it was counted before, when a span without usage came
    /// by that cost `earlier`.
    pub(crate) fn add_call(&mut self, reading: &Reading, cost: Cost, earlier: Option<Cost>) {
        match earlier {
            None => self.llm_calls = self.llm_calls.saturating_add(reading.calls_covered.unwrap_or(1)),
            Some(Cost::Unknown) => self.unpriced_calls = self.unpriced_calls.saturating_sub(1),
            Some(Cost::Known(earlier)) => self.cost = self.cost.map(|sum| sum.saturating_sub(earlier)),
            Some(Cost::NotAsked) => {}
        }
        match cost {
            Cost::Known(cost) => self.cost = Some(self.cost.unwrap_or(Usd::ZERO) + cost),
            Cost::Unknown => self.unpriced_calls = self.unpriced_calls.saturating_add(1),
            Cost::NotAsked => {}
        }
        let sums = [
            (&mut self.usage.input, reading.usage.input),
            (&mut self.usage.output, reading.usage.output),
            (&mut self.usage.cache_read, reading.usage.cache_read),
            (&mut self.usage.cache_write, reading.usage.cache_write),
            (&mut self.usage.reasoning, reading.usage.reasoning),
        ];
        for (sum, count) in sums {
            if let Some(count) = count {
                *sum = Some(sum.unwrap_or(0).saturating_add(count));
            }
        }
        if let Some(model) = reading.model() {
            add_name(&mut self.models, model);
        }
    }

    /// Writes the sums on the trace's local root, unless an earlier enricher did.
    pub(crate) fn write(&self, root: &mut Span) {
        if !self.is_gen_ai || root.get(otel_genai::TRACE_LLM_CALLS).is_some() {
            return;
        }
        let tokens = [
            (otel_genai::TRACE_INPUT_TOKENS, self.usage.input),
            (otel_genai::TRACE_OUTPUT_TOKENS, self.usage.output),
            (otel_genai::TRACE_CACHE_READ_INPUT_TOKENS, self.usage.cache_read),
            (otel_genai::TRACE_CACHE_WRITE_INPUT_TOKENS, self.usage.cache_write),
            (otel_genai::TRACE_REASONING_OUTPUT_TOKENS, self.usage.reasoning),
            (otel_genai::TRACE_LLM_CALLS, Some(self.llm_calls)),
            (otel_genai::TRACE_UNPRICED_CALLS, Some(self.unpriced_calls).filter(|calls| *calls > 0)),
            (otel_genai::TRACE_TOOL_CALLS, Some(self.tool_calls)),
            (otel_genai::TRACE_ERRORS, Some(self.errors)),
        ];
        // No root has these yet, so there is nothing to replace.
        let attributes = root.attributes_mut();
        for (key, count) in tokens {
            if let Some(count) = count {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                attributes.push(opentelemetry::KeyValue::new(key, count));
            }
        }
        if let Some(cost) = self.cost {
            attributes.push(opentelemetry::KeyValue::new(otel_genai::TRACE_COST, cost.as_f64()));
        }
        for (key, names) in
            [(otel_genai::TRACE_MODELS, &self.models), (otel_genai::TRACE_AGENTS, &self.agents)]
        {
            if !names.is_empty() {
                let names = names.iter().map(|name| StringValue::from(name.clone())).collect();
                attributes.push(opentelemetry::KeyValue::new(key, Value::Array(Array::String(names))));
            }
        }
    }
}

fn add_name(names: &mut BTreeSet<String>, name: &str) {
    if names.len() < MAX_TRACE_NAMES && !names.contains(name) {
        names.insert(name.to_owned());
    }
}
