//! What was said in the model calls of a trace.

use std::collections::HashSet;

use otel_genai::export::figures::shown_duration;
use otel_genai::semconv::messages::{Message, Part};
use otel_genai::{GenAiSpan, Span};
use serde_json::Value;

use crate::plain::printable;

/// Writes the messages of every model call, in the order of the tree.
///
/// Agents send their whole history with every call. What was shown with an earlier call is counted and not shown again.
pub(super) fn render<'a>(spans: impl Iterator<Item = &'a Span>) -> String {
    let mut text = String::new();
    let mut shown = HashSet::new();
    for span in spans {
        let view = GenAiSpan::new(span);
        if !view.is_llm_call() {
            continue;
        }
        let model = view.model().map(|model| format!(" · {model}")).unwrap_or_default();
        let heading = format!("── {}{model} · {} ", span.name(), shown_duration(span.duration()));
        text += &format!("\n{}──\n", printable(&heading));
        let system = view.system_instructions().filter(|parts| !parts.is_empty());
        let system = system.map(|parts| Message { role: "system".to_owned(), parts, ..Message::default() });
        let inputs: Vec<Message> =
            system.into_iter().chain(view.input_messages().unwrap_or_default()).collect();
        let outputs = view.output_messages().unwrap_or_default();
        if inputs.is_empty() && outputs.is_empty() {
            text += "(no messages are stored)\n";
        }
        let mut earlier = 0;
        for message in &inputs {
            if shown.contains(&identity(message)) {
                earlier += 1;
            } else {
                text += &earlier_ones(std::mem::take(&mut earlier));
                write(message, &mut text);
            }
        }
        text += &earlier_ones(earlier);
        outputs.iter().for_each(|message| write(message, &mut text));
        shown.extend(inputs.iter().chain(&outputs).map(identity));
    }
    if text.is_empty() { "\nno model was called\n".to_owned() } else { text }
}

/// What makes a message the same one when it is sent again: an answer comes back without its reason to finish.
fn identity(message: &Message) -> String {
    otel_genai::semconv::messages::to_json(&[Message { finish_reason: None, ..message.clone() }])
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
    let reason = message
        .finish_reason
        .as_deref()
        .filter(|reason| !matches!(*reason, "" | "stop" | "tool_calls" | "tool_call"));
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
