//! Lookup plus cost on a realistic mix of names, beside the `genai-prices` crate in the same run.
//!
//! 300 model names, drawn with Zipf frequencies (rank to the power of -1), and 5 % names that nobody knows.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use genai_prices::{Calculator, PriceRequest, UsageKey};
use otel_genai_pricing::{Call, Catalogue, Context, Date, PriceTable, Pricer, Usage};

const CALLS: usize = 4_096;
const NAMES: usize = 300;

/// A small generator with a fixed seed, so that every run prices the same calls.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Provider and model of every call.
fn mix() -> Vec<(String, String)> {
    let mut random = Random(0x5eed_5eed_5eed_5eed);
    let mut known: Vec<(String, String)> = Vec::new();
    for provider in Calculator::bundled().providers() {
        known.extend(provider.models().map(|model| (provider.id().to_owned(), model.id().to_owned())));
    }
    let mut chosen = BTreeSet::new();
    while chosen.len() < NAMES {
        chosen.insert(usize::try_from(random.next() % known.len() as u64).unwrap_or(0));
    }
    let mut names: Vec<_> = chosen.into_iter().map(|place| known[place].clone()).collect();
    // The order of ranks must not follow the order of the file.
    for place in (1..names.len()).rev() {
        names.swap(place, usize::try_from(random.next() % (place as u64 + 1)).unwrap_or(0));
    }
    let weights: Vec<f64> = (1..=NAMES)
        .scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        })
        .collect();
    let total = weights[NAMES - 1];
    (0..CALLS)
        .map(|_| {
            let point = random.unit() * total;
            let (provider, model) =
                names[weights.partition_point(|weight| *weight < point).min(NAMES - 1)].clone();
            if random.unit() < 0.05 {
                (provider, format!("unheard-of-{}", random.next() % 20))
            } else {
                (provider, model)
            }
        })
        .collect()
}

fn at() -> SystemTime {
    let day: Date = "2026-11-18".parse().expect("a date");
    day.start() + Duration::from_secs(12 * 3600)
}

fn call<'a>((provider, model): &'a (String, String), usage: &'a Usage, at: SystemTime) -> Call<'a> {
    Call {
        provider: Some(provider),
        response_model: Some(model),
        request_model: None,
        usage,
        at,
        context: Context::default(),
    }
}

fn lookup_and_cost(criterion: &mut Criterion) {
    let calls = mix();
    let at = at();
    let table = Arc::new(PriceTable::new(Catalogue::bundled().expect("the bundled catalogue")));
    let usage = Usage { input_tokens: Some(1_000), output_tokens: Some(500), ..Usage::default() };
    let theirs =
        genai_prices::Usage::from([(UsageKey::INPUT_TOKENS, 1_000.0), (UsageKey::OUTPUT_TOKENS, 500.0)]);
    let mut group = criterion.benchmark_group("lookup_and_cost");
    group.throughput(Throughput::Elements(CALLS as u64));
    let mut pricer = Pricer::new(Arc::clone(&table));
    group.bench_function("pricer", |bencher| {
        bencher.iter(|| {
            for names in &calls {
                let call = call(names, &usage, at);
                black_box(pricer.price(black_box(&call)).map(|priced| priced.total).ok());
            }
        });
    });
    group.bench_function("table_without_memory", |bencher| {
        bencher.iter(|| {
            for names in &calls {
                let call = call(names, &usage, at);
                black_box(table.price(black_box(&call)).map(|priced| priced.total).ok());
            }
        });
    });
    group.bench_function("genai_prices_crate", |bencher| {
        let calculator = Calculator::bundled();
        bencher.iter(|| {
            for (provider, model) in &calls {
                let request = PriceRequest::new(model, &theirs).with_provider_id(provider).with_timestamp(at);
                black_box(calculator.calculate(black_box(&request)).map(|price| price.total_price).ok());
            }
        });
    });
    group.finish();
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(20);
    group.bench_function("table", |bencher| {
        bencher.iter_batched(
            || (),
            |()| PriceTable::new(Catalogue::bundled().expect("the bundled catalogue")),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, lookup_and_cost, load);
criterion_main!(benches);
