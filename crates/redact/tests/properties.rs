//! What holds for every text.

mod support;

use otel_genai_redact::{Action, PseudonymKey, RuleSet, rules};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{Numbers, expand};

fn sets() -> Vec<RuleSet> {
    let key = PseudonymKey::new("k1", b"0123456789abcdef").expect("long enough");
    [Action::Mask, Action::Pseudonym, Action::Partial, Action::Remove]
        .into_iter()
        .map(|action| RuleSet::builder().action(action).pseudonym_key(key.clone()).build().expect("builds"))
        .collect()
}

/// Text with secrets and numbers in it, glued in every way.
fn text_with_secrets() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<u64>().prop_map(|seed| {
            let mut numbers = Numbers(seed);
            let rows: Vec<_> = rules().flat_map(|rule| rule.examples().iter().chain(rule.counter_examples())).collect();
            expand(rows[numbers.next(rows.len())], seed).0
        }),
        2 => "[ -~]{0,20}",
        1 => "[\\[\\]{}\"\\\\:@=0-9 nrt]{0,12}",
        1 => "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..6).prop_flat_map(|pieces| {
        prop_oneof![Just(""), Just(" "), Just(", "), Just("\n"), Just("\\n"), Just("\"")]
            .prop_map(move |glue| pieces.join(glue))
    })
}

fn json_with_secrets() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        text_with_secrets().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        Just(json!(4_111_111_111_111_111_u64)),
        Just(json!(541_227_788)),
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            "[a-z]{1,6}",
            Just("password".to_owned()),
            Just("card".to_owned()),
            Just("ssn".to_owned()),
            Just("api_key".to_owned())
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key, inner.clone(), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
            // JSON in a string, as tool arguments are.
            inner.prop_map(|value| Json::String(value.to_string())),
        ]
    })
}

fn shape(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        Json::Object(members) => format!(
            "{{{}}}",
            members
                .iter()
                .map(|(key, value)| format!("{key}:{}", shape(value)))
                .collect::<Vec<_>>()
                .join(",")
        ),
        _ => "_".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once_and_nothing_found_is_left(text in text_with_secrets()) {
        for set in sets() {
            let once = set.redact(&text);
            let twice = set.redact(&once.text);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert!(set.scan(&once.text).is_empty(), "{:?}", once.text);
        }
    }

    #[test]
    fn findings_are_in_order_and_on_characters(text in text_with_secrets()) {
        let mut end = 0;
        for finding in RuleSet::default().scan(&text) {
            prop_assert!(finding.range.start >= end && finding.range.start < finding.range.end);
            prop_assert!(text.get(finding.range.clone()).is_some());
            end = finding.range.end;
        }
    }

    #[test]
    fn json_stays_json_of_the_same_shape(json in json_with_secrets()) {
        prop_assume!(json.is_array() || json.is_object());
        let text = json.to_string();
        for set in sets() {
            let redacted = set.redact(&text);
            let parsed: Json = serde_json::from_str(&redacted.text).map_err(|error| TestCaseError::fail(format!("{error}: {}", redacted.text)))?;
            prop_assert_eq!(shape(&parsed), shape(&json));
        }
    }
}
