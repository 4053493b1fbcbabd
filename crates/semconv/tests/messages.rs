//! Messages of every shape read as the convention's, and nothing of them is lost.

use otel_genai_semconv::messages::{self, Message, Part};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn call(id: Option<&str>) -> Part {
    let id = id.map(str::to_owned);
    Part::ToolCall { id, name: "get_weather".to_owned(), arguments: json!({"city": "Paris"}) }
}

/// A question, a tool call, its answer, and the final answer, in the shapes of the providers and libraries.
#[test]
fn a_conversation_reads_the_same_in_every_shape() {
    let shapes = [
        // The convention.
        r#"[{"role":"user","parts":[{"type":"text","content":"weather?"}]},
            {"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"get_weather","arguments":{"city":"Paris"}}]},
            {"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"sunny"}]}]"#,
        // OpenAI chat.
        r#"{"messages":[{"role":"user","content":"weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1",
            "type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"sunny"}]}"#,
        // OpenAI Responses.
        r#"[{"role":"user","content":[{"type":"input_text","text":"weather?"}]},
            {"type":"function_call","call_id":"c1","name":"get_weather","arguments":"{\"city\":\"Paris\"}"},
            {"type":"function_call_output","call_id":"c1","output":"sunny"}]"#,
        // Vercel AI SDK.
        r#"[{"role":"user","content":[{"type":"text","text":"weather?"}]},{"role":"assistant","content":[{"type":"tool-call",
            "toolCallId":"c1","toolName":"get_weather","input":{"city":"Paris"}}]},
            {"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","output":"sunny"}]}]"#,
        // LangChain.
        r#"{"messages":[[{"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],
            "kwargs":{"content":"weather?","type":"human"}},{"lc":1,"type":"constructor","id":["x","AIMessage"],
            "kwargs":{"content":"","type":"ai","tool_calls":[{"name":"get_weather","args":{"city":"Paris"},"id":"c1"}]}},
            {"lc":1,"type":"constructor","id":["x","ToolMessage"],"kwargs":{"content":"sunny","type":"tool","tool_call_id":"c1"}}]]}"#,
    ];
    let response = Part::ToolCallResponse { id: Some("c1".to_owned()), response: "sunny".into() };
    for shape in shapes {
        let messages = messages::parse(shape);
        let roles: Vec<&str> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool"], "{shape}");
        assert_eq!(messages[0].parts, [Part::text("weather?")], "{shape}");
        assert_eq!(messages[1].parts, [call(Some("c1"))], "{shape}");
        assert_eq!(messages[2].parts, vec![response.clone()], "{shape}");
        assert_eq!(messages::parse(&messages::to_json(&messages)), messages, "{shape}");
    }
    // These two put the tool's answer into a message of the user's.
    let shapes = [
        r#"[{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"get_weather","input":{"city":"Paris"}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"sunny"}]}]"#,
        r#"[{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"get_weather","input":{"city":"Paris"}}}]},
            {"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":"sunny"}}]}]"#,
    ];
    for shape in shapes {
        let messages = messages::parse(shape);
        assert_eq!(messages[0].parts, [call(Some("c1"))], "{shape}");
        assert_eq!(messages[1].parts, vec![response.clone()], "{shape}");
    }
}

#[test]
fn answers_keep_their_finish_reason_and_reasoning() {
    let openai = r#"{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Paris",
        "reasoning_content":"hm"}}]}"#;
    let gemini = r#"{"candidates":[{"finishReason":"stop","content":{"role":"model","parts":[{"text":"hm","thought":true},
        {"text":"Paris"}]}}]}"#;
    let anthropic = r#"{"role":"assistant","stop_reason":"stop","content":[{"type":"thinking","thinking":"hm"},
        {"type":"text","text":"Paris"}]}"#;
    for shape in [openai, gemini, anthropic] {
        let expected = Message {
            role: "assistant".to_owned(),
            parts: vec![Part::Reasoning { content: "hm".to_owned() }, Part::text("Paris")],
            name: None,
            finish_reason: Some("stop".to_owned()),
        };
        assert_eq!(messages::parse(shape), [expected], "{shape}");
    }
}

#[test]
fn what_is_not_understood_is_kept() {
    let image = json!({"type": "image_url", "image_url": {"url": "https://example.com/x.png"}});
    let messages = messages::from_value(&json!([{"role": "user", "content": [image]}]));
    assert_eq!(messages[0].parts, [Part::Other(image)]);
    assert_eq!(messages::parse("What is {this}?"), [Message::text("user", "What is {this}?")]);
    assert_eq!(messages::parse("  "), []);
    let refusal = messages::parse(r#"[{"role":"assistant","content":null,"refusal":"no"}]"#);
    assert_eq!(refusal[0].parts, [Part::Other(json!({"type": "refusal", "content": "no"}))]);
}

/// JSON made of the words that libraries use for messages, in any arrangement.
fn any_json() -> impl Strategy<Value = Value> {
    let word = select(vec![
        "user",
        "model",
        "text",
        "tool_use",
        "function_call",
        "hi",
        "",
        "{\"a\":1}",
        "reasoning",
    ]);
    let key = select(vec![
        "role",
        "content",
        "parts",
        "type",
        "text",
        "message",
        "messages",
        "choices",
        "kwargs",
        "id",
        "name",
        "input",
        "arguments",
        "function",
        "tool_calls",
        "tool_call_id",
        "functionCall",
        "toolResult",
        "reasoningContent",
        "response",
        "finish_reason",
        "summary",
        "thought",
        "refusal",
        "other",
    ]);
    let leaf = prop_oneof![4 => word.prop_map(Value::from), 1 => any::<i32>().prop_map(Value::from), 1 => Just(Value::Null)];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((key.clone(), inner), 0..5).prop_map(|entries| entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_read_once_reads_the_same_again(json in any_json()) {
        let read = messages::from_value(&json);
        prop_assert_eq!(messages::parse(&messages::to_json(&read)), read);
    }

    #[test]
    fn any_text_is_read_without_loss_of_its_words(text in ".{0,200}") {
        let read = messages::parse(&text);
        let is_empty = ["", "[]", "{}", "\"\""].contains(&text.trim());
        prop_assert!(is_empty || !read.is_empty());
        // Written and read again it stays what it is.
        prop_assert_eq!(messages::parse(&messages::to_json(&read)), read);
    }
}
