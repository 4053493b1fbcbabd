//! What is costly to read: for each rule what begins many times and ends nowhere.
//!
//! The rule's literals over and over, glued, apart, and with what they need behind them; its examples with the last letter
//! wrong, and its examples themselves.

/// Costly for no single rule.
pub(crate) const GENERAL: &[&str] = &[
    "a",
    " ",
    "\"",
    "\\",
    "[",
    "{\"a\":",
    "1",
    "1.",
    "1-",
    "a@",
    "a.",
    "a1 ",
    "::",
    "://a:",
    "\\n",
    "-----BEGIN ",
    "data:;base64,",
    "password=",
    "password=[x]",
    "password ",
    "{\"password\":\"",
    "{\"password\":{",
    "\\\"password\\\":[",
    "key,",
    "Q~",
    "(a,password) VALUES ('",
    "INSERT INTO t (a,password) VALUES (('\\'",
    "password,\n",
    "é",
    "年",
];

/// Patterns of users that read far for each match, or for none, in a text of `a`.
pub(crate) const PATTERNS: &[&str] = &[".*z|a", "(?:(?:a|aa)+)+$", "a.*b.*c", r"\w+\s+\w+\s+$", "[^b]*b|a"];

/// Returns what to repeat for a rule with these literals and examples.
pub(crate) fn units(literals: &[&str], examples: &[&str]) -> Vec<String> {
    let mut units = Vec::new();
    for literal in literals.iter().take(4) {
        for tail in ["", " ", "a", "1", "=", ": \"", "A1b2C3d4", "A1b2C3d4E5f6G7h8.", " 1", "\n", "-", "_"] {
            units.push(format!("{literal}{tail}"));
        }
    }
    for example in examples {
        let text = filled(example);
        // The last letter wrong, and one letter short.
        units.push(format!("{}!", text.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric())));
        let short: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
        units.extend([format!("{short} "), format!("{text} "), format!("{text}."), format!("{text}-"), text]);
    }
    units
}

/// Fills `<class:count>` with letters that the class has.
fn filled(example: &str) -> String {
    let (mut out, mut rest) = (String::new(), example);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((class, behind)) = after.split_once('>') else { break };
        let (name, count) = class.split_once(':').unwrap_or((class, "32"));
        let letters = match name {
            "digit" => "1234567890",
            "upper" => "ABCDEFGHIJ234567",
            "lower" => "abcdefghij234567",
            "hex" => "0123456789abcdef",
            _ => "aB3dE6gH9jK2mN5p",
        };
        out.push_str(before);
        out.extend(letters.chars().cycle().take(count.parse().unwrap_or(32)));
        rest = behind;
    }
    out + rest
}

/// Repeats a unit up to so many bytes or a few more.
pub(crate) fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len().max(1) + 1)
}
