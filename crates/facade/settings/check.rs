//! Settings that are each right but do not go together.

use super::error::{SettingsError, SettingsErrorKind};
use super::values::{JsonLinesValues, SqliteValues};
use super::{Settings, keys};

impl Settings {
    /// Returns the first contradiction. What is not set contradicts nothing.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let pipeline = &self.values.pipeline;
        for (key, time) in [("pipeline.linger", pipeline.linger), ("pipeline.grace", pipeline.grace)] {
            if let (Some(time), Some(age)) = (time, pipeline.max_age)
                && time > age
            {
                let reason = format!(
                    "`{key}` is {time:?} and `pipeline.max_age` {age:?}: a trace would be ended before it has waited"
                );
                return Err(self.contradiction(key, reason));
            }
        }
        let queue = &self.values.queue;
        if queue.block_for.is_some() && queue.block_on_full.is_none() {
            let reason = "`queue.block_for` says who waits when the queue is full, but nobody does; set \
                          `queue.block_on_full`, for example to \"100ms\"";
            return Err(self.contradiction("queue.block_for", reason));
        }
        if let Some(JsonLinesValues { path: None, .. }) = self.values.json_lines {
            return Err(self.contradiction(keys::JSON_LINES, "[export.jsonl] needs a `path`"));
        }
        if let Some(SqliteValues { path: None, .. }) = self.values.sqlite
            && super::default_store().is_none()
        {
            return Err(self.contradiction(keys::SQLITE, "[export.sqlite] needs a `path`"));
        }
        let paths = (&self.values.json_lines, &self.values.sqlite);
        if let (Some(JsonLinesValues { path: Some(lines), .. }), Some(SqliteValues { path: Some(store), .. })) =
            paths
            && lines == store
        {
            let reason =
                "`export.jsonl.path` and `export.sqlite.path` are the same file; each needs one of its own";
            return Err(self.contradiction("export.sqlite.path", reason));
        }
        let limit = &self.values.rate_limit;
        if limit.traces_per_second.is_some() && limit.spans_per_second.is_some() {
            let reason = "`rate_limit.spans_per_second` and `rate_limit.traces_per_second` are both set: one of them \
                          has to give way, since the second limit would not know what the first let pass";
            return Err(self.contradiction("rate_limit.spans_per_second", reason));
        }
        let is_unlimited = limit.traces_per_second.is_none() && limit.spans_per_second.is_none();
        for (key, is_set) in [
            ("rate_limit.burst", limit.burst.is_some()),
            ("rate_limit.key", limit.key.is_some()),
            ("rate_limit.max_wait", limit.max_wait.is_some()),
        ] {
            if is_set && is_unlimited {
                let reason = format!(
                    "`{key}` says how to limit, but nothing is limited; set `rate_limit.traces_per_second`"
                );
                return Err(self.contradiction(key, reason));
            }
        }
        self.check_prices()
    }

    #[cfg(feature = "pricing")]
    fn check_prices(&self) -> Result<(), SettingsError> {
        self.price_overrides().map(drop)
    }

    #[cfg(not(feature = "pricing"))]
    fn check_prices(&self) -> Result<(), SettingsError> {
        if self.values.pricing == super::values::PricingValues::default() {
            return Ok(());
        }
        let message = "[pricing] needs the cargo feature `pricing` of otel-genai";
        Err(SettingsError::new(SettingsErrorKind::MissingFeature, None, message))
    }

    fn contradiction(&self, key: &str, reason: impl Into<String>) -> SettingsError {
        SettingsError::new(SettingsErrorKind::Contradiction, Some(key), reason).at(self.place(key))
    }
}
