//! The standard `OTEL_*` variables that mean something for these settings.
//!
//! Names and values are those of the OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry
//! Protocol Exporter".

use std::collections::BTreeMap;

use super::error::{Place, SettingsError, SettingsErrorKind};
use super::values::OtlpProtocol;
use super::{Settings, keys};

/// Stores what the variables say.
pub(super) fn apply(
    settings: &mut Settings,
    variables: &BTreeMap<String, String>,
) -> Result<(), SettingsError> {
    let value = |name: &'static str| variables.get(name).map(|value| (name, value.trim()));
    if let Some((name, text)) = value("OTEL_SDK_DISABLED")
        && text.eq_ignore_ascii_case("true")
    {
        settings.set_from(name, "enabled", "false")?;
    }
    if let Some((name, text)) = value("OTEL_SERVICE_NAME") {
        settings.set_from(name, "service.name", text)?;
    }
    if let Some((name, text)) = value("OTEL_SEMCONV_STABILITY_OPT_IN")
        && text.split(',').any(|item| item.trim() == "gen_ai_latest_experimental")
    {
        settings.set_from(name, "enrichment.profile", "latest")?;
        settings.set_from(name, "metrics.profile", "latest")?;
    }
    if let Some((name, text)) = value("OTEL_BSP_SCHEDULE_DELAY") {
        settings.set_from(name, "pipeline.linger", &format!("{text}ms"))?;
    }
    if let Some((name, text)) = value("OTEL_BSP_MAX_QUEUE_SIZE") {
        settings.set_from(name, "queue.spans", text)?;
    }
    if let Some((name, text)) = value("OTEL_BSP_EXPORT_TIMEOUT") {
        settings.set_from(name, "pipeline.export_timeout", &format!("{text}ms"))?;
    }
    hide_content(settings, variables);
    if let Some((_, name)) = value("OTEL_TRACES_SAMPLER") {
        let argument = value("OTEL_TRACES_SAMPLER_ARG").map(|(_, argument)| argument.to_owned());
        settings.values.sampling.named = Some((name.to_owned(), argument));
        settings.values.sampling.ratio = None;
        settings.stated.remove("sampling.ratio");
    }
    let lengths = ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"];
    if cfg!(feature = "redact")
        && let Some((name, text)) = lengths.into_iter().find_map(value)
    {
        settings.set_from(name, "limits.value_length", text)?;
    }
    match value("OTEL_METRICS_EXPORTER") {
        Some((name, "none")) => settings.set_from(name, "metrics.enabled", "false")?,
        Some((name, "otlp")) => settings.set_from(name, "metrics.enabled", "true")?,
        Some((name, text)) => return Err(wrong(name, text, "\"otlp\" or \"none\"")),
        None => {}
    }
    match value("OTEL_TRACES_EXPORTER") {
        Some((name, text)) => choose_exporters(settings, name, text)?,
        None => {
            let names = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
            if let Some((name, _)) = names.into_iter().find_map(value) {
                settings.values.otlp.get_or_insert_default();
                settings.note(keys::OTLP, Some(Place::Variable(name.to_owned())), String::new());
            }
        }
    }
    prefer_otlp_variables(settings, variables)
}

/// Notes what other libraries were told not to record.
#[cfg(feature = "redact")]
pub(super) fn hide_content(settings: &mut Settings, variables: &BTreeMap<String, String>) {
    use otel_genai_redact::{Content, ContentPolicy};

    let policy = ContentPolicy::default().with_environment(|name| variables.get(name).cloned());
    settings.values.redaction.hides_inputs |= policy.inputs == Content::Off;
    settings.values.redaction.hides_outputs |= policy.outputs == Content::Off;
}

#[cfg(not(feature = "redact"))]
pub(super) fn hide_content(_: &mut Settings, _: &BTreeMap<String, String>) {}

fn choose_exporters(settings: &mut Settings, name: &str, text: &str) -> Result<(), SettingsError> {
    let chosen: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    let is_known = |item: &&str| ["otlp", "console", "none"].contains(item);
    if !chosen.iter().all(is_known) || (chosen.contains(&"none") && chosen.len() > 1) {
        return Err(wrong(name, text, "\"none\", or a list of \"otlp\" and \"console\""));
    }
    let values = &mut settings.values;
    (values.json_lines, values.sqlite) = (None, None);
    values.console = chosen.contains(&"console").then(|| values.console.take().unwrap_or_default());
    values.otlp = chosen.contains(&"otlp").then(|| values.otlp.take().unwrap_or_default());
    values.wants_no_exporter = chosen.contains(&"none");
    let place = Place::Variable(name.to_owned());
    for (word, section) in
        [("console", keys::CONSOLE), ("", keys::JSON_LINES), ("", keys::SQLITE), ("otlp", keys::OTLP)]
    {
        if chosen.contains(&word) {
            settings.note(section, Some(place.clone()), String::new());
        } else {
            settings.stated.retain(|key, _| !key.starts_with(section));
        }
    }
    Ok(())
}

/// Forgets what a file says of OTLP where a standard variable says it too: the exporter reads those by itself.
fn prefer_otlp_variables(
    settings: &mut Settings,
    variables: &BTreeMap<String, String>,
) -> Result<(), SettingsError> {
    let find = |what: &str| {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| variables.get(&name).map(|value| (name, value.trim().to_owned())))
    };
    if let Some((name, text)) = find("PROTOCOL")
        && OtlpProtocol::from_name(&text).is_none()
    {
        return Err(wrong(&name, &text, "\"grpc\" or \"http/protobuf\""));
    }
    if let Some((name, text)) = find("ENDPOINT")
        && !["http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
    {
        return Err(wrong(&name, &text, "a URL like \"http://localhost:4318\""));
    }
    if let Some((name, text)) = find("ENDPOINT")
        && text.starts_with("https://")
        && cfg!(feature = "otlp")
        && cfg!(not(feature = "otlp-tls"))
    {
        let message = "https needs the cargo feature `otlp-tls` of otel-genai";
        let place = Some(Place::Variable(name.clone()));
        return Err(SettingsError::new(SettingsErrorKind::MissingFeature, Some(&name), message).at(place));
    }
    if let Some((name, text)) = find("HEADERS")
        && text.split(',').any(|pair| !pair.trim().is_empty() && !pair.contains('='))
    {
        // Without the text: it may hold a secret.
        let place = Some(Place::Variable(name.clone()));
        let message = "expected a list of name=value";
        return Err(SettingsError::new(SettingsErrorKind::WrongValue, Some(&name), message).at(place));
    }
    if let Some((name, text)) = find("TIMEOUT")
        && text.parse::<u64>().is_err()
    {
        return Err(wrong(&name, &text, "a whole number of milliseconds"));
    }
    if let Some((name, text)) = find("COMPRESSION")
        && !["gzip", "none"].contains(&&*text)
    {
        return Err(wrong(&name, &text, "\"gzip\" or \"none\""));
    }
    let Some(otlp) = &mut settings.values.otlp else { return Ok(()) };
    for (what, path) in [
        ("ENDPOINT", "export.otlp.endpoint"),
        ("PROTOCOL", "export.otlp.protocol"),
        ("HEADERS", keys::HEADERS),
        ("TIMEOUT", "export.otlp.timeout"),
        ("COMPRESSION", "export.otlp.compression"),
    ] {
        if find(what).is_none() {
            continue;
        }
        match what {
            "ENDPOINT" => otlp.endpoint = None,
            "PROTOCOL" => otlp.protocol = None,
            "HEADERS" => otlp.headers = super::values::Headers::default(),
            "TIMEOUT" => otlp.timeout = None,
            _ => otlp.compression = None,
        }
        settings.stated.remove(path);
    }
    Ok(())
}

fn wrong(name: &str, text: &str, expected: &str) -> SettingsError {
    let message = format!("{text:?}: expected {expected}");
    let place = Some(Place::Variable(name.to_owned()));
    SettingsError::new(SettingsErrorKind::WrongValue, Some(name), message).at(place)
}
