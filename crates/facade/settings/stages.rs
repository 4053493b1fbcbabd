//! The stages that the settings ask for, in their order.

use otel_genai_pipeline::PipelineBuilder;

#[cfg(feature = "enrich")]
use otel_genai_enrich::EnricherBuilder;

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};
#[cfg(not(feature = "guardrail"))]
use super::values::GuardrailValues;
#[cfg(not(feature = "redact"))]
use super::values::RedactionValues;
#[cfg(feature = "enrich")]
use super::values::{self, Values};
#[cfg(not(feature = "sampling"))]
use super::values::{RateLimitValues, SamplingValues};

impl Settings {
    #[cfg(feature = "enrich")]
    pub(super) fn add_enricher(&self, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
        use otel_genai_enrich::Enricher;

        let enrichment = &self.values.enrichment;
        if enrichment.enabled == Some(false) {
            return Ok(builder);
        }
        let enricher = Enricher::builder().dialect(self.dialect()?);
        let enricher = self.with_counts(self.with_prices(enricher)?)?;
        Ok(builder.stage(enricher.build()))
    }

    #[cfg(feature = "enrich")]
    fn dialect(&self) -> Result<otel_genai_semconv::dialect::Config, SettingsError> {
        use otel_genai_semconv::dialect::{Config, Profile};
        use otel_genai_semconv::usage::Meaning;

        let enrichment = &self.values.enrichment;
        let profile = match enrichment.profile.unwrap_or_default() {
            values::Profile::Compat => Profile::Compat,
            values::Profile::Latest => Profile::Latest,
        };
        let mut config =
            Config::default().profile(profile).drop_originals(enrichment.drop_originals.unwrap_or_default());
        for (from, to) in texts(&enrichment.aliases) {
            config = config.alias(from, to).map_err(|error| {
                let message = format!("`enrichment.aliases`: {error}");
                SettingsError::new(SettingsErrorKind::WrongValue, Some("enrichment.aliases"), message)
            })?;
        }
        for (scope, meaning) in texts(&enrichment.input_counts) {
            let meaning = if meaning == "exclusive" { Meaning::Exclusive } else { Meaning::Inclusive };
            config = config.meaning(scope, meaning);
        }
        Ok(config)
    }

    #[cfg(all(feature = "enrich", feature = "pricing"))]
    fn with_prices(&self, enricher: EnricherBuilder) -> Result<EnricherBuilder, SettingsError> {
        use otel_genai_enrich::CostTarget;

        if self.values.pricing.enabled == Some(false) {
            return Ok(enricher);
        }
        let targets = self.values.enrichment.cost_targets.iter();
        let targets = targets.filter_map(|word| CostTarget::from_name(word));
        Ok(enricher.prices(self.price_table()?.into()).cost_targets(targets))
    }

    #[cfg(all(feature = "enrich", not(feature = "pricing")))]
    fn with_prices(&self, enricher: EnricherBuilder) -> Result<EnricherBuilder, SettingsError> {
        if self.values.enrichment.cost_targets.is_empty() {
            return Ok(enricher);
        }
        Err(missing_feature("enrichment.cost_targets", "pricing"))
    }

    #[cfg(feature = "count-tokens")]
    fn with_counts(&self, enricher: EnricherBuilder) -> Result<EnricherBuilder, SettingsError> {
        use otel_genai_enrich::WhileLoading;

        let while_loading =
            if self.values.is_replay { WhileLoading::Wait } else { WhileLoading::EstimateByBytes };
        let is_on = self.values.enrichment.count_tokens == Some(true);
        Ok(if is_on { enricher.count_tokens(while_loading) } else { enricher })
    }

    #[cfg(all(feature = "enrich", not(feature = "count-tokens")))]
    fn with_counts(&self, enricher: EnricherBuilder) -> Result<EnricherBuilder, SettingsError> {
        if self.values.enrichment.count_tokens != Some(true) {
            return Ok(enricher);
        }
        Err(missing_feature("enrichment.count_tokens", "count-tokens"))
    }

    /// Without the stage, only settings that ask for it are wrong.
    #[cfg(not(feature = "enrich"))]
    pub(super) fn add_enricher(&self, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
        let enrichment = &self.values.enrichment;
        let asks = [
            ("enrichment.enabled", enrichment.enabled == Some(true)),
            ("enrichment.count_tokens", enrichment.count_tokens == Some(true)),
            ("enrichment.cost_targets", !enrichment.cost_targets.is_empty()),
        ];
        match asks.into_iter().find(|(_, is_asked)| *is_asked) {
            None => Ok(builder),
            Some((key, _)) => Err(missing_feature(key, "enrich")),
        }
    }
}

/// Without a stage, only settings that ask for it are wrong.
#[cfg(not(feature = "guardrail"))]
impl Settings {
    pub(super) fn add_detector<P: ?Sized>(
        &self,
        builder: PipelineBuilder,
        _: Option<&P>,
    ) -> Result<PipelineBuilder, SettingsError> {
        let guardrails = &self.values.guardrails;
        let asks = *guardrails != GuardrailValues::default() && guardrails.enabled != Some(false);
        if asks { Err(missing_feature("guardrails", "guardrail")) } else { Ok(builder) }
    }
}

/// Without a stage, only settings that ask for it are wrong.
#[cfg(not(feature = "redact"))]
impl Settings {
    pub(super) fn add_redactor(&self, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
        let redaction = &self.values.redaction;
        if self.values.limits.value_length.is_some() {
            return Err(missing_feature("limits.value_length", "redact"));
        }
        let asks = *redaction != RedactionValues::default() && redaction.enabled != Some(false);
        if asks { Err(missing_feature("redaction", "redact")) } else { Ok(builder) }
    }
}

/// Without a stage, only settings that ask for it are wrong.
#[cfg(not(feature = "sampling"))]
impl Settings {
    pub(super) fn refuse_sampling(&self) -> Result<(), SettingsError> {
        let super::values::Values { sampling, rate_limit, limits, .. } = &self.values;
        let caps = [limits.spans_per_trace, limits.tool_spans_per_trace, limits.depth];
        let asks = [
            // The SDK reads `OTEL_TRACES_SAMPLER` by itself then.
            ("sampling", *sampling != SamplingValues { named: sampling.named.clone(), ..Default::default() }),
            ("rate_limit", *rate_limit != RateLimitValues::default()),
            ("limits", caps.iter().any(Option::is_some)),
        ];
        match asks.into_iter().find(|(_, is_asked)| *is_asked) {
            None => Ok(()),
            Some((section, _)) => Err(missing_feature(section, "sampling")),
        }
    }
}

#[cfg(not(all(
    feature = "enrich",
    feature = "pricing",
    feature = "count-tokens",
    feature = "guardrail",
    feature = "redact",
    feature = "sampling"
)))]
fn missing_feature(key: &str, feature: &str) -> SettingsError {
    let message = format!("`{key}` needs the cargo feature `{feature}` of otel-genai");
    SettingsError::new(SettingsErrorKind::MissingFeature, Some(key), message)
}

/// The entries of a table whose values were checked to be texts.
#[cfg(any(feature = "enrich", feature = "redact"))]
pub(super) fn texts(table: &toml::Table) -> impl Iterator<Item = (&str, &str)> {
    table.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

#[cfg(feature = "enrich")]
pub(super) fn add_meter(
    values: &Values,
    builder: PipelineBuilder,
    provider: &(impl opentelemetry::metrics::MeterProvider + ?Sized),
) -> PipelineBuilder {
    use otel_genai_enrich::{MetricSet, UsageMeter};

    if values.metrics.enabled == Some(false) {
        return builder;
    }
    let set = match values.metrics.profile.unwrap_or_default() {
        values::Profile::Compat => MetricSet::Compat,
        values::Profile::Latest => MetricSet::Latest,
    };
    builder.stage(UsageMeter::with_set(provider, set))
}
