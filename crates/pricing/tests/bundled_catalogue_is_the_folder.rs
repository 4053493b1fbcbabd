//! What the crate carries is what the repository's `pricing/` folder says.

use std::path::{Path, PathBuf};

use otel_genai_pricing::{Catalogue, PriceTable};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pricing")
}

#[test]
fn packed_and_folder_are_equal() {
    let folder = Catalogue::read_dir(&folder()).expect("the folder");
    let bundled = Catalogue::bundled().expect("the packed catalogue");
    assert!(folder == bundled, "pricing/ was edited: run the `refresh` or `pack` command to pack it again");
}

#[test]
fn files_are_written_as_they_are_read() {
    for (name, content) in Catalogue::read_dir(&folder()).expect("the folder").files() {
        let on_disk = std::fs::read_to_string(folder().join(&name)).expect("the file");
        assert!(on_disk == content, "{name} is not in the form that a refresh writes");
    }
}

#[test]
fn there_are_enough_models() {
    let table = PriceTable::new(Catalogue::bundled().expect("the packed catalogue"));
    assert!(table.model_count() >= 3_000, "{}", table.model_count());
    assert!(table.provider_count() >= 45, "{}", table.provider_count());
}

#[test]
fn every_row_is_found_by_its_own_name() {
    let catalogue = Catalogue::bundled().expect("the packed catalogue");
    let table = PriceTable::new(catalogue.clone());
    let usage = otel_genai_pricing::Usage {
        provider_cost: Some(otel_genai_pricing::Usd::ZERO),
        ..Default::default()
    };
    let mut lost = Vec::new();
    for provider in &catalogue.providers {
        for model in provider.models.keys() {
            let call = otel_genai_pricing::Call {
                provider: Some(&provider.header.provider),
                response_model: Some(model),
                request_model: None,
                usage: &usage,
                at: std::time::UNIX_EPOCH,
                context: otel_genai_pricing::Context::default(),
            };
            let row = table.price(&call).expect("a reported cost is always a price").row;
            if row.map(|row| (row.provider, row.model)) != Some((&provider.header.provider, model)) {
                lost.push(format!("{}/{model}: {row:?}", provider.header.provider));
            }
        }
    }
    assert!(lost.is_empty(), "{} rows:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn every_provider_is_found_by_its_names() {
    let catalogue = Catalogue::bundled().expect("the packed catalogue");
    let table = PriceTable::new(catalogue);
    for (name, provider) in [
        ("openai", "openai"),
        ("gcp.gen_ai", "google"),
        ("gcp.gemini", "google"),
        ("gcp.vertex_ai", "vertex"),
        ("anthropic", "anthropic"),
        ("cohere", "cohere"),
        ("azure.ai.inference", "azure"),
        ("azure.ai.openai", "azure"),
        ("ibm.watsonx.ai", "watsonx"),
        ("aws.bedrock", "aws"),
        ("perplexity", "perplexity"),
        ("x_ai", "xai"),
        ("deepseek", "deepseek"),
        ("groq", "groq"),
        ("mistral_ai", "mistral"),
        ("moonshot_ai", "moonshot"),
    ] {
        assert_eq!(table.provider_name(name), Some(provider), "{name}");
    }
}
