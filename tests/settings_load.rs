//! The file is found where users put it.
#![cfg(all(feature = "init", unix, not(target_os = "macos")))]

use std::process::Command;

use otel_genai::Settings;

/// The program: tells how many spans may wait, or what is wrong.
#[test]
fn tell() {
    if std::env::var_os("TELL").is_none() {
        return;
    }
    match Settings::load() {
        Ok(settings) => {
            let spans = settings.describe().into_iter().find(|key| key.key == "queue.spans").expect("a key");
            println!(
                "told: {} exporters: {}",
                spans.value.unwrap_or_default(),
                settings.exporters().join(" ")
            );
        }
        Err(error) => println!("told: {error}"),
    }
}

#[test]
fn the_first_file_that_is_there_is_read() {
    let home = tempfile::tempdir().expect("a folder");
    let tell = |variables: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().expect("this test runs"));
        command.args(["--exact", "tell", "--nocapture"]).env_clear().env("TELL", "1");
        command.current_dir(home.path()).env("HOME", home.path()).envs(variables.iter().copied());
        let text = String::from_utf8(command.output().expect("it starts").stdout).expect("UTF-8");
        text.lines().find_map(|line| line.split_once("told: ")).expect("it tells").1.to_owned()
    };
    let write = |path: &str, text: &str| {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    };
    let of_development = match (cfg!(feature = "sqlite"), cfg!(feature = "export")) {
        (true, _) => "export.console export.sqlite",
        (false, true) => "export.console export.jsonl",
        (false, false) => "",
    };
    assert_eq!(tell(&[]), format!(" exporters: {of_development}"));
    write(".config/otel-genai/otel-genai.toml", "queue.spans = 1");
    assert_eq!(tell(&[]), format!("1 exporters: {of_development}"));
    write("xdg/otel-genai/otel-genai.toml", "queue.spans = 2");
    let xdg = home.path().join("xdg");
    assert!(tell(&[("XDG_CONFIG_HOME", xdg.to_str().expect("UTF-8"))]).starts_with("2 "));
    write("otel-genai.toml", "queue.spans = 3\n[export.otlp]");
    assert_eq!(tell(&[]), "3 exporters: export.otlp", "the working directory's file, alone");
    write("other.toml", "queue.spans = 4");
    assert!(tell(&[("OTEL_GENAI_CONFIG", "other.toml")]).starts_with("4 "));
    assert!(tell(&[("OTEL_GENAI_QUEUE_SPANS", "5")]).starts_with("5 "));
    let wrong = tell(&[("OTEL_GENAI_CONFIG", "none.toml")]);
    assert!(wrong.starts_with("cannot read the settings file none.toml: "), "{wrong}");
    write("otel-genai.toml", "queue.spans = 0");
    assert!(tell(&[]).starts_with("otel-genai.toml:1:7: `queue.spans = 0`: expected "));
}
