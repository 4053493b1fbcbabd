//! Makes the texts of `data/corpus.json` as `reference.py` does.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    kind: String,
    count: usize,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    fragments: Vec<String>,
}

/// Knuth's MMIX linear congruential generator; its upper 31 bits.
struct Random {
    state: u64,
}

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % bound
    }
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../data/corpus.json")).expect("corpus.json holds cases")
    }

    pub(crate) fn make(&self) -> String {
        let mut random = Random { state: self.seed };
        match self.kind.as_str() {
            "repeat" => self.unit.repeat(self.count),
            "pick" => {
                (0..self.count).map(|_| self.fragments[random.below(self.fragments.len())].as_str()).collect()
            }
            "bytes" => {
                let bytes: Vec<u8> = (0..self.count).map(|_| random.below(256) as u8).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
            "scalars" => {
                (0..self.count).filter_map(|_| char::from_u32(random.below(0x11_0000) as u32)).collect()
            }
            kind => panic!("unknown kind {kind}"),
        }
    }
}
