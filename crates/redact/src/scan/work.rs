//! How many bytes are looked at: counted in tests, which see that twice the text is at most twice the work.

/// Counts bytes that are read, once for each time that they are. Nothing but in tests.
#[cfg_attr(not(test), expect(unused_variables, reason = "counted in tests only"))]
pub(crate) fn read(bytes: usize) {
    #[cfg(test)]
    tests::WORK.with(|work| work.borrow_mut()[0] += bytes);
}

/// Counts bytes that a pattern may look at, since how many of them it does is its own affair. Nothing but in tests.
#[cfg_attr(not(test), expect(unused_variables, reason = "counted in tests only"))]
pub(crate) fn searched(bytes: usize) {
    #[cfg(test)]
    tests::WORK.with(|work| work.borrow_mut()[1] += bytes);
}

#[cfg(test)]
#[path = "../../tests/support/worst_inputs.rs"]
mod worst_inputs;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::worst_inputs::{GENERAL, PATTERNS, repeated, units};
    use crate::{RuleSet, rules};

    thread_local! {
        /// Bytes read, and bytes that patterns may look at.
        pub(super) static WORK: RefCell<[usize; 2]> = const { RefCell::new([0, 0]) };
    }

    fn work(run: impl FnOnce()) -> [usize; 2] {
        WORK.with(|work| *work.borrow_mut() = [0, 0]);
        run();
        WORK.with(|work| *work.borrow())
    }

    fn scan(rules: &RuleSet, unit: &str, bytes: usize) -> [usize; 2] {
        work(|| drop(rules.scan(&repeated(unit, bytes))))
    }

    fn redact(rules: &RuleSet, unit: &str, bytes: usize) -> [usize; 2] {
        work(|| drop(rules.redact(&repeated(unit, bytes))))
    }

    /// Every look has an end that does not depend on the text's length, so each doubling adds twice the work of the one
    /// before. What is added is compared and not the whole, since looks near the end of a text are cut short by it.
    fn check(unit: &str, least: usize, work: impl Fn(usize) -> [usize; 2], failed: &mut Vec<String>) {
        let [small, middle, large] = [least, 2 * least, 4 * least].map(work);
        for (kind, name) in ["read", "searched"].into_iter().enumerate() {
            let (first, second) = (middle[kind] - small[kind], large[kind] - middle[kind]);
            if second as f64 > 2.2 * first as f64 {
                failed
                    .push(format!("{unit:?}: from {least} bytes on {first}, then {second} bytes are {name}"));
            }
        }
    }

    /// Of each rule the input of which most is read, and that of which patterns may look at most.
    fn worst_of_rules(set: &RuleSet) -> BTreeSet<String> {
        let mut worst = BTreeSet::new();
        for rule in rules() {
            let cost = |unit: String| (scan(set, &unit, 512), unit);
            let costs: Vec<_> = units(rule.literals(), rule.examples()).into_iter().map(cost).collect();
            for kind in [0, 1] {
                worst.extend(costs.iter().max_by_key(|(cost, _)| cost[kind]).map(|(_, unit)| unit.clone()));
            }
        }
        worst
    }

    #[test]
    fn a_doubling_is_twice_the_work_for_every_rule_on_its_worst_inputs() {
        let set = RuleSet::default();
        let mut failed = Vec::new();
        for unit in worst_of_rules(&set) {
            check(&unit, 12 << 10, |bytes| scan(&set, &unit, bytes), &mut failed);
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_doubling_is_twice_the_work_up_to_half_a_megabyte_for_the_costliest() {
        let set = RuleSet::default();
        let worst: Vec<_> =
            worst_of_rules(&set).into_iter().map(|unit| (scan(&set, &unit, 4 << 10), unit)).collect();
        let mut failed = Vec::new();
        for kind in [0, 1] {
            let (_, unit) = worst.iter().max_by_key(|(cost, _)| cost[kind]).expect("there are rules");
            check(unit, 128 << 10, |bytes| redact(&set, unit, bytes), &mut failed);
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_doubling_is_twice_the_work_on_what_is_costly_for_no_single_rule() {
        let set = RuleSet::default();
        let mut failed = Vec::new();
        for unit in GENERAL {
            check(unit, 32 << 10, |bytes| redact(&set, unit, bytes), &mut failed);
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_doubling_is_twice_the_work_for_patterns_of_users() {
        let mut failed = Vec::new();
        for pattern in PATTERNS {
            let mine = RuleSet::builder().pattern("mine", *pattern).build().expect("valid");
            check(pattern, 32 << 10, |bytes| redact(&mine, "a", bytes), &mut failed);
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
