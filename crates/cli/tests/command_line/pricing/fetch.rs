//! `refresh` reads lists from web addresses, and says what to do when that fails.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use super::lists::lists;
use crate::program::Scratch;

/// Serves one file, once, and returns its address.
fn serve(status: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let request = BufReader::new(stream.try_clone().expect("a copy"));
        for line in request.lines() {
            if line.expect("a request").is_empty() {
                break;
            }
        }
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body))
            .expect("a client that reads");
    });
    format!("http://{address}/list.json")
}

#[test]
fn an_address_is_as_good_as_a_file() {
    let scratch = Scratch::with_small_cache();
    let [_, genai, _, litellm] = lists(&scratch, 2.5);
    let url = serve("200 OK", std::fs::read(genai).expect("a list"));
    let arguments = ["refresh", "--genai-prices", &url, "--litellm", &litellm, "--date", "2100-02-01"];
    let report = scratch.pricing_json(&arguments);
    assert_eq!(report["changed_models"], 2);
    assert_eq!(scratch.pricing_json(&["status"])["sources"][0]["version"], *url);
}

#[test]
fn a_failure_names_the_address_and_the_way_around() {
    let scratch = Scratch::with_small_cache();
    let [_, _, _, litellm] = lists(&scratch, 2.5);
    let url = serve("404 Not Found", Vec::new());
    let ended = scratch.pricing(&["refresh", "--genai-prices", &url, "--litellm", &litellm]);
    ended.assert_error(1, &format!("cannot fetch {url}: "));
    ended.assert_error(1, "download it and name the file with --genai-prices");
}
