//! Puts the set together.

use std::collections::HashSet;

use crate::kind::{Category, Kind, kinds};
use crate::random::Random;
use crate::sample::{LabelledText, Sample, Split};
use crate::template::{Filling, Template, TemplateError, parse};

/// The seed of the published figures.
pub const DEFAULT_SEED: u64 = 20_261_101;

/// Texts per kind of personal data.
const PERSONAL: usize = 50;
/// Texts per kind of secret that many issue, such as private keys.
const GENERAL: usize = 50;
/// Texts per vendor's kind of secret.
const VENDOR: usize = 10;
/// Texts with several values.
const MIXED: usize = 300;
/// Texts without any.
const NEGATIVE: usize = 3600;
/// After so many draws of a text that is already there its template has no more to give.
const ATTEMPTS: usize = 30;

/// The templates of one split.
struct Templates {
    positive: Vec<Template>,
    carriers: Vec<Template>,
    negative: Vec<Template>,
}

impl Templates {
    fn of(split: Split) -> Result<Self, TemplateError> {
        let files = match split {
            Split::Dev => [
                ("dev/personal.txt", include_str!("../templates/dev/personal.txt")),
                ("dev/secrets.txt", include_str!("../templates/dev/secrets.txt")),
                ("dev/carriers.txt", include_str!("../templates/dev/carriers.txt")),
                ("dev/negatives.txt", include_str!("../templates/dev/negatives.txt")),
            ],
            Split::Test => [
                ("test/personal.txt", include_str!("../templates/test/personal.txt")),
                ("test/secrets.txt", include_str!("../templates/test/secrets.txt")),
                ("test/carriers.txt", include_str!("../templates/test/carriers.txt")),
                ("test/negatives.txt", include_str!("../templates/test/negatives.txt")),
            ],
        };
        let [personal, secrets, carriers, negatives] = files.map(|(file, content)| parse(file, content));
        Ok(Self { positive: [personal?, secrets?].concat(), carriers: carriers?, negative: negatives? })
    }

    fn section<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Template> {
        self.positive.iter().filter(move |template| template.section == name)
    }

    /// The templates for a kind: its own, and those for all vendors unless its own section stands for itself.
    fn for_kind(&self, kind: &'static Kind) -> Result<Vec<&Template>, TemplateError> {
        let mut templates: Vec<_> = self.section(kind.name).collect();
        if templates.is_empty() && kind.category == Category::Secret {
            let additional = format!("+{}", kind.name);
            let own = self.positive.iter().filter(|template| template.section == additional);
            let evident = self.section("evident").filter(|_| kind.is_evident);
            templates.extend(own.chain(self.section("named")).chain(evident));
        }
        if templates.is_empty() { Err(TemplateError::Missing(kind.name)) } else { Ok(templates) }
    }
}

/// Draws the texts of one split, in random order and without repetition.
///
/// At least 2,500 have labels and at least 2,500 have none.
///
/// # Errors
///
/// A template that cannot be read or names an unknown slot; the tests of this crate keep that from happening.
pub fn generate(split: Split, seed: u64) -> Result<Vec<Sample>, TemplateError> {
    let templates = Templates::of(split)?;
    let salt = match split {
        Split::Dev => 0,
        Split::Test => 1 << 63,
    };
    let mut corpus = Corpus { random: Random::new(seed ^ salt), seen: HashSet::new(), samples: Vec::new() };
    for kind in kinds() {
        let quota = match (kind.category, kind.issuer) {
            (Category::PersonalData, _) => PERSONAL,
            (Category::Secret, "") => GENERAL,
            (Category::Secret, _) => VENDOR,
        };
        let own = templates.for_kind(kind)?;
        corpus.draw(&own, Some(kind), quota, 40, &templates.carriers)?;
    }
    let mixed: Vec<_> = templates.section("mixed").collect();
    corpus.draw(&mixed, None, MIXED / 2, 25, &templates.carriers)?;
    corpus.join(&templates, MIXED / 2)?;
    let negative: Vec<_> = templates.negative.iter().collect();
    corpus.draw(&negative, None, NEGATIVE, 25, &templates.carriers)?;
    let Corpus { mut random, mut samples, .. } = corpus;
    random.shuffle(&mut samples);
    Ok(samples)
}

struct Corpus {
    random: Random,
    seen: HashSet<String>,
    samples: Vec<Sample>,
}

impl Corpus {
    /// Draws `quota` texts, every template in turn, and puts `carried` of a hundred into a carrier.
    fn draw(
        &mut self,
        templates: &[&Template],
        kind: Option<&'static Kind>,
        quota: usize,
        carried: usize,
        carriers: &[Template],
    ) -> Result<(), TemplateError> {
        let mut order: Vec<&Template> = templates.to_vec();
        self.random.shuffle(&mut order);
        let (mut drawn, mut failed) = (0, 0);
        for template in order.iter().cycle() {
            if drawn == quota || failed == ATTEMPTS * order.len() {
                break;
            }
            let text = template.fill(Filling { kind, body: None }, &mut self.random)?;
            let (text, group) = self.carry(text, &template.group, carried, carriers)?;
            if self.keep(text, &group, &template.language) {
                drawn += 1;
            } else {
                failed += 1;
            }
        }
        Ok(())
    }

    fn carry(
        &mut self,
        text: LabelledText,
        group: &str,
        carried: usize,
        carriers: &[Template],
    ) -> Result<(LabelledText, String), TemplateError> {
        if !self.random.percent(carried) {
            return Ok((text, group.to_owned()));
        }
        // Those of the section `line` add nothing that would keep a second line apart from what surrounds it.
        let is_one_line = !text.text.contains('\n');
        let fitting: Vec<&Template> =
            carriers.iter().filter(|carrier| is_one_line || carrier.section != "line").collect();
        let index = self.random.below(fitting.len());
        let Some(carrier) = fitting.get(index) else { return Ok((text, group.to_owned())) };
        let carried = carrier.fill(Filling { kind: None, body: Some(&text) }, &mut self.random)?;
        Ok((carried, carrier.group.clone()))
    }

    /// Joins sentences about different kinds to texts with several values.
    fn join(&mut self, templates: &Templates, quota: usize) -> Result<(), TemplateError> {
        let kinds: Vec<&'static Kind> = kinds().collect();
        for _ in 0..quota {
            let mut text = LabelledText::default();
            let separator = self.random.pick(&[" ", "\n", "\n\n"]);
            let count = self.random.between(2, 4);
            let mut joined = 0;
            while joined < count {
                let Some(kind) = kinds.get(self.random.below(kinds.len())) else { break };
                let own = templates.for_kind(kind)?;
                let prose: Vec<_> = own
                    .into_iter()
                    .filter(|template| template.group == "prose" && template.language == "en")
                    .collect();
                let Some(template) = prose.get(self.random.below(prose.len())) else { continue };
                let sentence = template.fill(Filling { kind: Some(kind), body: None }, &mut self.random)?;
                if joined > 0 {
                    text.push(separator);
                }
                text.push_encoded(&sentence, crate::sample::Encoding::Plain);
                joined += 1;
            }
            let (text, group) = self.carry(text, "prose", 25, &templates.carriers)?;
            self.keep(text, &group, "en");
        }
        Ok(())
    }

    fn keep(&mut self, text: LabelledText, group: &str, language: &str) -> bool {
        let is_new = self.seen.insert(text.text.clone());
        if is_new {
            let LabelledText { text, labels } = text;
            self.samples.push(Sample {
                text,
                labels,
                group: group.to_owned(),
                language: language.to_owned(),
            });
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The templates without what is drawn, so that a changed slot or letter case makes no new one.
    fn skeletons(split: Split) -> HashSet<String> {
        let Templates { positive, carriers, negative } = Templates::of(split).unwrap();
        let slot = regex::Regex::new("⟦[^⟧]*⟧").unwrap();
        let all = positive.into_iter().chain(carriers).chain(negative);
        all.map(|template| slot.replace_all(&template.text, "⟦⟧").to_lowercase()).collect()
    }

    #[test]
    fn the_splits_share_no_template() {
        let (dev, test) = (skeletons(Split::Dev), skeletons(Split::Test));
        let shared: Vec<_> = dev.intersection(&test).collect();
        assert!(shared.is_empty(), "{shared:#?}");
    }

    #[test]
    fn sections_belong_to_kinds() {
        for split in [Split::Dev, Split::Test] {
            for template in Templates::of(split).unwrap().positive {
                let name = template.section.trim_start_matches('+');
                assert!(
                    ["evident", "named", "mixed"].contains(&name) || crate::kind(name).is_some(),
                    "{split}: [{name}]"
                );
            }
        }
    }

    #[test]
    fn negatives_name_no_labelled_slot() {
        for split in [Split::Dev, Split::Test] {
            for template in Templates::of(split).unwrap().negative {
                let filled = template.fill(Filling::default(), &mut Random::new(3)).unwrap();
                assert!(filled.labels.is_empty(), "{}", template.text);
            }
        }
    }
}
