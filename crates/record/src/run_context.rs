//! Whose run this is: what a program knows about all the spans of a run before the first of them starts.

use std::sync::Arc;

use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use otel_genai_pipeline::StartAttributes;
use otel_genai_semconv::GuardrailCategory;
use otel_genai_semconv::names::{gen_ai, guardrail, otel_genai};

use crate::in_run::InRun;

/// The attribute that each field of a [`RunContext`] becomes.
pub(crate) const FIELDS: [&str; 10] = [
    gen_ai::AGENT_ID,
    gen_ai::AGENT_NAME,
    gen_ai::AGENT_VERSION,
    gen_ai::CONVERSATION_ID,
    gen_ai::SESSION_ID,
    gen_ai::USER_ID,
    gen_ai::DEPLOYMENT_ENVIRONMENT_NAME,
    otel_genai::PROJECT,
    otel_genai::TENANT,
    otel_genai::TAGS,
];

/// Says whose run this is: every span below gets it as attributes, and nothing else does.
///
/// Open one around a future with [`scope`](Self::scope) (or [`in_run`](crate::RunFutureExt::in_run)) or around a block with
/// [`enter`](Self::enter). Many can be open at once in one process: each holds for the code inside it only, across
/// `.await` and across threads. A run that is opened inside another has the other's fields too, except those that it
/// states itself. An agent's fields are set only by who states them, so a service that merely hosts agents opens a run
/// without them and is no agent.
///
/// Nothing is guessed: what is not stated is absent, and an empty text states nothing. A span that states a field itself
/// (a framework that writes `gen_ai.agent.name` of a sub-agent) keeps its own.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use otel_genai_pipeline::Pipeline;
/// use otel_genai_record::RunContext;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// #[tracing::instrument]
/// fn answer() {}
///
/// let exporter = InMemorySpanExporter::default();
/// let pipeline = Pipeline::builder().export(exporter.clone()).build()?;
/// let provider = SdkTracerProvider::builder().with_span_processor(pipeline).build();
/// let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("agent"));
/// let subscriber = tracing_subscriber::registry().with(layer);
///
/// tracing::subscriber::with_default(subscriber, || {
///     RunContext::new().agent_name("helper").session("s-42").tenant("acme").enter(answer);
/// });
/// provider.force_flush()?;
///
/// let span = &exporter.get_finished_spans()?[0];
/// let value = |key| span.attributes.iter().find(|a| a.key.as_str() == key).map(|a| a.value.to_string());
/// assert_eq!(value("gen_ai.agent.name").as_deref(), Some("helper"));
/// assert_eq!(value("session.id").as_deref(), Some("s-42"));
/// assert_eq!(value("otel_genai.tenant").as_deref(), Some("acme"));
/// assert_eq!(value("user.id"), None);
/// provider.shutdown()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a run context does nothing until it is opened with `scope` or `enter`"]
pub struct RunContext {
    /// The run that this one continues, complete with what that one inherited.
    base: Option<StartAttributes>,
    stated: Arc<Vec<KeyValue>>,
}

impl RunContext {
    /// Makes a context that states nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the run that the calling code is in, to be opened again elsewhere: on a thread, in a spawned task.
    ///
    /// Outside any run it is the empty one.
    pub fn current() -> Self {
        Self { base: StartAttributes::current(), stated: Arc::default() }
    }

    /// Returns the run that a span would get if the calling code started it in this context.
    pub fn of(context: &Context) -> Self {
        Self { base: StartAttributes::of(context), stated: Arc::default() }
    }

    /// Sets the id of the agent, `gen_ai.agent.id`. The convention wants that of a hosted agent, not one made up per run.
    pub fn agent_id(self, id: impl AsRef<str>) -> Self {
        self.text(gen_ai::AGENT_ID, id)
    }

    /// Sets the name of the agent, `gen_ai.agent.name`.
    pub fn agent_name(self, name: impl AsRef<str>) -> Self {
        self.text(gen_ai::AGENT_NAME, name)
    }

    /// Sets the version of the agent, `gen_ai.agent.version`.
    pub fn agent_version(self, version: impl AsRef<str>) -> Self {
        self.text(gen_ai::AGENT_VERSION, version)
    }

    /// Sets the id of the conversation or thread at the model's provider, `gen_ai.conversation.id`.
    pub fn conversation(self, id: impl AsRef<str>) -> Self {
        self.text(gen_ai::CONVERSATION_ID, id)
    }

    /// Sets the id of the session in the application, `session.id`; backends group by it.
    pub fn session(self, id: impl AsRef<str>) -> Self {
        self.text(gen_ai::SESSION_ID, id)
    }

    /// Sets the id of the user, `user.id`. Prefer an id that means nothing outside the application to an address.
    pub fn user(self, id: impl AsRef<str>) -> Self {
        self.text(gen_ai::USER_ID, id)
    }

    /// Sets the environment, `deployment.environment.name`, such as `production`.
    ///
    /// Belongs into the provider's resource where a process has only one.
    pub fn environment(self, name: impl AsRef<str>) -> Self {
        self.text(gen_ai::DEPLOYMENT_ENVIRONMENT_NAME, name)
    }

    /// Sets the project, `otel_genai.project`.
    pub fn project(self, name: impl AsRef<str>) -> Self {
        self.text(otel_genai::PROJECT, name)
    }

    /// Sets the tenant, `otel_genai.tenant`.
    pub fn tenant(self, id: impl AsRef<str>) -> Self {
        self.text(otel_genai::TENANT, id)
    }

    /// Sets labels, `otel_genai.tags`, instead of those that were set or inherited. No labels state nothing.
    pub fn tags<T: AsRef<str>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<_> = tags
            .into_iter()
            .filter(|tag| !tag.as_ref().is_empty())
            .map(|tag| StringValue::from(Arc::<str>::from(tag.as_ref())))
            .collect();
        if texts.is_empty() {
            return self;
        }
        self.state(otel_genai::TAGS, Value::Array(Array::String(texts)))
    }

    /// Says that this run needs no guardrails of these categories, `guardrail.suppress_missing`: its summary does not list
    /// them as missing. None of them states nothing.
    ///
    /// No field of [`Propagation`](crate::Propagation), so no caller from outside can switch the advice off.
    pub fn suppress_missing_guardrails(
        self,
        categories: impl IntoIterator<Item = GuardrailCategory>,
    ) -> Self {
        let words: Vec<_> =
            categories.into_iter().map(|category| StringValue::from(category.as_str())).collect();
        if words.is_empty() {
            return self;
        }
        self.state(guardrail::SUPPRESS_MISSING, Value::Array(Array::String(words)))
    }

    /// Returns the value of a field by the name of its attribute, such as `session.id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use otel_genai_record::RunContext;
    ///
    /// let run = RunContext::new().session("s-42").enter(|| RunContext::current().user("u-7"));
    /// assert_eq!(run.get("session.id"), Some(&"s-42".into()));
    /// assert_eq!(run.get("user.id"), Some(&"u-7".into()));
    /// assert_eq!(run.get("otel_genai.tenant"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value> {
        let base = self.base.as_ref().map_or(&[][..], StartAttributes::attributes);
        let all = self.stated.iter().chain(base);
        all.into_iter().find(|attribute| attribute.key.as_str() == name).map(|attribute| &attribute.value)
    }

    /// Runs a block in this run.
    ///
    /// # Examples
    ///
    /// A thread starts outside any run, and takes one along so:
    ///
    /// ```
    /// use otel_genai_record::RunContext;
    ///
    /// RunContext::new().session("s-42").enter(|| {
    ///     let run = RunContext::current();
    ///     let thread = std::thread::spawn(move || run.enter(RunContext::current));
    ///     assert_eq!(thread.join().expect("no panic").get("session.id"), Some(&"s-42".into()));
    /// });
    /// ```
    pub fn enter<T>(&self, block: impl FnOnce() -> T) -> T {
        enter(self.here().as_ref(), block)
    }

    /// Wraps a future so that it runs in this run, wherever it is polled. See [`InRun`].
    pub fn scope<F: Future>(self, future: F) -> InRun<F> {
        InRun::new(future, self)
    }

    /// Returns a context with this run in it, for code that passes contexts on by itself.
    ///
    /// A run that states nothing leaves the context as it is.
    pub fn put_into(&self, context: &Context) -> Context {
        match self.set(StartAttributes::of(context)) {
            Some(set) => set.put_into(context),
            None => context.clone(),
        }
    }

    /// Returns what holds for the spans of this run if it is opened where the calling code is.
    pub(crate) fn here(&self) -> Option<StartAttributes> {
        self.set(StartAttributes::current())
    }

    /// Tells whether this run is what it is wherever it is opened.
    pub(crate) fn is_complete(&self) -> bool {
        self.base.is_some()
    }

    pub(crate) fn state(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let stated = Arc::make_mut(&mut self.stated);
        stated.retain(|attribute| attribute.key.as_str() != name);
        stated.push(KeyValue::new(name, value));
        self
    }

    fn text(self, name: &'static str, text: impl AsRef<str>) -> Self {
        match text.as_ref() {
            "" => self,
            text => self.state(name, StringValue::from(Arc::<str>::from(text))),
        }
    }

    fn set(&self, outer: Option<StartAttributes>) -> Option<StartAttributes> {
        let base = self.base.clone().or(outer);
        if self.stated.is_empty() {
            return base;
        }
        let stated = self.stated.iter().cloned();
        Some(
            base.map_or_else(
                || StartAttributes::new(self.stated.iter().cloned()),
                |base| base.within(stated),
            ),
        )
    }
}

/// Runs a block in a set, if there is one.
pub(crate) fn enter<T>(set: Option<&StartAttributes>, block: impl FnOnce() -> T) -> T {
    match set {
        Some(set) => set.enter(block),
        None => block(),
    }
}
