//! Walks the JSON of an attribute and hands each key that a rule reads to its reader.

use std::borrow::Cow;
use std::fmt::Write;

use crate::json::{Json, Object};

use crate::finding::Confidence;
use crate::heuristic::Guesses;
use crate::notation;
use crate::shapes;
use crate::sink::{Hit, Place, Sink, is_word};

/// Values visited per attribute. A conversation of a thousand messages has less; hostile JSON must end.
const MAX_VALUES: usize = 50_000;

/// Keys under which callers and tools put what they like; a signal in there is content. Folded.
const FOREIGN: [&str; 12] = [
    "arguments",
    "args",
    "input",
    "inputs",
    "parameters",
    "tools",
    "functions",
    "instructions",
    "toolinput",
    "tooloutput",
    "prompt",
    "toolcallresponse",
];

/// Keys under which whole answers are kept as text. Folded. Under any other one JSON in a text may be what a model wrote.
const KEPT: [&str; 14] = [
    "body",
    "raw",
    "rawresponse",
    "rawoutput",
    "response",
    "responsebody",
    "originalresponse",
    "data",
    "payload",
    "json",
    "result",
    "metadata",
    "providermetadata",
    "hiddenparams",
];

/// Texts in texts that are opened, one inside the other.
const MAX_OPENED: usize = 2;

/// Keys of texts that a model wrote. Folded.
const TEXTS: [&str; 3] = ["content", "text", "outputtext"];

/// What the span is, as far as reading its JSON depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    /// The span is a tool's: its JSON is the tool's, and only what guardrails and moderations write counts.
    pub(crate) is_tool: bool,
    /// The patterns of guesses, for JSON that is an answer.
    pub(crate) guesses: Option<&'a Guesses>,
    /// A pointer resolves in the text that is read.
    pub(crate) has_pointers: bool,
}

/// One step of the way to a value.
#[derive(Clone, Copy, Debug)]
enum Step<'j> {
    Key(&'j str),
    Index(usize),
}

/// A walk over one JSON text.
pub(crate) struct Walk<'j, 's> {
    setting: Setting<'s>,
    sink: &'s mut Sink,
    attribute: &'j str,
    event: Option<usize>,
    path: Vec<Step<'j>>,
    left: usize,
    /// Where the text stands that the JSON was in, if it was in one; empty where no pointer leads into the attribute.
    opened_at: Option<String>,
    may_open: usize,
}

impl<'j, 's> Walk<'j, 's> {
    pub(crate) fn new(
        setting: Setting<'s>,
        sink: &'s mut Sink,
        attribute: &'j str,
        event: Option<usize>,
    ) -> Self {
        Self {
            setting,
            sink,
            attribute,
            event,
            path: Vec::with_capacity(16),
            left: MAX_VALUES,
            opened_at: (!setting.has_pointers).then(String::new),
            may_open: MAX_OPENED,
        }
    }

    /// Reads a whole JSON text; the attribute's own name counts as the key of its value.
    pub(crate) fn read(&mut self, json: &'j Json<'j>) {
        let name = self.attribute.rsplit('.').next().unwrap_or(self.attribute);
        if !shapes::read(self, fold(name).as_bytes(), json, None) {
            self.value(json);
        }
    }

    fn value(&mut self, json: &'j Json<'j>) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        match json {
            Json::Object(object) => self.object(object),
            Json::List(items) => {
                for (index, item) in items.iter().enumerate().skip(answers_from(items)) {
                    self.path.push(Step::Index(index));
                    self.value(item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, object: &'j Object<'j>) {
        // What a tool was called with, or answered, is content. So is what anybody but the model said.
        let kind = object.get("type").and_then(Json::as_str).unwrap_or_default();
        let role = object.get("role").and_then(Json::as_str).unwrap_or_default();
        if kind.starts_with("tool_call") || kind == "function_call_output" || is_asked(role) || is_asked(kind)
        {
            return;
        }
        for (key, value) in object.iter() {
            self.path.push(Step::Key(key));
            let folded = fold(key);
            let folded = folded.as_bytes();
            if !shapes::read(self, folded, value, Some(object)) {
                let is_one_of = |keys: &[&str]| keys.iter().any(|known| known.as_bytes() == folded);
                match value {
                    Json::Text(text) | Json::Begun(text) if is_one_of(&TEXTS) => self.text(text),
                    Json::Text(text) | Json::Begun(text)
                        if text.starts_with(['{', '[']) && is_one_of(&KEPT) =>
                    {
                        self.open(text);
                    }
                    Json::Object(_) | Json::List(_) if is_one_of(&FOREIGN) => {}
                    _ => self.value(value),
                }
            }
            self.path.pop();
        }
    }

    /// Reads JSON that stands in a text of JSON. The place of what it holds is that of the text.
    fn open(&mut self, text: &str) {
        let Some(may_open) = self.may_open.checked_sub(1) else { return };
        let Some(structure) = notation::parse(text) else { return };
        let opened_at = Some(self.pointer(""));
        let mut walk = Walk {
            setting: self.setting,
            sink: self.sink,
            attribute: self.attribute,
            event: self.event,
            path: Vec::new(),
            left: self.left,
            opened_at,
            may_open,
        };
        walk.value(&structure.json);
        self.left = walk.left;
    }

    fn text(&mut self, text: &str) {
        if self.setting.guesses.is_some_and(|guesses| guesses.is_refusal(text)) {
            let hit = self.hit(&crate::rules::heuristic::REFUSAL_PHRASE);
            self.sink.add(hit);
        }
    }

    /// Starts a hit at the value in hand.
    pub(crate) fn hit(&self, rule: &'static crate::rules::Rule) -> Hit<'j> {
        self.hit_at(rule, "")
    }

    /// Starts a hit below the value in hand.
    pub(crate) fn hit_at(&self, rule: &'static crate::rules::Rule, below: &str) -> Hit<'j> {
        let pointer = self.pointer(below);
        Hit::new(rule, Place { attribute: self.attribute, event: self.event, pointer })
    }

    pub(crate) fn add(&mut self, hit: Hit<'_>) {
        self.sink.add(hit);
    }

    pub(crate) fn is_tool(&self) -> bool {
        self.setting.is_tool
    }

    pub(crate) fn place(&self) -> Place<'j> {
        let pointer = self.pointer("");
        Place { attribute: self.attribute, event: self.event, pointer }
    }

    /// The folded key of the object or list that holds the object in hand.
    pub(crate) fn holder(&self) -> Option<Folded> {
        let above = self.path.iter().rev().skip(1);
        above
            .filter_map(|step| match step {
                Step::Key(key) => Some(fold(key)),
                Step::Index(_) => None,
            })
            .next()
            .or_else(|| self.attribute.rsplit('.').next().map(fold))
    }

    /// The folded key of the value in hand.
    pub(crate) fn key(&self) -> Option<Folded> {
        match self.path.last() {
            Some(Step::Key(key)) => Some(fold(key)),
            Some(Step::Index(_)) => None,
            None => self.attribute.rsplit('.').next().map(fold),
        }
    }

    /// Tells whether the way to the value in hand passes a key with this in its name. Folded.
    pub(crate) fn passes(&self, part: &str) -> bool {
        self.path.iter().any(|step| matches!(step, Step::Key(key) if fold(key).as_str().contains(part)))
            || fold(self.attribute).as_str().contains(part)
    }

    /// Lowers the confidence of signals of spans that are no model's call: they are likely right all the same.
    pub(crate) fn confidence(&self) -> Confidence {
        if self.is_tool() { Confidence::Medium } else { Confidence::High }
    }

    /// Points at what is below the value in hand. Ends before the first key that is no name: keys of raw answers are, those
    /// of other JSON may be content. What is left points at something around.
    fn pointer(&self, below: &str) -> String {
        if let Some(opened_at) = &self.opened_at {
            return opened_at.clone();
        }
        let mut pointer = String::with_capacity(80);
        for step in &self.path {
            match step {
                // A slash in a key has no place in a pointer as it is, and names have none.
                Step::Key(key) if !key.contains('/') && is_word(key) => {
                    pointer.push('/');
                    pointer.push_str(key);
                }
                Step::Key(_) => return pointer,
                Step::Index(index) => {
                    pointer.push('/');
                    push_number(&mut pointer, *index);
                }
            }
        }
        for segment in below.split('/').skip(1) {
            if !is_word(segment) {
                break;
            }
            pointer.push('/');
            pointer.push_str(segment);
        }
        pointer
    }
}

fn push_number(text: &mut String, number: usize) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => text.push(char::from(b'0' + digit)),
        // Writing to a text cannot fail.
        _ => drop(write!(text, "{number}")),
    }
}

/// A key as RFC 6901 has it in a pointer.
pub(crate) fn escaped(key: &str) -> Cow<'_, str> {
    if !key.contains(['~', '/']) {
        return key.into();
    }
    key.replace('~', "~0").replace('/', "~1").into()
}

/// A key in one spelling: `finishReason`, `finish_reason` and `finish-reason` are one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folded {
    letters: [u8; Self::LONGEST],
    length: usize,
}

impl Folded {
    /// The longest key that any table has is shorter; of a longer one the beginning is kept.
    const LONGEST: usize = 64;

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.letters[..self.length]
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

pub(crate) fn fold(key: &str) -> Folded {
    let mut folded = Folded { letters: [0; Folded::LONGEST], length: 0 };
    for byte in key.bytes().filter(u8::is_ascii_alphanumeric).take(Folded::LONGEST) {
        folded.letters[folded.length] = byte.to_ascii_lowercase();
        folded.length += 1;
    }
    folded
}

/// Where the answers begin in a list of messages: behind the last that somebody else wrote. A history repeats what was
/// found when it was news.
fn answers_from(items: &[Json<'_>]) -> usize {
    let is_asked = |item: &Json<'_>| {
        ["role", "type"].iter().any(|key| item.get(key).and_then(Json::as_str).is_some_and(is_asked))
    };
    items.iter().rposition(is_asked).map_or(0, |last| last + 1)
}

fn is_asked(role: &str) -> bool {
    matches!(
        role,
        "user" | "human" | "system" | "developer" | "tool" | "HumanMessage" | "SystemMessage" | "ToolMessage"
    )
}
