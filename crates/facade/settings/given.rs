//! From what somebody wrote to a typed value.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::keys::{ACTIONS, Entry, GUARDRAIL_CATEGORIES, Key, Kind};
use super::literal;
use super::values::{Headers, Secret, Values};

/// A value as it was written.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// Plain text, of which only the key says what it stands for: from a command line.
    Plain(&'a str),
    /// A value of a TOML file.
    Toml(&'a DeValue<'a>),
}

/// What is shown instead of a secret.
pub(super) const HIDDEN: &str = "***";

impl Key {
    /// Stores the value, or says what would have been right.
    pub(super) fn store(&self, given: Given<'_>, values: &mut Values) -> Result<(), String> {
        self.kind.store(given, values).ok_or_else(|| {
            format!("expected {} ({}; default: {})", self.kind.takes(), self.doc, self.default)
        })
    }
}

impl Kind {
    fn store(&self, given: Given<'_>, values: &mut Values) -> Option<()> {
        match self {
            Self::Switch(field) => *field(values) = Some(given.switch()?),
            Self::Count { least, most, field } => {
                let count = usize::try_from(given.whole_number()?).ok();
                *field(values) = Some(count.filter(|count| (*least..=*most).contains(count))?);
            }
            Self::Bytes(field) => *field(values) = Some(given.size()?),
            Self::Number { most, field } => {
                *field(values) = Some(given.number().filter(|number| (0.0..=*most).contains(number))?);
            }
            Self::Time { least, field } => {
                *field(values) = Some(literal::duration(given.text()?).filter(|time| time >= least)?);
            }
            Self::Choice(options) => {
                let text = given.text()?;
                options.iter().find(|(name, _)| *name == text)?.1(values);
            }
            Self::Words { words, field } => *field(values) = given.words(words)?,
            Self::Path(field) => {
                let path = given.text().filter(|text| !text.is_empty() && !text.contains('\0'))?;
                *field(values) = Some(in_home(path)?);
            }
            Self::Text(field) => *field(values) = Some(given.statement()?),
            Self::Filter(field) => {
                *field(values) = Some(given.statement().filter(|text| is_filter(text))?);
            }
            Self::Names(field) => *field(values) = given.names()?,
            Self::Endpoint(field) => *field(values) = Some(endpoint(given.text()?)?),
            Self::Headers(headers) => *headers(values) = given.headers()?,
            Self::Secret(field) => *field(values) = Some(Secret(given.statement()?)),
            Self::Table { entry, field } => {
                *field(values) =
                    given.table().filter(|table| table.values().all(|value| entry.takes(value)))?;
            }
        }
        Some(())
    }

    /// Tells whether a value of this kind must not be shown, not even to say that it is wrong.
    pub(super) fn is_secret(&self, given: Given<'_>) -> bool {
        match self {
            Self::Headers(_) | Self::Secret(_) => true,
            // Credentials in a URL are refused.
            Self::Endpoint(_) => given.text().is_some_and(|text| text.contains(['@', '?'])),
            _ => false,
        }
    }

    /// Returns the value as it may be shown to whoever asks for the settings.
    pub(super) fn written(&self, given: Given<'_>) -> String {
        if self.is_secret(given) {
            return HIDDEN.to_owned();
        }
        match given {
            Given::Plain(text) => text.to_owned(),
            Given::Toml(DeValue::String(text)) => text.to_string(),
            Given::Toml(value) => owned(value).map_or_else(|| given.shown(), |value| toml_text(&value)),
        }
    }

    /// Says what values there are.
    pub(super) fn takes(&self) -> String {
        match self {
            Self::Switch(_) => "true or false".into(),
            Self::Count { least, most, .. } => format!("a whole number from {least} to {most}"),
            Self::Bytes(_) => "a size from 1, like 4096 or \"64MiB\"".into(),
            Self::Number { most: 1.0, .. } => "a number from 0 to 1, like 0.1".into(),
            Self::Number { .. } => "a number from 0, like 0.5".into(),
            Self::Time { least: Duration::ZERO, .. } => "a duration like \"500ms\" or \"1h30m\"".into(),
            Self::Time { least, .. } => format!("a duration from {least:?}, like \"5s\" or \"1h30m\""),
            Self::Choice(options) => {
                let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
                one_of(&names)
            }
            Self::Words { words, .. } => {
                let names: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                format!("a list of {}", names.join(", "))
            }
            Self::Path(_) => "a path".into(),
            Self::Text(_) => "a text".into(),
            Self::Filter(_) => {
                "a level like \"info\", with targets like \"info,my_agent=debug,noisy=off\"".into()
            }
            Self::Names(_) => "a list of texts, like [\"one\", \"two\"]".into(),
            Self::Endpoint(_) => {
                "a URL like \"http://localhost:4318\", without credentials, query or fragment".into()
            }
            Self::Headers(_) => {
                "a table of texts, like { authorization = \"Bearer …\" }, names and values as HTTP allows"
                    .into()
            }
            Self::Secret(_) => "a text, which is never shown".into(),
            Self::Table { entry: Entry::Part, .. } => {
                "a table of numbers from 0 to 1, like { anthropic = 0.15 }".into()
            }
            Self::Table { entry: Entry::Figures, .. } => {
                "a table of tables, like { \"openai/gpt-4o\" = { input = 2.0, output = 8.0 } }".into()
            }
            Self::Table { entry: Entry::Attribute, .. } => {
                "a table of names, like { \"acme.tokens.in\" = \"gen_ai.usage.input_tokens\" }".into()
            }
            Self::Table { entry: Entry::Meaning, .. } => {
                "a table of \"inclusive\" or \"exclusive\", like { \"acme.\" = \"exclusive\" }".into()
            }
            Self::Table { entry: Entry::Pattern, .. } => {
                "a table of patterns, like { employee_id = 'E-[0-9]{6}' }".into()
            }
            Self::Table { entry: Entry::RuleAction, .. } => {
                format!("a table of \"off\" or {}, like {{ email = \"hash\" }}", one_of(ACTIONS))
            }
            Self::Table { entry: Entry::AttributeAction, .. } => {
                format!("a table of {}, like {{ \"user.email\" = \"remove\" }}", one_of(ACTIONS))
            }
            Self::Table { entry: Entry::Categories, .. } => {
                "a table of lists of categories, like { uses_tools = [\"tool_permission\"] }".into()
            }
            Self::Table { entry: Entry::Name, .. } => {
                "a table of names, like { my-chat = \"azure/gpt-4o\" }".into()
            }
        }
    }
}

impl Given<'_> {
    /// Returns the value as it is shown in an error.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Plain(text) => format!("{text:?}"),
            Self::Toml(DeValue::String(text)) => format!("{text:?}"),
            Self::Toml(DeValue::Integer(number)) => number.to_string(),
            Self::Toml(DeValue::Float(number)) => number.to_string(),
            Self::Toml(DeValue::Boolean(value)) => value.to_string(),
            Self::Toml(DeValue::Datetime(time)) => time.to_string(),
            Self::Toml(DeValue::Array(_)) => "[…]".into(),
            Self::Toml(DeValue::Table(_)) => "{…}".into(),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Toml(DeValue::String(text)) => Some(text),
            Self::Toml(_) => None,
        }
    }

    /// Returns a text that says something.
    fn statement(&self) -> Option<String> {
        self.text().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Returns the items of a list, each once: `["a", "b"]` in a file, `a,b` as plain text.
    fn names(&self) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for name in self.items()? {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Some(names)
    }

    fn switch(&self) -> Option<bool> {
        match self {
            Self::Plain(text) => text.parse().ok(),
            Self::Toml(DeValue::Boolean(value)) => Some(*value),
            Self::Toml(_) => None,
        }
    }

    fn whole_number(&self) -> Option<u64> {
        match self {
            Self::Plain(text) => literal::whole_number(text),
            Self::Toml(DeValue::Integer(number)) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            Self::Toml(_) => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Plain(text) => text.parse().ok(),
            Self::Toml(DeValue::Float(number)) => number.as_str().replace('_', "").parse().ok(),
            Self::Toml(_) => self.whole_number().map(|number| number as f64),
        }
    }

    fn size(&self) -> Option<usize> {
        let size = match self.text() {
            Some(text) => literal::size(text),
            None => literal::size(&self.whole_number()?.to_string()),
        };
        size.filter(|bytes| *bytes > 0)
    }

    fn items(&self) -> Option<Vec<&str>> {
        match self {
            Self::Plain(text) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect())
            }
            Self::Toml(DeValue::Array(items)) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(&**text),
                    _ => None,
                })
                .collect(),
            Self::Toml(_) => None,
        }
    }

    /// Returns the known words of a list, each once: `["a", "b"]` in a file, `a,b` as plain text.
    fn words(&self, known: &[&'static str]) -> Option<Vec<&'static str>> {
        let given = self.items()?;
        let mut words = Vec::new();
        for word in given {
            let word = *known.iter().find(|known| **known == word)?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Some(words)
    }

    fn table(&self) -> Option<toml::Table> {
        match self {
            Self::Plain(text) => match toml_value(text)? {
                toml::Value::Table(table) => Some(table),
                _ => None,
            },
            Self::Toml(DeValue::Table(table)) => table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), owned(value.get_ref())?)))
                .collect(),
            Self::Toml(_) => None,
        }
    }

    fn headers(&self) -> Option<Headers> {
        let mut headers = BTreeMap::new();
        match self {
            Self::Plain(text) => {
                for pair in text.split(',') {
                    let (name, value) = pair.split_once('=')?;
                    headers.insert(header_name(name.trim())?, header_value(value.trim())?);
                }
            }
            Self::Toml(DeValue::Table(table)) => read_header_table(table, &mut headers)?,
            Self::Toml(_) => return None,
        }
        Some(Headers(headers))
    }
}

#[cfg(feature = "init")]
fn is_filter(text: &str) -> bool {
    text.parse::<tracing_subscriber::filter::Targets>().is_ok()
}

/// Without the feature there is nothing that would use it.
#[cfg(not(feature = "init"))]
fn is_filter(_: &str) -> bool {
    true
}

impl Entry {
    /// Tells whether a value may stand in such a table.
    pub(super) fn takes(self, value: &toml::Value) -> bool {
        match (self, value) {
            (Self::Part, toml::Value::Float(part)) => (0.0..=1.0).contains(part),
            (Self::Part, toml::Value::Integer(part)) => (0..=1).contains(part),
            (Self::Name | Self::Attribute, toml::Value::String(name)) => !name.is_empty(),
            (Self::Meaning, toml::Value::String(meaning)) => matches!(&**meaning, "inclusive" | "exclusive"),
            (Self::Figures, toml::Value::Table(figures)) => !figures.is_empty(),
            (Self::Pattern, toml::Value::String(pattern)) => !pattern.is_empty(),
            (Self::RuleAction, toml::Value::String(action)) => {
                action == "off" || ACTIONS.contains(&action.as_str())
            }
            (Self::AttributeAction, toml::Value::String(action)) => ACTIONS.contains(&action.as_str()),
            (Self::Categories, toml::Value::Array(categories)) => categories.iter().all(|category| {
                category.as_str().is_some_and(|category| GUARDRAIL_CATEGORIES.contains(&category))
            }),
            _ => false,
        }
    }
}

/// Puts the user's home in the place of `~`, as a shell does, which has not seen this path.
fn in_home(path: &str) -> Option<PathBuf> {
    let Some(rest) = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
    else {
        return Some(PathBuf::from(path));
    };
    let home = ["HOME", "USERPROFILE"].into_iter().find_map(std::env::var_os)?;
    Some(PathBuf::from(home).join(rest.trim_start_matches(['/', '\\'])))
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    words.join(" or ")
}

/// Reads one value as a TOML file would have it after `=`.
pub(super) fn toml_value(text: &str) -> Option<toml::Value> {
    let mut table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
    let value = table.remove("value")?;
    // A text of several lines could set more than the one thing that was asked for.
    table.is_empty().then_some(value)
}

/// Writes a table as TOML has it within a line.
pub(super) fn table_text(table: &toml::Table) -> String {
    if table.is_empty() {
        return "{}".into();
    }
    let entries: Vec<_> =
        table.iter().map(|(name, value)| format!("{name:?} = {}", toml_text(value))).collect();
    format!("{{ {} }}", entries.join(", "))
}

fn toml_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("{text:?}"),
        toml::Value::Integer(number) => number.to_string(),
        // Keeps the point, as TOML needs it.
        toml::Value::Float(number) => format!("{number:?}"),
        toml::Value::Boolean(value) => value.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
        toml::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", "))
        }
        toml::Value::Table(table) => table_text(table),
    }
}

fn owned(value: &DeValue<'_>) -> Option<toml::Value> {
    let unplaced = Spanned::new(0..0, value.clone());
    toml::Value::deserialize(ValueDeserializer::from(unplaced)).ok()
}

fn read_header_table(table: &DeTable<'_>, headers: &mut BTreeMap<String, String>) -> Option<()> {
    for (name, value) in table {
        let DeValue::String(value) = value.get_ref() else { return None };
        headers.insert(header_name(name.get_ref())?, header_value(value)?);
    }
    Some(())
}

/// Checks a header's name and returns it in lower case, as HTTP/2 has it.
///
/// A name is a token (RFC 9110, 5.6.2). gRPC keeps names that end with `-bin` for binary values, which a text is not.
pub(super) fn header_name(name: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let name = name.to_ascii_lowercase();
    let is_name = !name.is_empty() && name.bytes().all(is_token) && !name.ends_with("-bin");
    is_name.then_some(name)
}

/// Checks a header's value: visible ASCII, with spaces and tabs inside (RFC 9110, 5.5).
pub(super) fn header_value(value: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic();
    (value.bytes().all(is_allowed) && value.trim() == value).then(|| value.to_owned())
}

/// Checks a base URL and returns it without slashes at its end.
fn endpoint(text: &str) -> Option<String> {
    let after_scheme = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let (authority, _) = after_scheme.split_once('/').unwrap_or((after_scheme, ""));
    let has_host = !authority.is_empty() && !authority.starts_with(':');
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}?#".contains(&byte));
    (has_host && is_plain && !authority.contains('@')).then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_plain_base_url() {
        let cases = [
            ("http://localhost:4318", Some("http://localhost:4318")),
            ("https://example.org/api/otel/", Some("https://example.org/api/otel")),
            ("http://[::1]:4317", Some("http://[::1]:4317")),
            ("localhost:4317", None),
            ("grpc://localhost:4317", None),
            ("http://", None),
            ("http:///v1/traces", None),
            ("http://:4317", None),
            ("http://user:secret@example.org", None),
            ("http://example.org/a b", None),
            ("http://example.org/?key=secret", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(endpoint(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn headers_are_what_http_allows() {
        for name in ["authorization", "X-Api-Key", "x_team"] {
            assert_eq!(header_name(name), Some(name.to_ascii_lowercase()));
        }
        for name in ["", "a b", "naïve", "a:b", "a=b", "trace-bin"] {
            assert_eq!(header_name(name), None, "{name}");
        }
        for value in ["", "Bearer a=b, c", "a\tb"] {
            assert_eq!(header_value(value).as_deref(), Some(value));
        }
        for value in ["a\nb", "a\r\nx: y", " a", "naïve", "\u{7f}"] {
            assert_eq!(header_value(value), None, "{value:?}");
        }
    }

    #[test]
    fn a_tilde_is_the_users_home() {
        for path in ["a/~", "~user/a", "./~/a"] {
            assert_eq!(in_home(path), Some(PathBuf::from(path)));
        }
        if let Some(home) = std::env::var_os("HOME") {
            assert_eq!(in_home("~/a/b.db"), Some(PathBuf::from(home).join("a/b.db")));
        }
    }

    #[test]
    fn plain_headers_are_pairs() {
        let headers = Given::Plain("Authorization=Bearer a=b, x-team = t").headers().expect("two pairs");
        let expected = [("authorization", "Bearer a=b"), ("x-team", "t")];
        assert_eq!(headers.0, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert!(Given::Plain("no pair").headers().is_none());
    }
}
