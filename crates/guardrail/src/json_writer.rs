//! Writes JSON without building values of it first.

/// JSON that grows by what is written: commas come by themselves.
#[derive(Debug)]
pub(crate) struct JsonWriter(String);

impl JsonWriter {
    /// Starts with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// Opens an object or a list.
    pub(crate) fn open(&mut self, bracket: char) {
        self.separate();
        self.0.push(bracket);
    }

    /// Closes what was opened.
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// Writes the key of the member that comes next; keys of ours need no escapes.
    pub(crate) fn key(&mut self, key: &'static str) {
        self.separate();
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.quoted(text);
    }

    /// Writes a member whose value is a text.
    pub(crate) fn text_member(&mut self, key: &'static str, text: &str) {
        self.key(key);
        self.quoted(text);
    }

    /// Writes a member whose value is bytes as hex digits.
    pub(crate) fn hex_member(&mut self, key: &'static str, bytes: &[u8]) {
        self.key(key);
        self.0.push('"');
        push_hex(&mut self.0, bytes);
        self.0.push('"');
    }

    /// Writes a member whose value is a list of texts.
    pub(crate) fn texts_member(&mut self, key: &'static str, texts: &[&str]) {
        self.key(key);
        self.0.push('[');
        for text in texts {
            self.text(text);
        }
        self.0.push(']');
    }

    /// Writes a member whose value is JSON already.
    pub(crate) fn json_member(&mut self, key: &'static str, json: &str) {
        self.key(key);
        self.0.push_str(json);
    }

    /// Writes a member whose key is anybody's and whose value is a plain one.
    pub(crate) fn value_member(&mut self, key: &str, value: &serde_json::Value) {
        self.separate();
        self.quoted(key);
        self.0.push(':');
        match value {
            serde_json::Value::String(text) => self.quoted(text),
            other => self.0.push_str(&other.to_string()),
        }
    }

    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        // Without a way out of the loop it is done many bytes at a time.
        let needs_escapes = text
            .bytes()
            .fold(0, |needs, byte| needs | u8::from(byte < 0x20 || byte == b'"' || byte == b'\\'))
            != 0;
        if needs_escapes {
            self.escaped(text);
        } else {
            self.0.push_str(text);
        }
        self.0.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\u{0}'..='\u{1f}' => self.0.push_str(&format!("\\u{:04x}", u32::from(letter))),
                _ => self.0.push(letter),
            }
        }
    }
}

/// Writes bytes as hex digits; formatters take many times as long.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for part in bytes.chunks(16) {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(part) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text.push_str(std::str::from_utf8(&digits[..part.len() * 2]).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[\u{0}-\u{7f}]{0,40}", words in prop::collection::vec("\\PC*", 0..4)) {
            let mut writer = JsonWriter::with_capacity(0);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            writer.open('[');
            for _ in 0..2 {
                writer.open('{');
                writer.text_member("text", &text);
                writer.json_member("flag", "true");
                writer.texts_member("words", &words);
                writer.value_member(&text, &json!("x\"y"));
                writer.close('}');
            }
            writer.text("end");
            writer.close(']');
            let mut object = json!({"text": text.clone(), "flag": true, "words": words});
            object[&text] = json!("x\"y");
            let read: serde_json::Value = serde_json::from_str(&writer.finish()).expect("JSON");
            prop_assert_eq!(read, json!([object, object, "end"]));
        }
    }
}
