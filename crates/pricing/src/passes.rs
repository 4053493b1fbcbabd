//! Prices calls for which a provider ran several models.

use crate::charge::{Notes, Parts};
use crate::money::Usd;
use crate::price::{Call, Priced};
use crate::pricer::Pricer;
use crate::table::{Found, PriceTable, Unpriced};
use crate::usage::Usage;

/// One of the passes that a provider ran for one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass<'a> {
    /// The model of the pass, if it is not the one that answered.
    pub model: Option<&'a str>,
    /// What the pass consumed.
    pub usage: Usage,
}

impl PriceTable {
    /// Prices every pass as its own model and adds them up; `call.usage` is not looked at.
    ///
    /// Row and reasons are those of the first pass. A cost that the provider reported, on any pass, is for the call as
    /// a whole.
    ///
    /// # Errors
    ///
    /// Why the first pass that has no price has none.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use otel_genai_pricing::{Call, Catalogue, Context, Pass, PriceTable, Usage};
    ///
    /// let table = PriceTable::new(Catalogue::bundled()?);
    /// let usage = Usage { input_tokens: Some(1_000), output_tokens: Some(100), ..Usage::default() };
    /// let call = Call {
    ///     provider: Some("anthropic"),
    ///     response_model: Some("claude-sonnet-4-5"),
    ///     request_model: None,
    ///     usage: &usage,
    ///     at: SystemTime::now(),
    ///     context: Context::default(),
    /// };
    /// let own = Pass { model: None, usage: usage.clone() };
    /// let advisor = Pass { model: Some("claude-opus-4-5"), usage: usage.clone() };
    /// let priced = table.price_passes(&call, &[own, advisor]).expect("known models");
    /// assert_eq!(priced.total.to_string(), "$0.012"); // 0.0045 and 0.0075
    /// # Ok::<(), otel_genai_pricing::CatalogueError>(())
    /// ```
    pub fn price_passes(&self, call: &Call<'_>, passes: &[Pass<'_>]) -> Result<Priced<'_>, Unpriced> {
        sum(self, call, passes, |call, zone| {
            self.find(
                call.provider,
                call.context.server_address,
                call.response_model,
                call.request_model,
                zone,
            )
        })
    }
}

impl Pricer {
    /// Prices the passes of a call as [`PriceTable::price_passes`] does.
    ///
    /// # Errors
    ///
    /// Why there is no price.
    pub fn price_passes(&mut self, call: &Call<'_>, passes: &[Pass<'_>]) -> Result<Priced<'_>, Unpriced> {
        let (table, names) = self.parts();
        sum(table, call, passes, |call, zone| names.find(table, call, zone))
    }
}

fn sum<'t>(
    table: &'t PriceTable,
    call: &Call<'_>,
    passes: &[Pass<'_>],
    mut find: impl FnMut(&Call<'_>, Option<&str>) -> Result<Found, Unpriced>,
) -> Result<Priced<'t>, Unpriced> {
    let mut first: Option<Priced<'t>> = None;
    let (mut total, mut parts, mut reported) = (Usd::ZERO, Some(Parts::default()), None);
    let mut notes = Notes::default();
    for pass in passes {
        let model = pass.model.or(call.response_model);
        let call = Call { response_model: model, usage: &pass.usage, ..*call };
        let zone = call.zone();
        let priced = match table.price_found(find(&call, zone.as_deref()), &call, zone.as_deref()) {
            Ok(priced) => priced,
            // The provider's figure needs no row of ours.
            Err(_) if reported.is_some() => {
                parts = None;
                continue;
            }
            Err(reason) => return Err(reason),
        };
        if priced.reported_by_provider {
            reported = Some(priced.total);
        }
        total += priced.total;
        parts = parts.zip(priced.parts).map(|(sum, parts)| sum + parts);
        notes = notes.or(priced.notes);
        first.get_or_insert(priced);
    }
    let first = first.ok_or(Unpriced::NoUsage)?;
    Ok(Priced {
        total: reported.unwrap_or(total),
        parts,
        reported_by_provider: reported.is_some(),
        row: first.row,
        notes,
    })
}
