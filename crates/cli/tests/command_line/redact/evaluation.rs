//! `--evaluate` measures on labelled texts.

use std::fs;

use serde_json::{Value, json};

use super::redacting::redact;

#[test]
fn a_label_outside_its_text_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("labelled.jsonl");
    for (start, end) in [(5, 2), (0, 1900), (1, 1)] {
        let line = format!(
            "{{\"text\":\"x y z\",\"labels\":[{{\"start\":{start},\"end\":{end},\"kind\":\"email\"}}]}}\n"
        );
        std::fs::write(&path, line).expect("writable");
        let ended = redact(&["--evaluate", &path.display().to_string()], "");
        ended.assert_error(
            1,
            &format!("line 1: no part of the text, which has 5 bytes, is the label {start} to {end}"),
        );
    }
}

#[test]
fn scores_are_per_kind_and_over_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("labelled.jsonl");
    let lines = [
        json!({"text": "to jane@example.org", "labels": [{"start": 3, "end": 19, "kind": "email"}]}),
        json!({"text": "to nobody", "labels": [{"start": 3, "end": 9, "kind": "email"}]}),
        json!({"text": "from +44 20 7946 0018", "labels": []}),
    ];
    fs::write(&path, lines.map(|line| format!("{line}\n")).concat()).expect("writable");
    let path = path.display().to_string();
    let ended = redact(&["--evaluate", &path], "");
    let printed = ended.success();
    assert!(printed.contains("| `email` | 2 | 1.000 | 0.500 | 0.667 |\n"), "{printed}");
    assert!(printed.contains("| `phone` | 0 | 0.000 | – | 0.000 |\n"), "{printed}");
    assert!(printed.contains("| all, of the same kind | 2 | 0.500 | 0.500 | 0.500 |\n"), "{printed}");
    assert!(printed.contains("3 texts with 2 labels; 1 label is covered"), "{printed}");
    let ended = redact(&["--evaluate", &path, "--json", "--rule", "phone=off"], "");
    let rows: Vec<Value> =
        ended.success().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&rows[0]["kind"], &rows[0]["recall"]), (&json!("email"), &json!(0.5)));
    assert_eq!(rows[1]["precision"], json!(1.0));
}

#[test]
fn a_line_that_is_not_labelled_text_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("labelled.jsonl");
    fs::write(&path, "{\"text\": \"a\", \"labels\": []}\n{\"text\": 1}\n").expect("writable");
    redact(&["--evaluate", &path.display().to_string()], "").assert_error(1, "line 2");
}
