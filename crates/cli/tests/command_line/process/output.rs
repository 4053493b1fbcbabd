//! The output is whole or recognisable, never one of the inputs, and may be closed early.

use std::io::Write;

use super::otlp::{line, names};
use crate::program::Scratch;

#[test]
fn a_file_is_compressed_as_its_name_says() {
    let scratch = Scratch::new();
    scratch.write("in.jsonl", line("a", 1, 1, None));
    let piped = scratch.process(&["--input", "in.jsonl"]);
    for name in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let ended = scratch.process(&["--input", "in.jsonl", "--output", name]);
        assert_eq!(ended.success(), "", "{name}");
        let again = scratch.process(&["--input", name]);
        assert_eq!(again.success(), piped.stdout, "{name}");
    }
    assert!(scratch.read("out.jsonl.gz").starts_with(&[0x1f, 0x8b]));
    assert!(scratch.read("out.jsonl.zst").starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    assert_eq!(scratch.read("out.jsonl"), piped.stdout.as_bytes());
}

#[test]
fn a_tree_is_drawn_of_each_trace() {
    let scratch = Scratch::new();
    let spans = [(1, 1, None), (2, 2, None), (1, 3, Some(1))];
    let lines = spans.map(|(trace, span, parent)| line("a", trace, span, parent)).join("\n");
    let ended = scratch.process_with(&["--tree", "--quiet"], &lines);
    let text = ended.success();
    let shown: Vec<&str> = text.lines().map(|line| line.split("  ").next().unwrap_or_default()).collect();
    let (first, second) = (format!("trace {:032x}", 1), format!("trace {:032x}", 2));
    // In the order in which they ended.
    assert_eq!(shown, [&*second, "span 2", "1 span", "", &*first, "span 1", "└─ span 3", "2 spans"]);
    scratch.process_with(&["--tree", "--output", "traces.txt"], &lines).success();
    assert_eq!(scratch.read("traces.txt"), text.as_bytes());
}

#[test]
fn an_existing_file_is_replaced_by_force_only_and_nothing_is_left_beside_it() {
    let scratch = Scratch::new();
    let before = "much longer than what replaces it\n".repeat(100);
    scratch.write("out.jsonl", &before);
    let refused = scratch.process_with(&["--output", "out.jsonl"], line("a", 1, 1, None));
    let message = "cannot write out.jsonl: it is there already; name another file, or let --force replace it";
    refused.assert_only_error(1, message);
    assert_eq!(scratch.read("out.jsonl"), before.as_bytes());
    scratch.process_with(&["--force", "--output", "out.jsonl"], line("a", 1, 1, None)).success();
    assert_eq!(names(std::str::from_utf8(&scratch.read("out.jsonl")).expect("UTF-8")), ["span 1"]);
    assert_eq!(scratch.names(), ["out.jsonl"]);
}

#[test]
fn an_output_that_is_an_input_is_refused() {
    let scratch = Scratch::new();
    let content = line("a", 1, 1, None);
    scratch.write("in.jsonl", &content);
    let message = "the output is the same file as the input in.jsonl; write to another file";
    let path = scratch.path().join("in.jsonl");
    for output in ["in.jsonl", "./in.jsonl", path.to_str().expect("UTF-8")] {
        let ended = scratch.process(&["--input", "other", "--input", "in.jsonl", "--output", output]);
        ended.assert_only_error(2, message);
    }
    assert_eq!(scratch.read("in.jsonl"), content.as_bytes());
}

#[cfg(unix)]
#[test]
fn an_output_that_is_an_input_by_another_name_is_refused() {
    let scratch = Scratch::new();
    let content = line("a", 1, 1, None);
    let input = scratch.write("in.jsonl", &content);
    std::os::unix::fs::symlink(&input, scratch.path().join("link")).expect("links work");
    std::fs::hard_link(&input, scratch.path().join("hard")).expect("links work");
    for output in ["link", "hard"] {
        let ended = scratch.process(&["--input", "in.jsonl", "--output", output]);
        ended
            .assert_only_error(2, "the output is the same file as the input in.jsonl; write to another file");
    }
    // `process < in.jsonl >> in.jsonl` would read what it writes.
    let appending = std::fs::File::options().append(true).open(&input).expect("writable");
    let ended = scratch
        .command(&["process"])
        .stdin(std::fs::File::open(&input).expect("readable"))
        .stdout(appending)
        .output()
        .expect("the program runs");
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(scratch.read("in.jsonl"), content.as_bytes());
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_permissions_and_a_link_stays() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = Scratch::new();
    let private = scratch.write("private.jsonl", "");
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).expect("ours");
    std::os::unix::fs::symlink(&private, scratch.path().join("link")).expect("links work");
    scratch.process_with(&["--output", "link", "--force"], line("a", 1, 1, None)).success();
    assert_eq!(std::fs::metadata(&private).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(scratch.path().join("link")).expect("there").is_symlink());
    assert!(!scratch.read("private.jsonl").is_empty());

    scratch.process_with(&["--output", "new"], line("a", 1, 1, None)).success();
    let plain = scratch.write("plain", "");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&scratch.path().join("new")), mode(&plain), "as any new file");
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let scratch = Scratch::new();
    let ended = scratch.process_with(&["--output", "no/such/out.jsonl"], line("a", 1, 1, None));
    ended.assert_only_error(1, "cannot write no/such/out.jsonl: the directory no/such does not exist");
    let ended = scratch.process_with(&["--output", ".."], line("a", 1, 1, None));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("error: cannot write ..: "), "{}", ended.stderr);
    assert_eq!(scratch.names(), [""; 0]);
}

#[test]
fn an_unfinished_file_cannot_be_taken_for_a_whole_one() {
    let scratch = Scratch::new();
    scratch.write("out.jsonl", "old");
    let mut child = scratch
        .command(&["process", "--force", "--output", "out.jsonl"])
        .spawn()
        .expect("the program starts");
    // More than any pipe holds: when all is written, the program is reading, and has created its output.
    let lines = (line("a", 1, 1, None) + "\n").repeat(5000);
    child.stdin.as_mut().expect("it was asked for").write_all(lines.as_bytes()).expect("the program reads");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let names = scratch.names();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with(".out.jsonl.") && names[0].ends_with(".partial"), "{names:?}");
    assert_eq!(scratch.read("out.jsonl"), b"old");
}

#[cfg(unix)]
#[test]
fn an_interrupted_program_leaves_nothing_behind() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let scratch = Scratch::new();
        let mut child =
            scratch.command(&["process", "--output", "out.jsonl"]).spawn().expect("the program starts");
        // More than any pipe holds: when all is written, the program is reading, and has created its output.
        let lines = (line("a", 1, 1, None) + "\n").repeat(5000);
        let mut input = child.stdin.take().expect("it was asked for");
        input.write_all(lines.as_bytes()).expect("the program reads");
        assert!(scratch.names()[0].ends_with(".partial"), "{:?}", scratch.names());
        let kill = format!("kill -{signal} {}", child.id());
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(code), "{signal}");
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "error: interrupted; out.jsonl was not written\n");
        assert_eq!(scratch.names(), [""; 0]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let scratch = Scratch::new();
    let ended = scratch.process_with(&["--output", "/dev/full"], line("a", 1, 1, None));
    assert_eq!(ended.code, Some(1));
    let system = std::io::Error::from_raw_os_error(28);
    assert_eq!(ended.stderr, format!("error: cannot write /dev/full: {system}\n"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let scratch = Scratch::new();
    // More than any pipe holds.
    let lines: String = (0..5000)
        .map(|_| {
            line("a", 1, 1, None)
                + "
"
        })
        .collect();
    scratch.write("in.jsonl", lines);
    let mut child = scratch.command(&["process", "--input", "in.jsonl"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}
