//! `otel-genai config show`: what holds, and who said so.

use std::fmt::Write as _;

use clap::Args;
use otel_genai::Source;
use serde_json::json;

use crate::arguments::SettingsArguments;
use crate::failure::Failure;
use crate::printed::print;

/// Tells what holds, and who said so: file and line, variable, profile
///
/// Secrets are shown as ***.
#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    settings: SettingsArguments,

    /// Shows the keys that nobody set, too
    #[arg(long)]
    all: bool,

    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let settings = arguments.settings.load()?;
    let keys = settings.describe();
    let shown =
        keys.iter().filter(|key| arguments.all || key.source != Source::Default || key.value.is_some());
    let file = settings.file().map(|path| path.display().to_string());
    let mut text = String::new();
    if arguments.json {
        let keys: Vec<_> = shown
            .map(|key| {
                json!({
                    "key": key.key, "value": key.value, "default": key.default,
                    "source": key.source.to_string(), "variable": key.variable,
                })
            })
            .collect();
        let all = json!({ "file": file, "exporters": settings.exporters(), "keys": keys });
        let _ = writeln!(text, "{all:#}");
    } else {
        let _ = writeln!(text, "file       {}", file.as_deref().unwrap_or("none found"));
        let exporters = settings.exporters().join(", ");
        let _ = writeln!(text, "exporters  {}", if exporters.is_empty() { "none" } else { &exporters });
        for key in shown {
            let value = key.value.as_deref().unwrap_or(key.default);
            let _ = writeln!(text, "{} = {value}  ({})", key.key, key.source);
        }
    }
    print(text)
}
