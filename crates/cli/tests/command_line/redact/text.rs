//! Text goes out without what was found, whether it stands on one line or on several.

use super::redacting::redact;
use crate::program::Scratch;

#[test]
fn text_is_redacted_and_counted() {
    let ended = redact(&[], "write to jane@example.org\nor jane@example.com or +44 20 7946 0018\nthanks");
    assert_eq!(ended.success(), "write to [EMAIL]\nor [EMAIL] or [PHONE]\nthanks");
    assert_eq!(ended.stderr, "found 3: email 2, phone 1\n");
    let ended = redact(&["--quiet", "-"], "nothing to see\n");
    assert_eq!((ended.success(), &*ended.stderr), ("nothing to see\n", ""));
}

#[test]
fn what_spans_lines_is_found() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(20);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
    let ended = redact(&[], format!("before\n{key}after\n"));
    assert_eq!(ended.success(), "before\n[PRIVATE_KEY]\nafter\n");
    let stack =
        "Error: connect failed\n    at postgres://app:Hx7aQ2m9Lk@db.example.org/x\n    at main.rs:3:1\n";
    assert_eq!(redact(&[], stack).success(), stack.replace("app:Hx7aQ2m9Lk", "[CONNECTION_STRING]"));
    // A word on the line before says what the number is.
    let ended = redact(&[], "social security number:\n541227788\n");
    assert_eq!(ended.success(), "social security number:\n[US_SSN]\n");
    let list = "- name: DB_PASSWORD\n  value: Hx7aQ2m9Lk\n";
    assert_eq!(redact(&[], list).success(), "- name: DB_PASSWORD\n  value: [GENERIC_SECRET]\n");
}

#[test]
fn json_stays_json_on_one_line_and_on_several() {
    let lines = "{\"card\": 4111111111111111}\n{\"n\": 1}\n";
    assert_eq!(redact(&[], lines).success(), "{\"card\": \"[PAYMENT_CARD]\"}\n{\"n\": 1}\n");
    let document = "{\n  \"cards\": [\n    4111111111111111\n  ]\n}\n";
    assert_eq!(redact(&[], document).success(), "{\n  \"cards\": [\n    \"[PAYMENT_CARD]\"\n  ]\n}\n");
}

#[test]
fn actions_and_rules_can_be_chosen() {
    let text = "E-123456 of jane@example.org, ask help@example.org, card 4111 1111 1111 1111, ACME\n";
    let ended = redact(
        &[
            "--pattern",
            "employee=\\bE-[0-9]{6}\\b",
            "--allow",
            "help@example.org",
            "--rule",
            "payment_card=partial",
            "--deny",
            "acme",
        ],
        text,
    );
    assert_eq!(
        ended.success(),
        "[EMPLOYEE] of [EMAIL], ask help@example.org, card [PAYMENT_CARD:*1111], [DENIED]\n"
    );
    let secrets = redact(&["--only", "secret"], "jane@example.org password=Hx7aQ2m9Lk\n");
    assert_eq!(secrets.success(), "jane@example.org password=[GENERIC_SECRET]\n");
    assert_eq!(redact(&["--action", "remove"], "to jane@example.org.\n").success(), "to .\n");
    assert_eq!(redact(&["--rule", "email=off"], "to jane@example.org\n").success(), "to jane@example.org\n");
    let personal = redact(&["--rule", "personal_data=off"], "jane@example.org password=Hx7aQ2m9Lk\n");
    assert_eq!(personal.success(), "jane@example.org password=[GENERIC_SECRET]\n");
}

#[test]
fn the_rules_of_the_settings_hold_and_flags_add_to_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("otel-genai.toml");
    let settings = "[redaction]\naction = \"remove\"\nallow = [\"help@example.org\"]\npatterns = { employee = 'E-[0-9]{6}' }\n";
    std::fs::write(&path, settings).expect("writable");
    let path = path.display().to_string();
    let text = "E-123456 of jane@example.org, ask help@example.org and log@example.org\n";
    let ended = redact(&["--config", &path, "--allow", "log@example.org"], text);
    assert_eq!(ended.success(), " of , ask help@example.org and log@example.org\n");
    let ended =
        redact(&["--config", &path, "--set", "redaction.action=mask", "--rule", "email=partial"], text);
    assert_eq!(ended.success(), "[EMPLOYEE] of [EMAIL:*eorg], ask help@example.org and [EMAIL:*eorg]\n");
    redact(&["--set", "redaction.rules={ emial = \"off\" }"], "")
        .assert_error(2, "`redaction.rules`: there is no rule \"emial\"");
}

#[test]
fn pseudonyms_come_from_a_key_in_a_file_or_in_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    std::fs::write(&path, "k1:0123456789abcdef\n").expect("writable");
    let path = path.display().to_string();
    let text = "jane@example.org and jane@example.org\n";
    let from_file = redact(&["--action", "hash", "--key-file", &path], text);
    let key = [("OTEL_GENAI_REDACTION_KEY", "k1:0123456789abcdef")];
    let from_variable = Scratch::new().run_with(&["redact", "--action", "hash"], &key, text);
    assert_eq!(from_file.success(), from_variable.success());
    let (first, second) = from_file.stdout.trim_end().split_once(" and ").expect("two");
    assert!(first.starts_with("[EMAIL:k1:") && first == second, "{first} {second}");
}

#[test]
fn wrong_usage_is_refused_before_anything_is_read() {
    redact(&["--action", "hash"], "").assert_error(2, "pseudonyms need a key");
    let ended = redact(&["--pattern", "mine=("], "");
    assert_eq!(ended.code, Some(2));
    // The lines behind show where in the pattern.
    assert!(ended.stderr.starts_with("error: the pattern of mine is not valid"), "{ended:?}");
    redact(&["--rule", "emial=off"], "").assert_error(2, "there is no rule called emial");
    let ended = Scratch::new().run_with(&["redact"], &[("OTEL_GENAI_REDACTION_KEY", "k1:s3cr3t")], "");
    ended.assert_error(2, "OTEL_GENAI_REDACTION_KEY: a key for pseudonyms needs at least 16 bytes");
    assert!(!ended.stderr.contains("s3cr3t"));
    redact(&["no such file"], "").assert_error(1, "cannot read no such file");
}
