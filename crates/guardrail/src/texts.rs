//! Texts of spans: which are worth reading, and reading them.

use opentelemetry::{Array, KeyValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::Role;

use crate::heuristic::Guesses;
use crate::json::Json;
use crate::keys::{is_answer, is_asked, is_asked_event, is_key_of_signal, is_model_text, is_ours_or_asked};
use crate::literals::Literals;
use crate::notation::{self, Form};
use crate::rules::heuristic::REFUSAL_PHRASE;
use crate::sink::{Hit, Place, Sink};
use crate::walk::{Setting, Walk};

/// Texts shorter than this hold no signal, by themselves: the shortest is `{"refusal":"no"}`. Bytes.
const SHORTEST: usize = 16;

/// Sentences shorter than this are no refusal (`I can't help with that`). Bytes.
const SHORTEST_SENTENCE: usize = 20;

/// Reads texts.
#[derive(Debug)]
pub(crate) struct Texts {
    literals: Literals,
    /// `None` when guesses are switched off.
    guesses: Option<Guesses>,
}

impl Texts {
    pub(crate) fn new(heuristics: bool) -> Self {
        Self { literals: Literals::all(), guesses: heuristics.then(Guesses::new) }
    }

    pub(crate) fn guesses(&self) -> Option<&Guesses> {
        self.guesses.as_ref()
    }

    /// Tells whether a text is worth reading: JSON with a literal in it, or a sentence that may be a refusal.
    pub(crate) fn is_candidate(&self, key: &str, text: &str) -> bool {
        // The length first: most texts are short, and to look at one is to wait for the memory.
        let has_literal = text.len() >= SHORTEST
            && match notation::form(text) {
                Form::Json => self.literals.are_in_json(text),
                Form::Python => self.literals.are_in(text),
                // Ids, names and addresses have no space; a search in so short a text costs as much as in a long one.
                Form::Prose => {
                    self.guesses.is_some()
                        && text.len() >= SHORTEST_SENTENCE
                        && text.as_bytes()[..SHORTEST_SENTENCE].contains(&b' ')
                        && self.literals.open(text)
                }
            };
        has_literal || is_key_of_signal(key)
    }

    /// Reads attributes and events; of the attributes those from the first that is known to be worth it, if it is known.
    pub(crate) fn read(&self, span: &Span, role: Role, first: Option<usize>, sink: &mut Sink) {
        for (place, attribute) in span.attributes().iter().enumerate().skip(first.unwrap_or(0)) {
            // The errors of a span may say anything, and are few.
            let is_candidate = span.is_error() || Some(place) == first;
            self.read_text(attribute, None, (role, is_candidate), sink);
        }
        for (index, event) in span.events().iter().enumerate() {
            if is_asked_event(&event.name) || &*event.name == "exception" {
                continue;
            }
            for attribute in &event.attributes {
                self.read_text(attribute, Some(index), (role, span.is_error()), sink);
            }
        }
    }

    fn read_text(
        &self,
        attribute: &KeyValue,
        event: Option<usize>,
        (role, is_candidate): (Role, bool),
        sink: &mut Sink,
    ) {
        let key = attribute.key.as_str();
        if let Value::Array(Array::String(items)) = &attribute.value {
            if key.ends_with("applied_guardrails") {
                let names = Json::List(items.iter().map(|item| Json::from(item.as_str())).collect());
                let setting = Setting { is_tool: false, guesses: None, has_pointers: true };
                Walk::new(setting, sink, key, event).read(&names);
            }
            return;
        }
        let Value::String(text) = &attribute.value else { return };
        let text = text.as_str();
        if is_asked(key) || !(is_candidate || self.is_candidate(key, text)) || is_ours_or_asked(key) {
            return;
        }
        let is_answer = is_answer(key, role);
        let guesses =
            self.guesses.as_ref().filter(|_| is_answer && role != Role::Tool && role != Role::Retrieval);
        let is_tool = matches!(role, Role::Tool | Role::Retrieval);
        let setting = Setting { is_tool, guesses, has_pointers: true };
        let walk =
            |setting, json: &Json<'_>, sink: &mut Sink| Walk::new(setting, sink, key, event).read(json);
        if !is_model_text(key)
            && with_structure(text, |json, has_pointers| {
                walk(Setting { has_pointers, ..setting }, json, sink);
            })
        {
            return;
        }
        // OpenLLMetry writes the refusal of a message as an attribute of its own.
        if key.rsplit('.').next() == Some("refusal") && !is_tool {
            walk(setting, &Json::from(text), sink);
        } else if guesses.is_some_and(|guesses| guesses.is_refusal(text)) {
            let place = Place { attribute: key, event, pointer: String::new() };
            sink.add(Hit::new(&REFUSAL_PHRASE, place));
        }
    }
}

/// Reads the structure of a text, also of one that was written as text twice, and tells whether there was one. `use_it` is
/// told whether a JSON pointer resolves in the text.
pub(crate) fn with_structure(text: &str, use_it: impl FnOnce(&Json<'_>, bool)) -> bool {
    if let Some((inner, is_whole)) = notation::unquoted(text) {
        let Some(structure) = notation::parse(&inner) else { return false };
        use_it(&structure.json, is_whole && structure.is_whole);
        return true;
    }
    let Some(structure) = notation::parse(text) else { return false };
    use_it(&structure.json, structure.is_whole);
    true
}
