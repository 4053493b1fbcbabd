//! `doctor` finds what is wrong, says what to do, and changes nothing.

use crate::program::Scratch;

#[test]
fn a_new_user_is_told_that_all_is_well() {
    let home = Scratch::new();
    let ended = home.run(&["doctor"]);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{}", ended.stdout);
    for start in [
        "ok    version",
        "ok    settings   no file",
        "ok    exporter   export.console",
        "ok    limits     2048",
    ] {
        assert!(ended.stdout.lines().any(|line| line.starts_with(start)), "{start}\n{}", ended.stdout);
    }
    assert!(home.path().read_dir().expect("readable").next().is_none(), "nothing was created");
}

#[test]
fn what_works_otherwise_than_one_may_think_is_a_warning() {
    let home = Scratch::new();
    let variables = [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "64"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    let ended = home.run_with(&["doctor"], &variables, "");
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    for start in [
        "warn  settings   observation is switched off",
        "warn  exporters  none",
        "warn  limits     OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT is 64",
        "warn  variable   OTEL_BSP_MAX_EXPORT_BATCH_SIZE has no effect",
    ] {
        assert!(ended.stdout.lines().any(|line| line.starts_with(start)), "{start}\n{}", ended.stdout);
    }
}

#[test]
fn what_cannot_work_fails() {
    let home = Scratch::new();
    let wrong = home.run_with(&["doctor"], &[("OTEL_GENAI_QUEUE_SPANS", "0")], "");
    assert_eq!((wrong.code, &*wrong.stderr), (Some(1), "error: 1 check failed\n"));
    assert!(
        wrong.stdout.contains("fail  settings   environment variable OTEL_GENAI_QUEUE_SPANS"),
        "{}",
        wrong.stdout
    );
    // A folder where the file should be.
    let folder = home.path().to_str().expect("UTF-8");
    let unwritable = home.run_with(&["doctor"], &[("OTEL_GENAI_EXPORT_JSONL_PATH", folder)], "");
    assert_eq!(unwritable.code, Some(1));
    assert!(unwritable.stdout.contains("fail  exporter   export.jsonl: "), "{}", unwritable.stdout);
}

#[test]
fn a_stock_processor_in_the_source_is_found() {
    let home = Scratch::new();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    };
    let line = |stdout: &str| {
        stdout.lines().find(|line| line.contains(" processor ")).map(str::to_owned).unwrap_or_default()
    };
    write("src/main.rs", "fn main() {\n    provider.with_batch_exporter(exporter);\n}\n");
    assert_eq!(line(&home.run(&["doctor"]).stdout), "", "not a program that uses otel-genai");

    write("Cargo.toml", "[dependencies]\notel-genai = \"0.1\"\n");
    let ended = home.run(&["doctor"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        line(&ended.stdout).starts_with("warn  processor  src/main.rs:2: a stock processor;"),
        "{}",
        ended.stdout
    );

    write("src/main.rs", "// provider.with_batch_exporter(exporter);\nfn main() {}\n");
    write("target/debug/build.rs", "with_simple_exporter(x)");
    let ended = home.run(&["doctor"]);
    assert_eq!(line(&ended.stdout), "ok    processor  no stock processor in the source");
}
