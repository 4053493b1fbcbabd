//! Who ran the model: names, and the traces a provider leaves in models, scopes and addresses.

use std::borrow::Cow;

/// Spellings of providers that libraries write, and the convention's value.
///
/// Sources: the convention's `gen_ai.provider.name` and the former `gen_ai.system` values; OpenInference 0.1.42
/// `llm.provider`/`llm.system`; OpenLLMetry 0.5.1; Vercel AI SDK provider ids; rig 0.46; LiteLLM. Providers that the
/// convention does not list keep one spelling of ours.
const ALIASES: &[(&str, &str)] = &[
    ("openai", "openai"),
    ("chatgpt", "openai"),
    ("openai_responses", "openai"),
    ("openai-chat", "openai"),
    ("openai-responses", "openai"),
    ("anthropic", "anthropic"),
    ("claude", "anthropic"),
    ("azure", "azure.ai.openai"),
    ("azure_openai", "azure.ai.openai"),
    ("azure-openai", "azure.ai.openai"),
    ("azure.openai", "azure.ai.openai"),
    ("azureopenai", "azure.ai.openai"),
    ("az.ai.openai", "azure.ai.openai"),
    ("azure.ai.openai", "azure.ai.openai"),
    ("az.ai.inference", "azure.ai.inference"),
    ("azure_ai", "azure.ai.inference"),
    ("azure.ai.inference", "azure.ai.inference"),
    ("aws", "aws.bedrock"),
    ("aws_bedrock", "aws.bedrock"),
    ("aws.bedrock", "aws.bedrock"),
    ("bedrock", "aws.bedrock"),
    ("bedrock_converse", "aws.bedrock"),
    ("amazon_bedrock", "aws.bedrock"),
    ("amazon-bedrock", "aws.bedrock"),
    ("bedrock-runtime", "aws.bedrock"),
    ("cohere", "cohere"),
    ("cohere_chat", "cohere"),
    ("deepseek", "deepseek"),
    ("gemini", "gcp.gemini"),
    ("gcp.gemini", "gcp.gemini"),
    ("google_genai", "gcp.gen_ai"),
    ("google.genai", "gcp.gen_ai"),
    ("google-genai", "gcp.gen_ai"),
    ("google", "gcp.gen_ai"),
    ("google_generativeai", "gcp.gen_ai"),
    ("gcp.gen_ai", "gcp.gen_ai"),
    ("google.generative-ai", "gcp.gemini"),
    ("google-gla", "gcp.gemini"),
    ("vertexai", "gcp.vertex_ai"),
    ("vertex_ai", "gcp.vertex_ai"),
    ("google-vertex", "gcp.vertex_ai"),
    ("google.vertex", "gcp.vertex_ai"),
    ("google_vertexai", "gcp.vertex_ai"),
    ("gcp.vertex_ai", "gcp.vertex_ai"),
    ("vertex.anthropic", "gcp.vertex_ai"),
    ("googlevertex.anthropic", "gcp.vertex_ai"),
    ("google.vertex.anthropic", "gcp.vertex_ai"),
    ("bedrock.anthropic", "aws.bedrock"),
    ("groq", "groq"),
    ("watsonx", "ibm.watsonx.ai"),
    ("ibm.watsonx.ai", "ibm.watsonx.ai"),
    ("mistral", "mistral_ai"),
    ("mistralai", "mistral_ai"),
    ("mistral_ai", "mistral_ai"),
    ("moonshot", "moonshot_ai"),
    ("moonshotai", "moonshot_ai"),
    ("moonshot_ai", "moonshot_ai"),
    ("perplexity", "perplexity"),
    ("xai", "x_ai"),
    ("x_ai", "x_ai"),
    ("together", "together_ai"),
    ("togetherai", "together_ai"),
    ("together_ai", "together_ai"),
    ("fireworks", "fireworks"),
    ("fireworks_ai", "fireworks"),
    ("huggingface", "hugging_face"),
    ("hugging_face", "hugging_face"),
    ("ollama", "ollama"),
    ("openrouter", "openrouter"),
    ("alephalpha", "aleph_alpha"),
    ("aleph_alpha", "aleph_alpha"),
    ("cerebras", "cerebras"),
    ("replicate", "replicate"),
];

/// Providers by a part of the host that serves them, longest first where one contains another.
const HOSTS: [(&str, &str); 24] = [
    ("openai.azure.com", "azure.ai.openai"),
    ("services.ai.azure.com", "azure.ai.inference"),
    ("models.ai.azure.com", "azure.ai.inference"),
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("bedrock-runtime", "aws.bedrock"),
    ("api.mistral.ai", "mistral_ai"),
    ("api.cohere", "cohere"),
    ("api.groq.com", "groq"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("openrouter.ai", "openrouter"),
    ("api.moonshot.", "moonshot_ai"),
    ("api.together.", "together_ai"),
    ("api.fireworks.ai", "fireworks"),
    ("api.cerebras.ai", "cerebras"),
    ("huggingface.co", "hugging_face"),
    ("api.replicate.com", "replicate"),
    ("ml.cloud.ibm.com", "ibm.watsonx.ai"),
    ("/openai/deployments/", "azure.ai.openai"),
    (":11434", "ollama"),
];

/// Providers by how their models' names start, for when nothing else tells.
const MODELS: [(&str, &str); 30] = [
    ("arn:aws:bedrock", "aws.bedrock"),
    ("us.", "aws.bedrock"),
    ("eu.", "aws.bedrock"),
    ("apac.", "aws.bedrock"),
    ("global.", "aws.bedrock"),
    ("anthropic.", "aws.bedrock"),
    ("amazon.", "aws.bedrock"),
    ("meta.", "aws.bedrock"),
    ("cohere.", "aws.bedrock"),
    ("mistral.", "aws.bedrock"),
    ("gpt-oss", ""),
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4-", "openai"),
    ("text-embedding-3", "openai"),
    ("text-embedding-ada", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gcp.gen_ai"),
    ("mistral-", "mistral_ai"),
    ("ministral-", "mistral_ai"),
    ("codestral-", "mistral_ai"),
    ("magistral-", "mistral_ai"),
    ("command-", "cohere"),
    ("embed-english", "cohere"),
    ("deepseek-", "deepseek"),
    ("grok-", "x_ai"),
    ("sonar", "perplexity"),
    ("kimi-", "moonshot_ai"),
];

/// Suffixes by which the Vercel AI SDK names an API of a provider: `openai.chat`, `anthropic.messages`.
const API_SUFFIXES: [&str; 12] = [
    "chat",
    "responses",
    "messages",
    "completion",
    "embedding",
    "textembedding",
    "image",
    "speech",
    "transcription",
    "languagemodel",
    "language-model",
    "reranking",
];

/// Returns the convention's spelling of a provider's name, or the name itself if it is not known.
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::provider::canonical;
///
/// assert_eq!(canonical("OpenAI"), "openai");
/// assert_eq!(canonical("anthropic.messages"), "anthropic");
/// assert_eq!(canonical("xai"), "x_ai");
/// assert_eq!(canonical("my-gateway"), "my-gateway");
/// ```
pub fn canonical(name: &str) -> Cow<'_, str> {
    match known(name.trim()) {
        Some(provider) => Cow::Borrowed(provider),
        None => Cow::Borrowed(name),
    }
}

/// Returns the convention's spelling of a provider's name if it is known.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    if let Some((_, provider)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)) {
        return Some(provider);
    }
    let (head, suffix) = name.rsplit_once('.')?;
    API_SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix)).then(|| known(head))?
}

/// Tells the provider from the address or URL that was called.
///
/// # Examples
///
/// ```
/// use otel_genai_semconv::provider::from_address;
///
/// assert_eq!(from_address("https://acme.openai.azure.com/openai/v1"), Some("azure.ai.openai"));
/// assert_eq!(from_address("127.0.0.1"), None);
/// ```
pub fn from_address(address: &str) -> Option<&'static str> {
    lookup(&HOSTS, |part| address.contains(part))
}

/// Guesses the provider from the name of a model; for when nothing else tells, since many providers serve one model.
pub fn from_model(model: &str) -> Option<&'static str> {
    // Gateways name the provider before the model: `openai/gpt-4o`.
    if let Some((prefix, _)) = model.split_once('/')
        && let Some(provider) = known(prefix)
    {
        return Some(provider);
    }
    lookup(&MODELS, |start| model.starts_with(start))
}

fn lookup(table: &[(&str, &'static str)], fits: impl Fn(&str) -> bool) -> Option<&'static str> {
    let (_, provider) = table.iter().find(|(part, _)| fits(part))?;
    (!provider.is_empty()).then_some(provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_ends_at_one_name_that_stays() {
        for (alias, provider) in ALIASES {
            assert_eq!(canonical(alias), *provider);
            assert_eq!(canonical(provider), *provider, "{alias}");
        }
        for (written, expected) in [
            ("OpenAI", "openai"),
            ("openai.responses", "openai"),
            ("azure-openai.chat", "azure.ai.openai"),
            ("google.vertex.chat", "gcp.vertex_ai"),
            ("MistralAI", "mistral_ai"),
            ("some.thing", "some.thing"),
        ] {
            assert_eq!(canonical(written), expected);
        }
    }

    #[test]
    fn addresses_and_models_tell_the_provider() {
        assert_eq!(from_address("https://x.openai.azure.com/openai"), Some("azure.ai.openai"));
        assert_eq!(from_address("127.0.0.1"), None);
        assert_eq!(from_model("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), Some("aws.bedrock"));
        assert_eq!(from_model("groq/llama-3.3-70b"), Some("groq"));
        assert_eq!(from_model("gpt-oss-120b"), None);
        assert_eq!(from_model("llama3"), None);
    }
}
