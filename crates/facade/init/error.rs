//! Why nothing was started.

use std::fmt;

use otel_genai_pipeline::BuildError;
use thiserror::Error;

use crate::SettingsError;

/// Why [`init`](crate::init) has started nothing.
///
/// Its `Debug` is its message, because that is what `main` prints of an error that it returns.
#[derive(Error)]
#[non_exhaustive]
pub enum InitError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An exporter could not be built, or a thread not be started.
    #[error(transparent)]
    Pipeline(#[from] BuildError),
    /// The exporter of metrics could not be built; carries its words.
    #[error("the exporter of metrics could not be built: {0}; `metrics.enabled = false` does without")]
    Metrics(String),
    /// The program has installed a `tracing` subscriber.
    #[error(
        "a `tracing` subscriber is already installed; do not install it, or call `Settings::layer` instead of `init` and \
         add the layer to it"
    )]
    Subscriber,
    /// The program has installed a tracer provider.
    #[error(
        "a global tracer provider is already installed; do not install it, or give it the processor that \
         `Settings::pipeline` builds, instead of calling `init`"
    )]
    TracerProvider,
}

impl fmt::Debug for InitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
