//! A settings file with every key, for people to fill in.

use otel_genai::{DescribedKey, Settings};

const HEAD: &str = "\
# Settings of otel-genai. Every key is here, with what holds where it is not set; take off the # of those to change.
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

/// Returns a value that the key takes: its default where that can be written, else one to be replaced.
fn example(key: &DescribedKey) -> String {
    let quoted = format!("{:?}", key.default);
    [key.default, &quoted, "[]", "{}", "true", "\"1h\"", "\"64MiB\"", "\"http://localhost:4318\""]
        .into_iter()
        .find(|value| {
            let says_something = key.default.split(' ').count() == 1 || *value != quoted;
            says_something && Settings::from_toml_str(&format!("{} = {value}", key.key)).is_ok()
        })
        .map_or_else(|| "\"…\"".to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever takes off every mark of a key has a file that can be read, and each of them sets its key.
    #[test]
    fn every_line_of_a_key_can_be_used() {
        let text = template();
        assert!(Settings::from_toml_str(&text).is_ok_and(|settings| settings.exporters().is_empty()), "{text}");
        let uncommented: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || is_assignment(rest) => rest,
                _ => line,
            })
            .collect();
        let uncommented = uncommented.join("\n");
        let settings = Settings::from_toml_str(&uncommented).unwrap_or_else(|error| panic!("{error}\n{uncommented}"));
        let unset: Vec<_> = settings.describe().into_iter().filter(|key| key.value.is_none()).collect();
        assert!(unset.is_empty(), "{unset:?}");
    }

    fn is_assignment(line: &str) -> bool {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        line.split_once(" = ").is_some_and(|(name, _)| is_name(name))
    }
}
