//! What a call cost, on the span that counts for it.

mod bill;
mod recorded;
mod target;
mod write;

use std::sync::Arc;
use std::time::SystemTime;

use otel_genai_pipeline::Span;
use otel_genai_pricing::{
    AgeLevel, Call, Context, Date, Parts, PriceTable, Priced, Pricer, RowUsed, Staleness, Usage, Usd,
};
use otel_genai_semconv::dialect::Reading;
use otel_genai_semconv::names::gen_ai;
use otel_genai_semconv::usage::Source;

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
struct Figures {
    total: Usd,
    /// By our table; absent where only the provider's own figure is known.
    parts: Option<Parts>,
    /// Whether `total` is the provider's own figure.
    is_reported: bool,
    source: &'static str,
    /// The row that was used, as `provider/model`.
    row: Option<Arc<str>>,
    /// What the figure rests on, and how the name led to the row where that is not certain.
    notes: Vec<&'static str>,
}

/// Prices calls and writes the result on their spans.
#[derive(Debug)]
pub(crate) struct Pricing {
    pricer: Pricer,
    targets: Vec<CostTarget>,
    /// Rows that were used, as they are written, newest last: a program talks to a few models.
    rows: Vec<Arc<str>>,
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
            rows: Vec::new(),
            targets,
            mentioned: AgeLevel::Fresh,
        }
    }

    /// Prices the call that a span counts for, unless it was priced before.
    pub(crate) fn price(&mut self, span: &mut Span, reading: &Reading) -> Cost {
        let recorded = Recorded::read(span);
        if let Some(earlier) = recorded.ours {
            self.write_targets_again(span, reading, earlier);
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
                for target in &self.targets {
                    target.write_usage(span, &reading.usage);
                }
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
            row: priced.row.as_ref().map(|row| name_of(row, &mut self.rows)),
            notes: notes(&priced, reading),
        };
        write::known(span, &figures, &recorded, &self.generated_at, age_days);
        for target in &self.targets {
            target.write(span, &reading.usage, &figures);
        }
        Cost::Known(figures.total)
    }

    /// Gives targets what they lack on a span that was priced before, of which only the total is left.
    fn write_targets_again(&self, span: &mut Span, reading: &Reading, cost: Cost) {
        for target in &self.targets {
            target.write_usage(span, &reading.usage);
            if let Cost::Known(total) = cost {
                let figures = Figures {
                    total,
                    parts: None,
                    is_reported: false,
                    source: "",
                    row: None,
                    notes: Vec::new(),
                };
                target.write(span, &reading.usage, &figures);
            }
        }
    }

    /// Says to targets that would count it that a span's usage is counted elsewhere.
    pub(crate) fn mark_as_counted_elsewhere(&self, span: &mut Span, reading: &Reading) {
        if reading.usage.is_empty() {
            return;
        }
        for target in &self.targets {
            target.write_nothing(span);
        }
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

/// Returns the name of a row, without a new text for each span.
fn name_of(row: &RowUsed<'_>, known: &mut Vec<Arc<str>>) -> Arc<str> {
    const MAX_KNOWN: usize = 16;
    let is_it = |name: &str| {
        name.strip_prefix(row.provider).and_then(|rest| rest.strip_prefix('/')) == Some(row.model)
    };
    if let Some(name) = known.iter().find(|name| is_it(name)) {
        return Arc::clone(name);
    }
    if known.len() == MAX_KNOWN {
        known.remove(0);
    }
    let name: Arc<str> = format!("{}/{}", row.provider, row.model).into();
    known.push(Arc::clone(&name));
    name
}

/// Returns the words for what is not certain about a price.
fn notes(priced: &Priced<'_>, reading: &Reading) -> Vec<&'static str> {
    let row = priced.row.as_ref();
    let matched = row.filter(|row| !row.matched.is_certain()).map(|row| row.matched.as_str());
    // The answer names a model that is not in the table; the one that was asked for is.
    let asked = row.filter(|row| row.by_request_model && reading.response_model.is_some());
    let asked = asked.map(|_| "request_model");
    // An embedding has no output to miss.
    let is_partial = reading.source == Some(Source::Partial);
    let notes = priced.notes.words().filter(|word| *word != "partial_usage" || is_partial);
    matched.into_iter().chain(asked).chain(notes).collect()
}
