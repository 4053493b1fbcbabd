//! Runs the program as a user does, with a home of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A directory that is gone after the test.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a directory for temporary files"), variables: Vec::new() }
    }

    /// A cache with three models of one provider, newer than any release.
    pub(crate) fn with_small_cache() -> Self {
        let scratch = Self::new();
        let catalogue = scratch.write("small.json", small_catalogue());
        scratch.pricing(&["import", &catalogue.display().to_string()]).success();
        scratch
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the program keeps its cache, since nothing else is said.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path().join("caches/otel-genai/prices.deflate")
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(&path, contents).expect("writable");
        path
    }

    pub(crate) fn pricing(&self, arguments: &[&str]) -> Ended {
        self.pricing_with(arguments, "")
    }

    pub(crate) fn pricing_with(&self, arguments: &[&str], stdin: &str) -> Ended {
        let caches = self.path().join("caches");
        let mut child = Command::new(env!("CARGO_BIN_EXE_otel-genai"))
            .arg("pricing")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("XDG_CACHE_HOME", &caches)
            .env("LOCALAPPDATA", &caches)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // It need not want to read.
        let _ = child.stdin.take().expect("it was asked for").write_all(stdin.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs it with `--json` and returns what it printed.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(self.pricing(&arguments).success()).expect("JSON")
    }
}

impl Ended {
    /// Asserts success without a word on standard error, and returns what was printed.
    #[track_caller]
    pub(crate) fn success(&self) -> &str {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""));
        &self.stdout
    }

    /// Asserts the exit code, and that one line on standard error says why.
    #[track_caller]
    pub(crate) fn assert_error(&self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        let (lines, error) = (self.stderr.lines().count(), self.stderr.trim_end());
        assert!(lines == 1 && error.starts_with("error: ") && error.contains(message), "{error}");
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
