use std::io::BufRead;
use otel_genai_redact::{Labelled, RuleSet};
fn main() {
    let rules = RuleSet::default();
    let file = std::io::BufReader::new(std::fs::File::open(std::env::args().nth(1).unwrap()).unwrap());
    let ctx = |t: &str, s: usize, e: usize| { let mut a = s.saturating_sub(60); while !t.is_char_boundary(a) { a -= 1 } let mut b = (e + 25).min(t.len()); while !t.is_char_boundary(b) { b += 1 } format!("{:?} [[ {:?} ]] {:?}", &t[a..s], t[s..e].chars().take(80).collect::<String>(), &t[e..b]) };
    for line in file.lines() {
        let l: Labelled = serde_json::from_str(&line.unwrap()).unwrap();
        let f = rules.scan(&l.text);
        for x in &l.labels {
            let over: Vec<_> = f.iter().filter(|f| f.range.start < x.end && x.start < f.range.end).collect();
            if !over.iter().any(|f| f.rule == x.kind.as_str()) {
                println!("MISS {} as {:?}: {}", x.kind, over.iter().map(|f| &*f.rule).collect::<Vec<_>>(), ctx(&l.text, x.start, x.end));
            } else if !over.iter().any(|f| f.range.start <= x.start && f.range.end >= x.end) {
                println!("PART {} {:?}: {}", x.kind, over.iter().map(|f| &l.text[f.range.clone()]).collect::<Vec<_>>(), ctx(&l.text, x.start, x.end));
            }
        }
        for f in &f {
            if !l.labels.iter().any(|x| f.range.start < x.end && x.start < f.range.end) {
                println!("WRONG {}: {}", f.rule, ctx(&l.text, f.range.start, f.range.end));
            }
        }
    }
}
