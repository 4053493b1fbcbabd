//! `otel-genai redact --rules`: what is looked for.

use std::fmt;

use otel_genai::redact::rules;
use serde_json::json;

use crate::failure::Failure;
use crate::plain;
use crate::printed::print;

struct Table;

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Vec<String>> = rules()
            .map(|rule| {
                [rule.id(), rule.category().as_str(), rule.confidence().as_str(), rule.finds()]
                    .map(str::to_owned)
                    .into()
            })
            .collect();
        plain::columns(formatter, &rows)
    }
}

/// Prints the rules: a table, or one line of JSON each.
pub(super) fn run(as_json: bool) -> Result<(), Failure> {
    let mut text = String::new();
    if as_json {
        for rule in rules() {
            let row = json!({
                "rule": rule.id(),
                "category": rule.category(),
                "confidence": rule.confidence(),
                "finds": rule.finds(),
            });
            text += &format!("{row}\n");
        }
    } else {
        text = Table.to_string();
    }
    print(text)
}
