//! Lines go out as they come in, and files are replaced only by whole ones.

use std::fs;
use std::io::{BufRead, BufReader, Write};

use super::redacting::redact;
use crate::program::Scratch;

#[test]
fn a_line_goes_out_before_the_next_comes_in() {
    let scratch = Scratch::new();
    let mut child = scratch.command(&["redact"]).spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("it was asked for");
    let mut output = BufReader::new(child.stdout.take().expect("it was asked for"));
    for number in 0..3 {
        writeln!(input, "{number} jane@example.org").expect("it reads");
        let mut line = String::new();
        output.read_line(&mut line).expect("it writes");
        assert_eq!(line, format!("{number} [EMAIL]\n"));
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_file_is_written_whole_and_never_over_its_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("in.txt"), folder.path().join("out.txt"));
    fs::write(&from, "to jane@example.org\n").expect("writable");
    let (from, to) = (from.display().to_string(), to.display().to_string());
    assert_eq!(redact(&[&from, "--output", &to], "").success(), "");
    assert_eq!(fs::read_to_string(&to).expect("written"), "to [EMAIL]\n");
    redact(&[&from, "--output", &to], "")
        .assert_error(1, "it is there already; name another file, or let --force");
    redact(&[&from, "--output", &to, "--force"], "").success();
    redact(&[&from, "--output", &from], "").assert_error(2, "the output is the same file as the input");
    assert_eq!(fs::read_to_string(&from).expect("as it was"), "to jane@example.org\n");
}

#[test]
fn bytes_that_are_no_text_are_said() {
    let ended = redact(&[], b"a\xffb jane@example.org\n");
    assert_eq!(ended.success(), "a\u{fffd}b [EMAIL]\n");
    assert!(ended.stderr.contains("note: 1 line had bytes that are not UTF-8"), "{}", ended.stderr);
}

#[test]
fn a_value_of_20_megabytes_on_one_line_is_redacted() {
    let filler = "The quick brown fox jumps over the lazy dog. ".repeat(20 * 1024 * 1024 / 45);
    let ended = redact(&["--quiet"], format!("{filler}jane@example.org\n"));
    assert!(ended.success().strip_prefix(&filler) == Some("[EMAIL]\n"));
}
