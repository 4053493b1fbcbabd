//! From the names on a span to a family and its vocabulary.

use crate::{Encoding, Family};

/// A model whose tokens can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Model {
    family: Family,
    encoding: Encoding,
}

/// No model has a longer name; what is longer is no name.
const LONGEST_NAME: usize = 512;

impl Model {
    /// Finds the family of a model by its name and, for Azure deployments, by its provider (`gen_ai.provider.name`).
    ///
    /// `None` if no tokenizer or factor is known: the count is then absent rather than guessed.
    ///
    /// ```
    /// use otel_genai_tokens::{Encoding, Family, Model};
    ///
    /// let model = Model::resolve(Some("aws.bedrock"), "us.anthropic.claude-opus-4-7-v1:0").expect("a known family");
    /// assert_eq!((model.family(), model.encoding()), (Family::ClaudeFrom47, Encoding::O200kBase));
    /// assert_eq!(Model::resolve(Some("cohere"), "command-r"), None);
    /// ```
    #[must_use]
    pub fn resolve(provider: Option<&str>, name: &str) -> Option<Self> {
        let name = name.trim();
        if name.is_empty() || name.len() > LONGEST_NAME {
            return None;
        }
        let name = name.to_ascii_lowercase();
        openai(&name).or_else(|| other(&name)).or_else(|| {
            let is_openai = provider.is_some_and(|provider| {
                let provider = provider.trim();
                ["openai", "azure.ai.openai", "azure_openai", "azure"]
                    .iter()
                    .any(|known| provider.eq_ignore_ascii_case(known))
            });
            is_openai.then_some(Self::by_factor(Family::OpenAiUnpublished))
        })
    }

    /// Returns the family.
    #[must_use]
    pub fn family(self) -> Family {
        self.family
    }

    /// Returns the vocabulary to count with: the model's own, or the one its factor refers to.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        self.encoding
    }

    /// Every factor refers to `o200k_base`.
    fn by_factor(family: Family) -> Self {
        Self { family, encoding: Encoding::O200kBase }
    }
}

/// Knows OpenAI's own names, behind a path (`openai/gpt-4o`) or Bedrock's prefix (`openai.gpt-oss-120b-1:0`).
fn openai(name: &str) -> Option<Model> {
    if name.contains("gpt-oss") {
        return Some(Model::by_factor(Family::GptOss));
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_prefix("openai.").unwrap_or(name);
    let base = name.strip_prefix("ft:").unwrap_or(name);
    if let Some(encoding) = Encoding::for_model(name) {
        return Some(Model { family: family_of_published(base), encoding });
    }
    let is_openai =
        ["gpt-", "chatgpt-", "codex-", "computer-use"].iter().any(|prefix| base.starts_with(prefix));
    (is_openai || is_o_series(base)).then_some(Model::by_factor(Family::OpenAiUnpublished))
}

fn family_of_published(base: &str) -> Family {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| base.starts_with(prefix));
    if is_o_series(base) || starts(&["gpt-5", "codex-mini"]) {
        Family::OpenAiReasoning
    } else if starts(&["gpt-3.5", "gpt-35", "gpt-4", "chatgpt"]) && !base.contains("-instruct") {
        Family::OpenAiChat
    } else {
        Family::OpenAiText
    }
}

/// `o1`, `o3-mini`, `o4-mini-2025-04-16`; not `o1js` or `olmo`.
fn is_o_series(name: &str) -> bool {
    let number = name.strip_prefix('o').map(|rest| rest.split_once('-').map_or(rest, |(number, _)| number));
    number.is_some_and(|number| {
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Knows the names of other makers, wherever they stand: hosts wrap them in paths, prefixes and suffixes.
fn other(name: &str) -> Option<Model> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let family = if name.contains("claude") {
        claude(name)
    } else if name.contains("gemini") {
        Family::Gemini
    } else if has(&["amazon.nova", "amazon/nova", "nova-lite", "nova-micro", "nova-premier", "nova-pro"]) {
        Family::Nova
    } else if has(&["llama-4", "llama4"]) {
        Family::Llama4
    } else if has(&["llama-3", "llama3"]) {
        // Before DeepSeek: its distillations (`deepseek-r1-distill-llama-3…`) keep the vocabulary they started from.
        Family::Llama3
    } else if has(&["qwen", "qwq"]) {
        Family::Qwen
    } else if name.contains("deepseek") && !name.contains("distill") {
        Family::DeepSeek
    } else if has(&["mixtral", "mistral-7b", "mistral-tiny", "mamba"]) {
        return None; // SentencePiece, never measured.
    } else if has(&["mistral", "ministral", "magistral", "devstral", "codestral", "pixtral"]) {
        Family::Mistral
    } else if has(&["glm-4", "glm-5"]) {
        Family::Glm
    } else {
        return None;
    };
    Some(Model::by_factor(family))
}

/// Reads the version out of `claude-opus-4-7`, `claude-4.6-sonnet-20260217`, `claude-3-5-haiku@20241022`.
///
/// From 4.7 on the maker says "about 30 % more tokens than before".
fn claude(name: &str) -> Family {
    let mut numbers = name
        .rsplit("claude")
        .next()
        .unwrap_or(name)
        .split(|character: char| !character.is_ascii_alphanumeric())
        .map(|word| if word.len() <= 2 { word.parse::<u32>().ok() } else { None })
        .skip_while(Option::is_none);
    let major = numbers.next().flatten().unwrap_or(0);
    let minor = numbers.next().flatten().unwrap_or(0);
    if (major, minor) >= (4, 7) { Family::ClaudeFrom47 } else { Family::Claude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_their_family() {
        for (name, family) in [
            ("gpt-4o", Some(Family::OpenAiChat)),
            ("GPT-4.1-mini-2025-04-14", Some(Family::OpenAiChat)),
            ("ft:gpt-4o-mini-2024-07-18:acme::abc", Some(Family::OpenAiChat)),
            ("gpt-35-turbo", Some(Family::OpenAiChat)),
            ("gpt-3.5-turbo-instruct", Some(Family::OpenAiText)),
            ("openai/gpt-5.2", Some(Family::OpenAiReasoning)),
            ("o3-mini-2025-01-31", Some(Family::OpenAiReasoning)),
            ("text-embedding-3-large", Some(Family::OpenAiText)),
            ("davinci-002", Some(Family::OpenAiText)),
            ("gpt2", Some(Family::OpenAiText)),
            ("gpt-6-mini", Some(Family::OpenAiUnpublished)),
            ("o5", Some(Family::OpenAiUnpublished)),
            ("openai.gpt-oss-120b-1:0", Some(Family::GptOss)),
            ("gpt-oss:20b", Some(Family::GptOss)),
            ("claude-3-5-sonnet-20241022", Some(Family::Claude)),
            ("anthropic.claude-opus-4-20250514-v1:0", Some(Family::Claude)),
            ("claude-4.6-sonnet-20260217", Some(Family::Claude)),
            ("claude-opus-4-7", Some(Family::ClaudeFrom47)),
            ("claude-sonnet-5", Some(Family::ClaudeFrom47)),
            ("claude-v2", Some(Family::Claude)),
            ("models/gemini-2.5-pro", Some(Family::Gemini)),
            ("eu.amazon.nova-lite-v1:0", Some(Family::Nova)),
            ("deepseek-chat", Some(Family::DeepSeek)),
            ("deepseek-r1-distill-llama-70b", None),
            ("deepseek-r1-distill-qwen-32b", Some(Family::Qwen)),
            ("meta-llama/Llama-3.3-70B-Instruct", Some(Family::Llama3)),
            ("meta.llama4-scout-17b-instruct-v1:0", Some(Family::Llama4)),
            ("llama-2-70b", None),
            ("mistral-large-latest", Some(Family::Mistral)),
            ("open-mixtral-8x7b", None),
            ("zai/glm-4.6", Some(Family::Glm)),
            ("olmo-2", None),
            ("command-r", None),
            ("  ", None),
        ] {
            assert_eq!(Model::resolve(None, name).map(Model::family), family, "{name}");
        }
    }

    #[test]
    fn an_azure_deployment_is_a_model_of_openai() {
        let model = Model::resolve(Some("azure.ai.openai"), "prod-chat").expect("by provider");
        assert_eq!(model.family(), Family::OpenAiUnpublished);
        assert_eq!(Model::resolve(Some("azure.ai.inference"), "prod-chat"), None);
    }

    #[test]
    fn a_name_of_megabytes_is_no_name() {
        assert_eq!(Model::resolve(Some("openai"), &"gpt-5".repeat(100_000)), None);
    }
}
