//! Runs the built-in rules over a text.

use std::collections::HashMap;

use regex::bytes::{Regex, RegexBuilder};

use super::context::Contexts;
use super::layouts::{self, Layout, Layouts};
use super::literals::{Literals, Places};
use super::plausible::is_secret;
use super::resolve::Candidate;
use super::text::{begins, ends, part, run_end, run_start};
use super::vendors::Vendors;
use super::{behind, keys, members, numbers, special, work};
use crate::action::in_marker;
use crate::error::RuleError;
use crate::rule::{Anchor, Confidence, Rule};

/// How far a pattern may look, in bytes; the longest token, a JSON Web Token, is held shorter by its own pattern.
const REACH: usize = 8192;

/// How far before its literal a match of [`Anchor::Inside`] may start, in bytes.
const REACH_BACK: usize = 160;

/// Runs of base64 from this length on are bytes of something, not text: no rule looks into them.
pub(crate) const LONG_BLOB: usize = 1024;

/// So often a rule is tried in one unbroken run of letters, digits and the signs of tokens.
const MOST_TRIES: u8 = 32;

/// Values longer than this are not looked at where so many keys before had none that is a secret, in bytes.
const LONG_VALUE: usize = 256;

/// What the automaton's literal stands for.
#[derive(Clone, Debug)]
enum Use {
    Rule(usize),
    Word(&'static str),
    Stem,
    Member,
    At,
    Scheme,
    Begin,
    End,
    Putty,
    PuttyMac,
    Bearer,
    Basic,
    Data,
    Layout(Layout),
}

/// The built-in rules, ready to run.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) patterns: Vec<Option<Regex>>,
    literals: Literals,
    uses: Vec<Vec<Use>>,
    by_id: HashMap<&'static str, usize>,
    /// Rules on words that have no literal worth looking for.
    pub(super) words: Vec<usize>,
    pub(super) vendors: Vendors,
}

/// A stretch of bytes that no rule looked into.
pub(crate) type Blob = (usize, usize);

impl Engine {
    /// Compiles the rules; a pattern that does not compile is named in the error.
    pub(crate) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Result<Self, RuleError> {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let (mut patterns, mut by_id, mut words, mut vendors) =
            (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
        let mut by_text: HashMap<String, Vec<Use>> = HashMap::new();
        let mut add = |text: &str, what: Use| by_text.entry(text.to_owned()).or_default().push(what);
        for (index, rule) in rules.iter().enumerate() {
            let pattern = match rule.anchor {
                Anchor::Code => None,
                Anchor::Inside => Some(rule.pattern.to_owned()),
                Anchor::Key => Some(format!("^(?:{})$", rule.pattern)),
                Anchor::Prefix | Anchor::Word => Some(format!("^(?:{})", rule.pattern)),
            };
            let pattern = pattern.map(|pattern| {
                RegexBuilder::new(&pattern)
                    .unicode(false)
                    .build()
                    .map_err(|error| RuleError::pattern(rule.id, &error))
            });
            patterns.push(pattern.transpose()?);
            by_id.entry(rule.id).or_insert(index);
            match rule.anchor {
                Anchor::Prefix | Anchor::Inside => {
                    rule.literals.iter().for_each(|text| add(text, Use::Rule(index)));
                }
                Anchor::Word => words.push(index),
                Anchor::Key => vendors.extend(rule.literals.iter().map(|name| (*name, index))),
                Anchor::Code => {
                    for text in rule.literals {
                        match (rule.id, *text) {
                            ("email", _) => add(text, Use::At),
                            (
                                "url_credentials"
                                | "connection_string"
                                | "generic_secret"
                                | "private_key"
                                | "gcp_service_account_key",
                                _,
                            ) => {}
                            ("putty_private_key", _) => add(text, Use::Putty),
                            ("bearer_token", _) => add(text, Use::Bearer),
                            ("basic_auth", _) => add(text, Use::Basic),
                            _ => add(text, Use::Word(rule.id)),
                        }
                    }
                }
            }
        }
        for (text, what) in [
            ("://", Use::Scheme),
            ("-----BEGIN", Use::Begin),
            ("-----END", Use::End),
            ("Private-MAC", Use::PuttyMac),
            ("data:", Use::Data),
        ] {
            add(text, what);
        }
        layouts::literals().for_each(|(literal, what)| add(literal, Use::Layout(what)));
        // First as the name of a member: then the whole value counts.
        keys::stems().chain(members::NAMES.iter().copied()).for_each(|stem| add(stem, Use::Member));
        keys::stems().for_each(|stem| add(stem, Use::Stem));
        let mut sorted: Vec<_> = by_text.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let (texts, uses) = sorted.into_iter().unzip();
        let (literals, vendors) = (Literals::new(texts)?, Vendors::new(vendors)?);
        Ok(Self { rules, patterns, literals, uses, by_id, words, vendors })
    }

    /// Returns the rules in the order of their places.
    pub(crate) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Returns the literals that the automaton looks for.
    pub(crate) fn literals(&self) -> &[String] {
        self.literals.texts()
    }

    /// Finds everything; candidates may overlap.
    ///
    /// A text that was changed since is read in part, if the text and the places of `before` are given.
    pub(crate) fn scan(&self, text: &str, before: Option<(&str, &Places)>) -> Scanned {
        let mut scan = Scan {
            engine: self,
            text,
            bytes: text.as_bytes(),
            out: Vec::new(),
            blobs: Vec::new(),
            contexts: Contexts::default(),
            numbers: Vec::new(),
            tries: Vec::new(),
            refused: (0, 0),
            places: Places::default(),
        };
        scan.literals(before);
        scan.words();
        for (id, start, end) in behind::find(text, &scan.contexts) {
            scan.push(id, start, end, None);
        }
        Scanned { candidates: scan.out, blobs: scan.blobs, places: scan.places }
    }
}

/// What was found in a text.
pub(crate) struct Scanned {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) blobs: Vec<Blob>,
    pub(crate) places: Places,
}

/// One text being read.
pub(super) struct Scan<'t> {
    pub(super) engine: &'t Engine,
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) out: Vec<Candidate>,
    pub(super) blobs: Vec<Blob>,
    pub(super) contexts: Contexts<'static>,
    pub(super) numbers: Vec<numbers::Number>,
    /// Per rule, where its literal was last looked at inside a word, and how often in a row.
    tries: Vec<(usize, u8)>,
    /// Where the last value of a key ends that was no secret, and how many keys in a row stood in such a value.
    refused: (usize, u8),
    places: Places,
}

impl Scan<'_> {
    pub(super) fn push(&mut self, id: &str, start: usize, end: usize, confidence: Option<Confidence>) {
        if let Some(rule) = self.engine.by_id.get(id) {
            let confidence = confidence.unwrap_or(self.engine.rules[*rule].confidence);
            self.out.push(Candidate { rule: *rule, start, end, confidence });
        }
    }

    fn push_all(&mut self, found: Vec<layouts::Found>) {
        for (id, start, end) in found {
            self.push(id, start, end, None);
        }
    }

    fn literals(&mut self, before: Option<(&str, &Places)>) {
        let (mut begins_of_keys, mut ends_of_keys) = (Vec::new(), Vec::new());
        let (mut putty, mut macs) = (Vec::new(), Vec::new());
        let mut layouts = Layouts::default();
        let (mut value_end, mut member_end, mut blob_end, mut bearer_end) = (0, 0, 0, 0);
        let engine = self.engine;
        let bytes = self.bytes;
        let at_literal = |literal, start, end| {
            self.places.keep(literal, start, end);
            if start < blob_end {
                return;
            }
            for what in &engine.uses[literal] {
                match what {
                    Use::Rule(rule) => self.rule(*rule, literal, start, end),
                    Use::Word(id) => self.contexts.note(self.bytes, id, start, end),
                    // What was taken as a value is not looked at for further names: `password=token=…`.
                    Use::Stem if start < value_end => {}
                    Use::Stem => {
                        value_end = self.key(start, end).unwrap_or(value_end);
                        self.push_all(layouts.table(self.text, start, end));
                    }
                    Use::Layout(_) if in_marker(self.text, start, end) => {}
                    Use::Layout(what) => self.push_all(layouts.find(self.text, *what, start, end)),
                    // What lies below a member was read with it.
                    Use::Member if start < member_end => {}
                    Use::Member => {
                        if let Some(found) = members::find(self.text, start, end)
                            && !in_marker(self.text, start, end)
                        {
                            member_end = found.end;
                            for (start, end) in found.values {
                                self.push("generic_secret", start, end, None);
                            }
                        }
                    }
                    Use::At => {
                        if let Some((start, end)) = special::email(self.text, start, end) {
                            self.push("email", start, end, None);
                        }
                    }
                    Use::Scheme => {
                        if let Some((id, start, end)) = special::url_credentials(self.text, start, end) {
                            self.push(id, start, end, None);
                        }
                    }
                    Use::Begin => begins_of_keys.push(start),
                    Use::End => ends_of_keys.push(start),
                    Use::Putty => putty.push(start),
                    Use::PuttyMac => macs.push(end),
                    // What one reads up to its end, another inside it would read again: `bearer=bearer=`.
                    Use::Bearer if start < bearer_end => {}
                    Use::Bearer => {
                        bearer_end = run_end(self.bytes, end, 4096, special::is_token);
                        if let Some((start, end)) = special::bearer(self.text, start, end) {
                            self.push("bearer_token", start, end, None);
                        }
                    }
                    Use::Basic => {
                        if let Some((start, end)) = special::basic(self.text, start, end) {
                            self.push("basic_auth", start, end, None);
                        }
                    }
                    Use::Data => {
                        if let Some(end) = special::data_uri(self.bytes, start) {
                            self.blobs.push((start, end));
                            blob_end = end;
                        }
                    }
                }
            }
        };
        match before {
            Some((old, places)) => engine.literals.find_again(bytes, (old.as_bytes(), places), at_literal),
            None => engine.literals.find(bytes, at_literal),
        }
        for (index, start) in begins_of_keys.iter().enumerate() {
            let next = begins_of_keys.get(index + 1).copied().unwrap_or(self.bytes.len());
            if let Some((id, start, end)) = special::private_key(self.text, *start, next, &ends_of_keys) {
                self.push(id, start, end, None);
            }
        }
        for start in putty {
            if let Some((start, end)) = special::putty_key(self.text, start, &macs) {
                self.push("putty_private_key", start, end, None);
            }
        }
    }

    /// Runs the pattern of a rule at its literal.
    fn rule(&mut self, rule: usize, literal: usize, start: usize, end: usize) {
        let row = self.engine.rules[rule];
        let exact = self.engine.literals.texts()[literal].as_bytes() == &self.bytes[start..end];
        let Some(pattern) = &self.engine.patterns[rule] else { return };
        if !exact {
            return;
        }
        let found = if row.anchor == Anchor::Inside {
            // One word with the literal over and over is not searched from each of them.
            let known = self.tries(rule);
            let (last, tries) = *known;
            let is_near = last > start.saturating_sub(REACH_BACK);
            if is_near && tries >= 4 {
                return;
            }
            *known = (end, if is_near { tries + 1 } else { 0 });
            let left = run_start(self.bytes, start, REACH_BACK, |byte| {
                byte.is_ascii_alphanumeric() || b"_-.~:/+".contains(&byte)
            });
            let window = &self.bytes[left..self.bytes.len().min(end + 400)];
            work::searched(window.len());
            pattern
                .find(window)
                .map(|found| (left + found.start(), left + found.end()))
                .filter(|(from, to)| *from <= start && *to >= end)
        } else {
            if !begins(self.bytes, start) || self.in_base64(start) || self.is_repeated(rule, start) {
                return;
            }
            let window = &self.bytes[start..self.bytes.len().min(start + REACH)];
            work::searched(window.len());
            pattern.find(window).map(|found| (start, start + found.end()))
        };
        if let Some((start, end)) = found
            && begins(self.bytes, start)
            && ends(self.bytes, end)
            && row.check.is_none_or(|check| check(part(self.text, start, end)))
        {
            self.out.push(Candidate { rule, start, end, confidence: row.confidence });
        }
    }

    /// Made when first asked for: most texts have no literal of such a rule.
    fn tries(&mut self, rule: usize) -> &mut (usize, u8) {
        if self.tries.is_empty() {
            self.tries.resize(self.engine.rules.len(), (0, 0));
        }
        &mut self.tries[rule]
    }

    /// Tells whether the rule began many times before in the same unbroken run, as only made-up text has it, in which each
    /// beginning would be read to the same end.
    fn is_repeated(&mut self, rule: usize, start: usize) -> bool {
        let (last, tries) = *self.tries(rule);
        let is_same_run = tries > 0
            && start - last <= 64
            && self.bytes[last..start]
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-./+=~%".contains(byte));
        let tries = if is_same_run { tries.saturating_add(1) } else { 1 };
        *self.tries(rule) = (start, tries);
        tries > MOST_TRIES
    }

    /// Tells whether `start` lies in base64 and not in a path: a stretch of nothing but its letters, `+` among them.
    fn in_base64(&self, start: usize) -> bool {
        if !matches!(self.bytes.get(start.wrapping_sub(1)), Some(b'/' | b'+')) {
            return false;
        }
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+';
        let from = run_start(self.bytes, start, 120, is_base64);
        let to = run_end(self.bytes, start, 120, is_base64);
        (start - from >= 64 || to - from >= 120) && self.bytes[from..to].contains(&b'+')
    }

    /// Looks at a key that is named as a secret; returns where its value ends, if it was taken.
    fn key(&mut self, start: usize, end: usize) -> Option<usize> {
        // The kind in a marker of ours is no key: `[CLIENT_SECRET:…]`.
        if in_marker(self.text, start, end) {
            return None;
        }
        // Of many keys in one unbroken run, as only made-up text has it, each has a value that goes to its end.
        let (refused_end, refused) = self.refused;
        let is_in_run = start < refused_end;
        if is_in_run && refused > MOST_TRIES && refused_end - start > LONG_VALUE {
            return None;
        }
        let pair = keys::find(self.text, start, end)?;
        let (from, mut to) = pair.value;
        let mut from = from;
        // `Authorization: token VALUE`; Bearer and Basic have rules of their own.
        let mut value = part(self.text, from, to);
        if matches!(value.to_ascii_lowercase().as_str(), "token" | "apikey" | "key" | "negotiate")
            && self.bytes.get(to) == Some(&b' ')
        {
            from = to + 1;
            to = run_end(self.bytes, from, 512, |byte| {
                byte.is_ascii_alphanumeric() || b"._~+/=-".contains(&byte)
            });
            value = part(self.text, from, to);
        }
        let lower = value.get(..7).map(str::to_ascii_lowercase).unwrap_or_default();
        if value.is_empty()
            || lower.starts_with("bearer ")
            || lower.starts_with("basic ")
            || lower.trim_end() == "bearer"
            || lower == "basic"
        {
            return None;
        }
        // `Cookie: session=VALUE`
        if part(self.text, start, end).eq_ignore_ascii_case("cookie")
            && let Some(at) = value.find('=').filter(|at| *at < 64)
        {
            from += at + 1;
            value = part(self.text, from, to);
        }
        let vendor = self.vendor(&pair, from, to);
        let secret = vendor.is_some() || is_secret(value, pair.strength, pair.form, pair.is_plain_key);
        if !secret {
            if matches!(pair.form, keys::Form::Assigned | keys::Form::Quoted) {
                self.refused = (to, if is_in_run { refused.saturating_add(1) } else { 1 });
            }
            return None;
        }
        match vendor {
            Some((rule, from, to)) => {
                self.out.push(Candidate { rule, start: from, end: to, confidence: Confidence::Context });
            }
            None if self.in_connection_string(pair.name, pair.strength) => {
                self.push("connection_string", from, to, Some(Confidence::Context));
            }
            None if keys::words(part(self.text, pair.name, pair.name_end)).contains("bearer") => {
                self.push("bearer_token", from, to, None);
            }
            None => self.push("generic_secret", from, to, None),
        }
        (!matches!(pair.form, keys::Form::Before | keys::Form::Near)).then_some(to)
    }

    /// `Server=…;Password=…`, `host=… password=…`, `jdbc:…&password=…`.
    fn in_connection_string(&self, name: usize, strength: keys::Strength) -> bool {
        if strength != keys::Strength::Password
            || !matches!(self.bytes.get(name.wrapping_sub(1)), Some(b';' | b'&' | b'?' | b' ') | None)
                && !part(self.text, name, name + 40).contains(' ')
        {
            return false;
        }
        let line = run_start(self.bytes, name, 240, |byte| byte != b'\n' && byte < 0x80);
        let before = part(self.text, line, name + 24).to_ascii_lowercase();
        ["server=", "data source=", "host=", "jdbc:", "user id=", "uid=", "dbname=", "database=", "hostname="]
            .iter()
            .any(|word| before.contains(word))
    }
}
