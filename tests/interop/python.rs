//! Runs the scripts beside this file.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value as Json;

const PYTHON: &str = "OTEL_GENAI_INTEROP_PYTHON";

/// Finds an interpreter that has the packages; `None`, and a word about it, when there need not be one.
#[expect(clippy::print_stdout, reason = "nothing else says that a test did not check")]
pub(crate) fn find_python() -> Option<OsString> {
    if let Some(python) = std::env::var_os(PYTHON) {
        return Some(python);
    }
    let imports = "import grpc, opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc";
    let probe = Command::new("python3").args(["-W", "ignore", "-c", imports]).stderr(Stdio::null()).status();
    if probe.is_ok_and(|status| status.success()) {
        return Some("python3".into());
    }
    println!("skipped: {PYTHON} is not set and python3 lacks the packages of tests/interop/requirements.txt");
    None
}

/// Runs `check_jsonl.py` over the content of a file.
pub(crate) fn run_check(python: &OsString, lines: &[u8]) -> Json {
    let mut child = spawn(python, "check_jsonl.py");
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A running `receiver.py`. It ends when its standard input does, so also when the test panics.
pub(crate) struct Receiver {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) grpc_port: u16,
    pub(crate) http_port: u16,
}

impl Receiver {
    pub(crate) fn start(python: &OsString) -> Self {
        let mut process = spawn(python, "receiver.py");
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let ports: Json = serde_json::from_str(&line).unwrap();
        let port = |way: &str| u16::try_from(ports[way].as_u64().unwrap()).unwrap();
        let (grpc_port, http_port) = (port("grpc"), port("http"));
        Self { process, output, grpc_port, http_port }
    }

    pub(crate) fn stop(mut self) -> Json {
        drop(self.process.stdin.take());
        let mut report = String::new();
        self.output.read_to_string(&mut report).unwrap();
        assert!(self.process.wait().unwrap().success());
        serde_json::from_str(&report).unwrap()
    }
}

fn spawn(python: &OsString, script: &str) -> Child {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    // Warnings are off because the generated gRPC code warns about every newer grpcio.
    Command::new(python)
        .args(["-B", "-W", "ignore"])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", python.to_string_lossy()))
}
