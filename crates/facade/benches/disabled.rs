//! What a span costs when observation is switched off, beside a program that never heard of it.
//!
//! `cargo bench -p otel-genai --bench disabled`
//!
//! Each figure is the median over rounds of the mean of many spans with four fields; the cases alternate within a round,
//! so that what disturbs the machine disturbs them alike. "again" is the first case once more: the noise.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use otel_genai::Settings;
use tracing_subscriber::prelude::*;

const SPANS: usize = 2_000;
const ROUNDS: usize = 501;

fn spans() -> f64 {
    let began = Instant::now();
    for number in 0..SPANS {
        let span = tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = black_box("gpt-5-mini"),
            question = black_box("What should I pack?"),
            number = black_box(number),
        );
        black_box(span.in_scope(|| number));
    }
    began.elapsed().as_nanos() as f64 / SPANS as f64
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut off = Settings::default();
    off.set("enabled", "false")?;
    let mut figures: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        figures[0].push(spans());
        figures[1].push({
            let _guard = off.init()?;
            spans()
        });
        figures[2].push(spans());
    }
    // A program with a subscriber of its own, which is there for events only. Only now: spans cost more where a
    // subscriber exists, even one that is not in use.
    let (layer, _guard) = off.layer()?;
    let own = || tracing_subscriber::registry();
    let bare = tracing::Dispatch::new(own());
    let with_none = tracing::Dispatch::new(own().with(layer));
    for _ in 0..ROUNDS {
        figures[3].push(tracing::dispatcher::with_default(&bare, spans));
        figures[4].push(tracing::dispatcher::with_default(&with_none, spans));
    }
    let median = |figures: &mut Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    };
    let [none, disabled, again, bare, with_none] = figures.each_mut().map(median);
    println!("nanoseconds per span");
    println!("no subscriber                  {none:6.2}");
    println!("`init`, disabled               {disabled:6.2}   ratio {:.2}", disabled / none);
    println!("no subscriber again            {again:6.2}   ratio {:.2}", again / none);
    println!("a subscriber of one's own      {bare:6.2}");
    println!("the same, layer disabled       {with_none:6.2}   ratio {:.2}", with_none / bare);
    Ok(())
}
