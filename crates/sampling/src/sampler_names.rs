//! Samplers by the names of `OTEL_TRACES_SAMPLER`.

use opentelemetry_sdk::trace::ShouldSample;

use crate::{
    AlwaysOff, AlwaysOn, ComposableSampler, CompositeSampler, ParentThreshold, Probability, RatioError,
};

const NAMES: &str = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, \
                     parentbased_traceidratio";

/// Why there is no sampler of a name and an argument.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerNameError {
    /// The name is a sampler of the convention that this crate does not have.
    #[error("OTEL_TRACES_SAMPLER={0} needs a sampler that is not part of this program: use one of {NAMES}")]
    NotHere(String),
    /// The name is not one of the convention's.
    #[error("OTEL_TRACES_SAMPLER={0} is no sampler: use one of {NAMES}")]
    Unknown(String),
    /// The argument of a ratio sampler is not a number.
    #[error(
        "OTEL_TRACES_SAMPLER_ARG={0} is not a number: it must be a ratio from 0 to 1, as 0.1 is for 10 %"
    )]
    NotANumber(String),
    /// The argument of a ratio sampler is a number out of range.
    #[error("OTEL_TRACES_SAMPLER_ARG: {0}")]
    Ratio(#[from] RatioError),
}

/// Returns the sampler that `OTEL_TRACES_SAMPLER` names, with the argument of `OTEL_TRACES_SAMPLER_ARG`.
///
/// | name | keeps |
/// | --- | --- |
/// | `always_on`, `always_off` | all, none |
/// | `traceidratio` | the share that the argument says (all without one), by [`Probability`] |
/// | `parentbased_…` | what the parent kept ([`ParentThreshold`]); the rest of the name is for roots |
///
/// All of them write `ot=th` where it is known. The argument counts only for the ratio samplers, as the convention has
/// it. Where the SDK's own sampler of these names is meant, note that its ratio keeps other traces (see
/// [`ProbabilitySampler`](crate::ProbabilitySampler)).
///
/// Source: OpenTelemetry specification, `configuration/sdk-environment-variables.md`.
///
/// # Errors
///
/// If the name is unknown or one of `jaeger_remote`, `parentbased_jaeger_remote`, `xray`, and if the argument of a
/// ratio sampler is no ratio. The convention has programs go on with the default then; the caller decides.
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::sampler_by_name;
///
/// let sampler = sampler_by_name("parentbased_traceidratio", Some("0.1"))?;
/// let error = sampler_by_name("traceidratio", Some("10%")).expect_err("no number");
/// assert!(error.to_string().contains("OTEL_TRACES_SAMPLER_ARG=10% is not a number"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sampler_by_name(
    name: &str,
    argument: Option<&str>,
) -> Result<Box<dyn ShouldSample>, SamplerNameError> {
    // Names of enumerated values are not case-sensitive, says the convention.
    let lower = name.trim().to_ascii_lowercase();
    let (of_root, is_parent_based) =
        lower.strip_prefix("parentbased_").map_or((lower.as_str(), false), |root| (root, true));
    match of_root {
        "always_on" => Ok(boxed(AlwaysOn, is_parent_based)),
        "always_off" => Ok(boxed(AlwaysOff, is_parent_based)),
        "traceidratio" => Ok(boxed(Probability::ratio(ratio(argument)?)?, is_parent_based)),
        "jaeger_remote" => Err(SamplerNameError::NotHere(lower)),
        "xray" if !is_parent_based => Err(SamplerNameError::NotHere(lower)),
        _ => Err(SamplerNameError::Unknown(name.to_owned())),
    }
}

fn ratio(argument: Option<&str>) -> Result<f64, SamplerNameError> {
    // An empty variable is as good as an unset one, says the convention.
    match argument.map(str::trim).filter(|argument| !argument.is_empty()) {
        None => Ok(1.0),
        Some(text) => text.parse().map_err(|_| SamplerNameError::NotANumber(text.to_owned())),
    }
}

fn boxed(root: impl ComposableSampler + 'static, is_parent_based: bool) -> Box<dyn ShouldSample> {
    if is_parent_based {
        Box::new(CompositeSampler::new(ParentThreshold::new(root)))
    } else {
        Box::new(CompositeSampler::new(root))
    }
}
