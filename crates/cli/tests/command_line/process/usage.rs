//! The program explains itself, and tells wrong usage from failure.

use crate::program::{Ended, Scratch};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Ended { code, stdout, stderr } = Scratch::new().run(arguments);
    (code, stdout, stderr)
}

#[test]
fn help_names_every_option_shows_examples_and_is_no_error() {
    let (code, stdout, stderr) = run(&["process", "--help"]);
    assert_eq!((code, &*stderr), (Some(0), ""));
    for option in ["--config", "--set", "--input", "--output", "--tree", "--skip-invalid", "--quiet"] {
        assert!(stdout.contains(option), "{option}");
    }
    // Wrapped to the width of the terminal, if there is one.
    let text = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["Examples: ", "Exit code: ", "one OTLP/JSON request per line", "docs/settings.md"] {
        assert!(text.contains(part), "{part}");
    }
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (Some(0), format!("otel-genai {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn wrong_usage_ends_with_2() {
    let cases: [(&[&str], &str); 4] = [
        (&[], "Usage: otel-genai <COMMAND>"),
        (&["proces"], "'process'"),
        (&["process", "--inptu", "x"], "a similar argument exists: '--input'"),
        (&["process", "x.jsonl"], "unexpected argument 'x.jsonl' found"),
    ];
    for (arguments, expected) in cases {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, &*stdout), (Some(2), ""), "{arguments:?}");
        assert!(stderr.contains(expected), "{stderr}");
    }
}
