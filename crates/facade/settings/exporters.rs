//! The exporters that the settings ask for.

use otel_genai_pipeline::PipelineBuilder;

use super::error::{SettingsError, SettingsErrorKind};
use super::values::{ConsoleValues, JsonLinesValues, OtlpValues, Values};

/// Adds every exporter whose section is there.
pub(super) fn add(values: &Values, mut builder: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    if let Some(console) = &values.console {
        builder = add_console(console, builder)?;
    }
    if let Some(json_lines) = &values.json_lines {
        builder = add_json_lines(json_lines, builder)?;
    }
    if let Some(otlp) = &values.otlp {
        builder = add_otlp(otlp, builder)?;
    }
    Ok(builder)
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
    Ok(builder.export_with(move || exporter.build()))
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
    Ok(builder.export_with(move || super::otlp::exporter(&values)))
}

#[cfg(not(feature = "export"))]
fn add_console(_: &ConsoleValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(super::keys::CONSOLE, "export"))
}

#[cfg(not(feature = "export"))]
fn add_json_lines(_: &JsonLinesValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(super::keys::JSON_LINES, "export"))
}

#[cfg(not(feature = "otlp"))]
fn add_otlp(_: &OtlpValues, _: PipelineBuilder) -> Result<PipelineBuilder, SettingsError> {
    Err(missing_section(super::keys::OTLP, "otlp"))
}

#[cfg(not(all(feature = "export", feature = "otlp")))]
fn missing_section(section: &str, feature: &str) -> SettingsError {
    missing_feature(section, &format!("[{section}]"), feature)
}

fn missing_feature(key: &str, what: &str, feature: &str) -> SettingsError {
    let message = format!("{what} needs the cargo feature `{feature}` of otel-genai");
    SettingsError::new(SettingsErrorKind::MissingFeature, Some(key), message)
}
