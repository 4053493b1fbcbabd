//! What messages, tools and families add to the tokens of their texts.

use otel_genai_tokens::{Budget, Encoding, Input, Message, Method, Model, Part, TokenCount, TokenCounter};

fn model(name: &str) -> Model {
    let model = Model::resolve(None, name).expect("a known family");
    TokenCounter.load(model.encoding()).expect("compiled in");
    model
}

fn input(name: &str, input: &Input<'_>) -> TokenCount {
    TokenCounter.count_input(model(name), input, &mut Budget::per_span())
}

fn output(name: &str, parts: &[Part<'_>]) -> TokenCount {
    TokenCounter.count_output(model(name), parts, &mut Budget::per_span())
}

fn hello() -> Input<'static> {
    Input { messages: vec![Message::text("user", "Hello world")], ..Input::default() }
}

/// The example of OpenAI's cookbook ("How to count tokens with tiktoken"), whose counts the API confirmed there: 129 for
/// `gpt-3.5-turbo` and `gpt-4`, 124 for `gpt-4o`.
#[test]
fn the_cookbook_example_has_the_count_that_the_api_reported() {
    let message = |name: Option<&'static str>, text: &'static str| Message {
        role: "system".into(),
        name: name.map(Into::into),
        parts: vec![Part::Text(text.into())],
    };
    let example = Input {
        messages: vec![
            message(
                None,
                "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
            ),
            message(Some("example_user"), "New synergies will help drive top-line growth."),
            message(Some("example_assistant"), "Things working well together will increase revenue."),
            message(
                Some("example_user"),
                "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
            ),
            message(
                Some("example_assistant"),
                "Let's talk later when we're less busy about how to do better.",
            ),
            Message::text(
                "user",
                "This late pivot means we don't have time to boil the ocean for the client deliverable.",
            ),
        ],
        ..Input::default()
    };
    for (name, tokens) in [("gpt-3.5-turbo", 129), ("gpt-4-0613", 129), ("gpt-4o", 124), ("gpt-4o-mini", 124)]
    {
        let count = input(name, &example);
        assert_eq!(
            (count.tokens, count.method, count.error_margin),
            (tokens, Method::MessageRules, 0.0),
            "{name}"
        );
    }
}

#[test]
fn families_differ_in_factor_overhead_and_margin() {
    for (name, tokens, margin) in [
        ("gpt-4o", 2 + 4 + 3, 0.0),
        ("gpt-5.2", 2 + 4 + 2, 0.0),
        ("gpt-oss-120b", 2 + 4 + 66, 0.0),
        ("text-embedding-3-small", 2, 0.0),
        ("claude-sonnet-4-5", 2 + 7, 0.2 / 9.0),
        ("claude-opus-4-7", 3 + 7, 0.3 / 10.0),
        ("gemini-2.5-pro", 2, 0.16),
        ("nova-lite", 2, 0.05),
    ] {
        let count = input(name, &hello());
        assert_eq!(count.tokens, tokens, "{name}");
        assert!((count.error_margin - margin).abs() < 1e-9, "{name}: {}", count.error_margin);
    }
}

#[test]
fn system_text_counts_as_a_message() {
    let with_system = Input { system: vec!["Hello world".into()], ..hello() };
    assert_eq!(input("gpt-4o", &with_system).tokens, 2 * (2 + 4) + 3);
}

#[test]
fn tools_cost_a_share_of_their_json_and_widen_the_margin() {
    let json = r#"[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]"#;
    let json_tokens = TokenCounter.count_text(model("gpt-4o"), json, &mut Budget::per_span()).tokens;
    let with_tools = Input { tools: Some(json.into()), ..hello() };
    let share = |permille: u64| (json_tokens * permille + 500) / 1_000;
    let openai = input("gpt-4o", &with_tools);
    assert_eq!((openai.tokens, openai.method), (9 + share(800), Method::MessageRules));
    assert!(openai.error_margin > 0.1 && openai.error_margin < 0.25);
    assert_eq!(input("claude-sonnet-4-5", &with_tools).tokens, 9 + 516 + share(1_150));
    let blank = Input { tools: Some("  ".into()), ..hello() };
    assert_eq!(input("claude-sonnet-4-5", &blank).tokens, 9);
}

#[test]
fn a_tool_call_costs_its_text_and_a_wrapper() {
    let call = [Part::ToolCall { name: "weather".into(), arguments: r#"{"city":"Paris"}"#.into() }];
    let text =
        TokenCounter.count_text(model("gpt-4o"), r#"{"city":"Paris"}"#, &mut Budget::per_span()).tokens + 1;
    let count = output("gpt-4o", &call);
    assert_eq!((count.tokens, count.method), (text + 7, Method::MessageRules));
    assert_eq!(output("gpt-5", &call).tokens, text + 16);
}

#[test]
fn what_cannot_be_seen_makes_a_lower_bound() {
    let text = Part::Text("Paris.".into());
    let reasoning = Part::Reasoning("The capital of France.".into());
    assert!(!output("gpt-4o", std::slice::from_ref(&text)).is_lower_bound);
    assert!(output("gpt-4o", &[text.clone(), Part::Opaque]).is_lower_bound);
    assert!(output("o3", std::slice::from_ref(&text)).is_lower_bound);
    assert!(!output("claude-sonnet-4-5", std::slice::from_ref(&text)).is_lower_bound);
    assert!(output("claude-sonnet-4-5", &[reasoning.clone(), text.clone()]).is_lower_bound);
    assert!(!output("gpt-oss-20b", &[reasoning, text]).is_lower_bound);
}

#[test]
fn nothing_has_no_tokens() {
    let count = input("gpt-4o", &Input::default());
    assert_eq!((count.tokens, count.method), (0, Method::Exact));
    assert_eq!(output("claude-opus-4-7", &[]).tokens, 0);
}

#[test]
fn chinese_widens_the_margin_for_claude() {
    let count = output("claude-sonnet-4-5", &[Part::Text("今天天气很好".into())]);
    assert!((count.error_margin - 0.30).abs() < 1e-9, "{}", count.error_margin);
    assert_eq!(model("claude-sonnet-4-5").encoding(), Encoding::O200kBase);
}
