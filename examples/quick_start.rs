//! The ten lines of the README.
//!
//! `cargo run --example quick_start`

use tracing::{Span, instrument};

#[instrument(name = "chat gpt-5-mini", skip_all, fields(gen_ai.operation.name = "chat",
    gen_ai.request.model = "gpt-5-mini", gen_ai.usage.input_tokens, gen_ai.usage.output_tokens))]
fn ask(_question: &str) {
    // … the model answers, and says what it took …
    Span::current().record("gen_ai.usage.input_tokens", 212).record("gen_ai.usage.output_tokens", 96);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guard = otel_genai::init()?; // exports when it is dropped, also at an error or a panic
    guard.shutdown_on_signal()?; // and at Ctrl-C and SIGTERM
    ask("What should I pack?");
    Ok(())
}
