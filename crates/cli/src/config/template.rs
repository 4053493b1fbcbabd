//! A settings file with every key, for people to fill in.

use otel_genai::{DescribedKey, Settings};

const HEAD: &str = "\
# Settings of otel-genai. Every key is here with a value that it takes; what holds where it is not set is said above it.
# Take off the # of those to change.
# Environment variables beat this file: queue.spans is OTEL_GENAI_QUEUE_SPANS. `otel-genai config show` tells what holds.
# An exporter is there if its section is, empty or not: take off the # of its [section] too.
";

/// Returns the text of the file.
pub(super) fn template() -> String {
    let mut text = HEAD.to_owned();
    let mut current = "";
    for key in Settings::default().describe() {
        let (section, name) = key.key.rsplit_once('.').unwrap_or(("", key.key));
        if section != current {
            // An exporter's section asks for the exporter.
            let mark = if section.starts_with("export.") { "# " } else { "" };
            text += &format!("\n{mark}[{section}]\n");
            current = section;
        } else if section.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text += &format!("# {}\n", key.doc);
        text += &format!("# takes {}; default: {}\n", key.takes, key.default);
        text += &format!("# {name} = {}\n", example(&key));
    }
    text
}

/// Values that make sense, where the least that a key takes would do harm, and where any text would do.
const SENSIBLE: &[(&str, &str)] = &[
    ("sampling.ratio", "1.0"),
    ("sampling.rules", r#"["agent=planner; rate=0.5"]"#),
    ("sampling.keep_slower_than", r#""60s""#),
    ("limits.spans_per_trace", "10000"),
    ("limits.tool_spans_per_trace", "2000"),
    ("limits.depth", "100"),
    ("limits.value_length", r#""64KiB""#),
    ("rate_limit.traces_per_second", "1000"),
    ("rate_limit.spans_per_second", "20000"),
    ("rate_limit.burst", "3000"),
    ("rate_limit.key", r#""tenant""#),
    ("redaction.keys", r#"["locker_code"]"#),
    ("redaction.deny", r#"["Project Oak"]"#),
    ("redaction.allow", r#"["support@example.com"]"#),
    ("redaction.allow_patterns", r"['.*@example\.com']"),
    ("redaction.key", r#""…""#),
    ("export.jsonl.rotate_size", r#""100MiB""#),
    ("export.jsonl.rotate_every", r#""1d""#),
    ("export.sqlite.retain_age", r#""30d""#),
    ("export.sqlite.retain_size", r#""1GiB""#),
    ("export.sqlite.retain_traces", "100000"),
    ("export.sqlite.key", r#""…""#),
    ("export.otlp.timeout", r#""10s""#),
    ("context.inbound_baggage", r#"["session.id"]"#),
    ("context.outbound_baggage", r#"["session.id"]"#),
];

/// Returns a value that the key takes: its default where that can be written, else the example that its description has.
fn example(key: &DescribedKey) -> String {
    const TO_BE_FILLED_IN: &str = "\"…\"";
    if let Some((_, value)) = SENSIBLE.iter().find(|(name, _)| *name == key.key) {
        return (*value).to_owned();
    }
    if matches!(&*key.takes, "a text" | "a path") {
        return TO_BE_FILLED_IN.to_owned();
    }
    let like = key.takes.split_once("like ").map_or("", |(_, example)| example);
    let before = |end| like.split(end).next().unwrap_or_default().to_owned();
    let all_words = key.takes.strip_prefix("a list of ").map_or(String::new(), |words| format!("[{words}]"));
    let first_word = key.takes.split(' ').next().unwrap_or_default();
    let least = key.takes.split_once(" from ").map_or("", |(_, range)| range);
    let least = least.split(' ').next().unwrap_or_default();
    let candidates = [
        key.default.to_owned(),
        format!("{:?}", key.default),
        like.to_owned(),
        before(" or "),
        before(", "),
        all_words,
        first_word.to_owned(),
        least.to_owned(),
        "{}".to_owned(),
    ];
    let is_value = |value: &String| Settings::from_toml_str(&format!("{} = {value}", key.key)).is_ok();
    candidates.into_iter().find(is_value).unwrap_or_else(|| TO_BE_FILLED_IN.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever takes off every mark of a key has a file that can be read, and each of them sets its key.
    #[test]
    fn every_line_of_a_key_can_be_used() {
        let text = template();
        assert!(
            Settings::from_toml_str(&text).is_ok_and(|settings| settings.exporters().is_empty()),
            "{text}"
        );
        let uncommented: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || is_assignment(rest) => rest,
                _ => line,
            })
            .collect();
        let uncommented = uncommented.join("\n");
        let settings =
            Settings::from_toml_str(&uncommented).unwrap_or_else(|error| panic!("{error}\n{uncommented}"));
        let unset: Vec<_> = settings.describe().into_iter().filter(|key| key.value.is_none()).collect();
        assert!(unset.is_empty(), "{unset:?}");
    }

    fn is_assignment(line: &str) -> bool {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        line.split_once(" = ").is_some_and(|(name, _)| is_name(name))
    }
}
