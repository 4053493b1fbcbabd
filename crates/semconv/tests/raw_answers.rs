//! Every captured raw answer of a provider gives the usage that was served.

#![expect(clippy::unwrap_used, reason = "test data is as expected, or the test fails")]

use otel_genai_semconv::usage::{self, Conservation, Hint};
use otel_genai_semconv::{Answer, TokenUsage};
use serde_json::Value;

/// A name of the truth's, and where our count is.
type Field = (&'static str, fn(&TokenUsage) -> Option<u64>);

const FIELDS: [Field; 11] = [
    ("input_total", |usage| usage.input),
    ("input_uncached", TokenUsage::uncached_input),
    ("cache_read", |usage| usage.cache_read),
    ("cache_write_total", |usage| usage.cache_write),
    ("cache_write_5m", |usage| usage.cache_write_5m),
    ("cache_write_1h", |usage| usage.cache_write_1h),
    ("cache_write_30m", |usage| usage.cache_write_30m),
    ("output_total", |usage| usage.output),
    ("reasoning", |usage| usage.reasoning),
    ("audio_in", |usage| usage.audio_input),
    ("audio_out", |usage| usage.audio_output),
];

fn captured() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/raw.jsonl.zst");
    let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    std::str::from_utf8(&text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Counts that differ from the truth. A count that a provider leaves out because it is zero may be absent.
fn differences(truth: &Value, usage: &TokenUsage) -> Vec<String> {
    let differs = |(name, count): &Field| {
        let (expected, found) = (truth[*name].as_u64(), count(usage));
        let same = found == expected || (expected == Some(0) && found.is_none());
        (!same).then(|| format!("{name}: {found:?} instead of {expected:?}"))
    };
    FIELDS.iter().filter_map(differs).collect()
}

#[test]
fn usage_equals_what_was_served() {
    let files = captured();
    assert!(files.len() >= 39, "{} files", files.len());
    for file in files {
        let (name, body) = (&file["name"], &file["body"]);
        let truth = &body["truth"];
        let hints = [Hint::default(), Hint { provider: body["provider"].as_str(), model: None }];
        for hint in hints {
            let report = usage::from_raw(hint, &body["response"]);
            assert_eq!(report.is_some(), truth["usage_on_wire"] == true, "{name}: {report:?}");
            let from_text =
                Answer::from_text(hint, &body["response"].to_string()).and_then(|answer| answer.report);
            assert_eq!(from_text, report, "{name}: the pruning parser finds the same");
            let Some(report) = report else { continue };
            let mut truth = truth["tokens"].clone();
            if hint.provider.is_none() {
                // Only who the provider is tells how long a write lives that has no lifetime of its own.
                truth["cache_write_30m"] = 0.into();
            }
            assert_eq!(differences(&truth, &report.tokens), [""; 0], "{name} {hint:?}");
        }
    }
}

#[test]
fn id_model_and_finish_reason_are_found() {
    for file in captured() {
        let (name, body) = (&file["name"], &file["body"]);
        if body["truth"]["usage_on_wire"] == false {
            continue;
        }
        let answer = Answer::from_value(Hint::default(), &body["response"]).unwrap();
        let reason = body["truth"]["finish_reason"].as_str();
        match (reason, answer.finish_reasons.first().map(String::as_str)) {
            (Some(reason), Some(found)) if reason == found => {}
            // The conventions derive a reason from the status of an OpenAI Responses object.
            (Some("completed"), Some("stop" | "tool_call"))
            | (Some("incomplete:content_filter"), Some("content_filter"))
            | (None, None) => {}
            // A blocked prompt has no candidate that could end.
            (Some(blocked), None) if blocked.starts_with("BLOCKED") => {}
            other => panic!("{name}: {other:?}"),
        }
        if let Some(model) = answer.model {
            assert_eq!(body["truth"]["model_served"], model.as_str(), "{name}");
        }
    }
}

/// A usage object as a provider documents it or was seen to send it, and the counts it means.
struct Case {
    provider: &'static str,
    model: &'static str,
    usage: &'static str,
    /// Input, cache read, cache write, output, reasoning.
    counts: [Option<u64>; 5],
}

const CASES: &[Case] = &[
    Case {
        provider: "deepseek",
        model: "deepseek-chat",
        usage: r#"{"prompt_tokens":563,"completion_tokens":116,"total_tokens":679,"prompt_cache_hit_tokens":512,
            "prompt_cache_miss_tokens":51,"prompt_tokens_details":{"cached_tokens":512},
            "completion_tokens_details":{"reasoning_tokens":60}}"#,
        counts: [Some(563), Some(512), None, Some(116), Some(60)],
    },
    // xAI's chat counts reasoning beside the completion; the total tells.
    Case {
        provider: "xai",
        model: "grok-4",
        usage: r#"{"prompt_tokens":10120,"completion_tokens":1499,"total_tokens":14428,
            "prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":2809}}"#,
        counts: [Some(10120), Some(128), None, Some(4308), Some(2809)],
    },
    // Its Responses API counts it inside.
    Case {
        provider: "xai",
        model: "grok-4",
        usage: r#"{"input_tokens":1000,"input_tokens_details":{"cached_tokens":0},"output_tokens":500,
            "output_tokens_details":{"reasoning_tokens":400},"total_tokens":1500}"#,
        counts: [Some(1000), Some(0), None, Some(500), Some(400)],
    },
    Case {
        provider: "groq",
        model: "openai/gpt-oss-120b",
        usage: r#"{"prompt_tokens":254,"completion_tokens":174,"total_tokens":428,"prompt_time":0.01,
            "completion_tokens_details":{"reasoning_tokens":147}}"#,
        counts: [Some(254), None, None, Some(174), Some(147)],
    },
    // More reasoning than output can only stand beside it.
    Case {
        provider: "perplexity",
        model: "sonar-deep-research",
        usage: r#"{"prompt_tokens":33,"completion_tokens":7163,"total_tokens":7196,"citation_tokens":20016,
            "num_search_queries":18,"reasoning_tokens":73997,"search_context_size":"high"}"#,
        counts: [Some(33), None, None, Some(81160), Some(73997)],
    },
    Case {
        provider: "mistral",
        model: "mistral-large-latest",
        usage: r#"{"prompt_tokens":70,"completion_tokens":12,"total_tokens":82,"num_cached_tokens":69,
            "prompt_tokens_details":{"cached_tokens":69}}"#,
        counts: [Some(70), Some(69), None, Some(12), None],
    },
    Case {
        provider: "openrouter",
        model: "anthropic/claude-sonnet-4.5",
        usage: r#"{"prompt_tokens":3329,"completion_tokens":53,"total_tokens":3382,"cost":0.00219855,
            "prompt_tokens_details":{"cached_tokens":3211,"cache_write_tokens":115}}"#,
        counts: [Some(3329), Some(3211), Some(115), Some(53), None],
    },
    Case {
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        usage: r#"{"input_tokens":3,"output_tokens":33,"cache_creation_input_tokens":418,"cache_read_input_tokens":1111,
            "cache_creation":{"ephemeral_5m_input_tokens":418,"ephemeral_1h_input_tokens":0}}"#,
        counts: [Some(1532), Some(1111), Some(418), Some(33), None],
    },
    // The counts on top leave the compaction out.
    Case {
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        usage: r#"{"input_tokens":180,"output_tokens":8,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,
            "iterations":[{"type":"compaction","input_tokens":100,"output_tokens":82,"cache_read_input_tokens":0,
            "cache_creation_input_tokens":55096},{"type":"message","input_tokens":180,"output_tokens":8,
            "cache_read_input_tokens":0,"cache_creation_input_tokens":0}]}"#,
        counts: [Some(55376), Some(0), Some(55096), Some(90), None],
    },
    Case {
        provider: "bedrock",
        model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
        usage: r#"{"inputTokens":3,"outputTokens":288,"totalTokens":2365,"cacheReadInputTokens":0,
            "cacheReadInputTokenCount":0,"cacheWriteInputTokens":2074,"cacheWriteInputTokenCount":2074,
            "cacheDetails":[{"ttl":"5m","inputTokens":2074}]}"#,
        counts: [Some(2077), Some(0), Some(2074), Some(288), None],
    },
    // OpenAI's models on ConverseStream count as OpenAI does, and the total counts the cache twice.
    Case {
        provider: "bedrock",
        model: "openai.gpt-oss-120b-1:0",
        usage: r#"{"inputTokens":4995,"outputTokens":19,"cacheReadInputTokens":0,"cacheWriteInputTokens":4993,
            "totalTokens":10007}"#,
        counts: [Some(4995), Some(0), Some(4993), Some(19), None],
    },
    Case {
        provider: "gemini",
        model: "gemini-2.5-flash",
        usage: r#"{"promptTokenCount":15,"thoughtsTokenCount":2,"totalTokenCount":17}"#,
        counts: [Some(15), None, None, Some(2), Some(2)],
    },
    // What Google's own tools brought in stands beside the prompt.
    Case {
        provider: "vertex_ai",
        model: "gemini-2.5-pro",
        usage: r#"{"promptTokenCount":100,"toolUsePromptTokenCount":40,"candidatesTokenCount":20,
            "thoughtsTokenCount":30,"totalTokenCount":190}"#,
        counts: [Some(140), None, None, Some(50), Some(30)],
    },
    // OpenAI realtime.
    Case {
        provider: "openai",
        model: "gpt-realtime",
        usage: r#"{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":{"text_tokens":119,
            "audio_tokens":13,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64}},
            "output_token_details":{"text_tokens":30,"audio_tokens":91}}"#,
        counts: [Some(132), Some(64), None, Some(121), None],
    },
    Case {
        provider: "ollama",
        model: "llama3",
        usage: r#"{"prompt_eval_count":26,"eval_count":298}"#,
        counts: [Some(26), None, None, Some(298), None],
    },
    Case {
        provider: "cohere",
        model: "command-a",
        usage: r#"{"billed_units":{"input_tokens":145,"output_tokens":43},"tokens":{"input_tokens":211,"output_tokens":43}}"#,
        counts: [Some(211), None, None, Some(43), None],
    },
    // More cached than asked for: nobody can say which is wrong, and the parts must fit.
    Case {
        provider: "openai",
        model: "gpt-4o",
        usage: r#"{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":300}}"#,
        counts: [Some(100), Some(100), None, Some(5), None],
    },
];

#[test]
fn usage_of_other_providers_is_read_by_their_rules() {
    for Case { provider, model, usage, counts } in CASES {
        let hint = Hint { provider: Some(provider), model: Some(model) };
        let report = usage::from_raw(hint, &serde_json::from_str(usage).unwrap()).unwrap();
        let tokens = report.tokens;
        let found = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output, tokens.reasoning];
        assert_eq!(found, *counts, "{provider} {model}: {report:?}");
        let is_contradictory = report.conservation == Conservation::Contradictory;
        assert_eq!(is_contradictory, usage.contains("300}"), "{provider} {model}: {report:?}");
    }
}

#[test]
fn what_is_billed_beside_tokens_is_found() {
    let billing = |usage: &str| {
        let body = serde_json::from_str(usage).unwrap();
        usage::from_raw(Hint::default(), &body).unwrap().billing
    };
    let perplexity = billing(CASES[4].usage);
    assert_eq!(
        (perplexity.web_searches, perplexity.search_context_size.as_deref()),
        (Some(18), Some("high"))
    );
    assert_eq!(billing(CASES[6].usage).reported_cost, Some(0.002_198_55));
    assert_eq!(billing(CASES[15].usage).billed_input, Some(145));
    let anthropic = billing(
        r#"{"usage":{"input_tokens":1,"output_tokens":1,"service_tier":"batch","inference_geo":"us","speed":"fast",
            "server_tool_use":{"web_search_requests":2}}}"#,
    );
    assert_eq!(anthropic.service_tier.as_deref(), Some("batch"));
    assert_eq!((anthropic.geo.as_deref(), anthropic.speed.as_deref()), (Some("us"), Some("fast")));
    assert_eq!(anthropic.web_searches, Some(2));
    let ticks = billing(r#"{"prompt_tokens":1,"completion_tokens":1,"cost_in_usd_ticks":232856000}"#);
    assert!((ticks.reported_cost.unwrap() - 0.023_285_6).abs() < 1e-12);
    let own_key = billing(
        r#"{"prompt_tokens":1,"cost":0.001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.02}}"#,
    );
    assert_eq!(own_key.reported_cost, Some(0.021));
    let tier = billing(r#"{"service_tier":"priority","usage":{"prompt_tokens":1,"completion_tokens":1}}"#);
    assert_eq!(tier.service_tier.as_deref(), Some("priority"));
}

#[test]
fn streams_are_merged() {
    let sse = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"model\":\"claude\",\
        \"usage\":{\"input_tokens\":87,\"cache_read_input_tokens\":1920,\"output_tokens\":1}}}\n\n\
        event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\
        \"usage\":{\"input_tokens\":0,\"output_tokens\":59}}\n\ndata: [DONE]\n";
    let answer = Answer::from_text(Hint::default(), sse).unwrap();
    let tokens = answer.report.unwrap().tokens;
    assert_eq!((answer.id.as_deref(), answer.finish_reasons), (Some("m1"), vec!["end_turn".to_owned()]));
    assert_eq!((tokens.input, tokens.cache_read, tokens.output), (Some(2007), Some(1920), Some(59)));
    let cohere = r#"[{"type":"message-start","id":"c1"},{"type":"message-end","delta":{"finish_reason":"COMPLETE",
        "usage":{"billed_units":{"input_tokens":3},"tokens":{"input_tokens":9,"output_tokens":4}}}}]"#;
    let answer = Answer::from_text(Hint::default(), cohere).unwrap();
    assert_eq!(answer.report.unwrap().tokens.input, Some(9));
    let bedrock = r#"[{"messageStop":{"stopReason":"end_turn"}},{"metadata":{"usage":{"inputTokens":5,"outputTokens":6}}}]"#;
    assert_eq!(Answer::from_text(Hint::default(), bedrock).unwrap().report.unwrap().tokens.output, Some(6));
    let ollama = "{\"model\":\"llama3\",\"done\":false}\n{\"model\":\"llama3\",\"done_reason\":\"stop\",\"prompt_eval_count\":26,\"eval_count\":9}\n";
    let answer = Answer::from_text(Hint::default(), ollama).unwrap();
    assert_eq!(answer.report.unwrap().tokens.input, Some(26));
    let embeddings =
        r#"{"object":"list","data":[{"object":"embedding","embedding":[0.1]}],"usage":{"total_tokens":10}}"#;
    assert_eq!(
        Answer::from_text(Hint::default(), embeddings).unwrap().report.unwrap().tokens.input,
        Some(10)
    );
}

/// Anthropic's counts on top leave out compaction, also where that was all there was.
#[test]
fn a_single_pass_counts_where_the_counts_on_top_leave_it_out() {
    let text = r#"{"input_tokens": 0, "output_tokens": 0, "iterations":
        [{"type": "compaction", "input_tokens": 180000, "output_tokens": 3500}]}"#;
    let report = usage::from_raw(Hint::default(), &serde_json::from_str(text).unwrap()).unwrap();
    assert_eq!((report.tokens.input, report.tokens.output), (Some(180_000), Some(3500)));
    assert_eq!(report.passes[0].kind.as_deref(), Some("compaction"));
    // One that the counts on top repeat adds nothing, and has less detail.
    let text = r#"{"input_tokens": 10, "output_tokens": 5, "output_tokens_details": {"thinking_tokens": 3},
        "iterations": [{"type": "message", "input_tokens": 10, "output_tokens": 5}]}"#;
    let report = usage::from_raw(Hint::default(), &serde_json::from_str(text).unwrap()).unwrap();
    assert_eq!((report.tokens.input, report.tokens.reasoning), (Some(10), Some(3)));
    assert_eq!(report.passes, []);
}
