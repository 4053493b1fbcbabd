//! What surrounds the exporters: settings, prices, limits, the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use otel_genai::pricing::AgeLevel;
use otel_genai::{MAX_ATTRIBUTES, Settings};

use super::finding::Finding;

/// 1 January 2025: no computer on which this program was built has an earlier clock.
const EARLIEST: Duration = Duration::from_secs(1_735_689_600);

/// Variables of the SDK that look as if they did something here.
const USELESS: &[(&str, &str)] = &[
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "a request has at most 1,024 spans and 4 MiB whatever it says"),
    ("OTEL_LOGS_EXPORTER", "there are no logs; events of `tracing` become events of spans"),
    (
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "the Rust SDK does not read it; the system's certificates are trusted",
    ),
];

pub(super) fn versions() -> Finding {
    Finding::ok("version", format!("otel-genai {}, for OpenTelemetry 0.33", env!("CARGO_PKG_VERSION")))
}

pub(super) fn settings(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = settings.file().map_or("no file".to_owned(), |path| path.display().to_string());
    match settings.validate().and_then(|()| settings.propagator()) {
        Ok(_) => findings.push(Finding::ok("settings", file)),
        Err(error) => findings.push(Finding::fail("settings", error.to_string())),
    }
    if !settings.is_enabled() {
        let text =
            "observation is switched off (OTEL_SDK_DISABLED, or `enabled = false`): nothing is recorded";
        findings.push(Finding::warn("settings", text));
    }
    findings
}

pub(super) fn prices(settings: &Settings) -> Finding {
    let table = match settings.price_table() {
        Ok(table) => table,
        Err(error) => return Finding::fail("prices", error.to_string()),
    };
    match table.staleness(SystemTime::now()) {
        None => Finding::warn("prices", "their age is not known"),
        Some(age) => {
            let text = format!("of {}, {} days old", age.generated_at, age.days);
            match age.level() {
                AgeLevel::Warn => {
                    Finding::warn("prices", format!("{text}; `otel-genai pricing refresh` gets newer ones"))
                }
                _ => Finding::ok("prices", text),
            }
        }
    }
}

pub(super) fn limits() -> Finding {
    const VARIABLE: &str = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT";
    match set(VARIABLE) {
        None => Finding::ok("limits", format!("{MAX_ATTRIBUTES} attributes per span with `init`")),
        Some(value) => match value.parse::<u32>() {
            Ok(limit) if limit >= MAX_ATTRIBUTES => Finding::ok("limits", format!("{VARIABLE} is {limit}")),
            Ok(limit) => Finding::warn(
                "limits",
                format!(
                    "{VARIABLE} is {limit}: of a span with more attributes the last are lost, token counts first; \
                     without it the limit is {MAX_ATTRIBUTES}"
                ),
            ),
            Err(_) => Finding::warn("limits", format!("{VARIABLE} is no number, and the SDK takes 128 then")),
        },
    }
}

pub(super) fn useless_variables() -> Vec<Finding> {
    let useless = USELESS.iter().filter(|(name, _)| set(name).is_some());
    useless
        .map(|(name, reason)| Finding::warn("variable", format!("{name} has no effect: {reason}")))
        .collect()
}

pub(super) fn clock() -> Finding {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(now) if now >= EARLIEST => Finding::ok("clock", "plausible"),
        _ => Finding::fail(
            "clock",
            "the clock is before 2025: backends refuse or hide spans of the past; set it (NTP)",
        ),
    }
}

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
