//! In JSON, secrets are found however they are written, and only they go.

use otel_genai_redact::RuleSet;

fn redacted(text: &str) -> String {
    RuleSet::default().redact(text).text.into_owned()
}

#[test]
fn escapes_hide_nothing_and_break_nothing() {
    for (text, expected) in [
        (
            r#"[{"content":"Schreib an m\u00fcller@example.de"},{"content":"keep me"}]"#,
            // As without the escape: the rule knows addresses of ASCII letters.
            r#"[{"content":"Schreib an m\u00fc[EMAIL]"},{"content":"keep me"}]"#,
        ),
        (r#"{"mail":"jane\u0040example.org"}"#, r#"{"mail":"[EMAIL]"}"#),
        (r#"{"u":"https:\/\/bob:hunter2a@host\/x"}"#, r#"{"u":"https:\/\/[URL_CREDENTIALS]@host\/x"}"#),
        (r#"{"passw\u006frd":"hunter2a"}"#, r#"{"passw\u006frd":"[GENERIC_SECRET]"}"#),
        // JSON in strings.
        (
            r#"{"arguments":"{\"to\":\"jane\\u0040example.org\",\"city\":\"M\\u00fcnchen\"}"}"#,
            r#"{"arguments":"{\"to\":\"[EMAIL]\",\"city\":\"M\\u00fcnchen\"}"}"#,
        ),
        (
            r#"{"arguments":"{\u0022password\u0022:\u0022hunter2a\u0022}"}"#,
            r#"{"arguments":"{\u0022password\u0022:\u0022[GENERIC_SECRET]\u0022}"}"#,
        ),
        (
            r#"{"c":"Stra\u00dfe 5, \ud83d\ude00 \/ \"x\""}"#,
            r#"{"c":"Stra\u00dfe 5, \ud83d\ude00 \/ \"x\""}"#,
        ),
    ] {
        assert_eq!(redacted(text), expected);
        assert_eq!(redacted(expected), expected);
    }
    let key = format!("sk-ant-api03-{}AA", "x7Qm9LkPq3".repeat(10).get(..93).unwrap());
    let text = format!(r#"{{"c":"\u5bc6\u94a5{key}"}}"#);
    assert!(!redacted(&text).contains("x7Qm9LkPq3"), "{}", redacted(&text));
    let rules = RuleSet::builder().deny("Project Oak").build().unwrap();
    assert_eq!(rules.redact(r#"{"k":"Project\u0020Oak"}"#).text, r#"{"k":"[DENIED]"}"#);
}
