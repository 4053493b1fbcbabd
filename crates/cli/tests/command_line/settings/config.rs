//! `config` writes, shows and checks what `init` reads.

use crate::program::Scratch;

#[test]
fn a_file_is_written_once_and_changes_nothing() {
    let home = Scratch::new();
    let before = home.run(&["config", "show", "--json"]);
    let ended = home.run(&["config", "init"]);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    let file = std::fs::read_to_string(home.path().join("otel-genai.toml")).expect("written");
    for key in ["# spans = 8192", "# [export.otlp]", "# profile = \"development\"", "# grace = \"1s\""] {
        assert!(file.lines().any(|line| line == key), "{key}");
    }
    let after = home.run(&["config", "show", "--json"]);
    assert_eq!(after.stdout.replace("\"otel-genai.toml\"", "null"), before.stdout, "every key is a remark");
    let again = home.run(&["config", "init"]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.starts_with("error: cannot write otel-genai.toml: it is there already"),
        "{}",
        again.stderr
    );
    assert_eq!(home.run(&["config", "init", "--output", "-"]).stdout, file);
    let user = home.run(&["config", "init", "--user"]);
    assert_eq!(user.code, Some(0), "{}", user.stderr);
}

#[test]
fn what_holds_is_shown_with_who_said_so_and_without_secrets() {
    let home = Scratch::new();
    let text = "[queue]\nspans = 1\nbytes = '1MiB'\n[export.otlp]\nheaders = { authorization = 's3cret' }\n";
    home.write("otel-genai.toml", text);
    let variables = [("OTEL_GENAI_QUEUE_SPANS", "2"), ("OTEL_SERVICE_NAME", "planner")];
    let ended = home.run_with(&["config", "show", "--set", "pipeline.linger=3s"], &variables, "");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    for line in [
        "file       otel-genai.toml",
        "exporters  export.otlp",
        "profile = development  (default)",
        "service.name = planner  (environment variable OTEL_SERVICE_NAME)",
        "pipeline.grace = 200ms  (profile)",
        "pipeline.linger = 3s  (set by the program)",
        "queue.spans = 2  (environment variable OTEL_GENAI_QUEUE_SPANS)",
        "queue.bytes = 1MiB  (otel-genai.toml:3:1)",
        "export.otlp.headers = ***  (otel-genai.toml:5:1)",
    ] {
        assert!(ended.stdout.lines().any(|shown| shown == line), "{line}\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains("s3cret"));
    let all = home.run(&["config", "show", "--all"]);
    assert!(all.stdout.contains("export.jsonl.rotate_every = never  (default)"), "{}", all.stdout);
}

#[test]
fn what_cannot_be_used_is_an_error_with_its_place() {
    let home = Scratch::new();
    let check = |variables: &[(&str, &str)]| home.run_with(&["config", "check"], variables, "");
    let right = check(&[]);
    assert_eq!(right.code, Some(0));
    assert!(right.stdout.contains("(no file; exporters: export.console, export.sqlite)"), "{}", right.stdout);
    let wrong = check(&[("OTEL_GENAI_QUEUE_SPAN", "1")]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("did you mean OTEL_GENAI_QUEUE_SPANS?"), "{}", wrong.stderr);
    home.write("otel-genai.toml", "queue.block_for = 'all'");
    let contradiction = check(&[]);
    assert_eq!(contradiction.code, Some(2));
    assert!(contradiction.stderr.starts_with("error: otel-genai.toml:1:7: "), "{}", contradiction.stderr);
}

#[test]
fn every_shell_has_completions() {
    let home = Scratch::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = home.run(&["completions", shell]);
        assert_eq!(ended.code, Some(0), "{shell}");
        for word in ["process", "doctor", "skip-invalid"] {
            assert!(ended.stdout.contains(word), "{shell}: {word}");
        }
    }
}
