//! `--json` and `--fail-on-finding` say where something stands and never what it is.

use serde_json::{Value, json};

use super::redacting::redact;

#[test]
fn findings_have_places_and_no_text() {
    let text = "first line\nwrite to jäne: jane@example.org\n{\"a\": \"+44 20 7946 0018\"}\n";
    let ended = redact(&["--json"], text);
    let findings: Vec<Value> =
        ended.success().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let email = text.find("jane@").expect("is there");
    let phone = text.find('+').expect("is there");
    assert_eq!(
        findings,
        [
            json!({"rule": "email", "category": "personal_data", "confidence": "form", "line": 2,
                "start": email, "end": email + "jane@example.org".len()}),
            json!({"rule": "phone", "category": "personal_data", "confidence": "context", "line": 3,
                "start": phone, "end": phone + "+44 20 7946 0018".len()}),
        ]
    );
    assert!(!ended.stdout.contains("jane") && !ended.stderr.contains("jane"));
}

#[test]
fn a_finding_can_be_a_failure() {
    let ended = redact(&["--fail-on-finding"], "to jane@example.org\n");
    assert_eq!(ended.stdout, "to [EMAIL]\n");
    ended.assert_error(3, "found 1: email 1");
    assert_eq!(redact(&["--fail-on-finding"], "fine\n").success(), "fine\n");
    redact(&["--fail-on-finding", "--action", "report"], "to jane@example.org\n").assert_error(3, "found 1");
}
