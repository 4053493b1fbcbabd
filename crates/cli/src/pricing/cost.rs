//! What a call cost.

use std::collections::BTreeSet;
use std::fmt;

use otel_genai::pricing::{Call, Context, Parts, PriceTable, Unpriced, Usd};
use serde::Serialize as SerializeDerive;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::plain;
use super::usage::Consumption;

/// What a call cost, all of its passes together.
#[derive(SerializeDerive)]
pub(super) struct Cost {
    total_usd: Usd,
    /// Whether the total is the provider's own figure; the parts are ours and need not add up to it.
    reported_by_provider: bool,
    #[serde(rename = "parts_usd", skip_serializing_if = "Option::is_none")]
    parts: Option<Breakdown>,
    notes: BTreeSet<&'static str>,
    /// How counts that did not add up were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    conservation: Option<String>,
}

/// The parts that are not zero.
struct Breakdown(Parts);

impl Cost {
    /// Prices every pass as its own model and adds them up.
    pub(super) fn of(
        table: &PriceTable,
        call: &Call<'_>,
        consumption: &Consumption,
    ) -> Result<Self, Unpriced> {
        let billing = consumption.billing();
        let context = Context {
            service_tier: call.context.service_tier.or(billing.service_tier.as_deref()),
            region: call.context.region.or(billing.geo.as_deref()),
            speed: billing.speed.as_deref(),
            search_context: billing.search_context_size.as_deref(),
            ..call.context
        };
        let priced = table.price_passes(&Call { context, ..*call }, &consumption.passes())?;
        Ok(Self {
            total_usd: priced.total,
            reported_by_provider: priced.reported_by_provider,
            parts: priced.parts.map(Breakdown),
            notes: priced.notes.words().collect(),
            conservation: consumption.conservation(),
        })
    }
}

impl Breakdown {
    fn pairs(&self) -> impl Iterator<Item = (&'static str, Usd)> {
        let Parts {
            input,
            input_audio,
            input_image,
            input_video,
            cache_read,
            cache_write,
            output,
            reasoning,
            output_audio,
            output_image,
            output_video,
            citation,
            fees,
        } = self.0;
        [
            ("input", input),
            ("input_audio", input_audio),
            ("input_image", input_image),
            ("input_video", input_video),
            ("cache_read", cache_read),
            ("cache_write", cache_write),
            ("output", output),
            ("reasoning", reasoning),
            ("output_audio", output_audio),
            ("output_image", output_image),
            ("output_video", output_video),
            ("citation", citation),
            ("fees", fees),
        ]
        .into_iter()
        .filter(|(_, usd)| *usd != Usd::ZERO)
    }
}

impl Serialize for Breakdown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, usd) in self.pairs() {
            map.serialize_entry(name, &usd)?;
        }
        map.end()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reported =
            if self.reported_by_provider { ", as the provider reported it; the parts are ours" } else { "" };
        writeln!(formatter, "cost: {}{reported}", self.total_usd)?;
        let pairs = self.parts.iter().flat_map(Breakdown::pairs);
        let lines: Vec<_> = pairs.map(|(name, usd)| vec![format!("  {name}"), usd.to_string()]).collect();
        plain::columns(formatter, &lines)?;
        let notes: Vec<_> = self.notes.iter().copied().chain(self.conservation.as_deref()).collect();
        if notes.is_empty() { Ok(()) } else { writeln!(formatter, "notes: {}", notes.join(", ")) }
    }
}
