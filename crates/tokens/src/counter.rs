//! Puts texts, overheads and margins together.

use crate::family::{FamilyRules, ReasoningText, TOOLS_MARGIN};
use crate::text::{self, TextCount};
use crate::vocabulary;
use crate::{Budget, Encoding, Input, LoadError, Method, Model, Part, TokenCount};

/// Counts the tokens of calls.
///
/// It holds nothing of its own: vocabularies are loaded once per process. The first count that needs one starts a
/// thread that loads it (16 to 92 ms, 2026-11-21) and, like all until it is there, is estimated by bytes: the thread that
/// counts never waits. A program that would rather wait, because it reads a file and ends, calls [`TokenCounter::load`]
/// first; one that runs on calls [`TokenCounter::preload`] when it starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenCounter;

impl TokenCounter {
    /// Starts to load a vocabulary in the background.
    pub fn preload(&self, encoding: Encoding) {
        vocabulary::load_in_background(encoding);
    }

    /// Loads a vocabulary, and waits until it is there.
    ///
    /// # Errors
    ///
    /// If the vocabulary compiled into the binary cannot be read; counts are then by bytes.
    pub fn load(&self, encoding: Encoding) -> Result<(), LoadError> {
        vocabulary::load(encoding).map(|_vocabulary| ())
    }

    /// Returns true if a vocabulary is loaded.
    #[must_use]
    pub fn is_loaded(&self, encoding: Encoding) -> bool {
        vocabulary::loaded(encoding).is_some()
    }

    /// Counts one text as the model reads it, without anything around it: what embeddings are billed by.
    pub fn count_text(&self, model: Model, text: &str, budget: &mut Budget) -> TokenCount {
        let mut sum = Sum::new(model, budget);
        sum.text(text);
        sum.finish()
    }

    /// Counts what a model was given: system instructions, messages, tools and what the provider puts around them.
    ///
    /// An input without anything in it has no tokens, not those of an empty request.
    pub fn count_input(&self, model: Model, input: &Input<'_>, budget: &mut Budget) -> TokenCount {
        let mut sum = Sum::new(model, budget);
        for text in &input.system {
            sum.message();
            sum.text(text);
        }
        for message in &input.messages {
            sum.message();
            if let Some(name) = &message.name {
                sum.name(name);
            }
            for part in &message.parts {
                sum.part(part);
            }
        }
        if let Some(tools) = input.tools.as_deref().filter(|tools| !tools.trim().is_empty()) {
            sum.tools(tools);
        }
        sum.finish_request()
    }

    /// Counts what a model answered, all choices together.
    ///
    /// Of a stream that broke off it counts what was received.
    pub fn count_output(&self, model: Model, parts: &[Part<'_>], budget: &mut Budget) -> TokenCount {
        let mut sum = Sum::new(model, budget);
        for part in parts {
            sum.part(part);
        }
        sum.finish_answer()
    }
}

/// How far a cut through a run may change its count, in tokens. Six cuts changed it by four at most, all together, in
/// any of 13 kinds of unbroken text and four vocabularies (`tests/python_equality.rs`).
const TOKENS_PER_FORCED_CUT: f64 = 4.0;

/// Relative error of an estimate by bytes. Assumed: English, code, JSON and Chinese are well within, noise is not.
const BYTES_MARGIN: f64 = 0.5;

/// The count of one side of a call, as it grows.
struct Sum<'a> {
    model: Model,
    rules: FamilyRules,
    vocabulary: Option<&'static tiktoken_rs::CoreBPE>,
    budget: &'a mut Budget,
    texts: TextCount,
    tools: TextCount,
    tools_base: u64,
    overhead: u64,
    has_reasoning: bool,
    is_lower_bound: bool,
}

impl<'a> Sum<'a> {
    fn new(model: Model, budget: &'a mut Budget) -> Self {
        vocabulary::load_in_background(model.encoding());
        Self {
            model,
            rules: model.family().rules(),
            vocabulary: vocabulary::loaded(model.encoding()),
            budget,
            texts: TextCount::default(),
            tools: TextCount::default(),
            tools_base: 0,
            overhead: 0,
            has_reasoning: false,
            is_lower_bound: false,
        }
    }

    fn text(&mut self, text: &str) {
        self.texts.add(text::count(self.vocabulary, text, self.budget));
    }

    fn message(&mut self) {
        self.overhead += self.rules.per_message;
    }

    /// A name costs one token beside its text where messages cost something (OpenAI's cookbook).
    fn name(&mut self, name: &str) {
        if self.rules.per_message > 0 {
            self.overhead += 1;
        }
        self.text(name);
    }

    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Text(text) | Part::ToolResult(text) => self.text(text),
            Part::Reasoning(text) => {
                self.has_reasoning = true;
                self.text(text);
            }
            Part::ToolCall { name, arguments } => {
                self.overhead += self.rules.per_tool_call;
                self.text(name);
                self.text(arguments);
            }
            Part::Opaque => self.is_lower_bound = true,
        }
    }

    fn tools(&mut self, json: &str) {
        self.tools_base = self.rules.tools_base;
        self.tools.add(text::count(self.vocabulary, json, self.budget));
    }

    fn finish_request(mut self) -> TokenCount {
        if self.texts.bytes + self.tools.bytes + self.overhead > 0 {
            self.overhead += self.rules.per_request;
        }
        self.finish()
    }

    fn finish_answer(mut self) -> TokenCount {
        self.is_lower_bound |= match self.rules.reasoning {
            ReasoningText::Shown => false,
            ReasoningText::Summarised => self.has_reasoning,
            ReasoningText::Hidden => true,
        };
        self.finish()
    }

    fn finish(self) -> TokenCount {
        let texts = scale(self.texts.tokens(), self.rules.text_permille);
        let tools = scale(self.tools.tokens(), self.rules.tools_permille).saturating_add(self.tools_base);
        let tokens = texts.saturating_add(tools).saturating_add(self.overhead);
        let error = texts as f64 * self.family_margin()
            + tools as f64 * TOOLS_MARGIN
            + (self.texts.forced_cuts + self.tools.forced_cuts) as f64 * TOKENS_PER_FORCED_CUT
            + by_bytes(&self.texts, self.rules.text_permille) as f64 * BYTES_MARGIN
            + by_bytes(&self.tools, self.rules.tools_permille) as f64 * BYTES_MARGIN;
        let error_margin = if tokens == 0 { 0.0 } else { error / tokens as f64 };
        TokenCount { tokens, method: self.method(tools), error_margin, is_lower_bound: self.is_lower_bound }
    }

    fn family_margin(&self) -> f64 {
        if self.texts.bytes == 0 {
            return self.rules.margin;
        }
        let share = self.texts.bytes_outside_ascii as f64 / self.texts.bytes as f64;
        self.rules.margin + (self.rules.margin_outside_ascii - self.rules.margin) * share
    }

    fn method(&self, tools: u64) -> Method {
        if self.texts.without_vocabulary + self.tools.without_vocabulary > 0 {
            Method::Bytes
        } else if self.texts.beyond_budget + self.tools.beyond_budget > 0 {
            Method::Truncated
        } else if !self.model.family().has_published_encoding() {
            Method::FamilyFactor
        } else if self.overhead + tools > 0 {
            Method::MessageRules
        } else if self.texts.forced_cuts > 0 {
            Method::Sliced
        } else {
            Method::Exact
        }
    }
}

fn by_bytes(count: &TextCount, permille: u64) -> u64 {
    scale(count.beyond_budget.saturating_add(count.without_vocabulary), permille)
}

/// Multiplies by thousandths, rounding half up.
fn scale(tokens: u64, permille: u64) -> u64 {
    let scaled = (u128::from(tokens) * u128::from(permille) + 500) / 1_000;
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
