//! Which traces the settings keep: sampler, tail, caps and rate limit.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};

use opentelemetry_sdk::trace::ShouldSample;
use otel_genai_pipeline::PipelineBuilder;
use otel_genai_sampling::{RateKey, RateLimiter, Rule, Sampling, TailSampler, TraceCaps, sampler_by_name};

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};

const RULES: &str = "sampling.rules";
const RATE_KEY: &str = "rate_limit.key";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";

/// What decides about a trace, at its start and at its end.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// The sampler for the tracer provider; `None` for the SDK's default, which records everything.
    pub(super) head: Option<Box<dyn ShouldSample>>,
    tail: Option<TailSampler>,
}

impl Settings {
    pub(super) fn decisions(&self) -> Result<Decisions, SettingsError> {
        let values = &self.values.sampling;
        let rules = self.rules()?;
        if let (None, Some((name, argument))) = (values.ratio, &values.named) {
            // The error names the variable.
            let sampler = sampler_by_name(name, argument.as_deref()).map_err(|error| {
                SettingsError::new(SettingsErrorKind::WrongValue, Some(SAMPLER), error.to_string())
            })?;
            // The sampler leaves nothing to keep that it did not choose; rules can still thin out.
            let tail = if rules.is_empty() { None } else { Some(self.sampling(1.0, rules)?.tail()) };
            return Ok(Decisions { head: Some(sampler), tail });
        }
        let ratio = values.ratio.unwrap_or(1.0);
        // A rate limit raises the threshold that a span has, so there must be one.
        let limit = &self.values.rate_limit;
        let is_limited = limit.traces_per_second.is_some() || limit.spans_per_second.is_some();
        if ratio >= 1.0 && rules.is_empty() && !is_limited && values.all_recorded != Some(true) {
            return Ok(Decisions::default());
        }
        let sampling = self.sampling(ratio, rules)?;
        Ok(Decisions { head: Some(Box::new(sampling.head())), tail: Some(sampling.tail()) })
    }

    fn rules(&self) -> Result<Vec<Rule>, SettingsError> {
        let parse = |text: &String| text.parse().map_err(|error| wrong(RULES, &error));
        self.values.sampling.rules.iter().map(parse).collect()
    }

    fn sampling(&self, ratio: f64, rules: Vec<Rule>) -> Result<Sampling, SettingsError> {
        let values = &self.values.sampling;
        let mut sampling = Sampling::ratio(ratio).map_err(|error| wrong("sampling.ratio", &error))?;
        for rule in rules {
            sampling = sampling.rule(rule);
        }
        if values.keep_errors != Some(false) {
            sampling = sampling.keep_errors();
        }
        if values.keep_guarded != Some(false) {
            sampling = sampling.keep_guarded();
        }
        if let Some(duration) = values.keep_slower_than {
            sampling = sampling.keep_slower_than(duration);
        }
        if let Some(usd) = values.keep_dearer_than {
            sampling = sampling.keep_dearer_than(usd);
        }
        if let Some(bytes) = values.max_trace_bytes {
            sampling = sampling.max_trace_bytes(bytes);
        }
        if values.all_recorded == Some(true) {
            sampling = sampling.assume_all_recorded();
        }
        Ok(sampling)
    }

    /// Adds what drops whole traces or parts of them, behind everything that must see all of them.
    pub(super) fn add_sampling(
        &self,
        builder: PipelineBuilder,
        decisions: Decisions,
    ) -> Result<PipelineBuilder, SettingsError> {
        let builder = builder.stage(self.caps()).stage(decisions.tail);
        Ok(match self.rate_limiter()? {
            Some(limiter) => builder.stage(limiter),
            None => builder,
        })
    }

    fn caps(&self) -> Option<TraceCaps> {
        let limits = &self.values.limits;
        let counts = [limits.spans_per_trace, limits.tool_spans_per_trace, limits.depth];
        let [spans, tools, depth] = counts.map(|count| count.and_then(NonZeroUsize::new));
        let caps = TraceCaps::default();
        let caps = spans.map_or(caps.clone(), |count| caps.spans(count));
        let caps = tools.map_or(caps.clone(), |count| caps.tool_spans(count));
        let caps = depth.map_or(caps.clone(), |levels| caps.depth(levels));
        counts.iter().any(Option::is_some).then_some(caps)
    }

    fn rate_limiter(&self) -> Result<Option<RateLimiter>, SettingsError> {
        let values = &self.values.rate_limit;
        let rate = |count: Option<usize>| count.and_then(|count| NonZeroU32::new(u32::try_from(count).ok()?));
        let mut limiter = match (rate(values.traces_per_second), rate(values.spans_per_second)) {
            (Some(traces), _) => RateLimiter::traces_per_second(traces),
            (None, Some(spans)) => RateLimiter::spans_per_second(spans),
            (None, None) => return Ok(None),
        };
        if let Some(burst) = rate(values.burst) {
            limiter = limiter.burst(burst);
        }
        if let Some(key) = &values.key {
            let key: RateKey = key.parse().map_err(|error| wrong(RATE_KEY, &error))?;
            limiter = limiter.per(key);
        }
        if let Some(wait) = values.max_wait {
            limiter = limiter.max_wait(wait);
        }
        Ok(Some(limiter))
    }
}

fn wrong(key: &'static str, error: &dyn fmt::Display) -> SettingsError {
    SettingsError::new(SettingsErrorKind::WrongValue, Some(key), format!("`{key}`: {error}"))
}
