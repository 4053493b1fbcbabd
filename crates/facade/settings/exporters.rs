//! The exporters that the settings ask for.

use otel_genai_pipeline::PipelineBuilder;

use super::error::{SettingsError, SettingsErrorKind};
use super::keys;
use super::values::{ConsoleValues, JsonLinesValues, OtlpValues, SqliteValues, Values};

/// Adds every exporter whose section is there.
pub(super) fn add(values: &Values, mut builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    if let Some(console) = &values.console {
        builder = add_console(console, builder)?;
    }
    if let Some(json_lines) = &values.json_lines {
        builder = add_json_lines(json_lines, builder)?;
    }
    if let Some(sqlite) = &values.sqlite {
        builder = add_sqlite(sqlite, builder)?;
    }
    if let Some(otlp) = &values.otlp {
        builder = add_otlp(otlp, builder)?;
    }
    Ok(builder)
}

/// Says which section asks for the exporter: who reads settings knows its name, not its number.
#[cfg(any(feature = "export", feature = "otlp", feature = "sqlite"))]
fn of_section(section: &str, error: impl std::fmt::Display) -> String {
    format!("[{section}]: {error}")
}

#[cfg(feature = "export")]
fn add_console(values: &ConsoleValues, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    use otel_genai_export::ConsoleExporter;

    use super::values::ConsoleStream;

    let verbose = values.verbose.unwrap_or_default();
    Ok(match values.stream.unwrap_or_default() {
        ConsoleStream::StandardError => builder.export(ConsoleExporter::stderr().with_attributes(verbose)),
        ConsoleStream::StandardOutput => builder.export(ConsoleExporter::stdout().with_attributes(verbose)),
    })
}

#[cfg(feature = "export")]
fn add_json_lines(
    values: &JsonLinesValues,
    builder: PipelineBuilder,
) -> Result<PipelineBuilder, SettingsError> {
    use std::num::NonZeroU64;

    use otel_genai_export::{Compression, JsonLinesExporter};

    use super::values::Compress;

    // `check` has refused settings without a path.
    let Some(path) = &values.path else { return Ok(builder) };
    let mut exporter = JsonLinesExporter::builder(path)
        .truncate(values.truncate.unwrap_or_default())
        .fsync(values.fsync.unwrap_or_default());
    if let Some(compress) = values.compress {
        exporter = exporter.compress(match compress {
            Compress::None => Compression::None,
            Compress::Gzip => Compression::Gzip,
            Compress::Zstd => Compression::Zstd,
        });
    }
    if let Some(bytes) = values.rotate_size.and_then(|bytes| NonZeroU64::new(bytes as u64)) {
        exporter = exporter.rotate_size(bytes);
    }
    if let Some(interval) = values.rotate_every {
        exporter = exporter.rotate_every(interval);
    }
    // Opened when the pipeline is built, so that settings which are only looked at create no file.
    Ok(builder.export_with(move || exporter.build().map_err(|error| of_section(keys::JSON_LINES, error))))
}

#[cfg(feature = "sqlite")]
fn add_sqlite(values: &SqliteValues, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    use std::num::NonZeroU64;

    use otel_genai_export::store::{Retention, SqliteExporter, StoreKey, Synchronous};

    const KEY_FILE: &str = "export.sqlite.key_file";

    // `check` has refused settings without a path where there is no folder of the user.
    let Some(path) = values.path.clone().or_else(super::default_store) else { return Ok(builder) };
    let mut exporter = SqliteExporter::builder(path).text_search(values.text_search.unwrap_or(true));
    if values.synchronous == Some("full") {
        exporter = exporter.synchronous(Synchronous::Full);
    }
    let count = |count: Option<usize>| count.and_then(|count| NonZeroU64::new(count as u64));
    let mut retention = Retention::default();
    if let Some(age) = values.retain_age {
        retention = retention.max_age(age);
    }
    if let Some(bytes) = count(values.retain_size) {
        retention = retention.max_bytes(bytes);
    }
    if let Some(traces) = count(values.retain_traces) {
        retention = retention.max_traces(traces);
    }
    let key = match (&values.key, &values.key_file) {
        (Some(secret), _) => StoreKey::new(secret.0.clone()),
        (None, Some(path)) => Some(StoreKey::from_file(path).map_err(|error| {
            SettingsError::new(
                SettingsErrorKind::WrongValue,
                Some(KEY_FILE),
                format!("`{KEY_FILE}`: {error}"),
            )
        })?),
        (None, None) => None,
    };
    if let Some(key) = key {
        if !cfg!(feature = "encryption") {
            return Err(missing_feature(KEY_FILE, "an encrypted store", "encryption"));
        }
        exporter = exporter.key(key);
    }
    let exporter = exporter.retention(retention);
    // Opened when the pipeline is built, so that settings which are only looked at create no file.
    Ok(builder.export_with(move || exporter.build().map_err(|error| of_section(keys::SQLITE, error))))
}

#[cfg(feature = "otlp")]
fn add_otlp(values: &OtlpValues, builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    let needs_tls = values.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("https:"));
    if needs_tls && !cfg!(feature = "otlp-tls") {
        return Err(missing_feature(
            "export.otlp.endpoint",
            "an `export.otlp.endpoint` with https",
            "otlp-tls",
        ));
    }
    let values = values.clone();
    Ok(builder
        .export_with(move || super::otlp::exporter(&values).map_err(|error| of_section(keys::OTLP, error))))
}

#[cfg(not(feature = "export"))]
fn add_console(_: &ConsoleValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(keys::CONSOLE, "export"))
}

#[cfg(not(feature = "export"))]
fn add_json_lines(_: &JsonLinesValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(keys::JSON_LINES, "export"))
}

#[cfg(not(feature = "sqlite"))]
fn add_sqlite(_: &SqliteValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(keys::SQLITE, "sqlite"))
}

#[cfg(not(feature = "otlp"))]
fn add_otlp(_: &OtlpValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(keys::OTLP, "otlp"))
}

#[cfg(not(all(feature = "export", feature = "otlp", feature = "sqlite")))]
fn missing_section(section: &str, feature: &str) -> SettingsError {
    missing_feature(section, &format!("[{section}]"), feature)
}

fn missing_feature(key: &str, what: &str, feature: &str) -> SettingsError {
    let message = format!("{what} needs the cargo feature `{feature}` of otel-genai");
    SettingsError::new(SettingsErrorKind::MissingFeature, Some(key), message)
}
