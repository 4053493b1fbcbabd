//! Disabled, nothing is there: no thread, no file, no subscriber.
#![cfg(feature = "init")]

use std::path::Path;
use std::process::Command;

use otel_genai::Settings;

/// Runs one of the tests below in a process of its own, in an empty folder, with these variables.
fn run(test: &str, variables: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(std::env::current_exe().expect("this test runs"));
    command.args(["--exact", test, "--nocapture"]).env_clear().current_dir(home.path());
    command.env("HOME", home.path()).env("LOCALAPPDATA", home.path()).env("INSIDE", "1");
    command.envs(variables.iter().copied());
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{variables:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
    home
}

fn is_inside() -> bool {
    std::env::var_os("INSIDE").is_some()
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().expect("readable").next().is_none()
}

#[cfg(target_os = "linux")]
fn threads() -> usize {
    Path::new("/proc/self/task").read_dir().expect("on Linux").count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    0
}

/// The program: counts what `init` brings.
#[test]
fn inside() {
    if !is_inside() {
        return;
    }
    let before = threads();
    let guard = otel_genai::init().expect("right settings");
    assert_eq!(threads(), before);
    assert!(
        guard.handle().is_none() && guard.tracer_provider().is_none() && guard.meter_provider().is_none()
    );
    guard.shutdown_on_signal().expect("nothing to do");
    assert_eq!(threads(), before, "no thread waits for signals either");
    assert!(tracing::info_span!("answer").is_disabled());
    assert!(!tracing::dispatcher::has_been_set());
    guard.shutdown().expect("nothing to do");
}

/// The same program enabled, so that the counts above can fail.
#[test]
fn inside_enabled() {
    if !is_inside() {
        return;
    }
    let before = threads();
    let guard = otel_genai::init().expect("right settings");
    assert!(cfg!(not(target_os = "linux")) || threads() > before);
    assert!(guard.handle().is_some() && !tracing::info_span!("answer").is_disabled());
}

#[test]
fn by_each_switch() {
    for variables in
        [[("OTEL_SDK_DISABLED", "true")], [("OTEL_SDK_DISABLED", "TRUE")], [("OTEL_GENAI_ENABLED", "false")]]
    {
        assert!(is_empty(run("inside", &variables).path()), "{variables:?}");
    }
}

#[test]
fn our_variable_beats_the_standard_one_and_without_any_it_is_enabled() {
    let both = [("OTEL_SDK_DISABLED", "true"), ("OTEL_GENAI_ENABLED", "true")];
    let home = run("inside_enabled", &both);
    assert_eq!(is_empty(home.path()), cfg!(not(feature = "export")));
    run("inside_enabled", &[]);
    run("inside_enabled", &[("OTEL_SDK_DISABLED", "yes")]);
}

#[test]
fn a_layer_of_disabled_settings_is_none() {
    let settings = Settings::from_toml_str("enabled = false").expect("valid");
    let (layer, guard) = settings.layer::<tracing_subscriber::Registry>().expect("nothing to start");
    assert!(layer.is_none() && guard.handle().is_none());
}
