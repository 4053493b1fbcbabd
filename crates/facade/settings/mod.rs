//! Settings: what a user writes in a file, in the environment or on a command line, as a pipeline.

mod check;
mod context;
mod described;
mod document;
mod environment;
mod error;
mod exporters;
mod given;
#[cfg(feature = "guardrail")]
mod guardrails;
mod keys;
mod literal;
mod load;
mod nearest;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod otlp_errors;
#[cfg(feature = "pricing")]
mod pricing;
#[cfg(feature = "otlp")]
mod probe;
mod profile;
#[cfg(feature = "redact")]
mod redaction;
#[cfg(feature = "sampling")]
mod sampling;
mod stages;
mod standard;
#[cfg(feature = "init")]
mod start;
mod user_folders;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::metrics::noop::NoopMeterProvider;
use otel_genai_pipeline::{BlockFor, DEFAULT_QUEUE_BYTES, DEFAULT_QUEUE_SPANS, Pipeline, PipelineBuilder};

pub use described::{DescribedKey, Source};
pub use error::{SettingsError, SettingsErrorKind};
pub use literal::{duration as parse_duration, size as parse_size};
#[cfg(feature = "otlp")]
pub use probe::Probe;
pub use user_folders::{CONFIG_FILE, config_file, default_store, default_trace_file};

use error::{Place, shown};
use given::Given;
use keys::{Entry, Key, Kind, Section};
use values::Values;

/// What a pipeline is made of, read from TOML, the environment and `key = value` pairs.
///
/// [`load`](Self::load) reads the file and the environment where users expect them; `otel_genai::init` does that and
/// starts. Code beats the environment, which beats the file, which beats the defaults of the profile.
///
/// Whatever is not set has its default. A key that does not exist, a value that its key does not take and settings
/// that do not go together are errors that say what would be right: a typing error never means a default.
///
/// # Keys
///
/// | key | takes | default | sets |
/// | --- | --- | --- | --- |
#[doc = include_str!("keys.md")]
///
/// A duration is written in whole numbers: `"500ms"`, `"5s"`, `"1h30m"`, units `ms`, `s`, `m`, `h`, `d`. A size is a
/// number of bytes or a text with a unit: `"64MiB"`, `"10MB"`. An exporter is there if its section is, empty or not.
/// A file that sets every key is in the repository, `docs/settings.md`.
///
/// # Examples
///
/// ```
/// use otel_genai::Settings;
///
/// let mut settings = Settings::from_toml_str(
///     r#"
///     [pipeline]
///     linger = "2s"
///
///     [queue]
///     spans = 4096
///     "#,
/// )?;
/// settings.set("queue.spans", "8192")?; // the last one wins
/// let pipeline = settings.pipeline()?.build()?;
/// # drop(pipeline);
///
/// let error = settings.set("queue.sapns", "8192").unwrap_err();
/// assert_eq!(error.to_string(), "unknown key `queue.sapns`; did you mean `queue.spans`?");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    values: Values,
    /// What was written for each key and section, and where.
    stated: BTreeMap<&'static str, Stated>,
    /// The file that was read.
    file: Option<std::path::PathBuf>,
}

/// What decides about a trace when it starts.
#[cfg(feature = "sampling")]
pub(crate) type Head = Box<dyn opentelemetry_sdk::trace::ShouldSample>;
#[cfg(not(feature = "sampling"))]
pub(crate) type Head = std::convert::Infallible;

/// What somebody wrote.
#[derive(Clone, Debug)]
struct Stated {
    /// Where, unless in code.
    place: Option<Place>,
    /// As it may be shown.
    text: String,
}

impl Settings {
    /// Reads settings from TOML text.
    ///
    /// # Errors
    ///
    /// When the text is not TOML, or says something that cannot be; names the line.
    pub fn from_toml_str(text: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        document::read(text, None, &mut settings)?;
        Ok(settings)
    }

    /// Reads settings from a TOML file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and as for [`from_toml_str`](Self::from_toml_str); names file and line.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| {
            let message =
                format!("cannot read the settings file {}: {error}", shown(&path.to_string_lossy()));
            SettingsError::new(SettingsErrorKind::Io, None, message)
        })?;
        let mut settings = Self { file: Some(path.to_path_buf()), ..Self::default() };
        document::read(&text, Some(path), &mut settings)?;
        Ok(settings)
    }

    /// Sets one key, whatever it was before.
    ///
    /// The value is plain text, without the quotes of TOML: `set("pipeline.linger", "2s")`. Headers are set one by one
    /// (`export.otlp.headers.NAME`) or, replacing all, as `name=value,name=value`.
    ///
    /// # Errors
    ///
    /// When there is no such key, or it does not take the value. Nothing is changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingsError> {
        if let Some(known) = Key::find(key) {
            return self.store(known, Given::Plain(value), None);
        }
        if let Some(name) = key.strip_prefix(keys::HEADERS).and_then(|rest| rest.strip_prefix('.')) {
            return self.set_header(key, name, value);
        }
        if let Some((table, name, figure)) = entry_of_table(key) {
            return self.set_entry(table, key, name, figure, value);
        }
        if keys::is_later(key) || keys::is_later_section(key) {
            return Err(unsupported(key));
        }
        match Section::find(key) {
            Some(section) => {
                let message = format!("`{key}` is a section; its keys are {}", keys_of(section));
                Err(SettingsError::new(SettingsErrorKind::UnknownKey, Some(key), message))
            }
            None => Err(unknown(key)),
        }
    }

    /// Returns the names of the sections that ask for an exporter, such as `export.jsonl`, those of the profile included.
    pub fn exporters(&self) -> Vec<&'static str> {
        let Values { console, json_lines, sqlite, otlp, .. } = &self.effective();
        let wanted = [
            (keys::CONSOLE, console.is_some()),
            (keys::JSON_LINES, json_lines.is_some()),
            (keys::SQLITE, sqlite.is_some()),
            (keys::OTLP, otlp.is_some()),
        ];
        wanted.into_iter().filter_map(|(name, is_wanted)| is_wanted.then_some(name)).collect()
    }

    /// Prepares to run the stages over recorded spans, where the result is the output: forgets all exporters, lets token
    /// counting wait for what it has to load, and hides contents as the variables of other libraries say.
    pub fn prepare_replay(&mut self) {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let variables = variables.filter_map(|(name, value)| Some((name, value.into_string().ok()?)));
        standard::hide_content(self, &variables.collect());
        self.values.is_replay = true;
        self.values.wants_no_exporter = true;
        let values = &mut self.values;
        (values.console, values.json_lines, values.sqlite, values.otlp) = (None, None, None, None);
    }

    /// Forgets all exporters but `[export.otlp]`, and what would keep a span from it, to try that one.
    pub fn keep_only_otlp(&mut self) {
        self.values.wants_no_exporter = self.values.otlp.is_none() && !self.exporters().contains(&keys::OTLP);
        (self.values.console, self.values.json_lines, self.values.sqlite) = (None, None, None);
        (self.values.sampling, self.values.rate_limit) = Default::default();
    }

    /// Returns the keys that are set and play no part in a [replay](PipelineBuilder::replay), where nothing waits: those
    /// of time and of the queue.
    ///
    /// `[context]` and `service.name` play none either, because recorded spans say themselves whose they are.
    pub fn live_only_keys(&self) -> Vec<&'static str> {
        let Values { pipeline, queue, .. } = &self.values;
        let keys = [
            ("pipeline.linger", pipeline.linger.is_some()),
            ("pipeline.grace", pipeline.grace.is_some()),
            ("pipeline.max_age", pipeline.max_age.is_some()),
            ("queue.spans", queue.spans.is_some()),
            ("queue.bytes", queue.bytes.is_some()),
            ("queue.block_on_full", queue.block_on_full.is_some()),
            ("queue.block_for", queue.block_for.is_some()),
            ("pipeline.export_timeout", pipeline.export_timeout.is_some()),
            ("rate_limit.max_wait", self.values.rate_limit.max_wait.is_some()),
        ];
        keys.into_iter().filter_map(|(key, is_set)| is_set.then_some(key)).collect()
    }

    /// Starts a pipeline with all that is set: limits, stages, exporters.
    ///
    /// What the returned builder is given besides comes after. Exporters are built, and files opened, by its
    /// [`build`](PipelineBuilder::build); its [`replay`](PipelineBuilder::replay) needs none.
    ///
    /// # Errors
    ///
    /// When settings do not go together, or need a cargo feature that is not there.
    pub fn pipeline(&self) -> Result<PipelineBuilder, SettingsError> {
        self.pipeline_without_metrics().map(|(builder, _)| builder)
    }

    /// As [`pipeline`](Self::pipeline), with the sampler of `[sampling]` for the tracer provider beside it; `None` where
    /// everything is to be recorded, as the SDK does by itself.
    ///
    /// Which traces are kept is decided twice: at the start of a trace by the sampler, so that other processes can follow
    /// it, and at its end by the pipeline, which knows more. The two belong together: what the pipeline keeps beyond the
    /// sampler's choice can be extrapolated only if it knows that the sampler is in use.
    ///
    /// # Errors
    ///
    /// As for [`pipeline`](Self::pipeline).
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use otel_genai::Settings;
    ///
    /// let settings = Settings::from_toml_str("[sampling]\nratio = 0.1\nkeep_slower_than = '60s'")?;
    /// let (pipeline, sampler) = settings.pipeline_and_sampler()?;
    /// let mut provider = SdkTracerProvider::builder().with_span_processor(pipeline.build()?);
    /// if let Some(sampler) = sampler {
    ///     provider = provider.with_sampler(sampler);
    /// }
    /// # let _ = provider.build().shutdown();
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "sampling")]
    pub fn pipeline_and_sampler(
        &self,
    ) -> Result<(PipelineBuilder, Option<Box<dyn opentelemetry_sdk::trace::ShouldSample>>), SettingsError>
    {
        self.pipeline_without_metrics()
    }

    /// As [`pipeline`](Self::pipeline), and records gen_ai metrics with the provider's meter.
    ///
    /// Every recorded call is counted, whether its span is exported or not.
    ///
    /// # Errors
    ///
    /// As for [`pipeline`](Self::pipeline).
    #[cfg(feature = "enrich")]
    pub fn pipeline_with_metrics(
        &self,
        provider: &(impl MeterProvider + ?Sized),
    ) -> Result<PipelineBuilder, SettingsError> {
        self.pipeline_with_metrics_and_sampler(provider).map(|(builder, _)| builder)
    }

    #[cfg(feature = "enrich")]
    pub(crate) fn pipeline_with_metrics_and_sampler(
        &self,
        provider: &(impl MeterProvider + ?Sized),
    ) -> Result<(PipelineBuilder, Option<Head>), SettingsError> {
        let settings = self.resolved()?;
        let builder = settings.before_meter(Some(provider))?;
        settings.after_meter(stages::add_meter(&settings.values, builder, provider))
    }

    pub(crate) fn pipeline_without_metrics(&self) -> Result<(PipelineBuilder, Option<Head>), SettingsError> {
        let settings = self.resolved()?;
        let builder = settings.before_meter(None::<&NoopMeterProvider>)?;
        settings.after_meter(builder)
    }

    /// Returns these settings with the profile's defaults as values, once they are known to go together.
    pub(crate) fn resolved(&self) -> Result<Self, SettingsError> {
        let settings = Self { values: self.effective(), ..self.clone() };
        settings.check()?;
        Ok(settings)
    }

    /// Everything that reads raw text, then the line that none of it passes.
    fn before_meter<P>(&self, provider: Option<&P>) -> Result<PipelineBuilder, SettingsError>
    where
        P: MeterProvider + ?Sized,
    {
        let builder = context::add(&self.values, self.limits());
        let builder = self.add_enricher(builder);
        let builder = builder.and_then(|builder| self.add_detector(builder, provider));
        builder.and_then(|builder| self.add_redactor(builder)).map_err(|error| self.placed(error))
    }

    #[cfg(feature = "sampling")]
    fn after_meter(
        &self,
        builder: PipelineBuilder,
    ) -> Result<(PipelineBuilder, Option<Head>), SettingsError> {
        let mut decisions = self.decisions().map_err(|error| self.placed(error))?;
        let head = decisions.head.take();
        let builder = self.add_sampling(builder, decisions);
        let builder = builder.and_then(|builder| exporters::add(&self.values, builder));
        Ok((builder.map_err(|error| self.placed(error))?, head))
    }

    #[cfg(not(feature = "sampling"))]
    fn after_meter(
        &self,
        builder: PipelineBuilder,
    ) -> Result<(PipelineBuilder, Option<Head>), SettingsError> {
        let builder = self.refuse_sampling().and_then(|()| exporters::add(&self.values, builder));
        Ok((builder.map_err(|error| self.placed(error))?, None))
    }

    fn limits(&self) -> PipelineBuilder {
        let Values { pipeline, queue, .. } = &self.values;
        let mut builder = Pipeline::builder()
            .queue(queue.spans.unwrap_or(DEFAULT_QUEUE_SPANS), queue.bytes.unwrap_or(DEFAULT_QUEUE_BYTES));
        if let Some(patience) = queue.block_on_full {
            builder = builder.block_on_full(patience, queue.block_for.unwrap_or(BlockFor::Roots));
        }
        if let Some(linger) = pipeline.linger {
            builder = builder.linger(linger);
        }
        if let Some(grace) = pipeline.grace {
            builder = builder.grace(grace);
        }
        if let Some(age) = pipeline.max_age {
            builder = builder.max_age(age);
        }
        if let Some(bytes) = pipeline.max_bytes {
            builder = builder.max_bytes(bytes);
        }
        if let Some(timeout) = pipeline.export_timeout {
            builder = builder.export_timeout(timeout);
        }
        builder
    }

    /// Adds where the key was set that an error is about.
    fn placed(&self, error: SettingsError) -> SettingsError {
        let place = error.key().and_then(|key| self.place(key));
        error.at(place)
    }

    fn store(
        &mut self,
        key: &'static Key,
        given: Given<'_>,
        place: Option<Place>,
    ) -> Result<(), SettingsError> {
        match key.store(given, &mut self.values) {
            Ok(()) => {
                self.note(key.path, place, key.kind.written(given));
                Ok(())
            }
            Err(expected) => {
                let shown = (!key.kind.is_secret(given)).then(|| given.shown());
                Err(wrong_value(key.path, shown.as_deref(), &expected).at(place))
            }
        }
    }

    fn set_header(&mut self, key: &str, name: &str, value: &str) -> Result<(), SettingsError> {
        let header = given::header_name(name).zip(given::header_value(value));
        let (name, value) = header
            .ok_or_else(|| wrong_value(key, None, "expected a name and a value that HTTP headers allow"))?;
        self.values.otlp.get_or_insert_default().headers.0.insert(name, value);
        self.note(keys::HEADERS, None, given::HIDDEN.to_owned());
        Ok(())
    }

    fn set_entry(
        &mut self,
        table: &'static Key,
        key: &str,
        name: &str,
        figure: Option<&str>,
        value: &str,
    ) -> Result<(), SettingsError> {
        let Kind::Table { entry, field } = &table.kind else { return Err(unknown(key)) };
        // A name needs no quotes here, as no text does.
        let value = given::toml_value(value).unwrap_or_else(|| toml::Value::String(value.to_owned()));
        let entries = field(&mut self.values);
        let new = match (figure, entries.get(name)) {
            (None, _) => value,
            (Some(figure), Some(toml::Value::Table(figures))) => {
                let mut figures = figures.clone();
                figures.insert(figure.to_owned(), value);
                toml::Value::Table(figures)
            }
            (Some(figure), _) => toml::Value::Table([(figure.to_owned(), value)].into_iter().collect()),
        };
        if !entry.takes(&new) {
            return Err(wrong_value(key, None, &format!("expected an entry of {}", table.kind.takes())));
        }
        entries.insert(name.to_owned(), new);
        let text = given::table_text(entries);
        self.note(table.path, None, text);
        Ok(())
    }

    fn open(&mut self, section: &'static Section, place: Place) {
        (section.open)(&mut self.values);
        self.note(section.name, Some(place), String::new());
    }

    fn note(&mut self, name: &'static str, place: Option<Place>, text: String) {
        self.stated.insert(name, Stated { place, text });
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.stated.get(name)?.place.clone()
    }
}

/// Splits `pricing.discount.openai` and `pricing.override.openai/gpt-4.1.input` into table, name, and figure.
fn entry_of_table(key: &str) -> Option<(&'static Key, &str, Option<&str>)> {
    keys::all().find_map(|table| {
        let Kind::Table { entry, .. } = &table.kind else { return None };
        let name = key.strip_prefix(table.path)?.strip_prefix('.')?;
        let (name, figure) = match entry {
            // Names of models have dots too.
            Entry::Figures => name.rsplit_once('.').map(|(name, figure)| (name, Some(figure)))?,
            _ => (name, None),
        };
        (!name.is_empty() && figure != Some("")).then_some((table, name, figure))
    })
}

fn unknown(path: &str) -> SettingsError {
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let what_is_right = match (nearest::nearest(path), Section::find(parent)) {
        (Some(nearest), _) if keys::is_later(&nearest) => {
            format!("did you mean `{nearest}`, which this version does not support?")
        }
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, Some(section)) => format!("the keys of [{parent}] are {}", keys_of(section)),
        (None, None) => {
            let names: Vec<_> = keys::SECTIONS.iter().map(|section| format!("[{}]", section.name)).collect();
            format!("the sections are {}", names.join(", "))
        }
    };
    let message = format!("unknown key `{}`; {what_is_right}", shown(path));
    SettingsError::new(SettingsErrorKind::UnknownKey, Some(path), message)
}

fn unsupported(path: &str) -> SettingsError {
    let message = format!("`{}` is not supported by this version", shown(path));
    SettingsError::new(SettingsErrorKind::Unsupported, Some(path), message)
}

fn wrong_value(path: &str, value: Option<&str>, expected: &str) -> SettingsError {
    let value = value.map_or(String::new(), |value| format!(" = {value}"));
    let message = format!("`{}{value}`: {expected}", shown(path));
    SettingsError::new(SettingsErrorKind::WrongValue, Some(path), message)
}

fn keys_of(section: &Section) -> String {
    let names = keys::all().filter_map(|key| key.path.strip_prefix(section.name)?.strip_prefix('.'));
    names.collect::<Vec<_>>().join(", ")
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Settings").field(&self.values).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otel_genai_pipeline::{DEFAULT_GRACE, DEFAULT_LINGER, DEFAULT_MAX_AGE, DEFAULT_MAX_BYTES};

    fn default_of(path: &str) -> &'static str {
        Key::find(path).expect("a key").default
    }

    #[test]
    fn the_documentation_lists_every_key() {
        let rows = keys::all().map(|key| {
            let Key { path, kind, default, doc } = key;
            format!("| `{path}` | {} | {default} | {doc} |\n", kind.takes())
        });
        let table: String = rows.collect();
        assert_eq!(include_str!("keys.md"), table, "keys.md should be:\n{table}");
    }

    #[test]
    fn documented_defaults_are_the_pipelines() {
        let times = [
            ("pipeline.linger", DEFAULT_LINGER),
            ("pipeline.grace", DEFAULT_GRACE),
            ("pipeline.max_age", DEFAULT_MAX_AGE),
        ];
        for (path, expected) in times {
            assert_eq!(literal::duration(default_of(path)), Some(expected), "{path}");
        }
        let sizes = [
            ("pipeline.max_bytes", DEFAULT_MAX_BYTES),
            ("queue.spans", DEFAULT_QUEUE_SPANS),
            ("queue.bytes", DEFAULT_QUEUE_BYTES),
        ];
        for (path, expected) in sizes {
            assert_eq!(literal::size(default_of(path)), Some(expected), "{path}");
        }
    }
}
