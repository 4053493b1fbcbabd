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
            r#"[{"content":"Schreib an [EMAIL]"},{"content":"keep me"}]"#,
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

#[test]
fn the_name_of_a_member_is_enough() {
    for (text, expected) in [
        (r#"{"password": "correct horse battery"}"#, r#"{"password": "[GENERIC_SECRET]"}"#),
        (r#"{"api_key": "abc"}"#, r#"{"api_key": "[GENERIC_SECRET]"}"#),
        (r#"{"dbPassword": "$<[{x", "n": 1}"#, r#"{"dbPassword": "[GENERIC_SECRET]", "n": 1}"#),
        (
            r#"{"pin": 4711, "cvv": "123", "pass": "no one"}"#,
            r#"{"pin": "[GENERIC_SECRET]", "cvv": "[GENERIC_SECRET]", "pass": "[GENERIC_SECRET]"}"#,
        ),
        (r#"{"secret": ["a b", "c"]}"#, r#"{"secret": ["[GENERIC_SECRET]", "[GENERIC_SECRET]"]}"#),
        (
            r#"{"credentials": {"user": "bob", "list": [{"x": "y z"}], "ttl": 60, "on": true}, "k": "v"}"#,
            r#"{"credentials": {"user": "[GENERIC_SECRET]", "list": [{"x": "[GENERIC_SECRET]"}], "ttl": 60, "on": true}, "k": "v"}"#,
        ),
        (
            r#"{"arguments": "{\"password\": \"two words\", \"city\": \"Rome\"}"}"#,
            r#"{"arguments": "{\"password\": \"[GENERIC_SECRET]\", \"city\": \"Rome\"}"}"#,
        ),
        (
            r#"{"headers": {"Cookie": "theme=dark; a=b; c=d"}}"#,
            r#"{"headers": {"Cookie": "theme=dark; a=[GENERIC_SECRET]; c=[GENERIC_SECRET]"}}"#,
        ),
        (
            r#"{"access_code": "blue door", "secret_word": "owl"}"#,
            r#"{"access_code": "[GENERIC_SECRET]", "secret_word": "[GENERIC_SECRET]"}"#,
        ),
        (r#"{"Authorization": "Token abc"}"#, r#"{"Authorization": "Token [GENERIC_SECRET]"}"#),
        ("Authorization: Token abc\nAccept: */*", "Authorization: Token [GENERIC_SECRET]\nAccept: */*"),
        ("POST /\nX-Api-Key: nightingale\n", "POST /\nX-Api-Key: [GENERIC_SECRET]\n"),
        ("curl -H 'Cookie: a=b; c=d' x", "curl -H 'Cookie: a=[GENERIC_SECRET]; c=[GENERIC_SECRET]' x"),
    ] {
        assert_eq!(redacted(text), expected);
        assert_eq!(redacted(expected), expected);
    }
}

#[test]
fn a_value_that_ends_with_a_backslash_ends_there() {
    let rules = RuleSet::default();
    for (text, expected) in [
        (r#"{"api_key":"\\","b":""}"#, r#"{"api_key":"[GENERIC_SECRET]","b":""}"#),
        (r#"{"password":"a1\\","b":"c"}"#, r#"{"password":"[GENERIC_SECRET]","b":"c"}"#),
        (
            r#"["{\"password\":\"a1\\\\\",\"b\":\"c\"}"]"#,
            r#"["{\"password\":\"[GENERIC_SECRET]\",\"b\":\"c\"}"]"#,
        ),
    ] {
        assert_eq!(rules.redact(text).text, expected);
    }
}

#[test]
fn what_is_no_value_stays() {
    for text in [
        r#"{"password": "", "secret": null, "api_key": true, "passwd": "***", "pwd": "none"}"#,
        r#"{"password": "${DB_PASSWORD}", "api_key": "{{api_key}}", "secret": "<your key>"}"#,
        r#"{"max_tokens": 4096, "prompt_tokens": 12, "token_count": 7, "tokens": 99999}"#,
        r#"{"properties": {"password": {"type": "string"}, "api_key": {"description": "The key of the service"}}}"#,
        r#"{"f": "{\"password\": {\"type\": [\"string\", \"null\"]}}"}"#,
        r#"{"reset_password": "Choose a new one", "has_secret": "yes", "pin": "on the board", "pin_count": 12}"#,
        "Authorization: required for all of them\nCookie: a small cake",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn a_named_key_covers_all_below_it() {
    let rules = RuleSet::builder().key("badge").build().unwrap();
    for (text, expected) in [
        (
            r#"{"badge": ["a", 12], "x": "y"}"#,
            r#"{"badge": ["[SENSITIVE_KEY]", "[SENSITIVE_KEY]"], "x": "y"}"#,
        ),
        (
            r#"{"badge": {"id": {"n": "a b"}}, "x": "y"}"#,
            r#"{"badge": {"id": {"n": "[SENSITIVE_KEY]"}}, "x": "y"}"#,
        ),
        (r#"{"badge": 7}"#, r#"{"badge": "[SENSITIVE_KEY]"}"#),
        ("badge: abc", "badge: [SENSITIVE_KEY]"),
    ] {
        assert_eq!(rules.redact(text).text, expected);
    }
}
