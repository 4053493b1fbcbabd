use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn plain(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(digits) => serde_json::from_str(digits).unwrap_or(Value::Null),
        Json::Text(text) => text.as_ref().into(),
        Json::Begun(text) => format!("{text}\u{2702}").into(),
        Json::List(items) => items.iter().map(plain).collect(),
        Json::Object(object) => object.iter().map(|(key, value)| (key.to_owned(), plain(value))).collect(),
    }
}

fn read(text: &str) -> Option<Value> {
    parse(text).map(|structure| plain(&structure.json))
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000..1000_i32).prop_map(|number| json!(f64::from(number) / 8.0)),
        "\\PC*".prop_map(Value::from),
        "[\"'\\\\\n\u{0}\u{1F600}a-z]*".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..8)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn is_structure(json: &Value) -> bool {
    json.is_array() || json.is_object()
}

/// Everything that stands in one, and not in another place of the other, is not there.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|all| is_part(value, all)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len() && part.iter().zip(whole).all(|(part, whole)| is_part(part, whole))
        }
        (Value::String(part), Value::String(whole)) => {
            part == whole
                // A cut may fall into an escape, so its last letter may be another.
                || part.strip_suffix('\u{2702}').is_some_and(|begun| {
                    let mut begun = begun.to_owned();
                    begun.pop();
                    begun.pop();
                    whole.starts_with(&begun)
                })
        }
        (part, whole) => part == whole,
    }
}

proptest! {
    #[test]
    fn json_reads_as_the_standard_says(json in any_json().prop_filter("a structure", is_structure)) {
        for text in [json.to_string(), serde_json::to_string_pretty(&json).unwrap_or_default()] {
            let structure = parse(&text).expect("JSON");
            prop_assert!(structure.is_whole);
            prop_assert_eq!(plain(&structure.json), json.clone());
        }
    }

    #[test]
    fn what_stands_before_a_cut_is_read(
        json in any_json().prop_filter("a structure", is_structure),
        part in 0.0..1.0_f64,
    ) {
        let text = json.to_string();
        let mut end = (text.len() as f64 * part) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end > 0 {
            let structure = parse(&text[..end]).expect("what is left of JSON");
            prop_assert!(is_part(&plain(&structure.json), &json), "{} of {}", &text[..end], text);
            prop_assert!(!structure.is_whole);
        }
    }

    #[test]
    fn no_text_is_too_much(text in "[\\[\\]{}()<>\"',:=\\\\A-Za-z0-9 \u{e9}-]{0,200}") {
        let _ = parse(&text);
        let _ = unquoted(&text);
        let _ = form(&text);
    }
}

#[test]
fn what_python_prints_is_read() {
    let cases = [
        (
            "[{'guardrail_name': 'presidio', 'mode': None, 'ok': True, 'n': 1.5, 'bad': False}]",
            json!([{"guardrail_name": "presidio", "mode": null, "ok": true, "n": 1.5, "bad": false}]),
        ),
        (
            r#"{'text': "it's", 'other': 'say "no"', 'esc': 'a\'b\n\xe9\\'}"#,
            json!({"text": "it's", "other": "say \"no\"", "esc": "a'b\né\\"}),
        ),
        ("{'t': (1, 2), 'one': ('a',), 3: 4}", json!({"t": [1, 2], "one": ["a"], "3": 4})),
        (
            "ChatCompletion(id='c', choices=[Choice(finish_reason='content_filter', index=0, logprobs=None)])",
            json!({"id": "c", "choices": [{"finish_reason": "content_filter", "index": 0, "logprobs": null}]}),
        ),
        (
            "[Candidate(finish_reason=<FinishReason.SAFETY: 'SAFETY'>, raw=<object at 0x7f>)]",
            json!([{"finish_reason": "FinishReason.SAFETY", "raw": null}]),
        ),
        (
            "{'at': datetime.datetime(2026, 11, 1), 'id': UUID('x'), 'kind': Kind.STOP, 'b': b'x'}",
            json!({"at": 2026, "id": "x", "kind": "Kind.STOP", "b": "x"}),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), Some(expected), "{text}");
        assert_eq!(form(text), Form::Python, "{text}");
        assert!(!parse(text).expect("was read").is_whole);
    }
}

#[test]
fn cuts_are_told_from_prose() {
    assert_eq!(read(r#"{"a":"b","c":"d"#), Some(json!({"a": "b", "c": "d\u{2702}"})));
    assert_eq!(read(r#"{"a":"b","c"#), Some(json!({"a": "b"})));
    assert_eq!(read(r#"{"a":"b","c":tru"#), Some(json!({"a": "b"})));
    assert_eq!(read(r#"{"a":"b","c":12"#), Some(json!({"a": "b"})));
    assert_eq!(read(r#"{"a":[1,{"b":"x"},..."#), Some(json!({"a": [1, {"b": "x"}]})));
    assert_eq!(read(r#"{"a":"b", … [truncated]"#), Some(json!({"a": "b"})));
    assert_eq!(read("{\"a\":1}\n{\"b\":2}\n"), Some(json!([{"a": 1}, {"b": 2}])));
    for prose in [
        r#"{"finish_reason": "content_filter"} means that a filter stopped it"#,
        "[Note] I can't help with that.",
        "{name}, I can't help with that.",
        "[1] Smith, J. (2020). On refusals.",
        "The answer",
        "I (think) so",
        "\"a\"",
        "12",
        "null",
        "",
    ] {
        assert_eq!(read(prose), None, "{prose}");
    }
}

#[test]
fn nesting_has_an_end() {
    assert!(parse(&"[".repeat(100_000)).is_none());
    assert!(parse(&"{\"a\":".repeat(100_000)).is_none());
    assert!(parse(&"A(".repeat(100_000)).is_none());
}

#[test]
fn structures_in_quotes_are_found() {
    assert_eq!(unquoted(r#""{\"a\":1}""#), Some(("{\"a\":1}".into(), true)));
    assert_eq!(unquoted(r#""{\"a\":1,\"b"#), Some(("{\"a\":1,\"b".into(), false)));
    assert_eq!(unquoted("'{\"a\":1}'"), Some(("{\"a\":1}".into(), false)));
    assert_eq!(unquoted(r#""a text""#), None);
    assert_eq!(unquoted(r#""{}" and "{}""#), None);
}
