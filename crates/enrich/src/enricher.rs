//! The stage that normalises spans and lets one span count per call.

use std::cmp::Reverse;
use std::hash::{BuildHasher, BuildHasherDefault, RandomState};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};
use otel_genai_pipeline::{Segment, SegmentKind, Span, Stage};
use otel_genai_pricing::{Catalogue, CatalogueError, PriceTable};
use otel_genai_semconv::dialect::{Config, Reader, Reading};
use otel_genai_semconv::names::{gen_ai, otel_genai};
use otel_genai_semconv::usage::{Conservation, Source};
use otel_genai_semconv::{Role, TokenField, TokenUsage};

use crate::ArgumentKey;
use crate::cost::{Cost, CostTarget, Pricing};
use crate::id_map::IdHasher;
use crate::model_family::family;
use crate::response_memory::ResponseMemory;
#[cfg(feature = "count-tokens")]
use crate::token_counts::{TokenCounts, WhileLoading};
use crate::trace_state::TraceState;
use crate::twins::{self, ResponseKey, Sighting};

/// Libraries that give a response an id of their own where they translate it, so that differing ids say nothing.
const OWN_IDS: [&str; 2] = ["litellm", "openinference.instrumentation.litellm"];

/// Brings spans into the words of the GenAI conventions and lets one span count per model call.
///
/// Per span it does what [`Reader::normalise`] does, and writes a keyed hash of a tool call's arguments
/// (`otel_genai.tool.arguments_hash`).
///
/// Of the spans that stand for one call, the first that reports usage counts; the others get
/// `otel_genai.duplicate_of`, the hex span id of the one that counts. Among spans that come in one segment the one that
/// tells most counts. Twins are told by response id, also across traces; else they are of different scopes, lie inside
/// each other (or one's time within the other's), have the same model, and report the same counts, or one of them none.
/// Agents, steps, chains and other roll-ups never count.
///
/// When a trace ends, its local root gets `otel_genai.trace.*`: tokens, calls, tools, errors, models and agents, as far
/// as the enricher has seen them by then. If the trace is re-opened, the next root gets the sums of all rounds. Of
/// several local roots in the last segment the one without any parent gets them, of those the earliest. A root that a
/// limit tore from its trace gets them too.
///
/// A span that was enriched before keeps its marks, so doing it twice is doing it once.
///
/// Memory: [`REMEMBERED_RESPONSES`](crate::REMEMBERED_RESPONSES) calls across traces, and per trace
/// [`REMEMBERED_CALLS`](crate::REMEMBERED_CALLS) spans of calls. A twin that comes later than that counts as a call.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use opentelemetry_sdk::Resource;
/// use otel_genai_enrich::Enricher;
/// use otel_genai_pipeline::Pipeline;
/// use otel_genai_pipeline::testing::SpanBuilder;
///
/// let call = |scope: &'static str, name: &'static str| {
///     SpanBuilder::new(name)
///         .scope(scope)
///         .attribute("gen_ai.operation.name", "chat")
///         .attribute("gen_ai.request.model", "claude-sonnet-4-5")
///         .attribute("gen_ai.usage.input_tokens", 20)
///         .attribute("gen_ai.usage.output_tokens", 5)
/// };
/// let outer = call("opentelemetry.instrumentation.genai.anthropic", "chat claude-sonnet-4-5").build();
/// let inner = call("com.anthropic.sdk.python", "messages.create").child_of(&outer).build();
/// let counting = inner.span_id().to_string();
///
/// let mut spans = Vec::new();
/// let mut replay = Pipeline::builder().stage(Enricher::default()).replay(|_, written| {
///     spans.extend(written);
///     Ok::<_, std::convert::Infallible>(())
/// });
/// let resource = Arc::new(Resource::builder_empty().build());
/// replay.push(&resource, inner)?;
/// replay.push(&resource, outer)?;
/// replay.finish()?;
/// assert_eq!(spans[1].get_str("otel_genai.duplicate_of"), Some(counting.as_str()));
/// assert_eq!(spans[1].get("otel_genai.trace.input_tokens"), Some(&20.into()));
/// # Ok::<_, std::convert::Infallible>(())
/// ```
#[derive(Debug)]
pub struct Enricher {
    reader: Reader,
    argument_key: ArgumentKey,
    responses: ResponseMemory,
    #[cfg(feature = "count-tokens")]
    token_counts: Option<TokenCounts>,
    pricing: Option<Pricing>,
    hasher: RandomState,
    /// The calls of the segment in hand, kept to reuse its memory.
    calls: Vec<Call>,
}

/// A span of a call in the segment in hand.
#[derive(Debug)]
struct Call {
    /// Its place among the segment's spans.
    position: usize,
    reading: Reading,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug)]
enum Verdict {
    /// The span counts for its call, after an earlier one without usage where there is one.
    Counts { after: Option<usize> },
    /// The call is counted by another span.
    DuplicateOf(SpanId),
}

/// Builds an [`Enricher`].
///
/// # Examples
///
/// ```
/// use otel_genai_enrich::{ArgumentKey, Enricher};
/// use otel_genai_semconv::dialect::{Config, Profile};
/// use otel_genai_semconv::usage::Meaning;
///
/// let dialect = Config::default()
///     .profile(Profile::Latest)
///     .drop_originals(true)
///     .alias("acme.tokens.in", "gen_ai.usage.input_tokens")?
///     .meaning("acme.", Meaning::Exclusive);
/// let enricher = Enricher::builder()
///     .dialect(dialect)
///     .argument_key(ArgumentKey::new(*b"sixteen secrets!"))
///     .build();
/// # let _ = enricher;
/// # Ok::<(), otel_genai_semconv::dialect::UnknownName>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EnricherBuilder {
    dialect: Config,
    argument_key: Option<ArgumentKey>,
    #[cfg(feature = "count-tokens")]
    count_tokens: Option<WhileLoading>,
    prices: Option<Arc<PriceTable>>,
    cost_targets: Vec<CostTarget>,
}

impl EnricherBuilder {
    /// Sets how spans are read and written: profile, aliases, the meaning of a library's counts, and whether originals
    /// are dropped.
    #[must_use]
    pub fn dialect(mut self, config: Config) -> Self {
        self.dialect = config;
        self
    }

    /// Sets the key of the hash of tool arguments; by default it is random.
    #[must_use]
    pub fn argument_key(mut self, key: ArgumentKey) -> Self {
        self.argument_key = Some(key);
        self
    }

    /// Has tokens counted from the recorded texts where nobody reported them.
    ///
    /// What is counted is marked `otel_genai.usage.source` = `estimated`, or `partial` where an answer was cut off, with
    /// the method and how far it may be off. Only the span that counts for a call is completed, and only where no span
    /// of the call that has been seen by then reports usage; one that does later is the duplicate.
    #[cfg(feature = "count-tokens")]
    #[must_use]
    pub fn count_tokens(mut self, while_loading: WhileLoading) -> Self {
        self.count_tokens = Some(while_loading);
        self
    }

    /// Sets the prices; without them calls get no cost.
    #[must_use]
    pub fn prices(mut self, table: Arc<PriceTable>) -> Self {
        self.prices = Some(table);
        self
    }

    /// Adds usage and cost in the words of backends that read others than the conventions'.
    #[must_use]
    pub fn cost_targets(mut self, targets: impl IntoIterator<Item = CostTarget>) -> Self {
        self.cost_targets = targets.into_iter().collect();
        self
    }

    /// Builds the stage.
    pub fn build(self) -> Enricher {
        Enricher {
            reader: Reader::new(self.dialect),
            argument_key: self.argument_key.unwrap_or_default(),
            responses: ResponseMemory::default(),
            #[cfg(feature = "count-tokens")]
            token_counts: self.count_tokens.map(TokenCounts::new),
            pricing: self.prices.map(|table| Pricing::new(table, self.cost_targets)),
            hasher: RandomState::new(),
            calls: Vec::new(),
        }
    }
}

impl Default for Enricher {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Stage for Enricher {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let (trace, kind) = (segment.trace_id(), segment.kind());
        let root = segment.summary_root();
        let parts = segment.split::<TraceState>();
        let (spans, state) = (parts.spans, parts.state);

        let first_new = state.sightings.len();
        // Not empty where an earlier segment ended in a panic.
        self.calls.clear();
        for (position, span) in spans.iter_mut().enumerate() {
            self.read(position, span, state);
        }
        let sums = twins::join(&mut state.sightings, first_new, spans, &state.parents);
        self.take_for_roll_ups(&sums, first_new, spans, &mut state.sightings);
        self.decide(trace, &mut state.sightings, first_new, spans);
        for (index, call) in self.calls.iter().enumerate() {
            let span = &mut spans[call.position];
            match call.verdict {
                Verdict::Counts { after } => {
                    let cost = self
                        .pricing
                        .as_mut()
                        .map_or(Cost::NotAsked, |pricing| pricing.price(span, &call.reading));
                    let earlier =
                        after.and_then(|earlier| state.sightings.get(earlier)).map(|earlier| earlier.cost);
                    state.totals.add_call(&call.reading, cost, earlier);
                    if let Some(sighting) = state.sightings.get_mut(first_new + index) {
                        sighting.cost = cost;
                    }
                }
                Verdict::DuplicateOf(counting) => {
                    if span.get(otel_genai::DUPLICATE_OF).is_none() {
                        span.set(otel_genai::DUPLICATE_OF, counting.to_string());
                    }
                    if let Some(pricing) = &self.pricing {
                        pricing.mark_as_counted_elsewhere(span, &call.reading);
                    }
                    state.totals.forget_duplicate(span);
                }
            }
        }
        if let Some(root) = root {
            state.totals.write(&mut spans[root]);
        }
        state.shrink(spans, kind == SegmentKind::Early);
    }
}

impl Enricher {
    /// Starts building one.
    pub fn builder() -> EnricherBuilder {
        EnricherBuilder::default()
    }

    /// Returns one with the prices that are compiled in.
    ///
    /// # Errors
    ///
    /// When they cannot be read, which the tests of the release rule out.
    pub fn bundled() -> Result<Self, CatalogueError> {
        let table = PriceTable::new(Catalogue::bundled()?);
        Ok(Self::builder().prices(Arc::new(table)).build())
    }

    /// Normalises a span, and notes it when it stands for a call.
    fn read(&mut self, position: usize, span: &mut Span, state: &mut TraceState) {
        let reading = self.reader.normalise(span);
        state.totals.add_span(span, &reading);
        match reading.role {
            Role::Tool => {
                self.hash_arguments(span);
                if let Some(first) = state.totals.add_tool_call(span) {
                    span.set(otel_genai::DUPLICATE_OF, first.to_string());
                    state.totals.forget_duplicate(span);
                }
            }
            Role::RollUp | Role::Agent => {
                if let Some(pricing) = &self.pricing {
                    pricing.mark_as_counted_elsewhere(span, &reading);
                }
            }
            Role::LlmCall => {
                let sighting = self.sighting(span, &reading, state.sightings.len());
                // Overwritten once all calls of the segment are known, unless an earlier enricher decided.
                let verdict = sighting.marked.map_or(Verdict::Counts { after: None }, Verdict::DuplicateOf);
                state.sightings.push(sighting);
                self.calls.push(Call { position, reading, verdict });
            }
            _ => {}
        }
    }

    /// Gives spans that sum up calls below them the role of roll-ups; they count nothing.
    fn take_for_roll_ups(
        &mut self,
        sums: &[usize],
        first_new: usize,
        spans: &mut [Span],
        sightings: &mut Vec<Sighting>,
    ) {
        // From the last on, so that the places of those before stay.
        for &sum in sums.iter().rev() {
            let call = self.calls.remove(sum - first_new);
            spans[call.position].set(otel_genai::ROLE, Role::RollUp.as_str());
            twins::forget(sightings, sum);
        }
    }

    fn hash_arguments(&self, span: &mut Span) {
        if span.get(otel_genai::TOOL_ARGUMENTS_HASH).is_some() {
            return;
        }
        let hash = match span.get(gen_ai::TOOL_CALL_ARGUMENTS) {
            Some(opentelemetry::Value::String(text)) => self.argument_key.hash(text.as_str()),
            Some(other) => self.argument_key.hash(&other.to_string()),
            None => return,
        };
        span.set(otel_genai::TOOL_ARGUMENTS_HASH, hash);
    }

    fn sighting(&self, span: &Span, reading: &Reading, index: usize) -> Sighting {
        let scope = span.scope().name();
        let quick = BuildHasherDefault::<IdHasher>::default();
        let hash = |text: &str| quick.hash_one(text);
        let model = |name: &Option<String>| name.as_deref().map_or(0, |name| hash(family(name)));
        let is_estimate = reading.source == Some(Source::Estimated);
        let comparable = |count: Option<u64>| if is_estimate { None } else { count };
        Sighting {
            span: span.span_id(),
            parent: span.parent_span_id(),
            scope: hash(scope),
            response: reading.response_id.as_deref().map(|id| ResponseKey::new(id, self.hasher.hash_one(id))),
            models: [model(&reading.request_model), model(&reading.response_model)],
            start: span.start_time(),
            end: span.end_time(),
            input: comparable(reading.usage.input),
            output: comparable(reading.usage.output),
            uncached: comparable(reading.usage.uncached_input()),
            visible: comparable(visible_output(&reading.usage)),
            is_error: span.is_error(),
            has_usage: reading.source.is_some(),
            has_own_ids: OWN_IDS.contains(&scope),
            is_stream_record: scope.starts_with("logfire")
                && span.name().starts_with("streaming response from"),
            marked: span.get_str(otel_genai::DUPLICATE_OF).and_then(|id| SpanId::from_hex(id).ok()),
            is_counting: false,
            cost: Cost::NotAsked,
            next: index,
        }
    }

    /// Finds the span that counts for each call of the segment.
    fn decide(&mut self, trace: TraceId, sightings: &mut [Sighting], first_new: usize, spans: &mut [Span]) {
        for start in first_new..sightings.len() {
            let new = || {
                twins::ring(sightings, start)
                    .filter(|&member| member >= first_new && sightings[member].marked.is_none())
            };
            if sightings[start].marked.is_some() || new().any(|member| member < start) {
                continue; // Decided by an earlier enricher, or with an earlier span of the call.
            }
            // The newest that counts: where two do, the second brought the usage.
            let earlier = twins::ring(sightings, start)
                .filter(|&member| member < first_new && sightings[member].is_counting)
                .max();
            let known = match earlier {
                Some(member) => Some(&sightings[member]),
                None => new().find_map(|member| self.responses.twin(trace, &sightings[member])),
            };
            let brings_usage = new().any(|member| sightings[member].has_usage);
            let known = known.filter(|known| known.has_usage || !brings_usage).map(|known| known.span);
            let best = match known {
                Some(_) => None,
                // Of equal ones the first: `max_by_key` takes the last.
                None => new().max_by_key(|&member| (self.worth(member - first_new), Reverse(member))),
            };
            let counting = known.unwrap_or(sightings[best.unwrap_or(start)].span);
            if let Some(best) = best {
                let twins: Vec<usize> =
                    new().filter(|&member| member != best).map(|twin| twin - first_new).collect();
                self.learn_from(&twins, best - first_new, spans);
                // Before the call is remembered, so that a twin that reports later is the duplicate.
                sightings[best].has_usage |= self.count(best - first_new, spans);
            }
            let mut member = start;
            loop {
                if member >= first_new && sightings[member].marked.is_none() {
                    let is_counting = best == Some(member);
                    sightings[member].is_counting = is_counting;
                    self.calls[member - first_new].verdict = if is_counting {
                        Verdict::Counts { after: earlier }
                    } else {
                        Verdict::DuplicateOf(counting)
                    };
                    if let (Some(response), Some(counting)) = (sightings[member].response, best.or(earlier)) {
                        self.responses.remember(trace, response.hash, &sightings[counting]);
                    }
                }
                member = sightings[member].next;
                if member == start {
                    break;
                }
            }
        }
    }

    /// Takes over what twins in the segment in hand know of a call's bill, and of the parts of the same counts, that the
    /// span that counts does not say.
    fn learn_from(&mut self, twins: &[usize], counting: usize, spans: &mut [Span]) {
        if twins.is_empty() {
            return;
        }
        let Some(Call { reading, position, .. }) = self.calls.get(counting) else { return };
        let (mut known, position) = (reading.clone(), *position);
        for twin in twins {
            let Some(Call { reading: twin, .. }) = self.calls.get(*twin) else { continue };
            known.billing.fill(twin.billing.clone());
            let is_same = known.usage.input.is_some()
                && known.usage.input == twin.usage.input
                && known.usage.output == twin.usage.output
                && twin.conservation != Conservation::Contradictory;
            if is_same {
                for field in TokenField::ALL {
                    let slot = known.usage.field_mut(field);
                    *slot = slot.or(twin.usage.field(field));
                }
                if known.passes.is_empty() {
                    known.passes.clone_from(&twin.passes);
                }
            }
        }
        if let Some(Call { reading, .. }) = self.calls.get_mut(counting)
            && *reading != known
        {
            *reading = known;
            self.reader.write_usage(reading, &mut spans[position]);
        }
    }

    /// Counts the tokens of a call of the segment in hand that nobody reported; returns true if there were any.
    #[cfg(feature = "count-tokens")]
    fn count(&mut self, call: usize, spans: &mut [Span]) -> bool {
        let (Some(counts), Some(call)) = (&self.token_counts, self.calls.get_mut(call)) else { return false };
        let span = &mut spans[call.position];
        let is_counted = counts.complete(span, &mut call.reading);
        if is_counted {
            self.reader.write_usage(&call.reading, span);
        }
        is_counted
    }

    #[cfg(not(feature = "count-tokens"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn count(&self, _call: usize, _spans: &mut [Span]) -> bool {
        false
    }

    /// How much a span of the segment in hand tells of its call: reported before partial before estimated, then counts
    /// that add up, then the number of details that pricing needs.
    fn worth(&self, call: usize) -> (u8, bool, usize) {
        let Some(Call { reading, .. }) = self.calls.get(call) else { return (0, false, 0) };
        let source = match reading.source {
            Some(Source::Reported) => 3,
            Some(Source::Partial) => 2,
            Some(Source::Estimated) => 1,
            None => 0,
        };
        let usage = &reading.usage;
        let details = [
            usage.input,
            usage.output,
            usage.cache_read,
            usage.cache_write,
            usage.cache_write_5m.or(usage.cache_write_1h).or(usage.cache_write_30m).or(usage.cache_write_12h),
            usage.reasoning,
        ];
        let known = details.iter().filter(|detail| detail.is_some()).count();
        (source, reading.conservation != Conservation::Contradictory, known)
    }
}

fn visible_output(usage: &TokenUsage) -> Option<u64> {
    usage.output.map(|output| output.saturating_sub(usage.reasoning.unwrap_or(0)))
}
