//! What a trace looks like on a terminal.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_executor::block_on;
use insta::assert_snapshot;
use opentelemetry::trace::{Status, Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use otel_genai_export::ConsoleExporter;
use otel_genai_export::tree::{TreeStyle, render};
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pipeline::{Pipeline, Span};

fn timed(name: &'static str, id: u64, start_ms: u64, duration_ms: u64) -> SpanBuilder {
    SpanBuilder::new(name)
        .trace(0x5b8a_a5a2)
        .id(id)
        .times(Duration::from_millis(start_ms), Duration::from_millis(duration_ms))
}

fn call(builder: SpanBuilder, model: &'static str) -> SpanBuilder {
    builder.attribute("gen_ai.operation.name", "chat").attribute("gen_ai.request.model", model)
}

/// A run in the order in which spans end: children first.
fn agent_run() -> Vec<Span> {
    vec![
        call(timed("chat gpt-4o", 2, 1, 1210), "gpt-4o")
            .parent(1)
            .attribute("gen_ai.response.model", "gpt-4o-2024-08-06")
            .attribute("gen_ai.usage.input_tokens", 12_040)
            .attribute("gen_ai.usage.cache_read.input_tokens", 10_240)
            .attribute("gen_ai.usage.output_tokens", "310")
            .attribute("gen_ai.usage.reasoning.output_tokens", 128)
            .attribute("llm.cost.total", 0.0231)
            .build(),
        timed("GET", 4, 1250, 40).parent(3).build(),
        timed("execute_tool get_weather", 3, 1230, 80)
            .parent(1)
            .attribute("gen_ai.operation.name", "execute_tool")
            .attribute("gen_ai.tool.name", "get_weather")
            .build(),
        call(timed("POST /v1/messages", 7, 1500, 900), "claude-haiku")
            .parent(6)
            .attribute("gen_ai.usage.input_tokens", 50)
            .attribute("otel_genai.duplicate_of", "0000000000000006")
            .build(),
        call(timed("chat claude-haiku", 6, 1490, 950), "claude-haiku")
            .parent(5)
            .status(Status::error("429 Too Many Requests: slow down"))
            .build(),
        timed("invoke_agent researcher", 5, 1400, 1100)
            .parent(1)
            .status(Status::error(""))
            .attribute("error.type", "RateLimitError")
            .build(),
        timed("invoke_agent planner", 1, 0, 62_500)
            .attribute("gen_ai.operation.name", "invoke_agent")
            .build(),
    ]
}

#[test]
fn guardrails_that_fired_or_were_missing_and_redactions_are_named() {
    let root = timed("invoke_agent planner", 1, 0, 900)
        .attribute(
            "guardrail.summary",
            r#"{"missing":[{"category":"tool_permission"},{"category":"output_validation"}]}"#,
        )
        .build();
    let call = call(timed("chat gpt-4o", 2, 1, 800), "gpt-4o")
        .parent(1)
        .attribute(
            "guardrail.findings",
            r#"[{"name":"content_filter","status":"triggered","confidence":"high"},
                {"name":"content_filter","status":"triggered","confidence":"high"},
                {"name":"refusal","status":"triggered","confidence":"low"},
                {"name":"jailbreak","status":"not_triggered","confidence":"high"}]"#,
        )
        .attribute("otel_genai.redaction.count", 3)
        .build();
    assert_snapshot!(render(&[call, root], TreeStyle::default().with_width(110)), @r"
    trace 0000000000000000000000005b8aa5a2
    invoke_agent planner     900ms
    └─ chat gpt-4o           800ms  gpt-4o · guardrail: content filter · guardrail: refusal? · 3 redacted
    2 spans · 1 LLM call
    no guardrail seen for tool permission, output validation
    ");
}

#[test]
fn a_run_of_an_agent() {
    assert_snapshot!(render(&agent_run(), TreeStyle::default()), @r#"
    trace 0000000000000000000000005b8aa5a2
    invoke_agent planner           1m 02s
    ├─ chat gpt-4o                  1.21s  gpt-4o-2024-08-06 · 12,040 in (10,240 cached) · 310 out (128 reasoning) · $0.0231
    ├─ execute_tool get_weather      80ms  tool get_weather
    │  └─ GET                        40ms
    └─ invoke_agent researcher      1.10s  ✗ RateLimitError
       └─ chat claude-haiku         950ms  claude-haiku · ✗ 429 Too Many Requests: slow down
          └─ POST /v1/messages      900ms  claude-haiku · 50 in · counted elsewhere
    7 spans · 2 LLM calls · ≥ 12,040 in · ≥ 310 out · ≥ $0.0231 · 2 errors
    "#);
}

#[test]
fn with_colours() {
    let text = render(&agent_run(), TreeStyle::default().with_colours(true)).replace('\u{1b}', "^");
    assert_snapshot!(text, @r#"
    ^[1mtrace 0000000000000000000000005b8aa5a2^[0m
    invoke_agent planner       ^[2m    1m 02s^[0m
    ^[2m├─ ^[0m^[1mchat gpt-4o^[0m             ^[2m     1.21s^[0m  ^[36mgpt-4o-2024-08-06^[0m^[2m · ^[0m12,040 in (10,240 cached)^[2m · ^[0m310 out (128 reasoning)^[2m · ^[0m^[33m$0.0231^[0m
    ^[2m├─ ^[0mexecute_tool get_weather^[2m      80ms^[0m  ^[36mtool get_weather^[0m
    ^[2m│  └─ ^[0mGET                  ^[2m      40ms^[0m
    ^[2m└─ ^[0minvoke_agent researcher ^[2m     1.10s^[0m  ^[31m✗ RateLimitError^[0m
    ^[2m   └─ ^[0m^[1mchat claude-haiku^[0m    ^[2m     950ms^[0m  ^[36mclaude-haiku^[0m^[2m · ^[0m^[31m✗ 429 Too Many Requests: slow down^[0m
    ^[2m      └─ ^[0m^[1mPOST /v1/messages^[0m ^[2m     900ms^[0m  ^[36mclaude-haiku^[0m^[2m · ^[0m50 in^[2m · ^[0m^[2mcounted elsewhere^[0m
    7 spans^[2m · ^[0m2 LLM calls^[2m · ^[0m≥ 12,040 in^[2m · ^[0m≥ 310 out^[2m · ^[0m^[33m≥ $0.0231^[0m^[2m · ^[0m^[31m2 errors^[0m
    "#);
}

#[test]
fn with_attributes() {
    assert_snapshot!(render(&agent_run()[..3], TreeStyle::default().with_attributes(true)), @r#"
    trace 0000000000000000000000005b8aa5a2
    chat gpt-4o                  1.21s  gpt-4o-2024-08-06 · 12,040 in (10,240 cached) · 310 out (128 reasoning) · $0.0231 · parent 000000000000…
         gen_ai.operation.name = chat
         gen_ai.request.model = gpt-4o
         gen_ai.response.model = gpt-4o-2024-08-06
         gen_ai.usage.input_tokens = 12040
         gen_ai.usage.cache_read.input_tokens = 10240
         gen_ai.usage.output_tokens = 310
         gen_ai.usage.reasoning.output_tokens = 128
         llm.cost.total = 0.0231
    execute_tool get_weather      80ms  tool get_weather · parent 0000000000000001
         gen_ai.operation.name = execute_tool
         gen_ai.tool.name = get_weather
    └─ GET                        40ms
    3 spans · 1 LLM call · 12,040 in · 310 out · $0.0231
    "#);
}

#[test]
fn long_and_wide_names_are_cut() {
    let spans = [
        timed("a name that is a good deal longer than half of the line", 1, 0, 5).build(),
        timed("日本語のとても長いスパン名がここにあります", 2, 1, 1).parent(1).build(),
        timed("短い", 3, 2, 1).parent(1).status(Status::error("a reason that does not fit either")).build(),
    ];
    assert_snapshot!(render(&spans, TreeStyle::default().with_width(40)), @r#"
    trace 0000000000000000000000005b8aa5a2
    a name that is a go…       5ms
    ├─ 日本語のとても長…       1ms
    └─ 短い                    1ms  ✗ a rea…
    3 spans · 1 error
    "#);
}

#[test]
fn parents_elsewhere_and_several_traces() {
    let spans = [
        timed("of another batch", 2, 1, 1).parent(1).build(),
        timed("server", 3, 0, 1).remote_parent(9).build(),
        timed("other trace", 4, 0, 1).trace(2).build(),
        timed("circle a", 5, 0, 1).parent(6).build(),
        timed("circle b", 6, 1, 1).parent(5).build(),
        timed("self", 7, 2, 1).parent(7).build(),
    ];
    assert_snapshot!(render(&spans, TreeStyle::default()), @r#"
    trace 0000000000000000000000005b8aa5a2
    server                 1ms  parent 0000000000000009 (remote)
    of another batch       1ms  parent 0000000000000001
    self                   1ms  parent 0000000000000007
    circle a               1ms  parent 0000000000000006
    └─ circle b            1ms
    5 spans

    trace 00000000000000000000000000000002
    other trace       1ms
    1 span
    "#);
}

#[test]
fn nothing_that_a_span_says_commands_the_terminal() {
    let span = SpanBuilder::new("\u{1b}[2Jname\r\n")
        .trace(1)
        .attribute("gen_ai.operation.name", "chat")
        .attribute("gen_ai.request.model", "\u{1b}]0;owned\u{7}")
        .attribute("\u{9b}31mkey", "\u{202e}value\nsecond line")
        .status(Status::error("\u{1b}[31mred"))
        .build();
    let text = render(&[span], TreeStyle::default().with_attributes(true));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert_snapshot!(text, @r#"
    trace 00000000000000000000000000000001
    \u{1b}[2Jname\r\n       1ms  \u{1b}]0;owned\u{7} · ✗ \u{1b}[31mred
         gen_ai.operation.name = chat
         gen_ai.request.model = \u{1b}]0;owned\u{7}
         \u{9b}31mkey = \u{202e}value\nsecond line
    1 span · 1 LLM call · 1 error
    "#);
}

#[test]
fn depth_is_drawn_up_to_a_limit() {
    let spans: Vec<Span> = (1..=19).map(|id| timed("s", id, id, 1).parent(id - 1).build()).collect();
    assert_snapshot!(render(&spans, TreeStyle::default()), @r#"
    trace 0000000000000000000000005b8aa5a2
    s                                                       1ms
    └─ s                                                    1ms
       └─ s                                                 1ms
          └─ s                                              1ms
             └─ s                                           1ms
                └─ s                                        1ms
                   └─ s                                     1ms
                      └─ s                                  1ms
                         └─ s                               1ms
                            └─ s                            1ms
                               └─ s                         1ms
                                  └─ s                      1ms
                                     └─ s                   1ms
                                        └─ s                1ms
                                           └─ s             1ms
                                              └─ s          1ms
                                                 └─ s       1ms
                                                 └⋯ s       1ms
                                                 └⋯ s       1ms
    19 spans
    "#);
}

#[test]
fn no_spans_no_text() {
    assert_eq!(render(&[], TreeStyle::default()), "");
}

/// A writer whose text the test can read.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text")
    }
}

fn export(exporter: &ConsoleExporter<Screen>, spans: &[Span]) {
    let batch = spans.iter().cloned().map(Span::into_data).collect();
    block_on(exporter.export(batch)).expect("drawn or waiting");
}

/// The run of an agent that outlasts the pipeline's patience comes in pieces.
#[test]
fn a_trace_in_several_batches_is_one_tree() {
    let (screen, whole) = (Screen::default(), Screen::default());
    let exporter = ConsoleExporter::new(screen.clone());
    let run = agent_run();
    for part in [&run[..2], &run[2..5], &run[5..6], &[]] {
        export(&exporter, part);
        assert_eq!(screen.text(), "");
    }
    export(&exporter, &run[6..]);
    export(&ConsoleExporter::new(whole.clone()), &run);
    assert_eq!(screen.text(), whole.text());
    assert_eq!(screen.text(), render(&run, TreeStyle::default()) + "\n");
    exporter.shutdown().expect("nothing is left");
    assert_eq!(screen.text(), whole.text());
}

/// The same, where a pipeline hands on a span as soon as it has ended.
#[test]
fn a_trace_that_outlasts_the_pipelines_patience_is_one_tree() {
    let screen = Screen::default();
    let pipeline = Pipeline::builder()
        .export(ConsoleExporter::new(screen.clone()))
        .linger(Duration::ZERO)
        .build()
        .expect("valid");
    let handle = pipeline.handle();
    let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
    let tracer = provider.tracer("agent");
    tracer.in_span("run", |_| {
        for calls in 1..=2 {
            tracer.in_span("call", |_| ());
            let deadline = Instant::now() + Duration::from_secs(10);
            while handle.stats().exporters[0].exported < calls {
                assert!(Instant::now() < deadline, "an early segment is exported: {}", handle.stats());
                std::thread::yield_now();
            }
        }
        assert_eq!(screen.text(), "");
    });
    provider.shutdown().expect("drawn");
    let text = screen.text();
    let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split("  ").next()).collect();
    assert_eq!(names, ["run", "├─ call", "└─ call", "3 spans", ""], "{text}");
}

#[test]
fn a_remote_parent_makes_a_root_and_traces_do_not_wait_for_each_other() {
    let screen = Screen::default();
    let exporter = ConsoleExporter::new(screen.clone());
    export(
        &exporter,
        &[
            timed("waits", 2, 1, 1).parent(1).trace(2).build(),
            timed("handler", 4, 1, 1).parent(3).build(),
            timed("POST /ask", 3, 0, 3).remote_parent(9).build(),
        ],
    );
    assert_snapshot!(screen.text(), @r#"
    trace 0000000000000000000000005b8aa5a2
    POST /ask        3ms  parent 0000000000000009 (remote)
    └─ handler       1ms
    2 spans
    "#);
}

#[test]
fn what_is_drawn_in_parts_says_so() {
    let screen = Screen::default();
    let exporter = ConsoleExporter::new(screen.clone());
    export(&exporter, &[timed("early", 2, 1, 1).parent(1).build()]);
    exporter.force_flush().expect("drawn");
    export(&exporter, &[timed("later", 3, 2, 1).parent(1).build()]);
    export(&exporter, &[timed("root", 1, 0, 5).build()]);
    export(&exporter, &[timed("straggler", 4, 3, 9).parent(1).build()]);
    export(&exporter, &[timed("without root", 6, 1, 1).parent(5).trace(2).build()]);
    exporter.shutdown().expect("drawn");
    assert_snapshot!(screen.text(), @r#"
    trace 0000000000000000000000005b8aa5a2  (unfinished: its root is still to come)
    early       1ms  parent 0000000000000001
    1 span

    trace 0000000000000000000000005b8aa5a2  (continued: more of it is drawn above)
    root           5ms
    └─ later       1ms
    2 spans

    trace 0000000000000000000000005b8aa5a2  (continued: more of it is drawn above)
    straggler       9ms  parent 0000000000000001
    1 span

    trace 00000000000000000000000000000002  (unfinished: its root is still to come)
    without root       1ms  parent 0000000000000005
    1 span
    "#);
}

#[test]
fn nothing_is_taken_after_shutdown() {
    let screen = Screen::default();
    let exporter = ConsoleExporter::new(screen.clone());
    exporter.shutdown().expect("the first time");
    assert!(matches!(exporter.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    let late = timed("late", 1, 0, 2).build().into_data();
    assert!(matches!(block_on(exporter.export(vec![late])), Err(OTelSdkError::AlreadyShutdown)));
    assert_eq!(screen.text(), "");
}

#[test]
fn an_output_that_fails_is_an_error() {
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let exporter = ConsoleExporter::new(Broken);
    let error = block_on(exporter.export(vec![timed("s", 1, 0, 1).build().into_data()])).expect_err("broken");
    assert!(error.to_string().contains("cannot draw on the console"), "{error}");
}

#[test]
fn estimates_and_missing_prices_are_marked() {
    let call = |id: u64, start: u64| {
        timed("chat", id, start, 5)
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.request.model", "gpt-4o")
            .attribute("gen_ai.usage.input_tokens", 13)
            .attribute("gen_ai.usage.output_tokens", 5)
    };
    let estimated = call(1, 0)
        .attribute("otel_genai.usage.source", "estimated")
        .attribute("otel_genai.usage.method", "o200k_base/message_rules")
        .attribute("llm.cost.total", 0.5);
    let unpriced = call(2, 10).attribute("otel_genai.cost.unknown", "unknown_model");
    let tree = render(&[estimated.build(), unpriced.build()], TreeStyle::default());
    assert!(tree.contains("gpt-4o · ~13 in · ~5 out · ~$0.5000"), "{tree}");
    assert!(tree.contains("gpt-4o · 13 in · 5 out · no cost: unknown model"), "{tree}");
}
