//! Resource and instrumentation scope: what many spans share.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use otel_genai_pipeline::{Segment, Span};

use crate::action::Action;
use crate::redactor::{Done, Redactor};

/// Resources with what was made of them, by address. The pipeline, too, keeps every resource it has met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources(HashMap<usize, (Arc<Resource>, Arc<Resource>)>);

impl Resources {
    /// Has exporters get the resource without what the rules find in it; each is looked at once.
    pub(crate) fn redact(&mut self, redactor: &Redactor, segment: &mut Segment<'_>) {
        let found = Arc::clone(segment.exported_resource());
        let address = |resource: &Arc<Resource>| Arc::as_ptr(resource) as usize;
        let clean = match self.0.get(&address(&found)) {
            Some((_, clean)) => Arc::clone(clean),
            None => {
                let clean = redactor.redact_resource(&found).map_or_else(|| Arc::clone(&found), Arc::new);
                // What was redacted comes back with the next segment.
                self.0.insert(address(&clean), (Arc::clone(&clean), Arc::clone(&clean)));
                self.0.insert(address(&found), (Arc::clone(&found), Arc::clone(&clean)));
                clean
            }
        };
        if !Arc::ptr_eq(&found, &clean) {
            segment.set_exported_resource(clean);
        }
    }
}

impl Redactor {
    /// Returns the resource without what the rules find, or `None` where it stays.
    fn redact_resource(&self, resource: &Resource) -> Option<Resource> {
        let attributes = resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let mut done = Done::default();
        let mut attributes = self.redact_attributes(attributes, &mut done);
        let schema = resource.schema_url().map(|url| self.edited("", url, &mut done));
        if !done.is_any() {
            return None;
        }
        attributes.extend(done.attributes());
        let builder = Resource::builder_empty();
        Some(match schema {
            Some(schema) => builder.with_schema_url(attributes, schema).build(),
            None => builder.with_attributes(attributes).build(),
        })
    }

    /// Takes out of the scope of a span what the rules find: name, version, schema, attributes.
    pub(crate) fn redact_scope(&self, span: &mut Span, done: &mut Done) {
        let scope = span.scope();
        let mut own = Done::default();
        let name = self.edited("", scope.name(), &mut own);
        let version = scope.version().map(|version| self.edited("otel.scope.version", version, &mut own));
        let schema = scope.schema_url().map(|url| self.edited("", url, &mut own));
        let attributes = self.redact_attributes(scope.attributes().cloned(), &mut own);
        if !own.is_any() {
            return;
        }
        let mut scope = InstrumentationScope::builder(name).with_attributes(attributes);
        if let Some(version) = version {
            scope = scope.with_version(version);
        }
        if let Some(schema) = schema {
            scope = scope.with_schema_url(schema);
        }
        span.set_scope(scope.build());
        done.add(own);
    }

    fn edited(&self, key: &str, text: &str, done: &mut Done) -> String {
        self.edit_text(key, text, done).unwrap_or_else(|| text.to_owned())
    }

    fn redact_attributes(
        &self,
        attributes: impl Iterator<Item = KeyValue>,
        done: &mut Done,
    ) -> Vec<KeyValue> {
        attributes
            .filter_map(|mut attribute| {
                let key = attribute.key.as_str();
                if let Some(action) = self.attribute_action_of(key) {
                    match self.whole_value(&attribute.value, action, done)? {
                        Some(new) => attribute.value = new.into(),
                        None => return Some(attribute),
                    }
                }
                match &mut attribute.value {
                    Value::String(text) => {
                        if let Some(new) = self.edit_text(key, text.as_str(), done) {
                            *text = new.into();
                        }
                    }
                    Value::Array(Array::String(items)) => {
                        for item in items.iter_mut() {
                            if let Some(new) = self.edit_text(key, item.as_str(), done) {
                                *item = StringValue::from(new);
                            }
                        }
                    }
                    _ => {}
                }
                self.redact_key(&mut attribute.key, done);
                Some(attribute)
            })
            .collect()
    }

    /// Returns what stands in place of a whole value: `None` where nothing is left, `Some(None)` where it stays.
    pub(crate) fn whole_value(
        &self,
        value: &Value,
        action: Action,
        done: &mut Done,
    ) -> Option<Option<String>> {
        let text = value.as_str();
        let new = match action {
            Action::Report => return Some(None),
            Action::Remove => None,
            _ => match self.rules.replacement("attribute", &text, action) {
                Some(new) if text != new => Some(new),
                _ => return Some(None),
            },
        };
        done.note("attribute", action);
        new.map(Some)
    }
}
