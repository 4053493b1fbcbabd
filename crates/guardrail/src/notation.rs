//! Reads structures as libraries write them into attributes: JSON, JSON that a limit cut, and what Python prints of its
//! lists, dictionaries and objects.
//!
//! Whole JSON reads as the standard says. Of a text that ends too soon, what stands before the cut is read. Everything else
//! is no structure: prose that begins with a brace is prose.

use std::borrow::Cow;

use crate::json::{Json, Object};

/// Containers inside each other; deeper ones are nobody's answer.
const MAX_DEPTH: u8 = 100;

/// A limit leaves a mark behind what it kept (`...`, `…[truncated]`), which is no longer than this. Bytes.
const LONGEST_MARK: usize = 32;

/// What a text looks like by its first letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON, perhaps in quotes of its own.
    Json,
    /// What Python prints: its strings have quotes that JSON does not know.
    Python,
    Prose,
}

/// How far a first quote is looked for, to tell whose it is. Bytes.
const FIRST_QUOTE: usize = 48;

/// Tells by its first letters what a text may be.
pub(crate) fn form(text: &str) -> Form {
    let bytes = text.as_bytes();
    match bytes {
        [b'"', ..] => Form::Json,
        [b'{' | b'[' | b' ' | b'\n', ..] => {
            let first = memchr::memchr2(b'"', b'\'', &bytes[..bytes.len().min(FIRST_QUOTE)]);
            let starts_object = || {
                let inner = text.trim_start_matches(['[', ' ', '\n']);
                inner.as_bytes().first().is_some_and(u8::is_ascii_uppercase) && is_called(inner.as_bytes())
            };
            match first.map(|quote| bytes[quote]) {
                Some(b'\'') => Form::Python,
                _ if matches!(bytes, [b'[', b'A'..=b'Z', ..]) && starts_object() => Form::Python,
                _ => Form::Json,
            }
        }
        [b'(', b'{' | b'[' | b'\'' | b'(', ..] | [b'\'', b'{' | b'[', ..] => Form::Python,
        [b'A'..=b'Z', ..] if is_called(bytes) => Form::Python,
        _ => Form::Prose,
    }
}

/// Tells whether a text begins with a name and a parenthesis: `ChatCompletion(id=…`.
fn is_called(bytes: &[u8]) -> bool {
    let name = bytes.iter().take_while(|byte| is_name_byte(**byte)).count();
    bytes.get(name) == Some(&b'(')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// A structure, and whether a JSON pointer resolves in the text that it was read from.
#[derive(Debug)]
pub(crate) struct Structure<'j> {
    pub(crate) json: Json<'j>,
    /// The text is whole JSON.
    pub(crate) is_whole: bool,
}

/// Reads a text that is a structure or begins with one and ends too soon.
pub(crate) fn parse(text: &str) -> Option<Structure<'_>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, end: None, is_json: true };
    reader.skip_space();
    let json = reader.value(MAX_DEPTH)?;
    if matches!(json, Json::Object(_) | Json::List(_)) {
        let mut several = Vec::new();
        let mut json = json;
        // A stream of answers, one behind the other.
        while reader.end.is_none() {
            reader.skip_space();
            if reader.at == text.len() {
                break;
            }
            if !matches!(reader.peek(), Some(b'{' | b'[')) {
                return None;
            }
            reader.is_json = false;
            several.push(json);
            json = reader.value(MAX_DEPTH)?;
        }
        if !several.is_empty() {
            several.push(json);
            json = Json::List(several);
        }
        return match reader.end {
            Some(End::Broken) => None,
            end => Some(Structure { json, is_whole: end.is_none() && reader.is_json }),
        };
    }
    None
}

/// Returns what stands in a text that is one string of JSON or Python with a structure inside.
pub(crate) fn unquoted(text: &str) -> Option<(Cow<'_, str>, bool)> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, end: None, is_json: true };
    reader.skip_space();
    let quote = reader.peek().filter(|quote| matches!(quote, b'"' | b'\''))?;
    reader.at += 1;
    let (inner, is_whole) = reader.string(quote);
    reader.skip_space();
    let is_all = !is_whole || reader.at == text.len();
    let is_structure = matches!(inner.trim_start().as_bytes(), [b'{' | b'[', ..]);
    (is_all && is_structure).then_some((inner, is_whole && quote == b'"'))
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The text was over.
    Cut,
    /// It is no structure.
    Broken,
}

#[derive(Debug)]
struct Reader<'j> {
    text: &'j str,
    bytes: &'j [u8],
    at: usize,
    end: Option<End>,
    /// Nothing but JSON was met.
    is_json: bool,
}

impl<'j> Reader<'j> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Stops: here the text ends, or it is something else.
    fn stop<T>(&mut self) -> Option<T> {
        let left = self.bytes.len() - self.at.min(self.bytes.len());
        let end = if left <= LONGEST_MARK && (left == 0 || self.is_mark()) { End::Cut } else { End::Broken };
        self.end.get_or_insert(end);
        None
    }

    /// Tells whether what is left is what a limit leaves behind.
    fn is_mark(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default().trim_start_matches([' ', ',']);
        rest.starts_with("...") || rest.starts_with('…') || rest.to_ascii_lowercase().contains("truncated")
    }

    /// Reads a value; `None` when there is none. Reading is over where `end` is set.
    fn value(&mut self, depth: u8) -> Option<Json<'j>> {
        let Some(depth) = depth.checked_sub(1) else {
            self.end = Some(End::Broken);
            return None;
        };
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(b']', depth),
            Some(b'"') => {
                self.at += 1;
                Some(self.text_value(b'"'))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'\'') => {
                self.is_json = false;
                self.at += 1;
                Some(self.text_value(b'\''))
            }
            Some(b'(') => {
                self.is_json = false;
                self.list(b')', depth)
            }
            Some(b'<') => self.in_angles(),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.word(depth),
            _ => self.stop(),
        }
    }

    fn object(&mut self, depth: u8) -> Option<Json<'j>> {
        self.at += 1;
        let mut members = Vec::new();
        let mut is_first = true;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') if !is_first => {
                    self.at += 1;
                    self.skip_space();
                }
                _ if !is_first => {
                    self.stop::<()>();
                    break;
                }
                _ => {}
            }
            is_first = false;
            let quote = match self.peek() {
                Some(quote @ (b'"' | b'\'')) => quote,
                // Numbers are keys in Python.
                Some(b'0'..=b'9') => {
                    self.is_json = false;
                    let start = self.at;
                    self.number();
                    let key = Cow::Borrowed(&self.text[start..self.at]);
                    if !self.member(&mut members, key, depth) {
                        break;
                    }
                    continue;
                }
                _ => {
                    self.stop::<()>();
                    break;
                }
            };
            self.is_json &= quote == b'"';
            self.at += 1;
            let (key, is_whole) = self.string(quote);
            if !is_whole || !self.member(&mut members, key, depth) {
                break;
            }
        }
        // Nothing was read of what only looked like one.
        if members.is_empty() && self.end == Some(End::Broken) {
            return None;
        }
        Some(Json::Object(Object::of(members)))
    }

    /// Reads the colon and the value behind a key; false where reading is over.
    fn member(&mut self, members: &mut Vec<(Cow<'j, str>, Json<'j>)>, key: Cow<'j, str>, depth: u8) -> bool {
        self.skip_space();
        if self.peek() != Some(b':') {
            self.stop::<()>();
            return false;
        }
        self.at += 1;
        self.skip_space();
        if let Some(value) = self.value(depth) {
            members.push((key, value));
        }
        self.end.is_none()
    }

    fn list(&mut self, close: u8, depth: u8) -> Option<Json<'j>> {
        self.at += 1;
        let mut items = Vec::new();
        let mut is_first = true;
        loop {
            self.skip_space();
            match self.peek() {
                Some(byte) if byte == close => {
                    self.at += 1;
                    break;
                }
                Some(b',') if !is_first => {
                    self.at += 1;
                    self.skip_space();
                    // A tuple of one has a comma behind it.
                    if close == b')' && self.peek() == Some(close) {
                        self.at += 1;
                        break;
                    }
                }
                _ if !is_first => {
                    self.stop::<()>();
                    break;
                }
                _ => {}
            }
            is_first = false;
            items.extend(self.value(depth));
            if self.end.is_some() {
                break;
            }
        }
        Some(Json::List(items))
    }

    fn text_value(&mut self, quote: u8) -> Json<'j> {
        match self.string(quote) {
            (text, true) => Json::Text(text),
            (text, false) => Json::Begun(text),
        }
    }

    /// Reads a string behind its quote; tells whether its end was there.
    fn string(&mut self, quote: u8) -> (Cow<'j, str>, bool) {
        let start = self.at;
        let rest = &self.bytes[start..];
        match memchr::memchr2(quote, b'\\', rest) {
            Some(length) if rest[length] == quote => {
                self.at = start + length + 1;
                (Cow::Borrowed(&self.text[start..start + length]), true)
            }
            Some(length) => self.escaped_string(quote, start, length),
            None => {
                self.at = self.bytes.len();
                self.end.get_or_insert(End::Cut);
                (Cow::Borrowed(&self.text[start..]), false)
            }
        }
    }

    fn escaped_string(&mut self, quote: u8, start: usize, first: usize) -> (Cow<'j, str>, bool) {
        let mut text = String::with_capacity(first + 64);
        text.push_str(&self.text[start..start + first]);
        self.at = start + first;
        loop {
            match self.peek() {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return (text.into(), true);
                }
                Some(b'\\') => self.escape(&mut text),
                Some(_) => {
                    let rest = &self.bytes[self.at..];
                    let length = memchr::memchr2(quote, b'\\', rest).unwrap_or(rest.len());
                    text.push_str(&self.text[self.at..self.at + length]);
                    self.at += length;
                }
                None => {
                    self.end.get_or_insert(End::Cut);
                    return (text.into(), false);
                }
            }
        }
    }

    /// Reads one escape. One that neither JSON nor Python knows is what it says.
    fn escape(&mut self, text: &mut String) {
        self.at += 1;
        // Only whole letters are stepped over.
        let Some(letter) = self.text[self.at..].chars().next() else { return };
        self.at += letter.len_utf8();
        let plain = match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.code(4),
            'x' => self.code(2),
            'U' => self.code(8),
            other => other,
        };
        text.push(plain);
    }

    fn code(&mut self, digits: usize) -> char {
        let high = self.hex(digits);
        let is_high = (0xd800..0xdc00).contains(&high);
        if is_high && self.bytes[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex(4);
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self, digits: usize) -> u32 {
        let mut code = 0_u32;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else { break };
            code = code.wrapping_mul(16).wrapping_add(digit);
            self.at += 1;
        }
        code
    }

    fn number(&mut self) -> Option<Json<'j>> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        // The rest of a number that runs into the end may be missing.
        if self.at == self.bytes.len() {
            self.end.get_or_insert(End::Cut);
            return None;
        }
        Some(Json::Number(&self.text[start..self.at]))
    }

    /// Reads `null`, `None`, a flag, or an object that Python names: `Choice(index=0)`.
    fn word(&mut self, depth: u8) -> Option<Json<'j>> {
        let start = self.at;
        while self.peek().is_some_and(is_name_byte) {
            self.at += 1;
        }
        if self.at == self.bytes.len() {
            self.end.get_or_insert(End::Cut);
            return None;
        }
        match &self.bytes[start..self.at] {
            b"null" => return Some(Json::Null),
            b"true" => return Some(Json::Bool(true)),
            b"false" => return Some(Json::Bool(false)),
            _ => self.is_json = false,
        }
        match (&self.bytes[start..self.at], self.peek()) {
            (b"None" | b"nan" | b"inf" | b"NaN" | b"Infinity", _) => Some(Json::Null),
            (b"True", _) => Some(Json::Bool(true)),
            (b"False", _) => Some(Json::Bool(false)),
            (b"b" | b"u" | b"r" | b"f", Some(quote @ (b'"' | b'\''))) => {
                self.at += 1;
                Some(self.text_value(quote))
            }
            (_, Some(b'(')) => self.called(depth),
            // A name by itself is an enum's member or a class.
            (_, Some(b',' | b']' | b'}' | b')')) if start > 0 => {
                Some(Json::Text(Cow::Borrowed(&self.text[start..self.at])))
            }
            _ => {
                self.at = start;
                self.stop()
            }
        }
    }

    /// Reads what stands in the parentheses of an object: its members, else what it was made of.
    fn called(&mut self, depth: u8) -> Option<Json<'j>> {
        self.at += 1;
        let mut members = Vec::new();
        let mut first = None;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b')') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let start = self.at;
            let name = self.bytes[start..].iter().take_while(|byte| is_name_byte(**byte)).count();
            let is_member = name > 0 && self.bytes.get(start + name) == Some(&b'=');
            if is_member {
                self.at = start + name + 1;
            }
            let value = self.value(depth);
            match value {
                Some(value) if is_member => {
                    members.push((Cow::Borrowed(&self.text[start..start + name]), value));
                }
                Some(value) => first = first.or(Some(value)),
                None => {}
            }
            if self.end.is_some() || self.at == start {
                self.end.get_or_insert(End::Broken);
                break;
            }
        }
        match first {
            Some(value) if members.is_empty() => Some(value),
            _ => Some(Json::Object(Object::of(members))),
        }
    }

    /// Reads what Python prints of a member of an enum, `<FinishReason.SAFETY: 'SAFETY'>`, and of what it cannot print.
    fn in_angles(&mut self) -> Option<Json<'j>> {
        self.is_json = false;
        let start = self.at + 1;
        let Some(length) = memchr::memchr(b'>', &self.bytes[start..]) else {
            self.at = self.bytes.len();
            return self.stop();
        };
        self.at = start + length + 1;
        let inner = &self.text[start..start + length];
        let word = inner.split(':').next().unwrap_or(inner);
        Some(if word.bytes().all(is_name_byte) { Json::Text(Cow::Borrowed(word)) } else { Json::Null })
    }
}

#[cfg(test)]
#[path = "notation_tests.rs"]
mod tests;
