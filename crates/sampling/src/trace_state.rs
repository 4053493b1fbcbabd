//! OpenTelemetry's member `ot` of the W3C tracestate: `th`, `rv`, and what others keep there.

use opentelemetry::trace::TraceState;

use crate::{Randomness, RandomnessError, Threshold, ThresholdError};

/// The key of OpenTelemetry's member of the tracestate.
const MEMBER: &str = "ot";

/// How long the member's value may be, in characters: the limit of W3C Trace Context for every member.
pub const MAX_MEMBER_LENGTH: usize = 256;

/// OpenTelemetry's member of a tracestate, read in place.
///
/// Sub-keys other than `th` and `rv` belong to others: they are kept as they are, in their order.
///
/// Source: OpenTelemetry specification, `trace/tracestate-handling.md` (status: development).
///
/// # Examples
///
/// ```
/// use otel_genai_sampling::{OtelTraceState, Threshold};
///
/// let state = OtelTraceState::parse("rv:abcdefabcdefab;th:8;their:own")?;
/// assert_eq!(state.threshold(), Some(Threshold::parse("8")?));
/// assert_eq!(state.others().collect::<Vec<_>>(), [("their", "own")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtelTraceState<'a> {
    list: &'a str,
    threshold: Option<Threshold>,
    randomness: Option<Randomness>,
}

/// Why a text is not OpenTelemetry's member of a tracestate, or could not become it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceStateError {
    /// The text is not a list of `key:value` between semicolons in the allowed characters.
    #[error("the tracestate member ot is not a list of key:value separated by semicolons")]
    Syntax,
    /// The member is, or would become, longer than 256 characters.
    #[error("the tracestate member ot would have {0} characters: at most 256 are allowed")]
    TooLong(usize),
    /// A sub-key that must be unique is there more than once, so that it says nothing.
    #[error("the tracestate member ot has the key {0} more than once")]
    Repeated(&'static str),
    /// The value of `th` is no threshold.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// The value of `rv` is no randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// A threshold that keeps nothing was to be written: `th` cannot say that.
    #[error("a threshold that keeps nothing cannot be written as th: remove th instead")]
    Never,
}

impl<'a> OtelTraceState<'a> {
    /// Reads the value of the member `ot`.
    ///
    /// # Errors
    ///
    /// If the text is longer than 256 characters or no such list, or if `th` or `rv` is there twice or is invalid.
    pub fn parse(list: &'a str) -> Result<Self, TraceStateError> {
        let (state, error) = Self::read(list);
        error.map_or(Ok(state), Err)
    }

    /// Reads the member `ot` of a tracestate as a sampler does, for whom nothing is an error.
    ///
    /// Without the member, or if it is not a list in the syntax of the specification, nothing is known. An invalid
    /// or repeated `th` or `rv` is as good as none; the rest of the list counts.
    #[inline]
    pub fn of(state: &'a TraceState) -> Self {
        state.get(MEMBER).map_or(Self::default(), |list| Self::read(list).0)
    }

    /// Returns the threshold, `th`, if it is there.
    #[inline]
    pub fn threshold(self) -> Option<Threshold> {
        self.threshold
    }

    /// Returns the explicit randomness, `rv`, if it is there.
    #[inline]
    pub fn randomness(self) -> Option<Randomness> {
        self.randomness
    }

    /// Returns the sub-keys other than `th` and `rv` and their values.
    pub fn others(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        entries(self.list).filter(|(key, _)| *key != "th" && *key != "rv")
    }

    /// Returns `state`, of which this is the member, with this threshold.
    #[inline]
    pub(crate) fn with_threshold(
        self,
        threshold: Threshold,
        state: &TraceState,
    ) -> Result<TraceState, TraceStateError> {
        if threshold == Threshold::NEVER {
            return Err(TraceStateError::Never);
        }
        if self.threshold == Some(threshold) {
            return Ok(state.clone());
        }
        replaced(state, Self { threshold: Some(threshold), ..self })
    }

    /// Returns what can be known, and the first thing that is wrong.
    fn read(list: &'a str) -> (Self, Option<TraceStateError>) {
        if list.len() > MAX_MEMBER_LENGTH {
            return (Self::default(), Some(TraceStateError::TooLong(list.len())));
        }
        let (mut threshold, mut randomness) = (None, None);
        for entry in list.split(';') {
            let Some((key, value)) = entry.split_once(':').filter(|(key, value)| is_valid(key, value)) else {
                return (Self::default(), Some(TraceStateError::Syntax));
            };
            match key {
                "th" => read_once(&mut threshold, "th", Threshold::parse(value).map_err(Into::into)),
                "rv" => read_once(&mut randomness, "rv", Randomness::parse(value).map_err(Into::into)),
                _ => {}
            }
        }
        let mut error = None;
        let mut known = |failure| _ = error.get_or_insert(failure);
        let threshold = threshold.and_then(|read| read.map_err(&mut known).ok());
        let randomness = randomness.and_then(|read| read.map_err(&mut known).ok());
        (Self { list, threshold, randomness }, error)
    }

    /// Writes the list: `rv`, `th`, then the others in their order.
    fn write(self) -> String {
        // As a rule: `rv:`, `th:`, 14 digits each, a semicolon.
        let mut list = String::with_capacity(self.list.len() + 20);
        let mut push = |key: &str, value: &str| {
            if !list.is_empty() {
                list.push(';');
            }
            list.push_str(key);
            list.push(':');
            list.push_str(value);
        };
        if let Some(randomness) = self.randomness {
            push("rv", &randomness.to_string());
        }
        if let Some(threshold) = self.threshold {
            push("th", &threshold.to_string());
        }
        self.others().for_each(|(key, value)| push(key, value));
        list
    }
}

/// Returns the tracestate with this threshold in place of the one it has.
///
/// The member `ot` moves to the front, as W3C wants of a member that changes. Other members, other sub-keys and `rv`
/// stay; a member that cannot be read is replaced. Already having the threshold, the tracestate stays as it is.
///
/// # Errors
///
/// [`TraceStateError::TooLong`] if the member would have more than 256 characters, [`TraceStateError::Never`] for
/// [`Threshold::NEVER`]. Then a sampler must [erase](erase_threshold) the threshold, because the old one is wrong.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::TraceState;
/// use otel_genai_sampling::{Threshold, set_threshold};
///
/// let state: TraceState = "vendor=1,ot=th:8;their:own".parse()?;
/// let state = set_threshold(&state, Threshold::parse("c")?)?;
/// assert_eq!(state.header(), "ot=th:c;their:own,vendor=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_threshold(state: &TraceState, threshold: Threshold) -> Result<TraceState, TraceStateError> {
    OtelTraceState::of(state).with_threshold(threshold, state)
}

/// Returns the tracestate without a threshold: what carries it was not kept with a known probability.
///
/// Everything else stays. The member goes if nothing else is in it, and if it cannot be read.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::TraceState;
/// use otel_genai_sampling::erase_threshold;
///
/// let state: TraceState = "vendor=1,ot=th:8;their:own".parse()?;
/// assert_eq!(erase_threshold(&state).header(), "ot=their:own,vendor=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn erase_threshold(state: &TraceState) -> TraceState {
    let Some(list) = state.get(MEMBER) else { return state.clone() };
    let (member, error) = OtelTraceState::read(list);
    // An invalid or a repeated `th` is not known, yet it is there.
    if member.threshold.is_none() && error.is_none() {
        return state.clone();
    }
    // Shorter than what was there, so nothing can be wrong with it.
    replaced(state, OtelTraceState { threshold: None, ..member }).unwrap_or_else(|_| without_member(state))
}

/// Returns the tracestate with this explicit randomness, `rv`, in place of the one it has.
///
/// Only what starts a trace may do that: everything after it must see the same randomness.
///
/// # Errors
///
/// [`TraceStateError::TooLong`] if the member would have more than 256 characters.
pub fn set_randomness(state: &TraceState, randomness: Randomness) -> Result<TraceState, TraceStateError> {
    replaced(state, OtelTraceState { randomness: Some(randomness), ..OtelTraceState::of(state) })
}

fn replaced(state: &TraceState, member: OtelTraceState<'_>) -> Result<TraceState, TraceStateError> {
    let list = member.write();
    if list.len() > MAX_MEMBER_LENGTH {
        return Err(TraceStateError::TooLong(list.len()));
    }
    let rest = without_member(state);
    if list.is_empty() {
        return Ok(rest);
    }
    rest.insert(MEMBER, list).map_err(|_| TraceStateError::Syntax)
}

/// Removes the member, and any repetition of it: the SDK keeps those, and an old one would speak for the removed one.
fn without_member(state: &TraceState) -> TraceState {
    let mut rest = state.clone();
    while rest.get(MEMBER).is_some() {
        let Ok(fewer) = rest.delete(MEMBER) else { break };
        rest = fewer;
    }
    // Empty is not equal to none for the SDK.
    if (&rest).into_iter().len() == 0 { TraceState::NONE } else { rest }
}

fn read_once<T>(
    place: &mut Option<Result<T, TraceStateError>>,
    key: &'static str,
    value: Result<T, TraceStateError>,
) {
    *place = Some(if place.is_none() { value } else { Err(TraceStateError::Repeated(key)) });
}

fn entries(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split(';').filter_map(|entry| entry.split_once(':'))
}

fn is_valid(key: &str, value: &str) -> bool {
    let mut key = key.bytes();
    key.next().is_some_and(|first| first.is_ascii_lowercase())
        && key.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
