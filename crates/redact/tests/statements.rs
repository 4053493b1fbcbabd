//! Passwords in statements of SQL are taken out, and nothing else; JSON stays the JSON that it was.

use otel_genai_redact::RuleSet;

#[test]
fn only_the_passwords_of_statements_are_taken_out() {
    let cases = [
        (r#"{"sql": "INSERT INTO users (name, password) VALUES\n('ann','§'),\n('bob','§');"}"#, 2),
        (r#"{"sql": "INSERT INTO users (\n\tname,\n\tpassword\n)\nVALUES ('ann', '§')"}"#, 1),
        (
            r#"{"a": "{\"sql\": \"INSERT INTO users (name, password) VALUES\\n('ann','§'),\\n('b','§')\"}"}"#,
            2,
        ),
        (r#"{"sql": "INSERT INTO users (name, password) VALUES ('O\\'Neil','§');"}"#, 1),
        (r#"{"sql": "INSERT INTO users (at, password) VALUES (NOW(),'§'),(MD5('x'),'§');"}"#, 2),
        (
            "INSERT INTO a (name, password) VALUES ('O'N','cut');\nINSERT INTO a (name, password) VALUES ('b','§')",
            1,
        ),
        (
            "INSERT INTO a (name, password) VALUES ('O'N','cut')\nINSERT INTO a (name, password) VALUES ('b','§')",
            1,
        ),
        ("INSERT INTO users (name, password) VALUES ('O\\'Neil','§'),\n('O''Hara','§');", 2),
        (r#"{"sql": "CREATE USER ann IDENTIFIED BY 'kw\\'§';"}"#, 1),
        (r#"{"c": "net use Z: \\\\srv\\team § /user:ann"}"#, 1),
    ];
    let set = RuleSet::default();
    for (template, count) in cases {
        let text = template.replace('§', "kw81xqT9z");
        let redacted = set.redact(&text).text.into_owned();
        assert!(!redacted.contains("xqT9z"), "{redacted}");
        assert_eq!(redacted.matches("[GENERIC_SECRET]").count(), count, "{redacted}");
        let kept = template.split('§').flat_map(|part| part.split("kw\\\\'"));
        assert!(kept.clone().all(|part| redacted.contains(part)), "{redacted}");
        if text.starts_with('{') {
            assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "{redacted}");
        }
    }
}

#[test]
fn a_statement_that_is_cut_takes_nothing_of_what_follows() {
    let set = RuleSet::default();
    for text in [
        r#"{"sql": "INSERT INTO users (name, password) VALUES ('ann','cut", "note": "it's fine (really)"}"#,
        "INSERT INTO users (name, password) VALUES ('ann','cut\nIt's a long story, 'so to say'.",
    ] {
        assert_eq!(set.redact(text).text, text);
    }
}
