//! An agent that ends as its argument says, whose trace is stored all the same.
//!
//! `cargo run --example ways_to_end -- error`, with `normal`, `error`, `panic`, `later`, or `wait` for being ended by a
//! signal: it prints a line when it waits.

use std::error::Error;
use std::io::Write;
use std::time::Duration;
use std::{env, io, thread};

use tracing::instrument;

#[instrument(skip_all, fields(gen_ai.operation.name = "chat", gen_ai.request.model = "gpt-5-mini"))]
fn ask(_question: &str) {}

fn main() -> Result<(), Box<dyn Error>> {
    let guard = otel_genai::init()?;
    guard.shutdown_on_signal()?;
    ask("How does it end?");
    match env::args().nth(1).as_deref() {
        Some("error") => Err("as it was asked to".into()),
        Some("panic") => panic!("as it was asked to"),
        Some("later") => {
            thread::sleep(Duration::from_secs(1));
            Ok(())
        }
        Some("wait") => {
            writeln!(io::stdout(), "waiting")?;
            // Until the standard input ends: nobody is left who could send a signal.
            io::copy(&mut io::stdin(), &mut io::sink())?;
            Err("no signal came".into())
        }
        _ => Ok(()),
    }
}
