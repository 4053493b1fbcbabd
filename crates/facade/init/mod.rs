//! One line that starts everything, and the guard that ends it.

mod error;
mod globals;
mod guard;
#[cfg(feature = "otlp")]
mod metrics;
mod notices;
mod running;
mod signals;

use std::sync::Arc;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

pub use error::InitError;
pub use guard::Guard;
pub use running::{MAX_ATTRIBUTES, MAX_EVENTS};

use running::Running;

use crate::Settings;

/// Starts observing this program as its settings say, for as long as the guard lives.
///
/// Reads the settings as [`Settings::load`] does: without any, traces are drawn on standard error and stored in
/// [a file of the user](crate::default_store), and nothing leaves the machine. Installs a `tracing` subscriber, a
/// tracer provider and propagators, and with `[export.otlp]` a meter provider. Needs no tokio.
///
/// # How a program may end
///
/// Everything that has ended by then is exported when `main` returns, when it returns an error, when it panics and the
/// panic unwinds, and, with [`Guard::shutdown_on_signal`], at Ctrl-C and `SIGTERM`. It is not when the process is ended
/// without any code of ours running: `std::process::exit` and `abort`, a panic with `panic = "abort"`, `SIGKILL`, a crash.
/// Before `exit`, call [`Guard::shutdown`].
///
/// # Errors
///
/// When the settings are wrong, an exporter cannot be built, or the program has installed a subscriber or a tracer
/// provider already: then use [`Settings::layer`]. Nothing stays installed or running then.
///
/// # Examples
///
/// ```no_run
/// #[tracing::instrument]
/// fn answer(question: &str) {}
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _guard = otel_genai::init()?;
///     answer("What should I pack?");
///     Ok(())
/// }
/// ```
pub fn init() -> Result<Guard, InitError> {
    Settings::load()?.init()
}

impl Settings {
    /// Starts observing this program as these settings say; see [`init`].
    ///
    /// # Errors
    ///
    /// As for [`init`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use otel_genai::Settings;
    ///
    /// let mut settings = Settings::load()?;
    /// settings.set("service.name", "trip-planner")?; // beats the environment, which beats the file
    /// let _guard = settings.init()?;
    /// # Ok::<_, otel_genai::InitError>(())
    /// ```
    pub fn init(&self) -> Result<Guard, InitError> {
        if !self.is_enabled() {
            return Ok(Guard::disabled());
        }
        if globals::has_tracer_provider() {
            return Err(InitError::TracerProvider);
        }
        let settings = self.resolved()?;
        let propagator = settings.propagator()?;
        let running = Arc::new(Running::start(&settings)?);
        let subscriber = Registry::default().with(running.layer(&settings)).with(notices::layer());
        if tracing::subscriber::set_global_default(subscriber).is_err() {
            let _ = running.shut_down();
            return Err(InitError::Subscriber);
        }
        globals::install(&running, propagator);
        Ok(Guard::new(running))
    }

    /// Starts observing without installing anything: for programs that have a `tracing` subscriber of their own.
    ///
    /// Add the layer to it. Tracer provider, meter provider and propagator are there for those who want them:
    /// [`Guard::tracer_provider`], [`Guard::meter_provider`], [`Settings::propagator`]. Where the settings disable
    /// observation, the layer is `None`, which is a layer too, and nothing runs. Who has a tracer provider too builds only
    /// the span processor, with [`Settings::pipeline`].
    ///
    /// # Errors
    ///
    /// When the settings are wrong or an exporter cannot be built.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai::Settings;
    /// use tracing_subscriber::prelude::*;
    ///
    /// let (layer, _guard) = Settings::default().layer()?;
    /// let subscriber = tracing_subscriber::registry().with(layer); // .with(tracing_subscriber::fmt::layer())
    /// # let _default = tracing::subscriber::set_default(subscriber);
    /// # tracing::info_span!("answer").in_scope(|| ());
    /// # drop(_default);
    /// # assert!(_guard.handle().is_some_and(|handle| handle.stats().received == 1));
    /// # Ok::<_, otel_genai::InitError>(())
    /// ```
    pub fn layer<S>(&self) -> Result<(Option<impl Layer<S> + Send + Sync + 'static>, Guard), InitError>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        if !self.is_enabled() {
            return Ok((None, Guard::disabled()));
        }
        let settings = self.resolved()?;
        let running = Arc::new(Running::start(&settings)?);
        Ok((Some(running.layer(&settings)), Guard::new(running)))
    }
}
