//! What the standard variables of OpenTelemetry do, and what is said about wrong ones.

use std::ffi::OsString;

use otel_genai::{Settings, SettingsErrorKind};

fn with(file: &str, variables: &[(&str, &str)]) -> Result<Settings, otel_genai::SettingsError> {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Settings::from_toml_str(file).expect("valid").with_environment(variables)
}

fn value(settings: &Settings, key: &str) -> Option<String> {
    let keys = settings.describe();
    keys.into_iter().find(|described| described.key == key).and_then(|described| described.value)
}

#[test]
fn standard_variables_set_keys_over_the_file() {
    for (variable, text, file, key, expected) in [
        ("OTEL_SDK_DISABLED", "true", "enabled = true", "enabled", "false"),
        ("OTEL_SERVICE_NAME", "planner", "service.name = 'x'", "service.name", "planner"),
        ("OTEL_BSP_SCHEDULE_DELAY", "250", "pipeline.linger = '1s'", "pipeline.linger", "250ms"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "99", "queue.spans = 1", "queue.spans", "99"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "7000", "", "pipeline.export_timeout", "7000ms"),
        ("OTEL_METRICS_EXPORTER", "none", "metrics.enabled = true", "metrics.enabled", "false"),
        ("OTEL_METRICS_EXPORTER", "otlp", "metrics.enabled = false", "metrics.enabled", "true"),
        (
            "OTEL_SEMCONV_STABILITY_OPT_IN",
            "http, gen_ai_latest_experimental",
            "",
            "enrichment.profile",
            "latest",
        ),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental", "", "metrics.profile", "latest"),
        #[cfg(feature = "redact")]
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "512", "", "limits.value_length", "512"),
    ] {
        let settings = with(file, &[(variable, text)]).expect(variable);
        assert_eq!(value(&settings, key).as_deref(), Some(expected), "{variable}");
        assert_eq!(value(&with("", &[(variable, "")]).expect("empty is unset"), key), None, "{variable}");
    }
}

#[test]
fn ours_beats_the_standard_one() {
    let both = [("OTEL_BSP_MAX_QUEUE_SIZE", "99"), ("OTEL_GENAI_QUEUE_SPANS", "7")];
    assert_eq!(value(&with("", &both).expect("valid"), "queue.spans").as_deref(), Some("7"));
}

#[test]
fn the_exporters_are_those_that_the_variable_names() {
    let file = "profile = 'development'\n[export.jsonl]\npath = 'x'\n[export.otlp]\nprotocol = 'grpc'";
    for (text, expected) in [
        ("otlp", &["export.otlp"][..]),
        ("console", &["export.console"]),
        ("console, otlp", &["export.console", "export.otlp"]),
        ("none", &[]),
    ] {
        let settings = with(file, &[("OTEL_TRACES_EXPORTER", text)]).expect(text);
        assert_eq!(settings.exporters(), expected, "{text}");
    }
    let settings = with(file, &[("OTEL_TRACES_EXPORTER", "otlp")]).expect("known");
    assert_eq!(
        value(&settings, "export.otlp.protocol").as_deref(),
        Some("grpc"),
        "what the file says of it holds"
    );
    assert_eq!(value(&settings, "export.jsonl.path"), None);
}

#[test]
fn an_endpoint_asks_for_otlp_and_replaces_the_files() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1")];
    assert_eq!(with("", &variables).expect("valid").exporters(), ["export.otlp"]);
    let settings = with("[export.otlp]\nendpoint = 'http://localhost:2'", &variables).expect("valid");
    assert_eq!(value(&settings, "export.otlp.endpoint"), None, "the exporter reads the variable by itself");
    let none = [variables[0], ("OTEL_TRACES_EXPORTER", "none")];
    assert_eq!(with("", &none).expect("valid").exporters(), [""; 0]);
}

#[test]
fn what_is_wrong_is_named_with_its_variable() {
    for (variable, text, expected) in [
        (
            "OTEL_GENAI_QUEUE_SPAN",
            "1",
            "environment variable OTEL_GENAI_QUEUE_SPAN: no such setting; did you mean OTEL_GENAI_QUEUE_SPANS?",
        ),
        (
            "OTEL_GENAI_QUEUE_SPANS",
            "many",
            "environment variable OTEL_GENAI_QUEUE_SPANS: `queue.spans = \"many\"`: expected a whole number from 1 to \
             1000000 (how many spans may wait for the worker; default: 8192)",
        ),
        (
            "OTEL_GENAI_WHATEVER_ELSE",
            "1",
            "environment variable OTEL_GENAI_WHATEVER_ELSE: no such setting; a setting's variable is its key in capitals \
             with underscores, as OTEL_GENAI_QUEUE_SPANS",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "localhost:4318",
            "environment variable OTEL_EXPORTER_OTLP_ENDPOINT: \"localhost:4318\": expected a URL like \"http://localhost:4318\"",
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization",
            "environment variable OTEL_EXPORTER_OTLP_HEADERS: expected a list of name=value",
        ),
        (
            "OTEL_GENAI_EXPORT_OTLP_SPOOL",
            "x",
            "environment variable OTEL_GENAI_EXPORT_OTLP_SPOOL: `export.otlp.spool` is not supported by this version",
        ),
        (
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "0",
            "environment variable OTEL_BSP_MAX_QUEUE_SIZE: `queue.spans = \"0\"`: expected a whole number from 1 to \
             1000000 (how many spans may wait for the worker; default: 8192)",
        ),
        (
            "OTEL_TRACES_EXPORTER",
            "zipkin",
            "environment variable OTEL_TRACES_EXPORTER: \"zipkin\": expected \"none\", or a list of \"otlp\" and \
             \"console\"",
        ),
        (
            "OTEL_METRICS_EXPORTER",
            "prometheus",
            "environment variable OTEL_METRICS_EXPORTER: \"prometheus\": expected \"otlp\" or \"none\"",
        ),
        (
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/json",
            "environment variable OTEL_EXPORTER_OTLP_PROTOCOL: \"http/json\": expected \"grpc\" or \"http/protobuf\"",
        ),
        (
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "10s",
            "environment variable OTEL_EXPORTER_OTLP_TIMEOUT: \"10s\": expected a whole number of milliseconds",
        ),
    ] {
        let error = with("", &[(variable, text)]).expect_err(variable);
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.line(), None);
    }
    let secret = with("", &[("OTEL_GENAI_EXPORT_OTLP_HEADERS", "s3cret")]).expect_err("no pair");
    assert_eq!(secret.kind(), SettingsErrorKind::WrongValue);
    assert!(!format!("{secret} {secret:?}").contains("s3cret"), "{secret:?}");
}
