//! Who answered, where a library's own word for it is not the truth.

use opentelemetry::Value;
use otel_genai_pipeline::testing::SpanBuilder;
use otel_genai_semconv::dialect::Reader;

type Attribute = (&'static str, Value);

fn span(scope: &'static str, name: &'static str, attributes: &[Attribute]) -> SpanBuilder {
    let span = SpanBuilder::new(name).scope(scope);
    attributes.iter().fold(span, |span, (key, value)| span.attribute(*key, value.clone()))
}

/// The SDK of OpenAI calls whatever base URL it was given, and its instrumentations write `openai` for all of them.
#[test]
fn the_host_decides_where_the_sdk_of_openai_was_used() {
    let cases = [
        ("server.address", "openrouter.ai", "openrouter"),
        ("server.address", "api.deepseek.com", "deepseek"),
        ("server.address", "api.groq.com", "groq"),
        ("server.address", "generativelanguage.googleapis.com", "gcp.gemini"),
        ("server.address", "api.together.xyz", "together_ai"),
        ("server.address", "api.fireworks.ai", "fireworks"),
        ("server.address", "api.mistral.ai", "mistral_ai"),
        ("server.address", "eu-west-1.api.x.ai", "x_ai"),
        ("server.address", "acme.openai.azure.com", "azure.ai.openai"),
        ("server.address", "api.openai.com", "openai"),
        ("server.address", "localhost", "openai"),
        ("server.address", "llm.acme.internal", "openai"),
        ("gen_ai.openai.api_base", "https://api.deepseek.com/v1/", "deepseek"),
        ("gen_ai.openai.api_base", "https://openrouter.ai/api/v1/", "openrouter"),
        ("gen_ai.openai.api_base", "https://eu.api.openai.com/v1/", "openai"),
        ("gen_ai.openai.api_base", "http://localhost:11434/v1", "openai"),
    ];
    for (key, address, expected) in cases {
        let attributes = [
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.system", "openai".into()),
            ("gen_ai.request.model", "some-model".into()),
            ("gen_ai.usage.input_tokens", 1000.into()),
            ("gen_ai.usage.output_tokens", 100.into()),
            (key, address.into()),
        ];
        let mut span =
            span("opentelemetry.instrumentation.openai_v2", "chat some-model", &attributes).build();
        let reader = Reader::default();
        let reading = reader.normalise(&mut span);
        assert_eq!(reading.provider.as_deref(), Some(expected), "{address}");
        assert_eq!(span.get_str("gen_ai.provider.name"), Some(expected), "{address}");
        assert_eq!(span.get_str("gen_ai.system"), Some("openai"), "what the library wrote stays");
        assert_eq!(reader.read(&span), reading, "{address}");
    }
}

/// Spellings of providers, for pricing; a proxy and a class are no providers.
#[test]
fn further_spellings_of_providers_are_known() {
    let cases = [
        ("gateway", "gpt-4o", "vercel-ai-gateway"),
        ("google-vertex-anthropic", "claude-sonnet-4-5@20250929", "gcp.vertex_ai"),
        ("azure_ai_foundry", "gpt-4o", "azure.ai.inference"),
        ("azure.ai.foundry", "gpt-4o", "azure.ai.inference"),
        ("litellm_proxy", "gpt-4o", "openai"),
        ("ChatOpenAI", "gpt-4o", "openai"),
        ("AzureChatOpenAI", "gpt-4o", "azure.ai.openai"),
        ("nvidia", "meta/llama-3.1-70b-instruct", "nvidia"),
        ("huggingface", "meta-llama/Llama-3.3-70B-Instruct", "hugging_face"),
        ("github", "gpt-4o", "github"),
        ("grok", "grok-4", "x_ai"),
    ];
    for (written, model, expected) in cases {
        let attributes = [
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", written.into()),
            ("gen_ai.request.model", model.into()),
        ];
        let reading = Reader::default().read(&span("my.app", "chat", &attributes).build());
        assert_eq!(reading.provider.as_deref(), Some(expected), "{written}");
    }
}
