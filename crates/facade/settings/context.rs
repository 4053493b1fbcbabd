//! `[context]`: what is known of every run of this program.

use opentelemetry::{Key, Value};
use otel_genai_pipeline::{PipelineBuilder, Segment, Stage};
use otel_genai_semconv::names::{gen_ai, otel_genai};

use super::values::{ContextValues, Values};

/// Adds the stage that says it on spans, if there is something to say. Recorded spans say themselves whose they are.
pub(super) fn add(values: &Values, builder: PipelineBuilder) -> PipelineBuilder {
    let ContextValues { agent, project, session, user, tenant, environment, .. } = &values.context;
    let attributes: Vec<(Key, Value)> = [
        (gen_ai::AGENT_NAME, agent),
        (otel_genai::PROJECT, project),
        (gen_ai::SESSION_ID, session),
        (gen_ai::USER_ID, user),
        (otel_genai::TENANT, tenant),
        (gen_ai::DEPLOYMENT_ENVIRONMENT_NAME, environment),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((Key::from_static_str(name), shared(text.as_deref()?))))
    .collect();
    if values.is_replay || attributes.is_empty() {
        builder
    } else {
        builder.stage(RunDefaults { attributes })
    }
}

/// A text that is copied to many spans without being copied.
fn shared(text: &str) -> Value {
    Value::String(std::sync::Arc::<str>::from(text).into())
}

/// Says on spans what neither they nor their run say.
struct RunDefaults {
    attributes: Vec<(Key, Value)>,
}

impl Stage for RunDefaults {
    fn process(&mut self, segment: &mut Segment<'_>) {
        for span in segment.spans_mut() {
            for (name, value) in &self.attributes {
                if span.get(name.as_str()).is_none() {
                    span.set(name.clone(), value.clone());
                }
            }
        }
    }
}
