//! An import that Ctrl-C ends says what is stored, and leaves nothing half made.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command};

use super::runs::{self, id};
use crate::program::Scratch;

fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
}

#[test]
fn an_import_that_is_interrupted_before_its_first_batch_makes_no_file() {
    let scratch = Scratch::new();
    let arguments = ["import", "-", "--skip-invalid", "--store", "s.db"];
    let mut import = scratch.command(&arguments).spawn().expect("starts");
    let mut input = import.stdin.take().expect("it was asked for");
    input.write_all(b"nonsense\n").expect("writes");
    let mut errors = BufReader::new(import.stderr.take().expect("it was asked for")).lines();
    assert!(errors.next().expect("a line").expect("readable").starts_with("skipped: "));
    interrupt(&import);
    assert_eq!(import.wait().expect("it ends").code(), Some(130));
    drop(input);
    let rest: Vec<String> = errors.map(|line| line.expect("readable")).collect();
    assert_eq!(rest, ["error: interrupted; nothing was stored, and no file was made at s.db"]);
    assert_eq!(scratch.names(), [""; 0]);
}

#[test]
fn an_interrupted_import_says_what_is_stored() {
    let scratch = Scratch::with_runs();
    let lines = runs::lines();
    let first = lines.lines().next().expect("a line");
    let mut watch =
        scratch.command(&["traces", "--watch", "--json", "--store", "s.db"]).spawn().expect("starts");
    let mut seen = BufReader::new(watch.stdout.take().expect("it was asked for")).lines();
    assert_eq!(seen.by_ref().take(3).filter_map(Result::ok).count(), 3);
    let mut import = scratch.command(&["import", "-", "--store", "s.db"]).spawn().expect("starts");
    let mut input = import.stdin.take().expect("it was asked for");
    // What has another resource goes into another batch.
    let other = first.replace("\"test\"", "\"other\"").replace(&id(1), &id(8));
    writeln!(input, "{}{}\n{other}", lines, first.replace(&id(1), &id(9))).expect("writes");
    input.flush().expect("writes");
    assert!(seen.next().expect("a line").expect("readable").contains(&id(9)));
    watch.kill().expect("it runs");
    watch.wait().expect("it ends");
    interrupt(&import);
    assert_eq!(import.wait().expect("it ends").code(), Some(130));
    drop(input);
    let mut stderr = String::new();
    import.stderr.take().expect("it was asked for").read_to_string(&mut stderr).expect("readable");
    assert_eq!(
        stderr,
        "error: interrupted; so far stored 1 new span in s.db, 6 spans were there already; import the same input again to \
         add the rest: a span is stored once\n"
    );
    assert_eq!(scratch.on_store(&["check"]).success(), "s.db is sound: read 4 traces with 7 spans\n");
}
