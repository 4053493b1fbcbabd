//! The detector of guardrails that the settings ask for.

use opentelemetry::metrics::MeterProvider;
use otel_genai_guardrail::{Capability, Confidence, DEFAULT_REQUIREMENTS, GuardrailDetector, Requirement};
use otel_genai_pipeline::PipelineBuilder;
use otel_genai_semconv::GuardrailCategory;

use super::Settings;
use super::error::{SettingsError, SettingsErrorKind};

const REQUIREMENTS: &str = "guardrails.requirements";

impl Settings {
    pub(super) fn add_detector<P>(
        &self,
        builder: PipelineBuilder,
        provider: Option<&P>,
    ) -> Result<PipelineBuilder, SettingsError>
    where
        P: MeterProvider + ?Sized,
    {
        let guardrails = &self.values.guardrails;
        if guardrails.enabled == Some(false) {
            return Ok(builder);
        }
        let missing = guardrails.suppress_missing.iter().filter_map(|word| category(word));
        let mut detector = GuardrailDetector::builder()
            .heuristics(guardrails.heuristics.unwrap_or(true))
            .suppress_missing(missing)
            .requirements(self.requirements()?);
        if let Some(provider) = provider.filter(|_| self.values.metrics.enabled != Some(false)) {
            detector = detector.metrics(provider);
        }
        Ok(builder.stage(detector.build()))
    }

    /// The default requirements, less those of the capabilities that the settings speak of, and what they say instead.
    fn requirements(&self) -> Result<Vec<Requirement>, SettingsError> {
        let table = &self.values.guardrails.requirements;
        let stays = |required: &Requirement| !table.contains_key(required.capability.as_str());
        let mut requirements: Vec<_> = DEFAULT_REQUIREMENTS.into_iter().filter(stays).collect();
        for (name, categories) in table {
            let capability = Capability::from_name(name).ok_or_else(|| unknown_capability(name))?;
            let words = categories.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
            // Somebody has decided it.
            let required = |category| Requirement::new(capability, category, Confidence::High);
            requirements.extend(words.filter_map(category).map(required));
        }
        Ok(requirements)
    }
}

fn category(word: &str) -> Option<GuardrailCategory> {
    GuardrailCategory::ALL.into_iter().find(|category| category.as_str() == word)
}

fn unknown_capability(name: &str) -> SettingsError {
    let known: Vec<_> = Capability::ALL.map(|capability| format!("{:?}", capability.as_str())).to_vec();
    let message = format!(
        "`{REQUIREMENTS}`: nothing that a run does is called {name:?}; expected one of {}",
        known.join(", ")
    );
    SettingsError::new(SettingsErrorKind::WrongValue, Some(REQUIREMENTS), message)
}
