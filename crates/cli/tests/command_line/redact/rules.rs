//! `--rules` lists what is looked for.

use serde_json::Value;

use super::redacting::redact;

#[test]
fn every_rule_is_listed() {
    let ended = redact(&["--rules"], "");
    let lines: Vec<&str> = ended.success().lines().collect();
    assert!(lines.len() > 150, "{}", lines.len());
    assert!(lines.iter().any(|line| line.starts_with("email ") && line.contains("personal_data")));
    let ended = redact(&["--rules", "--json"], "");
    let rows: Vec<Value> =
        ended.success().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rows.len(), lines.len());
    assert!(rows.iter().any(|row| row["rule"] == "openai_api_key" && row["category"] == "secret"));
}
