//! No text and no name makes the counter panic, and noise beyond the budget is estimated, not counted.

mod corpus;

use corpus::Case;
use otel_genai_tokens::{Budget, Encoding, Input, Message, Method, Model, Part, TokenCounter};
use proptest::prelude::*;

fn gpt_4o() -> Model {
    Model::resolve(None, "gpt-4o").expect("a published encoding")
}

fn loaded() -> TokenCounter {
    TokenCounter.load(Encoding::O200kBase).expect("compiled in");
    TokenCounter
}

#[test]
fn megabytes_of_one_character_are_counted_within_the_budget() {
    for case in Case::all() {
        if ["one_letter_1mb", "one_dash_1mb", "one_digit_1mb", "spaces_2mb", "newlines_1mb"]
            .contains(&case.name.as_str())
        {
            let count = loaded().count_text(gpt_4o(), &case.make(), &mut Budget::per_span());
            assert!(
                matches!(count.method, Method::Exact | Method::Sliced),
                "{}: {}",
                case.name,
                count.method
            );
        }
    }
}

#[test]
fn megabytes_of_noise_are_estimated_within_the_margin() {
    let noise = Case::all()
        .into_iter()
        .filter(|case| case.name.starts_with("unbroken") || case.name == "random_scalars");
    for case in noise {
        let text = case.make().repeat(4);
        let exact = loaded().count_text(gpt_4o(), &text, &mut Budget::unlimited());
        let count = loaded().count_text(gpt_4o(), &text, &mut Budget::per_span());
        if count.method == Method::Truncated {
            let off = count.tokens.abs_diff(exact.tokens) as f64;
            assert!(
                off <= count.error_margin * count.tokens as f64,
                "{}: {count:?}, exact {exact:?}",
                case.name
            );
            assert!(count.error_margin > 0.05, "{}: {count:?}", case.name);
        }
    }
    let letters =
        Case::all().into_iter().find(|case| case.name == "unbroken_letters").expect("in the corpus");
    let count = loaded().count_text(gpt_4o(), &letters.make().repeat(4), &mut Budget::per_span());
    assert_eq!(count.method, Method::Truncated);
}

#[test]
fn one_budget_holds_for_all_texts_of_a_span() {
    let mut budget = Budget::per_span();
    let input = Input { messages: vec![Message::text("user", "x"); 200_000], ..Input::default() };
    let asked = loaded().count_input(gpt_4o(), &input, &mut budget);
    assert_eq!((asked.method, budget.left()), (Method::Truncated, 0));
    assert_eq!(asked.tokens, 200_000 * 5 + 3); // a byte beyond the budget is estimated as a token: here it is one
    let answered =
        loaded().count_output(gpt_4o(), &[Part::Text("four word answer here".into())], &mut budget);
    assert_eq!((answered.method, answered.tokens), (Method::Truncated, 6)); // 21 bytes, by four
}

fn part() -> impl Strategy<Value = Part<'static>> {
    let text = any::<String>;
    prop_oneof![
        text().prop_map(|text| Part::Text(text.into())),
        text().prop_map(|text| Part::Reasoning(text.into())),
        (text(), text())
            .prop_map(|(name, arguments)| Part::ToolCall { name: name.into(), arguments: arguments.into() }),
        text().prop_map(|text| Part::ToolResult(text.into())),
        Just(Part::Opaque),
    ]
}

proptest! {
    #[test]
    fn any_call_has_a_finite_count(
        name in prop_oneof![
            any::<String>(),
            prop::sample::select(vec!["gpt-4o", "gpt-5", "claude-opus-4-7", "gemini-2.5-pro", "o3", "glm-4.6"]).prop_map(str::to_owned),
        ],
        provider in prop::option::of(any::<String>()),
        system in prop::collection::vec(any::<String>(), 0..3),
        messages in prop::collection::vec((any::<String>(), prop::option::of(any::<String>()), prop::collection::vec(part(), 0..4)), 0..4),
        tools in prop::option::of(any::<String>()),
        units in prop_oneof![Just(u64::MAX), 0..5_000_u64],
    ) {
        loaded();
        let Some(model) = Model::resolve(provider.as_deref(), &name) else { return Ok(()) };
        let parts: Vec<Part<'_>> = messages.iter().flat_map(|(_, _, parts)| parts.clone()).collect();
        let input = Input {
            system: system.into_iter().map(Into::into).collect(),
            messages: messages
                .into_iter()
                .map(|(role, name, parts)| Message { role: role.into(), name: name.map(Into::into), parts })
                .collect(),
            tools: tools.map(Into::into),
        };
        let mut budget = Budget::units(units);
        for count in [
            TokenCounter.count_input(model, &input, &mut budget),
            TokenCounter.count_output(model, &parts, &mut budget),
        ] {
            prop_assert!(count.error_margin.is_finite() && count.error_margin >= 0.0);
            prop_assert!(count.method != Method::Exact || count.error_margin == 0.0);
        }
    }
}
