//! Whatever is wrong with settings is an error that says where, which key, and what would be right.

use otel_genai::{Settings, SettingsErrorKind};

/// TOML and what is said about it.
const CASES: [(&str, &str); 27] = [
    // Names.
    ("[queue]\nsapns = 1", "line 2, column 1: unknown key `queue.sapns`; did you mean `queue.spans`?"),
    ("queue.sapns = 1", "line 1, column 7: unknown key `queue.sapns`; did you mean `queue.spans`?"),
    (
        "[queue]\nlinger = '5s'",
        "line 2, column 1: unknown key `queue.linger`; did you mean `pipeline.linger`?",
    ),
    ("linger = '5s'", "line 1, column 1: unknown key `linger`; did you mean `pipeline.linger`?"),
    (
        "[queue]\ncolour = 1",
        "line 2, column 1: unknown key `queue.colour`; the keys of [queue] are spans, bytes, block_on_full, block_for",
    ),
    ("[pipline]", "line 1, column 2: unknown key `pipline`; did you mean `pipeline`?"),
    ("[export.json]", "line 1, column 9: unknown key `export.json`; did you mean `export.jsonl`?"),
    (
        "[everything]\nelse = 1",
        "line 1, column 2: unknown key `everything`; the sections are [service], [context], [pipeline], [queue], [enrichment], \
         [metrics], [pricing], [guardrails], [redaction], [limits], [sampling], [rate_limit], [export.console], [export.jsonl], [export.sqlite], [export.otlp]",
    ),
    (
        "\"\\u001B[31m\" = 1",
        "line 1, column 1: unknown key `\\u{1b}[31m`; the sections are [service], [context], [pipeline], [queue], [enrichment], \
         [metrics], [pricing], [guardrails], [redaction], [limits], [sampling], [rate_limit], [export.console], [export.jsonl], [export.sqlite], [export.otlp]",
    ),
    // Names that other versions have.
    ("[export.otlp]\nspool = 'x'", "line 2, column 1: `export.otlp.spool` is not supported by this version"),
    ("[pipeline]\norder = 'safety'", "line 2, column 1: `pipeline.order` is not supported by this version"),
    (
        "[export.otlp]\nspol = 'x'",
        "line 2, column 1: unknown key `export.otlp.spol`; did you mean `export.otlp.spool`, which this version does \
         not support?",
    ),
    // Values.
    (
        "[queue]\nspans = 0",
        "line 2, column 1: `queue.spans = 0`: expected a whole number from 1 to 1000000 (how many spans may wait for \
         the worker; default: 8192)",
    ),
    (
        "[queue]\nspans = '4096'",
        "line 2, column 1: `queue.spans = \"4096\"`: expected a whole number from 1 to 1000000 (how many spans may \
         wait for the worker; default: 8192)",
    ),
    (
        "[queue]\nbytes = '64 megs'",
        "line 2, column 1: `queue.bytes = \"64 megs\"`: expected a size from 1, like 4096 or \"64MiB\" (memory for \
         the spans that wait for the worker; default: 64MiB)",
    ),
    (
        "[queue]\nbytes = -1",
        "line 2, column 1: `queue.bytes = -1`: expected a size from 1, like 4096 or \"64MiB\" (memory for the spans \
         that wait for the worker; default: 64MiB)",
    ),
    (
        "[pipeline]\nlinger = 5",
        "line 2, column 1: `pipeline.linger = 5`: expected a duration like \"500ms\" or \"1h30m\" (how long a span of \
         a running trace waits for others before it moves on; default: 5s)",
    ),
    (
        "[pipeline]\nmax_age = '0s'",
        "line 2, column 1: `pipeline.max_age = \"0s\"`: expected a duration from 1ms, like \"5s\" or \"1h30m\" (the \
         age at which a trace is ended though it still runs; default: 1h)",
    ),
    (
        "queue.block_for = 'everyone'",
        "line 1, column 7: `queue.block_for = \"everyone\"`: expected \"roots\" or \"all\" (for which spans a thread \
         waits; default: roots)",
    ),
    (
        "export.console.verbose = 'yes'",
        "line 1, column 16: `export.console.verbose = \"yes\"`: expected true or false (whether the terminal shows \
         every attribute; default: false)",
    ),
    (
        "[export.otlp]\nendpoint = 'localhost:4317'",
        "line 2, column 1: `export.otlp.endpoint = \"localhost:4317\"`: expected a URL like \"http://localhost:4318\", \
         without credentials, query or fragment (the receiver's base URL; `/v1/traces` is added for http/protobuf; \
         default: OTEL_EXPORTER_OTLP_ENDPOINT, else localhost)",
    ),
    ("pipeline = 5", "line 1, column 1: `pipeline = 5`: expected a table"),
    ("[[queue]]", "line 1, column 3: `queue = […]`: expected a table"),
    // Not TOML.
    ("[queue\nspans = 1", "line 1, column 7: not TOML: unclosed table, expected `]`"),
    ("[queue]\nspans = 1\nspans = 2", "line 3, column 1: not TOML: duplicate key"),
    // The topmost mistake comes first, whatever the order of the alphabet.
    (
        "[queue]\nspans = -5\n[pipeline]\nlinger = 5",
        "line 2, column 1: `queue.spans = -5`: expected a whole number from 1 to 1000000 (how many spans \
         may wait for the worker; default: 8192)",
    ),
    ("export = 1", "line 1, column 1: `export = 1`: expected a table"),
];

#[test]
fn mistakes_in_a_text_are_named_with_their_place() {
    for (text, expected) in CASES {
        let error = Settings::from_toml_str(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
        assert!(error.line().is_some(), "{text}");
    }
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let cases = [
        (
            "[queue]\nblock_for = 'all'",
            "queue.block_for",
            "line 2, column 1: `queue.block_for` says who waits when the queue is full, but nobody does; set \
             `queue.block_on_full`, for example to \"100ms\"",
        ),
        (
            "[pipeline]\nmax_age = '1s'\ngrace = '2s'",
            "pipeline.grace",
            "line 3, column 1: `pipeline.grace` is 2s and `pipeline.max_age` 1s: a trace would be ended before it has \
             waited",
        ),
        (
            "[pipeline]\nlinger = '2h'\nmax_age = '1h'",
            "pipeline.linger",
            "line 2, column 1: `pipeline.linger` is 7200s and `pipeline.max_age` 3600s: a trace would be ended before \
             it has waited",
        ),
        ("[export.jsonl]\nfsync = true", "export.jsonl", "line 1, column 9: [export.jsonl] needs a `path`"),
    ];
    for (text, key, expected) in cases {
        let settings = Settings::from_toml_str(text).expect("each setting is right");
        let error = settings.pipeline().expect_err(text);
        assert_eq!(error.to_string(), expected);
        assert_eq!((error.kind(), error.key()), (SettingsErrorKind::Contradiction, Some(key)));
    }
}

#[test]
fn an_exporter_that_was_not_compiled_in_is_refused_and_its_feature_named() {
    let exporters = [
        ("export.console", "export", cfg!(feature = "export")),
        ("export.jsonl", "export", cfg!(feature = "export")),
        ("export.otlp", "otlp", cfg!(feature = "otlp")),
    ];
    for (section, feature, is_there) in exporters {
        let path = if section == "export.jsonl" { "path = 'traces.jsonl'" } else { "" };
        let settings =
            Settings::from_toml_str(&format!("[{section}]\n{path}")).expect("known without it too");
        match settings.pipeline() {
            Ok(_) => assert!(is_there, "{section}"),
            Err(error) => {
                assert!(!is_there, "{section}: {error}");
                let expected = format!(
                    "line 1, column 9: [{section}] needs the cargo feature `{feature}` of otel-genai"
                );
                assert_eq!(error.key(), Some(section));
                assert_eq!((error.to_string(), error.kind()), (expected, SettingsErrorKind::MissingFeature));
            }
        }
    }
}

#[test]
fn a_later_setting_mends_a_contradiction_and_its_place_is_forgotten() {
    let mut settings = Settings::from_toml_str("[queue]\nblock_for = 'all'").expect("right by itself");
    settings.set("queue.block_on_full", "100ms").expect("right");
    let _ = settings.pipeline().expect("now they go together");

    let mut settings = Settings::from_toml_str("[pipeline]\nlinger = '1s'\nmax_age = '1h'").expect("right");
    settings.set("pipeline.linger", "2h").expect("right by itself");
    let error = settings.pipeline().expect_err("longer than the age");
    assert_eq!(error.line(), None, "the value is not from that line: {error}");
}

#[test]
fn mistakes_in_one_key_are_named_and_change_nothing() {
    let cases = [
        (
            "queue.spams",
            "1",
            SettingsErrorKind::UnknownKey,
            "unknown key `queue.spams`; did you mean `queue.spans`?",
        ),
        (
            "queue",
            "1",
            SettingsErrorKind::UnknownKey,
            "`queue` is a section; its keys are spans, bytes, block_on_full, block_for",
        ),
        (
            "queue.spans",
            "",
            SettingsErrorKind::WrongValue,
            "`queue.spans = \"\"`: expected a whole number from 1 to 1000000 (how many spans may wait for the worker; \
             default: 8192)",
        ),
        (
            "export.otlp.spool",
            "x",
            SettingsErrorKind::Unsupported,
            "`export.otlp.spool` is not supported by this version",
        ),
        (
            "export.jsonl.path",
            "",
            SettingsErrorKind::WrongValue,
            "`export.jsonl.path = \"\"`: expected a path (the file that spans are written to, relative to the working \
             directory; default: none: needed)",
        ),
    ];
    for (key, value, kind, expected) in cases {
        let mut settings = Settings::default();
        let error = settings.set(key, value).expect_err(key);
        assert_eq!((error.kind(), error.key()), (kind, Some(key)));
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()), "{key}");
    }
}

#[test]
fn a_file_is_named_with_line_and_column() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("my.toml");
    std::fs::write(&path, "# settings\n  [queue]\n  spans = true\n").expect("writable");
    let error = Settings::from_file(&path).expect_err("not a number");
    let start = format!("{}:3:3: `queue.spans = true`: expected a whole number", path.display());
    assert!(error.to_string().starts_with(&start), "{error}");

    let missing = directory.path().join("none.toml");
    let error = Settings::from_file(&missing).expect_err("not there");
    assert_eq!(error.kind(), SettingsErrorKind::Io);
    assert!(error.to_string().contains("none.toml: "), "{error}");
}

/// No message and no `Debug` output shows a credential, whatever is wrong around it.
#[test]
fn secrets_are_never_shown() {
    let right = "[export.otlp]\nheaders = { authorization = 'Bearer s3cret' }\n";
    let settings = Settings::from_toml_str(right).expect("right");
    let shown = format!("{settings:?}");
    assert!(shown.contains("authorization") && !shown.contains("s3cret"), "{shown}");

    let wrong = [
        "[export.otlp]\nheaders = 's3cret'",
        "[export.otlp]\nheaders = { authorization = ['s3cret'] }",
        "[export.otlp]\nheaders = { 'a b' = 's3cret' }",
        "[export.otlp]\nheaders = { authorization = \"s3cret\\n\" }",
        "[export.otlp]\nheaders = { authorization = 's3cret' ",
        "[export.otlp]\nheaders = { authorization = s3cret }",
        "[export.otlp]\nheaders = { authorization = 's3cret', authorization = 's3cret' }",
        "[export.otlp]\nendpoint = 'https://user:s3cret@example.org'",
        "[export.otlp]\nendpoint = 'https://example.org?key=s3cret'",
    ];
    for text in wrong {
        let error = Settings::from_toml_str(text).expect_err(text);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    let mut settings = Settings::default();
    for (key, value) in [
        ("export.otlp.headers", "s3cret"),
        ("export.otlp.headers.authorization", "s3cret\u{7f}"),
        ("export.otlp.endpoint", "s3cret@host"),
    ] {
        let error = settings.set(key, value).expect_err(key);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}
