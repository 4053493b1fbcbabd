//! `check` and `doctor` beside a receiver that answers, and beside none.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use crate::program::Scratch;

/// Answers one request with this status, and returns it.
pub(crate) fn receive(status: &'static str) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let received = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&request) {
            let count = stream.read(&mut buffer).expect("readable");
            assert!(count > 0, "the request is cut off");
            request.extend_from_slice(&buffer[..count]);
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).expect("writable");
        request
    });
    (url, received)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.trim().parse().expect("a number"));
    request.len() >= end + 4 + length
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// An address on which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("bound"))
}

#[test]
fn check_sends_a_real_span() {
    let (url, received) = receive("200 OK");
    let home = Scratch::new();
    let ended = home.run(&["check", "--endpoint", &url]);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    assert!(ended.stdout.starts_with("the receiver took the test span: trace "), "{}", ended.stdout);
    let request = received.join().expect("it received");
    assert!(contains(&request, "POST /v1/traces") && contains(&request, "otel-genai check"));
    assert!(home.path().read_dir().expect("readable").next().is_none(), "nothing was created");
}

#[test]
fn check_says_what_the_receiver_or_the_network_says() {
    let home = Scratch::new();
    let (url, _received) = receive("401 Unauthorized");
    let refused = home.run(&["check", "--endpoint", &url]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("401"), "{}", refused.stderr);
    let nobody = nobody();
    let unreached = home.run(&["check", "--endpoint", &nobody]);
    assert_eq!(unreached.code, Some(1));
    assert!(unreached.stderr.contains(&nobody), "{}", unreached.stderr);
    let unset = home.run(&["check"]);
    assert_eq!(unset.code, Some(2));
    assert!(unset.stderr.contains("--endpoint"), "{}", unset.stderr);
}

#[test]
fn doctor_asks_the_receiver() {
    let home = Scratch::new();
    let (url, received) = receive("200 OK");
    let ended = home.run_with(&["doctor"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)], "");
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.stdout.contains("ok    exporter   export.otlp: the receiver answers"), "{}", ended.stdout);
    assert!(contains(&received.join().expect("it received"), "POST /v1/traces"));
    let ended = home.run_with(&["doctor"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody())], "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("fail  exporter   export.otlp: "), "{}", ended.stdout);
}

#[test]
fn check_and_doctor_say_the_same_of_a_receiver() {
    let home = Scratch::new();
    let credentials = "the receiver wants credentials: are those in export.otlp.headers, or OTEL_EXPORTER_OTLP_HEADERS, right?";
    let receiver =
        "is a receiver of OTLP there, and is the protocol right (4318 is commonly http/protobuf, 4317 grpc)?";
    for (status, hint) in
        [("401 Unauthorized", credentials), ("403 Forbidden", credentials), ("404 Not Found", receiver)]
    {
        let (url, _received) = receive(status);
        let check = home.run(&["check", "--endpoint", &url]);
        let said =
            check.error(1).strip_prefix("the receiver did not take the span: ").expect("so").to_owned();
        assert!(said.starts_with(&url) && said.ends_with(hint), "{said}");
        let (other, _received) = receive(status);
        let doctor = home.run_with(&["doctor"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &other)], "");
        let expected = format!("fail  exporter   export.otlp: {}\n", said.replace(&url, &other));
        assert!(doctor.stdout.contains(&expected), "{expected}{}", doctor.stdout);
    }
}
