//! A refresh is reproducible, keeps history and hand-written lines, and does not believe a broken source.

use std::path::Path;

use otel_genai_pricing::{Accept, Catalogue, PriceList, RefreshInput, Refreshed, refresh};
use serde_json::{Value, json};

const EMPTY: &str = r#"{"manifest":{"schema":1,"generated_at":"2026-01-01","sources":[]},"providers":[]}"#;

fn genai() -> Value {
    let model = |id: &str, input: f64| json!({"id": id, "match": {"equals": id}, "prices": {"input_mtok": input, "output_mtok": 4.0}});
    json!([
        {"id": "acme", "models": [model("acme-1", 1.0), model("acme-2", 2.0), model("acme-3", 3.0), model("acme-4", 4.0)]},
        {"id": "other", "models": [model("other-1", 1.0)]},
    ])
}

fn litellm() -> Value {
    json!({
        "acme/acme-1": {"litellm_provider": "acme", "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6,
            "input_cost_per_token_batches": 5e-7, "cache_read_input_token_cost": 1e-7},
        "acme/acme-9": {"litellm_provider": "acme", "input_cost_per_token": 9e-6, "output_cost_per_token": 9e-6},
    })
}

fn run(committed: &Catalogue, genai: &Value, litellm: &Value, accept: &[Accept]) -> Refreshed {
    let (genai, litellm) = (genai.to_string(), litellm.to_string());
    refresh(&RefreshInput {
        committed,
        genai_prices: PriceList { version: "test", bytes: genai.as_bytes() },
        litellm: PriceList { version: "test", bytes: litellm.as_bytes() },
        today: "2026-06-01".parse().expect("a date"),
        accept,
    })
    .expect("readable lists")
}

fn first() -> Catalogue {
    let empty = Catalogue::from_json(EMPTY).expect("an empty catalogue");
    run(&empty, &genai(), &litellm(), &[]).catalogue
}

fn line(catalogue: &Catalogue, model: &str) -> String {
    let text = catalogue.to_json();
    let start = format!("\"{model}\":");
    let line =
        text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{model} in\n{text}"));
    line.trim_end_matches(',').trim_start_matches(&start).to_owned()
}

#[test]
fn both_lists_are_merged_and_same_inputs_give_same_bytes() {
    assert_eq!(line(&first(), "acme-1"), r#"{"in":1,"cr":0.1,"out":4,"v":{"batch":{"in":0.5}},"s":"gl"}"#);
    assert_eq!(line(&first(), "acme-2"), r#"{"in":2,"out":4,"s":"g"}"#);
    assert_eq!(line(&first(), "acme-9"), r#"{"in":9,"out":9,"s":"l"}"#);
    assert_eq!(first().to_json(), first().to_json());
    assert_eq!(
        run(&first(), &genai(), &litellm(), &[]).catalogue.to_json(),
        first().to_json(),
        "a second refresh changes nothing"
    );
}

#[test]
fn a_difference_is_listed_and_the_header_decides() {
    let mut litellm = litellm();
    litellm["acme/acme-1"]["input_cost_per_token"] = json!(1.5e-6);
    let refreshed = run(&Catalogue::from_json(EMPTY).expect("empty"), &genai(), &litellm, &[]);
    let conflict = r#"[
{"provider":"acme","model":"acme-1","path":"in","genai":1,"litellm":1.5,"taken":"genai"}
]
"#;
    assert_eq!(refreshed.conflicts_json(), conflict);
    // Batch and cache rates that belong to the other standard price are not mixed in.
    assert_eq!(line(&refreshed.catalogue, "acme-1"), r#"{"in":1,"out":4,"s":"x"}"#);
}

#[test]
fn a_changed_price_goes_to_the_history() {
    let mut cheaper = genai();
    cheaper[0]["models"][1]["prices"]["input_mtok"] = json!(1.2);
    let refreshed = run(&first(), &cheaper, &litellm(), &[]);
    assert_eq!(
        line(&refreshed.catalogue, "acme-2"),
        r#"{"in":1.2,"out":4,"h":[{"until":"2026-06-01","in":2,"out":4}],"s":"g"}"#
    );
    assert!(refreshed.held.is_empty());
}

#[test]
fn a_model_that_left_stays_with_the_day() {
    let mut shorter = genai();
    shorter[0]["models"].as_array_mut().expect("models").remove(2);
    let refreshed = run(&first(), &shorter, &litellm(), &[]);
    assert_eq!(line(&refreshed.catalogue, "acme-3"), r#"{"in":3,"out":4,"s":"g","dep":"2026-06-01"}"#);
}

#[test]
fn a_hand_written_line_is_left_alone() {
    let mut committed = first();
    let by_hand = r#"{"acme-2":{"in":7,"out":7,"s":"m"}}"#;
    let rows: std::collections::BTreeMap<_, _> = serde_json::from_str(by_hand).expect("a row");
    committed.providers[0].models.extend(rows);
    let refreshed = run(&committed, &genai(), &litellm(), &[]);
    assert_eq!(line(&refreshed.catalogue, "acme-2"), r#"{"in":7,"out":7,"s":"m"}"#);
}

/// A way to break one of the lists.
type Poison = fn(&mut Value, &mut Value);

#[test]
fn a_poisoned_source_changes_nothing_until_accepted() {
    let poisons: [(&str, Poison); 6] = [
        ("zero", |genai, _| genai[0]["models"][1]["prices"] = json!({"input_mtok": 0, "output_mtok": 0})),
        ("one figure zero", |genai, _| genai[0]["models"][1]["prices"]["output_mtok"] = json!(0)),
        ("a thousand times", |genai, _| genai[0]["models"][1]["prices"]["input_mtok"] = json!(2000)),
        ("a thousandth", |_, litellm| litellm["acme/acme-9"]["output_cost_per_token"] = json!(9e-9)),
        ("figures gone", |_, litellm| {
            litellm["acme/acme-1"].as_object_mut().expect("a row").remove("cache_read_input_token_cost");
        }),
        ("provider gone", |genai, _| {
            genai.as_array_mut().expect("providers").remove(0);
        }),
    ];
    for (name, poison) in poisons {
        let (mut genai, mut litellm) = (genai(), litellm());
        poison(&mut genai, &mut litellm);
        let refreshed = run(&first(), &genai, &litellm, &[]);
        assert_eq!(refreshed.catalogue.files()[1..], first().files()[1..], "{name}");
        let is_reported = !refreshed.held.is_empty() || !refreshed.skipped.is_empty();
        assert!(is_reported, "{name} is not reported");
        let accepted = run(&first(), &genai, &litellm, &[Accept::All]);
        assert!(accepted.held.is_empty(), "{name}");
    }
}

#[test]
fn negative_and_absurd_prices_are_refused_with_their_place() {
    let mut negative = litellm();
    negative["acme/acme-9"]["input_cost_per_token"] = json!(-1e-6);
    let refreshed = run(&first(), &genai(), &negative, &[]);
    let reasons: Vec<_> = refreshed.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    assert_eq!(reasons, ["input_cost_per_token: -1e-6 is no price"]);
    assert_eq!(line(&refreshed.catalogue, "acme-9"), r#"{"in":9,"out":9,"s":"l"}"#);
    let mut broken = genai();
    broken[0]["models"][0]["prices"]["input_mtok"] = json!(-1);
    let error = refresh(&RefreshInput {
        committed: &first(),
        genai_prices: PriceList { version: "test", bytes: broken.to_string().as_bytes() },
        litellm: PriceList { version: "test", bytes: b"{}" },
        today: "2026-06-01".parse().expect("a date"),
        accept: &[],
    });
    assert_eq!(
        error.expect_err("a negative price").to_string(),
        "genai-prices: acme: acme-1: input_mtok: -1 is no price; fetch the file again or check its path"
    );
}

#[test]
fn a_provider_cannot_name_a_file_elsewhere() {
    let mut hostile = genai();
    hostile[1]["id"] = json!("../../etc/Evil");
    let refreshed = run(&Catalogue::from_json(EMPTY).expect("empty"), &hostile, &litellm(), &[]);
    let names: Vec<_> = refreshed.catalogue.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["manifest.json", "providers/acme.json", "providers/etc-evil.json"]);
}

#[test]
fn a_new_provider_under_a_taken_name_is_reported() {
    let mut committed = first();
    committed.providers[0].header.upstream.genai.clear();
    let refreshed = run(&committed, &genai(), &litellm(), &[]);
    assert!(refreshed.skipped.iter().any(|skipped| skipped.provider == "acme" && skipped.model == "*"));
}

#[test]
fn a_written_folder_reads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("providers")).expect("a folder");
    std::fs::write(folder.path().join("providers/gone.json"), "{}").expect("a file");
    first().write_dir(folder.path()).expect("written");
    assert!(!Path::new(&folder.path().join("providers/gone.json")).exists());
    assert_eq!(Catalogue::read_dir(folder.path()).expect("readable"), first());
    let packed = first().pack().expect("packed");
    std::fs::write(folder.path().join("cache"), packed).expect("a file");
    assert_eq!(Catalogue::read_file(&folder.path().join("cache")).expect("readable"), first());
}

#[test]
fn differences_between_catalogues_are_listed_by_figure() {
    let mut cheaper = genai();
    cheaper[0]["models"][1]["prices"]["input_mtok"] = json!(1.2);
    let changes = first().changes_to(&run(&first(), &cheaper, &litellm(), &[]).catalogue);
    assert_eq!(changes.len(), 1);
    let change = serde_json::to_value(&changes[0]).expect("JSON");
    assert_eq!(
        change,
        json!({"provider": "acme", "model": "acme-2", "path": "in", "before": "2", "after": "1.2"})
    );
}
