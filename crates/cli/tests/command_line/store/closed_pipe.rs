//! Who closes the pipe has what they want, and hears no complaint.

use std::io::{BufRead, BufReader};

use crate::program::Scratch;

#[test]
fn a_closed_pipe_is_no_failure() {
    let scratch = Scratch::with_runs();
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for (command, is_read) in [
        (&["traces"][..], false),
        (&["traces", "--json"], false),
        (&["show"], false),
        (&["show", "--json"], false),
        (&["stats"], false),
        (&["stats", "--by", "model"], false),
        (&["export"], false),
        (&["export", "--csv"], false),
        (&["import", "runs.jsonl"], false),
        (&["check"], false),
        (&["sql", endless], true),
        (&["sql", "--json", endless], true),
        (&["sql", "--csv", endless], true),
    ] {
        let mut child =
            scratch.command(command).args(["--store", "s.db"]).spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it was asked for"));
        if is_read {
            let mut line = String::new();
            output.read_line(&mut line).expect("a line comes");
            assert!(!line.is_empty(), "{command:?}");
        }
        drop(output);
        let ended = child.wait_with_output().expect("the program ends");
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), &*error), (Some(0), ""), "{command:?}");
    }
}
