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
        let context = Context {
            service_tier: call.context.service_tier.or(consumption.service_tier.as_deref()),
            region: call.context.region.or(consumption.region.as_deref()),
            speed: consumption.speed.as_deref(),
            search_context: consumption.search_context.as_deref(),
            ..call.context
        };
        let (mut total, mut parts, mut reported, mut notes) =
            (Usd::ZERO, Some(Parts::default()), None, BTreeSet::new());
        for pass in &consumption.passes {
            let model = pass.model.as_deref().or(call.response_model);
            let call = Call { response_model: model, usage: &pass.usage, context, ..*call };
            let priced = match table.price(&call) {
                Ok(priced) => priced,
                // The provider's figure needs no row of ours.
                Err(_) if reported.is_some() => {
                    parts = None;
                    continue;
                }
                Err(reason) => return Err(reason),
            };
            notes.extend(priced.notes.words());
            if priced.reported_by_provider {
                reported = Some(priced.total);
            }
            total += priced.total;
            parts = parts.zip(priced.parts).map(|(sum, parts)| sum + parts);
        }
        Ok(Self {
            // The provider's figure is for the call as a whole.
            total_usd: reported.unwrap_or(total),
            reported_by_provider: reported.is_some(),
            parts: parts.map(Breakdown),
            notes,
            conservation: consumption.conservation.clone(),
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
