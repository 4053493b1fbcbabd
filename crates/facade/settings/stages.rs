//! The stages that the settings ask for, in their order.

use otel_genai_pipeline::PipelineBuilder;

use super::error::SettingsError;
use super::values::Values;

#[cfg(feature = "enrich")]
pub(super) fn add_enricher(
    values: &Values,
    builder: PipelineBuilder,
) -> Result<PipelineBuilder, SettingsError> {
    use otel_genai_enrich::Enricher;
    use otel_genai_semconv::dialect::{Config, Profile};
    use otel_genai_semconv::usage::Meaning;

    use super::error::SettingsErrorKind;
    use super::values;

    let enrichment = &values.enrichment;
    if enrichment.enabled == Some(false) {
        return Ok(builder);
    }
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
    Ok(builder.stage(Enricher::builder().dialect(config).build()))
}

/// The entries of a table whose values were checked to be texts.
#[cfg(feature = "enrich")]
fn texts(table: &toml::Table) -> impl Iterator<Item = (&str, &str)> {
    table.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

#[cfg(feature = "enrich")]
pub(super) fn add_meter(
    values: &Values,
    builder: PipelineBuilder,
    provider: &(impl opentelemetry::metrics::MeterProvider + ?Sized),
) -> PipelineBuilder {
    use otel_genai_enrich::{MetricSet, UsageMeter};

    use super::values;

    if values.metrics.enabled == Some(false) {
        return builder;
    }
    let set = match values.metrics.profile.unwrap_or_default() {
        values::Profile::Compat => MetricSet::Compat,
        values::Profile::Latest => MetricSet::Latest,
    };
    builder.stage(UsageMeter::with_set(provider, set))
}

/// Without the stage, only settings that ask for it are wrong.
#[cfg(not(feature = "enrich"))]
pub(super) fn add_enricher(
    values: &Values,
    builder: PipelineBuilder,
) -> Result<PipelineBuilder, SettingsError> {
    use super::error::SettingsErrorKind;

    if values.enrichment.enabled != Some(true) {
        return Ok(builder);
    }
    let message = "`enrichment.enabled` needs the cargo feature `enrich` of otel-genai".to_owned();
    Err(SettingsError::new(SettingsErrorKind::MissingFeature, Some("enrichment.enabled"), message))
}
