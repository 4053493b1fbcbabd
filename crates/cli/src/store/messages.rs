//! What was said in the model calls of a trace.

use std::collections::HashSet;

use otel_genai::export::figures::shown_duration;
use otel_genai::semconv::messages::{self, Message, Part};
use otel_genai::semconv::names::{gen_ai, otel_genai as names};
use otel_genai::{GenAiSpan, Span};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::plain::printable;

/// Writes the messages of every model call, in the order of the tree.
///
/// Agents send their whole history with every call: what was shown with an earlier call is counted and not shown again.
/// Of several spans that report one call, the first with messages is shown.
pub(super) fn render<'a>(spans: impl Iterator<Item = &'a Span>) -> String {
    let calls: Vec<Call<'a>> = spans.filter_map(Call::of).collect();
    let told: HashSet<String> =
        calls.iter().filter(|call| !call.is_silent()).map(|call| call.identity.clone()).collect();
    let mut text = String::new();
    let (mut shown, mut shown_calls) = (HashSet::new(), HashSet::new());
    for call in calls {
        let is_told_elsewhere = call.is_silent() && told.contains(&call.identity);
        if is_told_elsewhere || !shown_calls.insert(call.identity.clone()) {
            continue;
        }
        call.write(&shown, &mut text);
        shown.extend(call.inputs.iter().chain(&call.outputs).map(identity));
    }
    if text.is_empty() { "\nno model was called\n".to_owned() } else { text }
}

/// One span of a model call.
struct Call<'a> {
    span: GenAiSpan<'a>,
    /// The id of the span that counts, which spans that report the same call name too.
    identity: String,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

impl<'a> Call<'a> {
    fn of(span: &'a Span) -> Option<Self> {
        let view = GenAiSpan::new(span);
        if !view.is_llm_call() {
            return None;
        }
        let counting = span.get_str(names::DUPLICATE_OF);
        let identity = counting.map_or_else(|| span.span_id().to_string(), str::to_owned);
        let instructions = || {
            let parts = view.system_instructions().filter(|parts| !parts.is_empty())?;
            Some(vec![Message { role: "system".to_owned(), parts, ..Message::default() }])
        };
        let [system, input, output] = [
            damaged(span, gen_ai::SYSTEM_INSTRUCTIONS).or_else(instructions),
            damaged(span, gen_ai::INPUT_MESSAGES).or_else(|| view.input_messages()),
            damaged(span, gen_ai::OUTPUT_MESSAGES).or_else(|| view.output_messages()),
        ]
        .map(Option::unwrap_or_default);
        Some(Self { span: view, identity, inputs: [system, input].concat(), outputs: output })
    }

    fn is_silent(&self) -> bool {
        self.inputs.is_empty() && self.outputs.is_empty()
    }

    fn write(&self, shown: &HashSet<String>, text: &mut String) {
        let span = self.span.span();
        let model = self.span.model().map(|model| format!(" · {model}")).unwrap_or_default();
        let heading = format!("── {}{model} · {} ", span.name(), shown_duration(span.duration()));
        *text += &format!("\n{}──\n", printable(&heading));
        if self.is_silent() {
            text.push_str("(no messages are stored)\n");
        }
        let mut earlier = 0;
        for message in &self.inputs {
            if shown.contains(&identity(message)) {
                earlier += 1;
            } else {
                *text += &earlier_ones(std::mem::take(&mut earlier));
                write(message, text);
            }
        }
        *text += &earlier_ones(earlier);
        self.outputs.iter().for_each(|message| write(message, text));
    }
}

/// What was meant to be JSON and is none, an end that was cut off for example, as it is: nobody knows who said it.
fn damaged(span: &Span, key: &str) -> Option<Vec<Message>> {
    let text = span.get_str(key).filter(|text| text.trim_start().starts_with(['[', '{']))?;
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return None;
    }
    let parts = vec![Part::text(text)];
    Some(vec![Message { role: format!("{key} (no valid JSON)"), parts, ..Message::default() }])
}

/// What makes a message the same one when it is sent again: an answer comes back without its reason to finish, and
/// with its author's name.
fn identity(message: &Message) -> String {
    messages::to_json(&[Message { finish_reason: None, name: None, ..message.clone() }])
}

fn earlier_ones(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "(1 message that is shown above)\n".to_owned(),
        _ => format!("({count} messages that are shown above)\n"),
    }
}

fn write(message: &Message, text: &mut String) {
    let name = message.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    let reason = message.finish_reason.as_deref().filter(|reason| {
        !matches!(*reason, "" | "stop" | "tool_calls" | "tool_call" | "tool_use" | "end_turn")
    });
    let reason = reason.map(|reason| format!(" [{reason}]")).unwrap_or_default();
    *text += &format!("{}:\n", printable(&format!("{}{name}{reason}", message.role)));
    for part in &message.parts {
        for line in shown(part).lines() {
            *text += &format!("  {}\n", printable(line));
        }
    }
}

fn shown(part: &Part) -> String {
    match part {
        Part::Text { content } => content.clone(),
        Part::Reasoning { content } => format!("(reasoning) {content}"),
        Part::ToolCall { name, arguments, .. } => format!("→ {name} {}", compact(arguments)),
        Part::ToolCallResponse { response, .. } => format!("← {}", compact(response)),
        Part::Other(value) => compact(value),
        other => format!("{other:?}"),
    }
}

/// Text as it is, anything else as JSON.
fn compact(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
