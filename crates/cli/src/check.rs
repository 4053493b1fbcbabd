//! `otel-genai check`: a real span to a receiver of OTLP.

use clap::Args;

use crate::arguments::SettingsArguments;
use crate::failure::Failure;

/// Sends one test span to a receiver of OTLP, and tells what became of it
///
/// The span is named `otel-genai check` and belongs to the service `otel-genai-check`. Uses the endpoint, protocol,
/// headers and timeout of the settings and of the standard OTEL_EXPORTER_OTLP_* variables.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai check --endpoint http://localhost:4318
  otel-genai check --endpoint http://localhost:4317 --set export.otlp.protocol=grpc
  otel-genai check --endpoint https://otlp.example.org --set export.otlp.headers.authorization='Bearer 0123'

Exit code: 0 the receiver took the span; 1 it did not, and the error says why; 2 wrong usage or settings.")]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    settings: SettingsArguments,

    /// The receiver's base URL, instead of the one of the settings
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

/// Runs the command.
#[cfg(feature = "otlp")]
pub(crate) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    use std::io::{Write, stdout};

    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;

    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let mut settings = arguments.settings.load()?;
    if let Some(endpoint) = &arguments.endpoint {
        settings.set("export.otlp.endpoint", endpoint).map_err(|error| usage(&error))?;
    }
    if !settings.exporters().contains(&"export.otlp") {
        return Err(Failure::Usage(
            "no receiver of OTLP is set; name one with --endpoint, for example http://localhost:4318, or in \
             [export.otlp] of the settings"
                .into(),
        ));
    }
    settings.keep_only_otlp();
    let pipeline = settings.pipeline().map_err(|error| usage(&error))?;
    let pipeline = pipeline.build().map_err(|error| Failure::Work(error.to_string()))?;
    let handle = pipeline.handle();
    let resource = Resource::builder().with_service_name("otel-genai-check").build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_span_processor(pipeline).build();
    let mut span = provider.tracer("otel-genai").start("otel-genai check");
    let trace = span.span_context().trace_id();
    span.end();
    let ended = provider.shutdown();
    let stats = handle.stats();
    let is_exported = stats.exporters.iter().map(|exporter| exporter.exported).sum::<u64>() == 1;
    let reason = stats.exporters.into_iter().find_map(|exporter| exporter.last_error);
    if let Some(reason) = reason.or_else(|| ended.err().map(|error| error.to_string())) {
        return Err(Failure::Work(format!("the receiver did not take the span: {reason}")));
    }
    if !is_exported {
        // OTEL_TRACES_SAMPLER can say so.
        return Err(Failure::Work("the span was not sampled; unset OTEL_TRACES_SAMPLER".into()));
    }
    let _ =
        writeln!(stdout().lock(), "the receiver took the test span: trace {trace}, service otel-genai-check");
    Ok(())
}

#[cfg(not(feature = "otlp"))]
pub(crate) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let _ = (&arguments.settings, &arguments.endpoint);
    Err(Failure::Usage("this program was built without the cargo feature `otlp`".into()))
}
