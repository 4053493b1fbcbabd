//! Plays an OpenAI-compatible endpoint on loopback, so that the example needs no key. Real HTTP, scripted answers.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts the endpoint and returns its base URL. It ends with the runtime.
pub(crate) async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}/v1", listener.local_addr()?);
    let router = Router::new().route("/v1/chat/completions", post(complete));
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(base_url)
}

async fn complete(Json(request): Json<Value>) -> Response {
    // Long enough to see in the trace.
    tokio::time::sleep(Duration::from_millis(150)).await;
    if request["stream"] == true {
        return stream_answer(&request["model"]);
    }
    let results =
        request["messages"].as_array().into_iter().flatten().filter(|message| message["role"] == "tool");
    // The script goes by the number of tool results so far.
    let (message, prompt, cached, output, reasoning) = match results.count() {
        0 => {
            let calls = [
                tool_call("call_weather", "get_weather", &json!({"city": "Lisbon"})),
                tool_call("call_sights", "find_sights", &json!({"city": "Lisbon"})),
            ];
            (json!({"role": "assistant", "content": null, "tool_calls": calls}), 212, 0, 96, 64)
        }
        2 => {
            let question = json!({"question": "Where do people in Lisbon watch the sunset?"});
            let calls = [tool_call("call_guide", "ask_local_guide", &question)];
            (json!({"role": "assistant", "content": null, "tool_calls": calls}), 331, 192, 31, 0)
        }
        _ => {
            let answer = "Day one: the castle and tram 28, then the sunset at Miradouro da Graça. \
                          Day two: Belém. Pack light clothes and a rain jacket.";
            (json!({"role": "assistant", "content": answer}), 402, 320, 158, 128)
        }
    };
    let reason = if message["tool_calls"].is_array() { "tool_calls" } else { "stop" };
    Json(json!({
        "id": format!("chatcmpl-{prompt}"),
        "object": "chat.completion",
        "model": answering_model(&request["model"]),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        },
    }))
    .into_response()
}

/// Answers in pieces; the last one has the usage and no choice, as `include_usage` asks.
fn stream_answer(model: &Value) -> Response {
    let model = answering_model(model);
    let piece = |choices: Value, usage: Value| json!({"id": "chatcmpl-stream", "object": "chat.completion.chunk", "model": model, "choices": choices, "usage": usage});
    let mut pieces = Vec::new();
    for word in ["At ", "the ", "Miradouro ", "da ", "Graça, ", "with ", "a ", "ginjinha."] {
        let choice = json!({"index": 0, "delta": {"content": word}, "finish_reason": null});
        pieces.push(piece(json!([choice]), Value::Null));
    }
    pieces.push(piece(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]), Value::Null));
    pieces.push(piece(json!([]), json!({"prompt_tokens": 58, "completion_tokens": 21, "total_tokens": 79})));
    let lines = pieces.into_iter().map(|piece| piece.to_string()).chain(["[DONE]".to_owned()]);
    let events = stream::iter(lines).then(|line| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok::<_, Infallible>(Event::default().data(line))
    });
    Sse::new(events).into_response()
}

/// Endpoints answer with the dated name of a model.
fn answering_model(asked: &Value) -> String {
    format!("{}-2025-08-07", asked.as_str().unwrap_or_default())
}

fn tool_call(id: &str, name: &str, arguments: &Value) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}})
}
