//! When the chunks of a streamed answer came.

use std::time::{Duration, Instant};

use opentelemetry::{Array, Value};
use otel_genai_semconv::names::{gen_ai, otel_genai};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Of one stream so many gaps between chunks are kept, the first ones: a span must not grow without end.
const MAX_GAPS: usize = 1024;

/// Notes when the chunks of a streamed answer come, and writes it onto the span of the call when the stream has ended.
///
/// Writes the time to the first chunk (`gen_ai.response.time_to_first_chunk`) and the times between the chunks after it
/// (`otel_genai.response.time_per_output_chunk`, of the first 1,025 chunks), in seconds, from which the metrics of the
/// same names are made. The clock starts with the timer: make it right before the request. Nothing is written if no chunk
/// came, and what came is written also when the stream is dropped in the middle.
///
/// # Examples
///
/// ```
/// use otel_genai_record::StreamTimer;
///
/// let span = tracing::info_span!("chat", gen_ai.operation.name = "chat", gen_ai.request.stream = true);
/// let mut timer = StreamTimer::start(&span);
/// for _chunk in ["Par", "is", "."] {
///     timer.chunk();
/// }
/// drop(timer); // writes
/// ```
#[derive(Debug)]
pub struct StreamTimer {
    span: Span,
    started: Instant,
    to_first: Option<Duration>,
    latest: Instant,
    gaps: Vec<f64>,
}

impl StreamTimer {
    /// Starts the clock.
    pub fn start(span: &Span) -> Self {
        let now = Instant::now();
        Self { span: span.clone(), started: now, to_first: None, latest: now, gaps: Vec::new() }
    }

    /// Notes that a chunk has come.
    pub fn chunk(&mut self) {
        self.chunk_at(Instant::now());
    }

    fn chunk_at(&mut self, now: Instant) {
        if self.to_first.is_none() {
            self.to_first = Some(now.saturating_duration_since(self.started));
        } else if self.gaps.len() < MAX_GAPS {
            self.gaps.push(now.saturating_duration_since(self.latest).as_secs_f64());
        }
        self.latest = now;
    }
}

impl Drop for StreamTimer {
    fn drop(&mut self) {
        let Some(to_first) = self.to_first else { return };
        self.span.set_attribute(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, to_first.as_secs_f64());
        if !self.gaps.is_empty() {
            let gaps = Value::Array(Array::F64(std::mem::take(&mut self.gaps)));
            self.span.set_attribute(otel_genai::RESPONSE_TIME_PER_OUTPUT_CHUNK, gaps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_chunk_is_apart_and_the_gaps_are_bounded() {
        let mut timer = StreamTimer::start(&Span::none());
        let start = timer.started;
        for chunk in 1..=2000 {
            timer.chunk_at(start + Duration::from_millis(500 * chunk));
        }
        assert_eq!(timer.to_first, Some(Duration::from_millis(500)));
        assert_eq!(timer.gaps.len(), MAX_GAPS);
        assert!(timer.gaps.iter().all(|gap| *gap == 0.5));
        // A clock that went back makes no negative time.
        let mut timer = StreamTimer::start(&Span::none());
        timer.chunk_at(start + Duration::from_secs(9));
        timer.chunk_at(start);
        assert_eq!(timer.gaps, [0.0]);
    }
}
