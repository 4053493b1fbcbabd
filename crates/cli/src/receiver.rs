//! What to do about a receiver of OTLP that takes nothing.

/// What the exporter's errors end with, or name, if the receiver wants to know who sends.
const UNKNOWN_SENDER: [&str; 4] =
    ["status code: 401", "status code: 403", "Unauthenticated", "PermissionDenied"];

/// Says what the receiver or the network said, and what to do.
pub(crate) fn explain(error: &str) -> String {
    // The SDK's words for any error of an exporter.
    let error = error.strip_prefix("Operation failed: ").unwrap_or(error);
    let hint = if UNKNOWN_SENDER.iter().any(|sign| error.contains(sign)) {
        "the receiver wants credentials: are those in export.otlp.headers, or OTEL_EXPORTER_OTLP_HEADERS, right?"
    } else {
        "is a receiver of OTLP there, and is the protocol right (4318 is commonly http/protobuf, 4317 grpc)?"
    };
    format!("{error}; {hint}")
}
