//! Runs the built-in rules over a text.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::context::Contexts;
use super::layouts::{self, Layout, Layouts};
use super::plausible::is_secret;
use super::resolve::Candidate;
use super::text::{begins, ends, is_escape_letter, part, run_end, run_start};
use super::{behind, keys, members, numbers, special};
use crate::action::in_marker;
use crate::error::RuleError;
use crate::rule::{Anchor, Confidence, Rule};
use crate::validate::secrets;

/// How far a pattern may look, in bytes; the longest token, a JSON Web Token, is held shorter by its own pattern.
const REACH: usize = 8192;

/// How far before its literal a match of [`Anchor::Inside`] may start, in bytes.
const REACH_BACK: usize = 160;

/// Runs of base64 from this length on are bytes of something, not text: no rule looks into them.
pub(crate) const LONG_BLOB: usize = 1024;

/// So often a rule is tried in one unbroken run of letters, digits and the signs of tokens.
const MOST_TRIES: u8 = 32;

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
    rules: Vec<&'static Rule>,
    patterns: Vec<Option<Regex>>,
    literals: AhoCorasick,
    texts: Vec<String>,
    uses: Vec<Vec<Use>>,
    by_id: HashMap<&'static str, usize>,
    /// Rules on words that have no literal worth looking for.
    words: Vec<usize>,
    /// Rules on values of keys, by the vendor's name.
    vendors: Vec<(&'static str, usize)>,
}

/// A stretch of bytes that no rule looked into.
pub(crate) type Blob = (usize, usize);

impl Engine {
    /// Compiles the rules; a pattern that does not compile is named in the error.
    pub(crate) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Result<Self, RuleError> {
        let mut engine = Self {
            rules: rules.into_iter().collect(),
            patterns: Vec::new(),
            literals: AhoCorasick::new([""; 0]).map_err(RuleError::literals)?,
            texts: Vec::new(),
            uses: Vec::new(),
            by_id: HashMap::new(),
            words: Vec::new(),
            vendors: Vec::new(),
        };
        let mut by_text: HashMap<String, Vec<Use>> = HashMap::new();
        let mut add = |text: &str, what: Use| by_text.entry(text.to_owned()).or_default().push(what);
        for (index, rule) in engine.rules.iter().enumerate() {
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
            engine.patterns.push(pattern.transpose()?);
            engine.by_id.entry(rule.id).or_insert(index);
            match rule.anchor {
                Anchor::Prefix | Anchor::Inside => {
                    rule.literals.iter().for_each(|text| add(text, Use::Rule(index)));
                }
                Anchor::Word => engine.words.push(index),
                Anchor::Key => engine.vendors.extend(rule.literals.iter().map(|name| (*name, index))),
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
        // Longer names of vendors first: `azure_openai` before `azure`.
        engine.vendors.sort_by_key(|(name, index)| (std::cmp::Reverse(name.len()), *index));
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
        keys::STEMS.iter().chain(members::NAMES).for_each(|stem| add(stem, Use::Member));
        keys::STEMS.iter().for_each(|stem| add(stem, Use::Stem));
        let mut sorted: Vec<_> = by_text.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        (engine.texts, engine.uses) = sorted.into_iter().unzip();
        engine.literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&engine.texts)
            .map_err(RuleError::literals)?;
        Ok(engine)
    }

    /// Returns the rules in the order of their places.
    pub(crate) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Returns the automaton over all literals, against which the speed is measured.
    pub(crate) fn literals(&self) -> &AhoCorasick {
        &self.literals
    }

    /// Finds everything; candidates may overlap.
    pub(crate) fn scan(&self, text: &str) -> (Vec<Candidate>, Vec<Blob>) {
        let mut scan = Scan {
            engine: self,
            text,
            bytes: text.as_bytes(),
            out: Vec::new(),
            blobs: Vec::new(),
            contexts: Contexts::default(),
            numbers: Vec::new(),
            tries: vec![(0, 0); self.rules.len()],
        };
        scan.literals();
        scan.words();
        for (id, start, end) in behind::find(text, &scan.contexts) {
            scan.push(id, start, end, None);
        }
        let Scan { out, blobs, .. } = scan;
        (out, blobs)
    }
}

struct Scan<'t> {
    engine: &'t Engine,
    text: &'t str,
    bytes: &'t [u8],
    out: Vec<Candidate>,
    blobs: Vec<Blob>,
    contexts: Contexts<'static>,
    numbers: Vec<numbers::Number>,
    /// Per rule, where its literal was last looked at inside a word, and how often in a row.
    tries: Vec<(usize, u8)>,
}

impl Scan<'_> {
    fn push(&mut self, id: &str, start: usize, end: usize, confidence: Option<Confidence>) {
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

    fn literals(&mut self) {
        let (mut begins_of_keys, mut ends_of_keys) = (Vec::new(), Vec::new());
        let (mut putty, mut macs) = (Vec::new(), Vec::new());
        let mut layouts = Layouts::default();
        let (mut value_end, mut member_end, mut blob_end, mut bearer_end) = (0, 0, 0, 0);
        for hit in self.engine.literals.find_overlapping_iter(self.text) {
            let (start, end) = (hit.start(), hit.end());
            if start < blob_end {
                continue;
            }
            let literal = hit.pattern().as_usize();
            for what in &self.engine.uses[literal] {
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
                    Use::Member if start < member_end || in_marker(self.text, start, end) => {}
                    Use::Member => {
                        if let Some(found) = members::find(self.text, start, end) {
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
        let exact = self.engine.texts[literal].as_bytes() == &self.bytes[start..end];
        let Some(pattern) = &self.engine.patterns[rule] else { return };
        if !exact {
            return;
        }
        let found = if row.anchor == Anchor::Inside {
            // One word with the literal over and over is not searched from each of them.
            let (last, tries) = self.tries[rule];
            if last > start.saturating_sub(REACH_BACK) && tries >= 4 {
                return;
            }
            self.tries[rule] = (end, if last > start.saturating_sub(REACH_BACK) { tries + 1 } else { 0 });
            let left = run_start(self.bytes, start, REACH_BACK, |byte| {
                byte.is_ascii_alphanumeric() || b"_-.~:/+".contains(&byte)
            });
            let window = &self.bytes[left..self.bytes.len().min(end + 400)];
            pattern
                .find(window)
                .map(|found| (left + found.start(), left + found.end()))
                .filter(|(from, to)| *from <= start && *to >= end)
        } else {
            if !begins(self.bytes, start) || self.in_base64(start) || self.is_repeated(rule, start) {
                return;
            }
            let window = &self.bytes[start..self.bytes.len().min(start + REACH)];
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

    /// Tells whether the rule began many times before in the same unbroken run, as only made-up text has it, in which each
    /// beginning would be read to the same end.
    fn is_repeated(&mut self, rule: usize, start: usize) -> bool {
        let (last, tries) = self.tries[rule];
        let is_same_run = tries > 0
            && start - last <= 64
            && self.bytes[last..start]
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-./+=~%".contains(byte));
        let tries = if is_same_run { tries.saturating_add(1) } else { 1 };
        self.tries[rule] = (start, tries);
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

    /// Finds the vendor's rule for a value: its name stands in or shortly before the key, and the pattern fits.
    fn vendor(&self, pair: &keys::Pair, from: usize, to: usize) -> Option<(usize, usize, usize)> {
        let value = self.bytes.get(from..to)?;
        let value_as_text = part(self.text, from, to);
        let may_be = secrets::looks_random(value_as_text) || pair.strength == keys::Strength::Password;
        if value.len() < 8 || !may_be {
            return None;
        }
        let fits = |rule: usize| {
            let random = self.engine.rules[rule].id == "snowflake_password"
                && is_secret(value_as_text, pair.strength, pair.form, pair.is_plain_key)
                || secrets::looks_random(value_as_text);
            random && self.engine.patterns[rule].as_ref().is_some_and(|pattern| pattern.is_match(value))
        };
        let own = keys::words(part(self.text, pair.name, pair.name_end));
        // `the password for Acme is …`
        let around = keys::words(part(self.text, pair.name.saturating_sub(80), pair.name_end.max(from)))
            + &keys::words(part(self.text, to, to + 24));
        [own, around].iter().find_map(|names| {
            let named = |name: &str| {
                names
                    .match_indices(name)
                    .any(|(at, _)| at == 0 || !names.as_bytes()[at - 1].is_ascii_alphabetic())
            };
            self.engine
                .vendors
                .iter()
                .find(|(name, rule)| named(name) && fits(*rule))
                .map(|(_, rule)| (*rule, from, to))
        })
    }

    /// One look at every word with a digit in it.
    fn words(&mut self) {
        let (bytes, length) = (self.bytes, self.bytes.len());
        let mut blobs = std::mem::take(&mut self.blobs);
        blobs.sort_unstable();
        let mut next_blob = 0;
        let (mut at, mut looked) = (0, 0);
        let mut long_from = 0;
        let mut found = std::mem::take(&mut self.numbers);
        while at < length {
            // Most text has no digit for long: skipped by blocks, up to the last break between words.
            if let Some(block) = bytes.get(at..at + 32)
                && !block.iter().any(u8::is_ascii_digit)
                && let Some(last) = block.iter().rposition(|byte| CLASS[usize::from(*byte)] == 0)
                && last >= 8
            {
                at += last + 1;
                continue;
            }
            if CLASS[usize::from(bytes[at])] == 0 {
                at += 1;
                continue;
            }
            while blobs.get(next_blob).is_some_and(|(_, end)| *end <= at) {
                next_blob += 1;
            }
            if let Some((start, end)) = blobs.get(next_blob)
                && *start <= at
            {
                at = *end;
                continue;
            }
            let mut start = at;
            let mut seen = 0;
            while at < length && CLASS[usize::from(bytes[at])] != 0 {
                seen |= CLASS[usize::from(bytes[at])];
                at += 1;
            }
            if at - start >= 20 && start >= long_from {
                let end = special::base64_end(bytes, start);
                long_from = end;
                if end - start >= LONG_BLOB {
                    blobs.push((start, end));
                    at = end;
                    continue;
                }
            }
            let long = at - start >= SHORTEST_WORD;
            if seen & DIGIT == 0 && !long {
                continue;
            }
            if is_escape_letter(bytes, start) {
                start += 1;
            }
            if at - start == 52
                && bytes[start..at].iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
                && begins(bytes, start)
                && self.contexts.near("azure_devops_token", start, at, 120, 120)
                && secrets::looks_random(part(self.text, start, at))
            {
                self.push("azure_devops_token", start, at, Some(Confidence::Context));
            }
            if long {
                self.word_rules(start);
                if seen & DIGIT == 0 {
                    continue;
                }
            } else if at - start == 1 && bytes[start] == b'1' && bytes.get(at) == Some(&b'/') {
                self.word_rules(start);
            }
            // The first parts of a token with dots may have no digit, and were skipped then.
            if start > SHORTEST_WORD && matches!(bytes[start - 1], b'.' | b'_' | b'-') {
                let first =
                    run_start(bytes, start, 64, |byte| byte.is_ascii_alphabetic() || b"._-".contains(&byte));
                if run_end(bytes, first, 64, |byte| byte.is_ascii_alphabetic()) - first >= SHORTEST_WORD {
                    self.word_rules(first);
                }
            }
            if start < at {
                numbers::find(self.text, &self.contexts, start, at, &mut found);
                if start >= looked {
                    looked = numbers::find_addresses(self.text, start, at, &mut found);
                }
            }
        }
        blobs.sort_unstable();
        self.blobs = blobs;
        for number in &found {
            let confidence =
                (number.kind == "us_ssn" || number.kind == "phone").then_some(Confidence::Context);
            self.push(number.kind, number.start, number.end, confidence);
        }
    }

    fn word_rules(&mut self, start: usize) {
        for rule in &self.engine.words {
            let row = self.engine.rules[*rule];
            if row.literals.iter().any(|literal| self.bytes[start..].starts_with(literal.as_bytes()))
                && begins(self.bytes, start)
                && let Some(pattern) = &self.engine.patterns[*rule]
                && let Some(end) = pattern
                    .find(&self.bytes[start..self.bytes.len().min(start + 512)])
                    .map(|found| start + found.end())
                && ends(self.bytes, end)
                && row.check.is_none_or(|check| check(part(self.text, start, end)))
            {
                self.out.push(Candidate { rule: *rule, start, end, confidence: row.confidence });
            }
        }
    }
}

/// The shortest word that a rule on words starts with: Airtable's `pat` and 14 more.
const SHORTEST_WORD: usize = 17;

const DIGIT: u8 = 2;

/// 1 for letters, 3 for digits, 0 for all else.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_digit() {
            table[byte] = 1 | DIGIT;
        } else if (byte as u8).is_ascii_alphabetic() {
            table[byte] = 1;
        }
        byte += 1;
    }
    table
};
