//! One line in the log when the prices are a week old, and one when they are a month old.

#![expect(clippy::unwrap_used, reason = "a test whose setting fails should say where")]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry_sdk::Resource;
use otel_genai_enrich::Enricher;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_pricing::{Catalogue, Date, PriceTable};
use otel_genai_semconv::names::llm;
use support::replay;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_log_mentions_old_prices_once_a_level() {
    let table = PriceTable::new(Catalogue::bundled().unwrap());
    let generated_at = table.manifest().generated_at.clone();
    let day = generated_at.parse::<Date>().unwrap().start().duration_since(UNIX_EPOCH).unwrap();
    let base = SpanBuilder::new("base").build().start_time().duration_since(UNIX_EPOCH).unwrap();
    let call = |days: u64| {
        SpanBuilder::new("chat")
            .times(day - base + Duration::from_secs(days * 86_400), Duration::ZERO)
            .attribute("gen_ai.operation.name", "chat")
            .attribute("gen_ai.request.model", "gpt-4o")
            .attribute("gen_ai.usage.input_tokens", 1)
            .attribute("gen_ai.usage.output_tokens", 1)
            .build()
    };
    let resource = Arc::new(Resource::builder_empty().build());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let days = [0, 6, 7, 8, 29, 30, 31, 90];
    let spans = tracing::subscriber::with_default(subscriber, || {
        let enricher = Enricher::builder().prices(Arc::new(table)).build();
        replay(enricher, 1 << 30, days.map(|days| (Arc::clone(&resource), call(days))))
    });
    let ages: Vec<_> =
        spans.iter().map(|(_, span)| span.get(llm::PRICING_AGE_DAYS).unwrap().clone()).collect();
    assert_eq!(ages, days.map(|days| i64::try_from(days).unwrap().into()));
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = |level: &str, days: u64| {
        format!(
            "{level} model prices are {days} days old (of {generated_at}); run `otel-genai pricing refresh`\n"
        )
    };
    assert_eq!(logged, format!("{}{}", line(" INFO", 7), line(" WARN", 30)));
}
