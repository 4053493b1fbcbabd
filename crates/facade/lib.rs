//! Makes LLM agents written in Rust observable: one OpenTelemetry span processor, and whatever runs on it.
//!
//! An agent whose functions carry `#[instrument]` already emits spans. Register a [`Pipeline`] on its tracer provider,
//! and its traces pass through *stages*, which may edit, hold or drop them, to *exporters*: the terminal, JSON Lines
//! files, OTLP collectors, or anything that implements the SDK's own `SpanExporter`. It costs the agent's threads one
//! push into a bounded queue per span; the rest happens on threads of the pipeline's own.
//!
//! # The smallest program
//!
//! ```no_run
//! #[tracing::instrument(fields(gen_ai.operation.name = "chat", gen_ai.request.model = "gpt-5-mini"))]
//! fn ask(question: &str) { /* … */ }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let guard = otel_genai::init()?; // exports when it is dropped, also at an error or a panic
//!     guard.shutdown_on_signal()?; // and at Ctrl-C and SIGTERM
//!     ask("What should I pack?");
//!     Ok(())
//! }
//! ```
//!
//! `init` reads a settings file and the environment ([`Settings::load`]). Without any, traces are drawn on standard error
//! and stored in a file of the user, and nothing leaves the machine.
//!
//! # Put together by hand
//!
//! ```
//! use opentelemetry::trace::{Tracer, TracerProvider};
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! # #[cfg(feature = "export")] {
//! use otel_genai::{JsonLinesExporter, Pipeline};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("traces.jsonl");
//! # let traces = |_: &str| path.clone();
//! let pipeline = Pipeline::builder().export(JsonLinesExporter::open(traces("traces.jsonl"))?).build()?;
//! let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
//!
//! // With `tracing`: tracing_opentelemetry::layer().with_tracer(provider.tracer("agent"))
//! provider.tracer("agent").in_span("answer", |_| { /* the agent works */ });
//!
//! provider.shutdown()?; // or the last spans are lost
//! # assert!(std::fs::read_to_string(&path)?.contains(r#""name":"answer""#));
//! # }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Two rules. The pipeline stands **instead of** a batch or simple span processor, not beside one: what it drops or
//! redacts would leave through the other. And the provider must be shut down explicitly before the program ends.
//!
//! # Concepts
//!
//! * A [`Stage`] edits a [`Segment`]: the spans of one trace that have ended since it last looked. It may drop spans,
//!   and hold, keep or drop the trace. [`stage`] makes stages of closures.
//! * A [`Pipeline`] runs stages in the order in which they were added, and exporters beside each other, each on its own
//!   thread with its own queue, so that a slow one delays no other.
//! * Every span is counted: [`PipelineHandle::stats`] says where each one is, and why one is gone. Look there for
//!   losses: shutting down returns the exporters' errors, but a full queue or a stage that panicked does not make it fail.
//! * [`PipelineBuilder::replay`] runs the same stages over recorded spans; the program `otel-genai process` (package
//!   `otel-genai-cli`) does that over files.
//! * [`Settings`] makes a pipeline of a file, the environment and what your code says.
//! * What `init` and [`Settings`] make takes secrets and personal data out of every span before anything is written or
//!   sent, unless `[redaction]` says otherwise.
//! * `RunContext` says whose run it is: every span below gets agent, session, user as attributes.
//! * [`semconv`] has the words: attribute names, and [`GenAiSpan`], the typed view of one model call.
//!
//! What most programs need is named here; [`pipeline`], [`semconv`], `export` and `pricing` are the crates behind it, whole.
//!
//! # Features
//!
//! | feature | brings | default |
//! | --- | --- | --- |
//! | `enrich` | `Enricher` and `UsageMeter`: one token count per model call in the conventions' words, what it cost, gen_ai metrics | yes |
//! | `count-tokens` | `[enrichment] count_tokens`: tokens that nobody reported, counted from the texts; adds 9 MB | no |
//! | `init` | `init`, `Guard`, `Settings::layer`: provider, subscriber and propagator in one line; brings `record` | yes |
//! | `record` | `RunContext`, `guardrail`: what only the agent's code knows | yes |
//! | `guardrail` | `GuardrailDetector`: what protected a run, what fired, what was missing; `[guardrails]` in [`Settings`] | yes |
//! | `redact` | `Redactor`, `RuleSet`: secrets and personal data out of every text of a span; `[redaction]` in [`Settings`], on by default | yes |
//! | `sampling` | `Sampling`, `RateLimiter`, `TraceCaps`: which traces are kept, and what those stand for; `[sampling]` and more in [`Settings`] | yes |
//! | `export` | `JsonLinesExporter` and `JsonLinesReader`, `ConsoleExporter` | yes |
//! | `sqlite` | `SqliteExporter` and `Store`: the traces in one SQLite file; `[export.sqlite]` in [`Settings`] | yes |
//! | `encryption` | an encrypted store, by SQLCipher: compiles OpenSSL's cryptography, with Perl and Make | no |
//! | `pricing` | `pricing`: what calls cost, from a table that is compiled in; `[pricing]` in [`Settings`] | yes |
//! | `otlp` | [`opentelemetry_otlp`](https://docs.rs/opentelemetry-otlp) over gRPC and HTTP with gzip, and `[export.otlp]` in [`Settings`] | no |
//! | `otlp-tls` | `https` for it, with the operating system's certificates | no |
//! | `testing` | `pipeline::testing`: span builders and the contract that every stage must pass | no |
//!
//! `otlp` is not a default because of what it takes to compile: 183 crates and 144 seconds of processor time instead of
//! 114 and 76 (17 crates more with `otlp-tls`; debug build, November 2026). Without it, any other exporter, one of
//! [`opentelemetry_otlp`](https://docs.rs/opentelemetry-otlp) with features of your choice included, is given to
//! [`PipelineBuilder::export`] or [`PipelineBuilder::export_with`].
//!
//! Built for release and stripped, `examples/quick_start` is 10.8 MB with the default features: SQLite, the prices of 5,784
//! models and the rules are in it. A program with the pipeline alone (`examples/custom_exporter`) is 1.2 MB.
//!
//! Needs Rust 1.88 or newer and threads; `wasm` is not supported. Each minor release goes with one minor release of
//! OpenTelemetry (this one: 0.33).

#[cfg(feature = "init")]
mod init;
mod settings;

#[cfg(feature = "init")]
pub use init::{Guard, InitError, MAX_ATTRIBUTES, MAX_EVENTS, init};
#[cfg(feature = "otlp")]
pub use opentelemetry_otlp;
#[cfg(feature = "enrich")]
pub use otel_genai_enrich as enrich;
#[cfg(feature = "enrich")]
pub use otel_genai_enrich::{CostTarget, Enricher, UsageMeter};
#[cfg(feature = "export")]
pub use otel_genai_export as export;
#[cfg(feature = "sqlite")]
pub use otel_genai_export::store::{SqliteExporter, Store};
#[cfg(feature = "export")]
pub use otel_genai_export::{
    Compression, ConsoleExporter, JsonLinesExporter, JsonLinesReader, JsonLinesWriter,
};
#[cfg(feature = "guardrail")]
pub use otel_genai_guardrail as guardrails;
#[cfg(feature = "guardrail")]
pub use otel_genai_guardrail::GuardrailDetector;
pub use otel_genai_pipeline as pipeline;
pub use otel_genai_pipeline::{
    BlockFor, Pipeline, PipelineBuilder, PipelineHandle, PipelineStats, Segment, SegmentKind, Span, Stage,
    stage,
};
#[cfg(feature = "pricing")]
pub use otel_genai_pricing as pricing;
#[cfg(feature = "record")]
pub use otel_genai_record as record;
#[cfg(feature = "record")]
pub use otel_genai_record::{Propagation, RunContext, RunFutureExt, guardrail};
#[cfg(feature = "redact")]
pub use otel_genai_redact as redact;
#[cfg(feature = "redact")]
pub use otel_genai_redact::{Redactor, RuleSet};
#[cfg(feature = "sampling")]
pub use otel_genai_sampling as sampling;
#[cfg(feature = "sampling")]
pub use otel_genai_sampling::{RateLimiter, Sampling, TraceCaps};
pub use otel_genai_semconv as semconv;
pub use otel_genai_semconv::GenAiSpan;
#[cfg(feature = "otlp")]
pub use settings::Probe;
pub use settings::{
    CONFIG_FILE, DescribedKey, Settings, SettingsError, SettingsErrorKind, Source, config_file,
    default_store, default_trace_file, parse_duration, parse_size,
};

/// The programs of the README and of the pages in `docs`, compiled as tests.
#[cfg(all(
    doctest,
    feature = "enrich",
    feature = "export",
    feature = "init",
    feature = "guardrail",
    feature = "otlp",
    feature = "pricing",
    feature = "redact",
    feature = "sampling",
    feature = "sqlite"
))]
mod documentation {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/getting-started.md")]
    struct GettingStarted;
    #[doc = include_str!("../../docs/settings.md")]
    struct SettingsPage;
    #[doc = include_str!("../../docs/recipes.md")]
    struct Recipes;
    #[doc = include_str!("../../docs/guardrails.md")]
    struct Guardrails;
    #[doc = include_str!("../../docs/troubleshooting.md")]
    struct Troubleshooting;
    #[doc = include_str!("../../docs/redaction.md")]
    struct RedactionPage;
    #[doc = include_str!("../../docs/sampling.md")]
    struct SamplingPage;
}
