//! Counting against tiktoken-rs called directly on the same text, and the slowest texts known within one span's budget.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use otel_genai_tokens::{Budget, Encoding, Input, Message, Model, TokenCounter};

/// Fragments in random order: a text that repeats itself would be counted by the slice.
fn ordinary_texts() -> Vec<(&'static str, String)> {
    let english = "The |quick |brown |fox |jumps |over |lazy |dog, |while |engineers |of |platform |(all 12) |don't |look \
                   up.\n|observability |is |\"quoted\" |and |unremarkable. ";
    let code = "fn main() {\n|    let total: u64 = |items.iter().map(|item.price * 3)|.sum();\n|    // done\n|}\n\n|\
                if a != b {\n|        return |self.values[index]|::<Vec<_>>()|\"text\"";
    let chinese =
        "今天|天气|很好|，|我们|去|公园|散步|。|人工智能|模型|的|可观测性|，|是|一个|新的|课题|。|数据";
    let json = "{\"role\":\"user\",|\"content\":\"hello there\",|\"id\":12345,|\"tags\":[\"a\",\"b\"]},|[1,2,3.5],|null,";
    let mut random = Random(7);
    let mut texts = Vec::new();
    for (name, fragments) in [("english", english), ("code", code), ("chinese", chinese), ("json", json)] {
        let fragments: Vec<&str> = fragments.split('|').collect();
        for bytes in [2 << 10, 200 << 10] {
            let mut text = String::new();
            while text.len() < bytes {
                text.push_str(fragments[random.below(fragments.len())]);
            }
            texts.push((name, text));
        }
    }
    texts
}

fn against_tiktoken(criterion: &mut Criterion) {
    let model = Model::resolve(None, "gpt-4o").expect("a published encoding");
    TokenCounter.load(model.encoding()).expect("compiled in");
    let direct = tiktoken_rs::o200k_base_singleton();
    for (name, text) in ordinary_texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("tiktoken_rs", text.len()), &text, |bencher, text| {
            bencher.iter(|| direct.count_ordinary(black_box(text)));
        });
        group.bench_with_input(BenchmarkId::new("ours", text.len()), &text, |bencher, text| {
            bencher.iter(|| TokenCounter.count_text(model, black_box(text), &mut Budget::per_span()).tokens);
        });
        group.finish();
    }
    paired(model, direct);
}

/// Takes turns, so that a busy machine slows both alike; prints the ratio of the fastest of each and of the medians.
fn paired(model: Model, direct: &tiktoken_rs::CoreBPE) {
    for (name, text) in ordinary_texts() {
        let rounds = if text.len() > 10_000 { 60 } else { 3_000 };
        let mut direct_times = Vec::with_capacity(rounds);
        let mut our_times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let start = Instant::now();
            black_box(direct.count_ordinary(black_box(&text)));
            direct_times.push(start.elapsed());
            let start = Instant::now();
            black_box(TokenCounter.count_text(model, black_box(&text), &mut Budget::per_span()));
            our_times.push(start.elapsed());
        }
        direct_times.sort_unstable();
        our_times.sort_unstable();
        let ratio = |index: usize| direct_times[index].as_secs_f64() / our_times[index].as_secs_f64();
        println!(
            "paired {name:8} {:7} B: {:.3}x of tiktoken-rs (fastest), {:.3}x (median), {:.1} MB/s",
            text.len(),
            ratio(0),
            ratio(rounds / 2),
            text.len() as f64 / our_times[rounds / 2].as_secs_f64() / 1e6
        );
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// Four megabytes of runs of `run` characters of `alphabet` with `gap` between them.
    fn noise(&mut self, alphabet: &str, run: usize, gap: &str) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let mut text = String::new();
        while text.len() < 4 << 20 {
            text.extend((0..run).map(|_| alphabet[self.below(alphabet.len())]));
            text.push_str(gap);
        }
        text
    }
}

/// Not a mean but the worst of three: what matters is that none is slow.
fn slowest_span(_criterion: &mut Criterion) {
    let mut random = Random(1);
    let mut texts = vec![
        ("one letter".to_owned(), "a".repeat(1 << 20)),
        ("one dash".to_owned(), "-".repeat(1 << 20)),
        ("spaces".to_owned(), " ".repeat(2 << 20)),
        ("spaces, long".to_owned(), " ".repeat(100 << 20)),
        ("newlines".to_owned(), "\n".repeat(4 << 20)),
        (
            "alternating slices".to_owned(),
            format!("{}{}", "a".repeat(48 << 10), "-".repeat(48 << 10)).repeat(40),
        ),
    ];
    let alphabets = [
        ("letters", "abcdefghijklmnopqrstuvwxyz", " "),
        ("MiXed", "abcdefgABCDEFG'", " "),
        ("punctuation", "-=*#_!.,", " a "),
        ("blanks", " \t", "a"),
        ("blanks and breaks", " \t\n\r", "a"),
        ("digits", "0123456789", "a"),
        ("han", "今天很好我们去公园散步人工智能", "，"),
        ("marks", "e\u{301}\u{302}\u{303}", " "),
        ("two letters", "ab", " "),
        ("emoji", "😀🚀👍🏽\u{200d}", " "),
    ];
    for (name, alphabet, gap) in alphabets {
        for run in [4, 60, 99, 120, 1_000, 1 << 22] {
            texts.push((format!("{name} x {run}"), random.noise(alphabet, run, gap)));
        }
    }
    let mut worst = (0.0, String::new());
    for model in ["gpt-4o", "gpt-4", "text-davinci-003", "davinci"] {
        let model = Model::resolve(None, model).expect("a published encoding");
        TokenCounter.load(model.encoding()).expect("compiled in");
        for (name, text) in &texts {
            let slowest = (0..3).map(|_| span(model, text)).fold(0.0, f64::max);
            if slowest > worst.0 {
                worst = (slowest, format!("{name}, {}", model.encoding()));
            }
            println!("span {slowest:6.1} ms  {:12} {name}", model.encoding().name());
        }
    }
    println!("slowest span: {:.1} ms ({})", worst.0, worst.1);
    let tiny = Input { messages: vec![Message::text("user", "x"); 1 << 20], ..Input::default() };
    let model = Model::resolve(None, "gpt-4o").expect("a published encoding");
    let start = Instant::now();
    black_box(TokenCounter.count_input(model, &tiny, &mut Budget::per_span()));
    println!("a million messages: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    assert!(TokenCounter.is_loaded(Encoding::O200kBase));
}

fn span(model: Model, text: &str) -> f64 {
    let start = Instant::now();
    black_box(TokenCounter.count_text(model, black_box(text), &mut Budget::per_span()));
    start.elapsed().as_secs_f64() * 1e3
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1));
    targets = slowest_span, against_tiktoken
}
criterion_main!(benches);
