//! What a call cost, on the span that counts for it.

mod bill;
mod recorded;
mod target;
mod write;

use std::sync::Arc;
use std::time::SystemTime;

use otel_genai_pipeline::Span;
use otel_genai_pricing::{
    AgeLevel, Call, Context, Date, Parts, PriceTable, Pricer, RowUsed, Staleness, Usage, Usd,
};
use otel_genai_semconv::dialect::Reading;
use otel_genai_semconv::names::gen_ai;

use self::recorded::Recorded;
pub use self::{bill::bill, target::CostTarget};

/// What became of the price of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Nobody asked for one.
    #[default]
    NotAsked,
    Known(Usd),
    /// There is none, and the span says why.
    Unknown,
}

/// The figures that go on a span.
struct Figures<'t> {
    total: Usd,
    /// By our table; absent where only the provider's own figure is known.
    parts: Option<Parts>,
    /// Whether `total` is the provider's own figure.
    is_reported: bool,
    source: &'static str,
    /// The provider and model whose row was used.
    row: Option<(&'t str, &'t str)>,
    /// What the figure rests on, and how the name led to the row where that is not certain.
    notes: Vec<&'static str>,
}

/// Prices calls and writes the result on their spans.
#[derive(Debug)]
pub(crate) struct Pricing {
    pricer: Pricer,
    targets: Vec<CostTarget>,
    /// The day of the prices, shared by all spans.
    generated_at: Arc<str>,
    /// When that day began; `None` where it cannot be read.
    generated: Option<SystemTime>,
    /// The age that was last mentioned in the log.
    mentioned: AgeLevel,
}

impl Pricing {
    pub(crate) fn new(table: Arc<PriceTable>, targets: Vec<CostTarget>) -> Self {
        let generated_at = &table.manifest().generated_at;
        Self {
            generated_at: generated_at.as_str().into(),
            generated: generated_at.parse().ok().map(Date::start),
            pricer: Pricer::new(table),
            targets,
            mentioned: AgeLevel::Fresh,
        }
    }

    /// Prices the call that a span counts for, unless it was priced before.
    pub(crate) fn price(&mut self, span: &mut Span, reading: &Reading) -> Cost {
        let recorded = Recorded::read(span);
        if let Some(earlier) = recorded.ours {
            return earlier;
        }
        let at = span.start_time();
        let age_days = self.age_in_days(at);
        let usage = Usage::default();
        let call = Call {
            provider: reading.provider.as_deref(),
            response_model: reading.response_model.as_deref(),
            request_model: reading.request_model.as_deref(),
            usage: &usage, // Passes have their own.
            at,
            context: Context {
                batch: false, // The tier tells.
                service_tier: reading.billing.service_tier.as_deref(),
                speed: reading.billing.speed.as_deref(),
                region: reading.billing.geo.as_deref(),
                server_address: if recorded.has_server_address {
                    span.get_str(gen_ai::SERVER_ADDRESS)
                } else {
                    None
                },
                search_context: reading.billing.search_context_size.as_deref(),
            },
        };
        let passes = bill(&reading.usage, &reading.billing, &reading.passes);
        let priced = match self.pricer.price_passes(&call, &passes) {
            Ok(priced) => priced,
            Err(reason) => {
                write::unknown(span, reason);
                return Cost::Unknown;
            }
        };
        let figures = Figures {
            total: priced.total,
            parts: priced.parts,
            is_reported: priced.reported_by_provider,
            source: match &priced.row {
                Some(row) if !priced.reported_by_provider => row.layer.as_str(),
                _ => "provider",
            },
            row: priced.row.as_ref().map(|row| (row.provider, row.model)),
            notes: priced
                .row
                .as_ref()
                .and_then(uncertainty)
                .into_iter()
                .chain(priced.notes.words())
                .collect(),
        };
        write::known(span, &figures, &recorded, &self.generated_at, age_days);
        for target in &self.targets {
            target.write(span, &reading.usage, &figures);
        }
        Cost::Known(figures.total)
    }

    /// Returns how old the prices were at a moment, and says so in the log when that has become worth a line.
    ///
    /// By the spans' own clock, so that a recorded trace is not said to have been priced with old figures.
    fn age_in_days(&mut self, at: SystemTime) -> Option<u64> {
        const SECONDS_PER_DAY: u64 = 86_400;
        let age = at.duration_since(self.generated?).unwrap_or_default();
        let days = age.as_secs() / SECONDS_PER_DAY;
        let level = Staleness { days, generated_at: String::new() }.level();
        let is_news = match level {
            AgeLevel::Fresh => false,
            AgeLevel::Inform => self.mentioned == AgeLevel::Fresh,
            AgeLevel::Warn => self.mentioned != AgeLevel::Warn,
        };
        if is_news {
            self.mentioned = level;
            let age = Staleness { days, generated_at: self.generated_at.to_string() };
            if level == AgeLevel::Warn {
                tracing::warn!("{age}");
            } else {
                tracing::info!("{age}");
            }
        }
        Some(days)
    }
}

/// The word for a match that is not certain.
fn uncertainty(row: &RowUsed<'_>) -> Option<&'static str> {
    (!row.matched.is_certain()).then(|| row.matched.as_str())
}
