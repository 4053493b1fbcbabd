//! Whether prompts and answers are recorded at all.

use crate::attributes::Role;

/// What happens to prompts and answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Content {
    /// They are taken out of every span.
    Off,
    /// They stay, less what the rules find.
    #[default]
    Redacted,
    /// Personal data in them stays. Secrets, deny-lists and the user's own patterns are taken out even so: what gives
    /// access is nobody's content.
    Full,
}

/// What happens to prompts, and what to answers.
///
/// # Examples
///
/// ```
/// use otel_genai_redact::{Content, ContentPolicy};
///
/// let lookup = |name: &str| (name == "OPENINFERENCE_HIDE_INPUTS").then(|| "true".to_owned());
/// let policy = ContentPolicy::default().with_environment(lookup);
/// assert_eq!(policy, ContentPolicy { inputs: Content::Off, outputs: Content::Redacted });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the two directions are all there are")]
pub struct ContentPolicy {
    /// Prompts, instructions, tool arguments, queries.
    pub inputs: Content,
    /// Answers, tool results, retrieved documents.
    pub outputs: Content,
}

impl ContentPolicy {
    /// Returns the same policy for both directions.
    pub const fn both(content: Content) -> Self {
        Self { inputs: content, outputs: content }
    }

    /// Turns off what the variables of other libraries turn off; `lookup` is such as `|name| std::env::var(name).ok()`.
    ///
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` leaves content on if it says `true`, `SPAN_ONLY` or
    /// `SPAN_AND_EVENT`. `NO_CONTENT`, `EVENT_ONLY` (content then belongs on events and not on spans), `false` and every
    /// other word turn it off, as in the instrumentations that read it. Of OpenInference's `OPENINFERENCE_HIDE_…`, `true`
    /// turns off `INPUTS`, `INPUT_MESSAGES`, `INPUT_TEXT`, `INPUT_IMAGES`, `PROMPTS`, `LLM_PROMPTS`,
    /// `LLM_INVOCATION_PARAMETERS`, `LLM_TOOLS` and `EMBEDDINGS_TEXT`, `EMBEDDINGS_VECTORS`, `EMBEDDING_VECTORS` on the
    /// way in, and `OUTPUTS`, `OUTPUT_MESSAGES`, `OUTPUT_TEXT`, `CHOICES` on the way out. A narrow one turns off its whole
    /// direction: never less than was asked for.
    ///
    /// Variables only ever turn off; an empty one counts as not set.
    #[must_use]
    pub fn with_environment(mut self, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let word = |name: &str| {
            lookup(name).map(|value| value.trim().to_ascii_lowercase()).filter(|word| !word.is_empty())
        };
        if word(CAPTURE).is_some_and(|word| !is_true(&word) && !ON_SPANS.contains(&word.as_str())) {
            self = Self::both(Content::Off);
        }
        let hides = |names: &[&str]| {
            names
                .iter()
                .any(|name| word(&format!("OPENINFERENCE_HIDE_{name}")).is_some_and(|word| is_true(&word)))
        };
        if hides(HIDE_INPUTS) {
            self.inputs = Content::Off;
        }
        if hides(HIDE_OUTPUTS) {
            self.outputs = Content::Off;
        }
        self
    }

    pub(crate) fn of(self, role: Role) -> Option<Content> {
        match role {
            Role::Input => Some(self.inputs),
            Role::Output => Some(self.outputs),
            Role::Text | Role::Fact => None,
        }
    }
}

const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// What it says, since the conventions of 1.37, where content belongs on spans.
const ON_SPANS: &[&str] = &["span_only", "span_and_event"];

/// Ends of `OPENINFERENCE_HIDE_…` (OpenInference specification, "Configuration").
const HIDE_INPUTS: &[&str] = &[
    "INPUTS",
    "INPUT_MESSAGES",
    "INPUT_TEXT",
    "INPUT_IMAGES",
    "PROMPTS",
    "LLM_PROMPTS",
    "LLM_INVOCATION_PARAMETERS",
    "LLM_TOOLS",
    "EMBEDDINGS_TEXT",
    "EMBEDDINGS_VECTORS",
    "EMBEDDING_VECTORS",
];
const HIDE_OUTPUTS: &[&str] = &["OUTPUTS", "OUTPUT_MESSAGES", "OUTPUT_TEXT", "CHOICES"];

fn is_true(word: &str) -> bool {
    matches!(word, "true" | "1" | "yes" | "on")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> ContentPolicy {
        ContentPolicy::default().with_environment(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn the_switch_of_the_conventions_fails_closed() {
        for on in ["true", "True", "SPAN_ONLY", "span_and_event", "", " "] {
            assert_eq!(read(CAPTURE, on), ContentPolicy::default(), "{on}");
        }
        for off in ["false", "NO_CONTENT", "EVENT_ONLY", "flase"] {
            assert_eq!(read(CAPTURE, off), ContentPolicy::both(Content::Off), "{off}");
        }
    }

    #[test]
    fn variables_turn_off_and_never_on() {
        assert_eq!(read("OPENINFERENCE_HIDE_OUTPUTS", "1").outputs, Content::Off);
        assert_eq!(read("OPENINFERENCE_HIDE_OUTPUT_TEXT", "true").inputs, Content::Redacted);
        assert_eq!(read("OPENINFERENCE_HIDE_INPUT_MESSAGES", "TRUE").inputs, Content::Off);
        assert_eq!(read("OPENINFERENCE_HIDE_OUTPUTS", "").outputs, Content::Redacted);
        let off = ContentPolicy::both(Content::Off);
        assert_eq!(off.with_environment(|_| Some("false".to_owned())), off);
    }
}
