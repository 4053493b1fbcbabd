//! Whether prompts and answers are recorded at all.

/// What happens to prompts and answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Content {
    /// They are taken out of every span.
    Off,
    /// They stay, less what the rules find.
    #[default]
    Redacted,
    /// They stay as they are: no rule looks at them.
    Full,
}

/// What happens to prompts, and what to answers.
///
/// # Examples
///
/// ```
/// use otel_genai_redact::{Content, ContentPolicy};
///
/// let policy = ContentPolicy::default()
///     .with_environment([("OPENINFERENCE_HIDE_INPUTS", "true")].map(|(k, v)| (k.to_owned(), v.to_owned())));
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

    /// Turns off what the variables of other libraries turn off, out of pairs such as [`std::env::vars`] gives.
    ///
    /// Read are `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` (`false` or `NO_CONTENT` turns off; so does
    /// `EVENT_ONLY`, since content then belongs on events and not on spans) and OpenInference's
    /// `OPENINFERENCE_HIDE_INPUTS`, `…_OUTPUTS`, `…_INPUT_MESSAGES`, `…_OUTPUT_MESSAGES`, `…_INPUT_TEXT`, `…_OUTPUT_TEXT`
    /// and `…_PROMPTS` (`true` turns off). They only ever turn off; empty and other values change nothing.
    #[must_use]
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in variables {
            let value = value.trim().to_ascii_lowercase();
            let is_true = matches!(value.as_str(), "true" | "1" | "yes" | "on");
            match name.as_str() {
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
                    if matches!(
                        value.as_str(),
                        "false" | "0" | "no" | "off" | "no_content" | "event_only"
                    ) =>
                {
                    self = Self::both(Content::Off);
                }
                "OPENINFERENCE_HIDE_INPUTS"
                | "OPENINFERENCE_HIDE_INPUT_MESSAGES"
                | "OPENINFERENCE_HIDE_INPUT_TEXT"
                | "OPENINFERENCE_HIDE_PROMPTS"
                    if is_true =>
                {
                    self.inputs = Content::Off;
                }
                "OPENINFERENCE_HIDE_OUTPUTS"
                | "OPENINFERENCE_HIDE_OUTPUT_MESSAGES"
                | "OPENINFERENCE_HIDE_OUTPUT_TEXT"
                    if is_true =>
                {
                    self.outputs = Content::Off;
                }
                _ => {}
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_turn_off_and_never_on() {
        let read = |name: &str, value: &str| {
            ContentPolicy::default().with_environment([(name.to_owned(), value.to_owned())])
        };
        assert_eq!(
            read("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "false"),
            ContentPolicy::both(Content::Off)
        );
        assert_eq!(
            read("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"),
            ContentPolicy::default()
        );
        assert_eq!(read("OPENINFERENCE_HIDE_OUTPUTS", "1").outputs, Content::Off);
        assert_eq!(read("OPENINFERENCE_HIDE_OUTPUTS", "").outputs, Content::Redacted);
    }
}
