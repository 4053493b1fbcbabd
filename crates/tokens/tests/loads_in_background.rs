//! A count never waits for its vocabulary. One test to a file: vocabularies are loaded once per process.

use otel_genai_tokens::{Budget, Encoding, Method, Model, TokenCounter};

#[test]
fn the_first_count_is_by_bytes_and_starts_the_loading() {
    let counter = TokenCounter;
    let model = Model::resolve(None, "text-davinci-003").expect("a published encoding");
    let text = "A sentence of six words.";
    assert!(!counter.is_loaded(Encoding::P50kBase));
    let first = counter.count_text(model, text, &mut Budget::per_span());
    assert_eq!((first.tokens, first.method, first.error_margin), (6, Method::Bytes, 0.5));

    // Nobody calls `load`: the count above has started the thread.
    while !counter.is_loaded(Encoding::P50kBase) {
        std::thread::yield_now();
    }
    let second = counter.count_text(model, text, &mut Budget::per_span());
    assert_eq!((second.tokens, second.method, second.error_margin), (6, Method::Exact, 0.0));

    assert!(!counter.is_loaded(Encoding::R50kBase));
    counter.load(Encoding::R50kBase).expect("compiled in");
    assert!(counter.is_loaded(Encoding::R50kBase));
}
