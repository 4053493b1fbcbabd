//! The words of guardrails: what one guards against, what it does, and how a check ended.

use serde::{Deserialize, Serialize};

/// What a guardrail guards against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GuardrailCategory {
    /// Checks what comes in: form, length, topic.
    InputValidation,
    /// Looks for instructions hidden in what comes in.
    PromptInjection,
    /// Looks for personal data.
    Pii,
    /// Looks for harmful content.
    Moderation,
    /// Decides whether a tool may be called.
    ToolPermission,
    /// Checks what goes out: form, promises, topic.
    OutputValidation,
    /// Limits how often something happens.
    RateLimit,
    /// Compares an answer with its sources.
    Grounding,
    /// None of these.
    Unknown,
}

impl GuardrailCategory {
    /// Every category, in the order of the enumeration.
    pub const ALL: [Self; 9] = [
        Self::InputValidation,
        Self::PromptInjection,
        Self::Pii,
        Self::Moderation,
        Self::ToolPermission,
        Self::OutputValidation,
        Self::RateLimit,
        Self::Grounding,
        Self::Unknown,
    ];

    /// Returns the word for `guardrail.category`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InputValidation => "input_validation",
            Self::PromptInjection => "prompt_injection",
            Self::Pii => "pii",
            Self::Moderation => "moderation",
            Self::ToolPermission => "tool_permission",
            Self::OutputValidation => "output_validation",
            Self::RateLimit => "rate_limit",
            Self::Grounding => "grounding",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word for `guardrail.category`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

/// What happens when a guardrail fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Enforcement {
    /// The agent does not go on with it.
    Block,
    /// The agent goes on, and somebody is told.
    Warn,
    /// The agent goes on with something changed: masked, cut, replaced.
    Modify,
    /// It is written down, and that is all.
    LogOnly,
}

impl Enforcement {
    const ALL: [Self; 4] = [Self::Block, Self::Warn, Self::Modify, Self::LogOnly];

    /// Returns the word for `guardrail.enforcement_mode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Warn => "warn",
            Self::Modify => "modify",
            Self::LogOnly => "log_only",
        }
    }

    /// Reads the word for `guardrail.enforcement_mode`; `unknown` is none of them.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|enforcement| enforcement.as_str() == name)
    }
}

/// How a check of a guardrail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GuardrailStatus {
    /// It found what it looks for.
    Triggered,
    /// It ran and found nothing.
    NotTriggered,
    /// It was skipped.
    NotRun,
    /// It broke, so nobody knows.
    Failed,
    /// It found what it looks for, and changed it.
    Modified,
}

impl GuardrailStatus {
    const ALL: [Self; 5] = [Self::Triggered, Self::NotTriggered, Self::NotRun, Self::Failed, Self::Modified];

    /// Returns the word for `guardrail.status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::NotTriggered => "not_triggered",
            Self::NotRun => "not_run",
            Self::Failed => "failed",
            Self::Modified => "modified",
        }
    }

    /// Reads the word for `guardrail.status`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_are_those_of_the_json() {
        for category in GuardrailCategory::ALL {
            assert_eq!(GuardrailCategory::from_name(category.as_str()), Some(category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
        for enforcement in Enforcement::ALL {
            assert_eq!(Enforcement::from_name(enforcement.as_str()), Some(enforcement));
            assert_eq!(serde_json::to_value(enforcement).unwrap(), enforcement.as_str());
        }
        for status in GuardrailStatus::ALL {
            assert_eq!(GuardrailStatus::from_name(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!(GuardrailStatus::from_name("Triggered"), None);
    }
}
