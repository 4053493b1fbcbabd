//! Where the user's settings and traces are.

use std::env;
use std::path::PathBuf;

/// The name of the settings file, in the working directory and in the user's folder for settings.
pub const CONFIG_FILE: &str = "otel-genai.toml";

/// Returns where the user's settings file is looked for, whether it is there or not.
///
/// `otel-genai/otel-genai.toml` in `XDG_CONFIG_HOME` or `~/.config`, in `~/Library/Application Support` on macOS, in
/// `APPDATA` on Windows. `None` where these variables are not set.
pub fn config_file() -> Option<PathBuf> {
    let folder = if cfg!(windows) { variable("APPDATA") } else { folder("XDG_CONFIG_HOME", ".config") };
    folder.map(|folder| folder.join("otel-genai").join(CONFIG_FILE))
}

/// Returns where the development profile stores traces, and where `otel-genai traces` looks for them.
///
/// `otel-genai/traces.db` in `XDG_STATE_HOME` or `~/.local/state`, in `~/Library/Application Support` on macOS, in
/// `LOCALAPPDATA` on Windows. Not in the working directory: traces hold prompts, and what lies there is committed.
pub fn default_store() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("traces.db"))
}

/// Returns where the development profile writes traces without the feature `sqlite`: `traces.jsonl` beside
/// [the store](default_store).
pub fn default_trace_file() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("traces.jsonl"))
}

fn state_folder() -> Option<PathBuf> {
    let folder =
        if cfg!(windows) { variable("LOCALAPPDATA") } else { folder("XDG_STATE_HOME", ".local/state") };
    folder.map(|folder| folder.join("otel-genai"))
}

fn folder(xdg: &str, below_home: &str) -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return variable("HOME").map(|home| home.join("Library/Application Support"));
    }
    // A relative path is to be ignored (XDG Base Directory Specification 0.8, "Environment variables").
    let xdg = variable(xdg).filter(|xdg| xdg.is_absolute());
    xdg.or_else(|| variable("HOME").map(|home| home.join(below_home)))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
