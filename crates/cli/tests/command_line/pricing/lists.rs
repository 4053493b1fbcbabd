//! `otel-genai pricing` over lists of prices made here.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::program::{Ended, Scratch};

impl Scratch {
    /// With a cache with three models of one provider, newer than any release.
    pub(crate) fn with_small_cache() -> Self {
        let scratch = Self::new();
        let catalogue = scratch.write("small.json", small_catalogue());
        scratch.pricing(&["import", &catalogue.display().to_string()]).silent_success();
        scratch
    }

    /// Where the program keeps its cache, since nothing else is said.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path().join("caches/otel-genai/prices.deflate")
    }

    pub(crate) fn pricing(&self, arguments: &[&str]) -> Ended {
        self.pricing_with(arguments, "")
    }

    pub(crate) fn pricing_with(&self, arguments: &[&str], stdin: &str) -> Ended {
        self.run_with(&[&["pricing"], arguments].concat(), &[], stdin)
    }

    /// Runs it with `--json` and returns what it printed.
    #[track_caller]
    pub(crate) fn pricing_json(&self, arguments: &[&str]) -> Value {
        self.pricing(&[arguments, &["--json"]].concat()).json()
    }
}

/// A catalogue of one provider with three models.
pub(crate) fn small_catalogue() -> String {
    r#"{"manifest":{"schema":1,"generated_at":"2100-01-01","sources":[]},"providers":[
{"provider":"acme","upstream":{"genai":["acme"],"litellm":["acme"]},"models":{
"acme-1":{"in":1,"cr":0.1,"out":4,"v":{"batch":{"in":0.5}},"s":"gl"},
"acme-2":{"in":2,"out":4,"s":"g"},
"acme-3":{"in":3,"out":4,"s":"g"}}}]}"#
        .to_owned()
}

/// The two lists as files; the second model has this input price.
pub(crate) fn lists(scratch: &Scratch, second_input: f64) -> [String; 4] {
    let model = |id: &str, input: f64| json!({"id": id, "match": {"equals": id}, "prices": {"input_mtok": input, "output_mtok": 4.0}});
    let genai = json!([{"id": "acme", "models": [
        model("acme-1", 1.0), model("acme-2", second_input), model("acme-3", 3.0), model("acme-4", 5.0)]}]);
    let litellm = json!({"acme/acme-1": {"litellm_provider": "acme", "input_cost_per_token": 1e-6,
        "output_cost_per_token": 4e-6, "input_cost_per_token_batches": 5e-7, "cache_read_input_token_cost": 1e-7}});
    let file = |name, list: Value| scratch.write(name, list.to_string()).display().to_string();
    ["--genai-prices".into(), file("genai.json", genai), "--litellm".into(), file("litellm.json", litellm)]
}
