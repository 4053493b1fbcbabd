//! The published vocabularies.

use std::fmt;

use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};

/// A vocabulary that OpenAI has published.
///
/// Three of OpenAI's seven names are not here because they count ordinary text as another one does: `o200k_harmony` as
/// `o200k_base`, `p50k_edit` as `p50k_base`, `gpt2` as `r50k_base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// GPT-4o and later, the o series, gpt-oss.
    O200kBase,
    /// GPT-3.5, GPT-4, embeddings of the second and third generation.
    Cl100kBase,
    /// Codex and `text-davinci-002` and `-003`.
    P50kBase,
    /// GPT-2 and the first GPT-3 models.
    R50kBase,
}

impl Encoding {
    /// Every vocabulary.
    pub const ALL: [Self; 4] = [Self::O200kBase, Self::Cl100kBase, Self::P50kBase, Self::R50kBase];

    /// Finds the vocabulary of a model of OpenAI's by its bare name, dated or fine-tuned.
    ///
    /// `None` where OpenAI has published none, such as for `gpt-6`. The names are those of tiktoken 0.14.
    ///
    /// ```
    /// use otel_genai_tokens::Encoding;
    ///
    /// assert_eq!(Encoding::for_model("gpt-4-0613"), Some(Encoding::Cl100kBase));
    /// assert_eq!(Encoding::for_model("ft:gpt-4o-mini-2024-07-18:acme::abc123"), Some(Encoding::O200kBase));
    /// assert_eq!(Encoding::for_model("gpt-6"), None);
    /// ```
    #[must_use]
    pub fn for_model(model: &str) -> Option<Self> {
        // Fine-tunes of before August 2023 put their base first: `davinci:ft-acme-2023-06-01`.
        let model = model.split_once(":ft-").map_or(model, |(base, _)| base);
        Some(match get_tokenizer(model)? {
            Tokenizer::O200kBase | Tokenizer::O200kHarmony => Self::O200kBase,
            Tokenizer::Cl100kBase => Self::Cl100kBase,
            Tokenizer::P50kBase | Tokenizer::P50kEdit => Self::P50kBase,
            Tokenizer::R50kBase | Tokenizer::Gpt2 => Self::R50kBase,
        })
    }

    /// Returns OpenAI's name of the vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
            Self::P50kBase => "p50k_base",
            Self::R50kBase => "r50k_base",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_tuned_and_legacy_names_have_their_vocabulary() {
        for (model, encoding) in [
            ("gpt-4o-2024-05-13", Some(Encoding::O200kBase)),
            ("gpt-5.4-mini", Some(Encoding::O200kBase)),
            ("o3-mini-2025-01-31", Some(Encoding::O200kBase)),
            ("gpt-oss-120b", Some(Encoding::O200kBase)),
            ("gpt-35-turbo", Some(Encoding::Cl100kBase)),
            ("text-embedding-3-small", Some(Encoding::Cl100kBase)),
            ("ft:gpt-3.5-turbo:acme::id", Some(Encoding::Cl100kBase)),
            ("davinci:ft-acme-2023-06-01", Some(Encoding::R50kBase)),
            ("text-davinci-edit-001", Some(Encoding::P50kBase)),
            ("gpt2", Some(Encoding::R50kBase)),
            ("claude-sonnet-4-5", None),
            ("", None),
        ] {
            assert_eq!(Encoding::for_model(model), encoding, "{model}");
        }
    }
}
