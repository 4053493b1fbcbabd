//! `otel-genai check`: whether a store is sound, and whether a receiver of OTLP takes a real span.

use clap::Args;

use crate::arguments::SettingsArguments;
use crate::failure::Failure;
use crate::store::{self, StoreCheckArguments};

/// Checks where traces go: that the store is sound, and that a receiver of OTLP takes a span
///
/// Without --store and --endpoint, looks at both: the store if it is there, the receiver if the settings or the standard
/// OTEL_EXPORTER_OTLP_* variables name one. Of the store everything is read, by SQLite's own check and as readers do;
/// nothing is changed. The receiver gets one span named `otel-genai check` of the service `otel-genai-check`, with the
/// protocol, headers and timeout of the settings.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  otel-genai check
  otel-genai check --store traces.db
  otel-genai check --store damaged.db --repair-into saved.db
  otel-genai check --endpoint http://localhost:4318
  otel-genai check --endpoint http://localhost:4317 --set export.otlp.protocol=grpc
  otel-genai check --endpoint https://otlp.example.org --set export.otlp.headers.authorization='Bearer 0123'

Exit code: 0 all is well, or all could be saved; 1 it is not, and the error says why: --repair-into has saved what it could,
and names the traces of which something is lost; 2 wrong usage or settings, or nothing to check.")]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    store: StoreCheckArguments,

    #[command(flatten)]
    settings: SettingsArguments,

    /// Checks the receiver of OTLP: the one with this base URL, or, without one, that of the settings
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    endpoint: Option<Option<String>>,
}

/// Runs the command.
pub(crate) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let is_one_named = arguments.store.is_wanted() || arguments.endpoint.is_some();
    let is_store_wanted = arguments.store.is_wanted() || !is_one_named && arguments.store.is_there()?;
    let is_receiver_wanted = arguments.endpoint.is_some() || !is_one_named && receiver::is_set(arguments)?;
    if !is_store_wanted && !is_receiver_wanted {
        return Err(Failure::Usage(
            "there is nothing to check: no store yet (name one with --store), and no receiver of OTLP is set (name one \
             with --endpoint, for example http://localhost:4318, or in [export.otlp] of the settings)"
                .into(),
        ));
    }
    let stored = if is_store_wanted { store::check(&arguments.store) } else { Ok(()) };
    let received = if is_receiver_wanted { receiver::check(arguments) } else { Ok(()) };
    match (stored, received) {
        (Err(stored), Err(received)) => Err(Failure::Work(format!("{stored}\nerror: {received}"))),
        (stored, received) => stored.and(received),
    }
}

#[cfg(feature = "otlp")]
mod receiver {
    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use otel_genai::Settings;

    use super::CheckArguments;
    use crate::failure::Failure;
    use crate::printed::print;
    use crate::receiver::explain;

    fn settings(arguments: &CheckArguments) -> Result<Settings, Failure> {
        let mut settings = arguments.settings.load()?;
        if let Some(Some(endpoint)) = &arguments.endpoint {
            let set = settings.set("export.otlp.endpoint", endpoint);
            set.map_err(|error| Failure::Usage(error.to_string()))?;
        }
        Ok(settings)
    }

    /// Tells whether the settings name a receiver.
    pub(super) fn is_set(arguments: &CheckArguments) -> Result<bool, Failure> {
        Ok(settings(arguments)?.exporters().contains(&"export.otlp"))
    }

    /// Sends a span.
    pub(super) fn check(arguments: &CheckArguments) -> Result<(), Failure> {
        let mut settings = settings(arguments)?;
        if !settings.exporters().contains(&"export.otlp") {
            return Err(Failure::Usage(
                "no receiver of OTLP is set; name one with --endpoint, for example http://localhost:4318, or in \
                 [export.otlp] of the settings"
                    .into(),
            ));
        }
        settings.keep_only_otlp();
        let pipeline = settings.pipeline().map_err(|error| Failure::Usage(error.to_string()))?;
        let pipeline = pipeline.build().map_err(|error| Failure::Work(error.to_string()))?;
        let handle = pipeline.handle();
        let resource = Resource::builder().with_service_name("otel-genai-check").build();
        let provider =
            SdkTracerProvider::builder().with_resource(resource).with_span_processor(pipeline).build();
        let mut span = provider.tracer("otel-genai").start("otel-genai check");
        let trace = span.span_context().trace_id();
        span.end();
        let ended = provider.shutdown();
        let stats = handle.stats();
        let is_exported = stats.exporters.iter().map(|exporter| exporter.exported).sum::<u64>() == 1;
        let reason = stats.exporters.into_iter().find_map(|exporter| exporter.last_error);
        if let Some(reason) = reason.or_else(|| ended.err().map(|error| error.to_string())) {
            return Err(Failure::Work(format!("the receiver did not take the span: {}", explain(&reason))));
        }
        if !is_exported {
            // OTEL_TRACES_SAMPLER can say so.
            return Err(Failure::Work("the span was not sampled; unset OTEL_TRACES_SAMPLER".into()));
        }
        print(format!("the receiver took the test span: trace {trace}, service otel-genai-check\n"))
    }
}

#[cfg(not(feature = "otlp"))]
mod receiver {
    use super::CheckArguments;
    use crate::failure::Failure;

    /// Tells whether the settings name a receiver: without the feature they cannot.
    pub(super) fn is_set(arguments: &CheckArguments) -> Result<bool, Failure> {
        arguments.settings.load().map(|_| false)
    }

    pub(super) fn check(_arguments: &CheckArguments) -> Result<(), Failure> {
        Err(Failure::Usage("this program was built without the cargo feature `otlp`".into()))
    }
}
