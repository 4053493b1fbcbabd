//! What a run can do, what that calls for, and what of it was seen.

use opentelemetry::{Array, StringValue, Value};
use otel_genai_pipeline::Span;
use otel_genai_semconv::names::guardrail;
use otel_genai_semconv::{GuardrailCategory, GuardrailStatus};
use serde::Serialize;

use crate::finding::{Confidence, Finding, Source};
use crate::json_writer::JsonWriter;

/// Something that a run was seen to do, and that protections answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// Calls a model.
    CallsLlm,
    /// Gives a model text that may come from a user.
    HandlesUserText,
    /// Produces text that a user may read.
    ProducesUserText,
    /// Calls tools, or offers them to a model.
    UsesTools,
    /// Hands the run to another agent.
    HandsOff,
    /// Searches in data.
    Retrieves,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 6] = [
        Self::CallsLlm,
        Self::HandlesUserText,
        Self::ProducesUserText,
        Self::UsesTools,
        Self::HandsOff,
        Self::Retrieves,
    ];

    /// Returns the capability of a word that the summary uses.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == name)
    }

    /// Returns the word that the summary uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallsLlm => "calls_llm",
            Self::HandlesUserText => "handles_user_text",
            Self::ProducesUserText => "produces_user_text",
            Self::UsesTools => "uses_tools",
            Self::HandsOff => "hands_off",
            Self::Retrieves => "retrieves",
        }
    }

    const fn why(self) -> &'static str {
        match self {
            Self::CallsLlm => "the run calls a model",
            Self::HandlesUserText => "a model is given text that may come from a user",
            Self::ProducesUserText => "a model writes text that a user may read",
            Self::UsesTools => "the run uses tools",
            Self::HandsOff => "the run is handed to another agent",
            Self::Retrieves => "a model is given text from a search",
        }
    }
}

/// What a capability calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// What the run does.
    pub capability: Capability,
    /// The kind of guardrail that it then wants.
    pub category: GuardrailCategory,
    /// How sure it is that a run without is missing something.
    pub confidence: Confidence,
}

impl Requirement {
    /// Requires a category of guardrail of runs with a capability.
    pub const fn new(capability: Capability, category: GuardrailCategory, confidence: Confidence) -> Self {
        Self { capability, category, confidence }
    }
}

/// What is required unless the builder says otherwise: what Traccia requires, and that what a search brings in is checked.
///
/// Protection of personal data and limits of rate are no one's by default: which runs need them, no span can tell.
pub const DEFAULT_REQUIREMENTS: [Requirement; 7] = [
    Requirement::new(Capability::HandlesUserText, GuardrailCategory::InputValidation, Confidence::Medium),
    Requirement::new(Capability::HandlesUserText, GuardrailCategory::PromptInjection, Confidence::Medium),
    Requirement::new(Capability::ProducesUserText, GuardrailCategory::OutputValidation, Confidence::Medium),
    Requirement::new(Capability::ProducesUserText, GuardrailCategory::Moderation, Confidence::Medium),
    Requirement::new(Capability::UsesTools, GuardrailCategory::ToolPermission, Confidence::High),
    Requirement::new(Capability::Retrieves, GuardrailCategory::PromptInjection, Confidence::Medium),
    Requirement::new(Capability::Retrieves, GuardrailCategory::Grounding, Confidence::Low),
];

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Categories(u16);

impl Categories {
    pub(crate) fn insert(&mut self, category: GuardrailCategory) {
        self.0 |= Self::bit(category);
    }

    fn contains(self, category: GuardrailCategory) -> bool {
        self.0 & Self::bit(category) != 0
    }

    fn bit(category: GuardrailCategory) -> u16 {
        1 << (category as u16)
    }

    /// The words, sorted.
    fn words(self) -> Vec<&'static str> {
        let mut words: Vec<_> = GuardrailCategory::ALL
            .into_iter()
            .filter(|category| self.contains(*category))
            .map(GuardrailCategory::as_str)
            .collect();
        words.sort_unstable();
        words
    }
}

impl FromIterator<GuardrailCategory> for Categories {
    fn from_iter<T: IntoIterator<Item = GuardrailCategory>>(categories: T) -> Self {
        let mut set = Self::default();
        categories.into_iter().for_each(|category| set.insert(category));
        set
    }
}

impl std::ops::BitOr for Categories {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a span shows of the run's capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    seen: u8,
    /// Likely, though nothing shows it: the texts were not recorded.
    assumed: u8,
}

impl Abilities {
    pub(crate) fn see(&mut self, capability: Capability) {
        self.seen |= 1 << (capability as u8);
    }

    pub(crate) fn assume(&mut self, capability: Capability) {
        self.assumed |= 1 << (capability as u8);
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.seen |= other.seen;
        self.assumed |= other.assumed;
    }

    /// How sure it is that the run does this; `None`: it was not seen to.
    fn certainty(self, capability: Capability) -> Option<Confidence> {
        let bit = 1 << (capability as u8);
        if self.seen & bit != 0 {
            Some(Confidence::High)
        } else if self.assumed & bit != 0 {
            Some(Confidence::Low)
        } else {
            None
        }
    }
}

/// What a trace has shown so far, in this process.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    pub(crate) abilities: Abilities,
    pub(crate) suppressed: Categories,
    detected: Categories,
    triggered: Categories,
    /// Seen for sure and at work.
    covered: Categories,
    /// Seen, but failed or not run.
    idle: Categories,
    findings: u32,
    /// Findings of each confidence: low, medium, high.
    by_confidence: [u32; 3],
    unknown: u32,
    failed: u32,
    heuristic: u32,
}

impl Coverage {
    pub(crate) fn add(&mut self, finding: &Finding) {
        self.findings = self.findings.saturating_add(1);
        let count = &mut self.by_confidence[finding.confidence as usize];
        *count = count.saturating_add(1);
        self.detected.insert(finding.category);
        if finding.has_fired() {
            self.triggered.insert(finding.category);
        }
        let has_worked = !matches!(finding.status, Some(GuardrailStatus::NotRun | GuardrailStatus::Failed));
        if has_worked && finding.confidence >= Confidence::Medium {
            self.covered.insert(finding.category);
        }
        if !has_worked {
            self.idle.insert(finding.category);
        }
        let counts = [
            (&mut self.unknown, finding.category == GuardrailCategory::Unknown),
            (&mut self.failed, !has_worked),
            (&mut self.heuristic, finding.source == Source::Heuristic),
        ];
        for (count, is_one) in counts {
            *count = count.saturating_add(u32::from(is_one));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.abilities.is_empty() && self.findings == 0
    }

    /// Writes the summary on a local root.
    pub(crate) fn write(
        &self,
        root: &mut Span,
        requirements: &[Requirement],
        suppressed: Categories,
        is_forced: bool,
    ) {
        let summary = self.summary(
            requirements,
            suppressed | self.suppressed,
            Frame { is_part: root.parent_span_id().is_some(), is_forced },
        );
        let words = |words: &[&'static str]| {
            Value::Array(Array::String(words.iter().map(|word| StringValue::from(*word)).collect()))
        };
        root.set(guardrail::SUMMARY_DETECTED_CATEGORIES, words(&summary.detected_categories));
        root.set(guardrail::SUMMARY_TRIGGERED_CATEGORIES, words(&summary.triggered_categories));
        let missing = i64::try_from(summary.missing.len()).unwrap_or(i64::MAX);
        root.set(guardrail::SUMMARY_MISSING_COUNT, missing);
        root.set(guardrail::SUMMARY_COVERAGE_CONFIDENCE, summary.coverage_confidence.as_str());
        root.set(guardrail::SUMMARY, summary.to_json());
    }

    fn summary(&self, requirements: &[Requirement], suppressed: Categories, frame: Frame) -> Summary {
        let mut missing: Vec<Missing> = Vec::new();
        for requirement in requirements {
            let Some(certainty) = self.abilities.certainty(requirement.capability) else { continue };
            if self.covered.contains(requirement.category) || suppressed.contains(requirement.category) {
                continue;
            }
            let confidence = requirement.confidence.min(certainty);
            let entry = Missing {
                category: requirement.category.as_str(),
                capability: requirement.capability.as_str(),
                why: requirement.capability.why(),
                but: if !self.detected.contains(requirement.category) {
                    "no guardrail of this category was seen"
                } else if self.idle.contains(requirement.category) {
                    "the one that was seen failed or did not run"
                } else {
                    "all that was seen of one is a guess"
                },
                confidence,
            };
            match missing.iter_mut().find(|known| known.category == entry.category) {
                // Two reasons for one category: the surer one is told.
                Some(known) if known.confidence < confidence => *known = entry,
                Some(_) => {}
                None => missing.push(entry),
            }
        }
        Summary {
            spans_processes: frame.is_part,
            findings: self.findings,
            detected_categories: self.detected.words(),
            triggered_categories: self.triggered.words(),
            capabilities: Capability::ALL
                .into_iter()
                .filter(|capability| self.abilities.certainty(*capability).is_some())
                .map(Capability::as_str)
                .collect(),
            missing,
            suppressed: suppressed.words(),
            coverage_confidence: self.confidence(frame),
            limitations: self.limitations(frame),
        }
    }

    /// How far the coverage can be trusted.
    fn confidence(&self, frame: Frame) -> Confidence {
        let [_, medium, high] = self.by_confidence;
        let is_recorded = self.abilities.assumed & !self.abilities.seen == 0;
        if frame.is_forced || medium + high == 0 {
            Confidence::Low
        } else if high == self.findings && is_recorded && !frame.is_part {
            Confidence::High
        } else {
            Confidence::Medium
        }
    }

    fn limitations(&self, frame: Frame) -> Vec<String> {
        let mut limitations = Vec::new();
        let mut say = |holds: bool, text: &str| {
            if holds {
                limitations.push(text.to_owned());
            }
        };
        say(frame.is_part, "the trace spans processes: this is what this one saw");
        say(frame.is_forced, "a limit ended the trace before its spans were complete");
        say(self.abilities.is_empty(), "no call of a model or a tool was seen");
        say(
            self.abilities.assumed & !self.abilities.seen != 0,
            "texts of calls were not recorded: what they hold is assumed, and refusals in them cannot be seen",
        );
        say(self.findings == 0, "no guardrail was seen: one that leaves no trace cannot be told from none");
        say(self.findings > 0 && self.heuristic == self.findings, "all findings are guesses");
        if self.unknown > 0 {
            limitations.push(format!(
                "{} of {} findings do not say what they guard against",
                self.unknown, self.findings
            ));
        }
        if self.failed > 0 {
            limitations
                .push(format!("{} of {} guardrails failed or did not run", self.failed, self.findings));
        }
        limitations
    }
}

/// What is known of the trace beside its spans.
#[derive(Clone, Copy, Debug)]
struct Frame {
    is_part: bool,
    is_forced: bool,
}

/// The value of `guardrail.summary`.
#[derive(Debug)]
struct Summary {
    spans_processes: bool,
    findings: u32,
    detected_categories: Vec<&'static str>,
    triggered_categories: Vec<&'static str>,
    capabilities: Vec<&'static str>,
    missing: Vec<Missing>,
    suppressed: Vec<&'static str>,
    coverage_confidence: Confidence,
    limitations: Vec<String>,
}

#[derive(Debug)]
struct Missing {
    category: &'static str,
    capability: &'static str,
    /// What calls for it.
    why: &'static str,
    /// What there is of it.
    but: &'static str,
    confidence: Confidence,
}

impl Summary {
    fn to_json(&self) -> String {
        let mut json = JsonWriter::with_capacity(512 + self.missing.len() * 224);
        json.open('{');
        json.json_member("version", "1");
        json.text_member("scope", "process");
        json.json_member("spans_processes", if self.spans_processes { "true" } else { "false" });
        json.json_member("findings", &self.findings.to_string());
        json.texts_member("detected_categories", &self.detected_categories);
        json.texts_member("triggered_categories", &self.triggered_categories);
        json.texts_member("capabilities", &self.capabilities);
        json.key("missing");
        json.open('[');
        for missing in &self.missing {
            json.open('{');
            json.text_member("category", missing.category);
            json.text_member("capability", missing.capability);
            json.text_member("why", &[missing.why, ", and ", missing.but].concat());
            json.text_member("confidence", missing.confidence.as_str());
            json.close('}');
        }
        json.close(']');
        json.texts_member("suppressed", &self.suppressed);
        json.text_member("coverage_confidence", self.coverage_confidence.as_str());
        let limitations: Vec<&str> = self.limitations.iter().map(String::as_str).collect();
        json.texts_member("limitations", &limitations);
        json.close('}');
        json.finish()
    }
}

/// Reads the categories that a span asks to leave out, as a list or as text with commas.
pub(crate) fn suppressed_by(value: &Value) -> Categories {
    let read = |text: &str| -> Categories {
        text.split(',')
            .filter_map(|word| {
                GuardrailCategory::from_name(
                    word.trim_matches(|c: char| c.is_whitespace() || "[]\"'".contains(c)),
                )
            })
            .collect()
    };
    match value {
        Value::String(text) => read(text.as_str()),
        Value::Array(Array::String(items)) => {
            items.iter().fold(Categories::default(), |set, item| set | read(item.as_str()))
        }
        _ => Categories::default(),
    }
}
