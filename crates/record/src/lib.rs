//! Says on spans what only the agent's code knows: whose run it is, what its guardrails found, what a provider answered.
//!
//! A library sees its own calls. Which agent, session, user or tenant they are for, only the application knows, and a
//! span cannot be told afterwards. So the application opens a [`RunContext`] around the run, and the
//! [pipeline](otel_genai_pipeline::Pipeline) copies it to every span below when the span starts.
//!
//! ```
//! use otel_genai_record::{GuardrailCategory, RunContext, RunFutureExt, guardrail};
//!
//! #[tracing::instrument(skip_all)]
//! async fn answer(question: &str) -> Option<String> {
//!     let is_attack = guardrail("injection", GuardrailCategory::PromptInjection)
//!         .triggers_if(|| question.contains("ignore all previous instructions"));
//!     (!is_attack).then(|| "42".to_owned())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let run = RunContext::new().agent_name("helper").session("s-42").user("u-7");
//! let answered = answer("what is six times seven?").in_run(run).await;
//! assert_eq!(answered.as_deref(), Some("42"));
//! # }
//! ```
//!
//! # What becomes which attribute
//!
//! | [`RunContext`] | attribute | source of the name |
//! | --- | --- | --- |
//! | `agent_id`, `agent_name`, `agent_version` | `gen_ai.agent.id`, `.name`, `.version` | GenAI conventions |
//! | `conversation` | `gen_ai.conversation.id` | GenAI conventions |
//! | `session` | `session.id` | core conventions |
//! | `user` | `user.id` | core conventions |
//! | `environment` | `deployment.environment.name` | core conventions |
//! | `project`, `tenant`, `tags` | `otel_genai.project`, `.tenant`, `.tags` | ours |
//! | `suppress_missing_guardrails` | `guardrail.suppress_missing` | Traccia, without its prefix |
//!
//! # Where a run holds
//!
//! | how the code inside is started | its spans are in the run |
//! | --- | --- |
//! | called, awaited, joined | yes |
//! | `tokio::spawn(future.in_current_span())`, `.instrument(span)` | yes, below their parent |
//! | `tokio::spawn(future.in_current_run())` | yes, in traces of their own |
//! | `spawn_blocking`, a thread: `let run = RunContext::current();` then `run.enter(…)` there | yes |
//! | `tokio::spawn(future)`, a thread, and nothing else | no: nothing says where it came from |
//!
//! The order of `.instrument(span)` and `.in_run(run)` does not matter for what runs inside. Only a span that is around the
//! run and has started before it stays outside. One surprise is left: a span that was made outside every run, was never
//! entered, and is first needed inside one (as explicit parent of an agent's span, say) starts there, and so belongs to
//! that run. Enter a host's span before its agents use it. `tracing-opentelemetry`'s layer must keep its context
//! activation, which is the default.
//!
//! A run costs the thread that starts a span in it some 20 ns and 45 ns per field. A span outside any run costs it 5 ns
//! once the process has used one, 1 ns before. Entering a run costs some 110 ns, and a future does that each time it is
//! polled (2026-11, two shared cores; `cargo bench -p otel-genai-pipeline --bench start_cost`).
//!
//! # Across the network
//!
//! [`Propagation`] sends fields to other services and believes those that arrive, each by a list of its own. Both are
//! empty unless filled: nothing leaves, and no caller can choose the tenant.
//!
//! # Guardrails and answers
//!
//! [`guardrail`] makes a check of the agent's own a span that says how it ended, also when it panics or is cancelled.
//! [`record_answer`] writes a provider's raw answer onto the span of a call that the application makes by itself, and
//! [`StreamTimer`] when the chunks of a streamed one came.
//!
//! The minimum supported Rust version is 1.88.

mod answer;
mod baggage_header;
mod guardrail;
mod in_run;
mod propagation;
mod run_context;
mod stream_timer;

pub use answer::record_answer;
pub use guardrail::{Guardrail, OpenGuardrail, Verdict, guardrail};
pub use in_run::{InRun, RunFutureExt};
pub use otel_genai_semconv::{Enforcement, GuardrailCategory, GuardrailStatus};
pub use propagation::{Propagation, PropagationBuilder, PropagationError};
pub use run_context::RunContext;
pub use stream_timer::StreamTimer;
