//! What a span says, whoever wrote it.

use std::borrow::Cow;

use crate::usage::{Billing, Conservation, Pass, Source};
use crate::{Operation, Role, TokenUsage};

/// What a span says, in the words of the conventions.
///
/// Two spans that say the same in different dialects give equal readings, and a span that
/// [`Reader::normalise`](super::Reader::normalise) wrote to gives the reading it was written from.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// What the span stands for; only an [`LlmCall`](Role::LlmCall) counts.
    pub role: Role,
    /// What the span did.
    pub operation: Option<Operation>,
    /// The provider, in the convention's spelling where it has one.
    pub provider: Option<Cow<'static, str>>,
    /// The model that was asked for.
    pub request_model: Option<String>,
    /// The model that answered.
    pub response_model: Option<String>,
    /// The id of the response, which several spans of one call share.
    pub response_id: Option<String>,
    /// Why generation stopped, one item per choice, in the provider's words.
    pub finish_reasons: Vec<String>,
    /// The token counts, with inclusive totals. Also given for roll-ups, where they must not be counted.
    ///
    /// Details that are zero (modalities, lifetimes of cache writes) and a total that is input and output together are
    /// left out; zeros of cache reads, cache writes and reasoning are kept, since they say that there were none.
    pub usage: TokenUsage,
    /// What is billed beside tokens.
    pub billing: Billing,
    /// The passes that the provider ran for this one call, if it reports them. Not written to the span.
    pub passes: Vec<Pass>,
    /// Whether the recorded counts added up.
    pub conservation: Conservation,
    /// Where the counts come from; `None` when there are none.
    pub source: Option<Source>,
    /// The method of an estimate.
    pub method: Option<String>,
    /// How many calls the span stands for, where it shows that they were several. Its counts are then those of the last
    /// call only.
    pub calls_covered: Option<u64>,
    /// Time from the request to the first chunk of a streamed answer, in seconds.
    pub time_to_first_chunk: Option<f64>,
}

impl Reading {
    /// Returns the model that answered, else the one that was asked for.
    pub fn model(&self) -> Option<&str> {
        self.response_model.as_deref().or(self.request_model.as_deref())
    }

    /// Tells whether the span is one call of a model.
    pub fn is_llm_call(&self) -> bool {
        self.role == Role::LlmCall
    }
}
