//! Laws of the trace table and the line of stages that hold for any sequence of events.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;

use crate::testing::{Driver, Step, assert_stage_contract};
use crate::{Segment, SegmentKind, Stage, stage};

/// Does what its script says: holds, keeps, releases, drops, panics, edits, by turns.
struct Erratic {
    calls: usize,
    script: Vec<u8>,
}

impl Stage for Erratic {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let action = self.script[self.calls % self.script.len()];
        self.calls += 1;
        *segment.state::<usize>() += 1;
        match action % 11 {
            0 => {
                let accepted = segment.hold();
                assert_eq!(accepted, segment.kind() == SegmentKind::Early && !segment.is_forced());
            }
            1 => segment.keep(),
            2 => segment.release(),
            3 => segment.drop_trace("script"),
            4 => panic!("scripted"),
            5 => segment.drop_spans("children", |span| span.name() == "child"),
            6 => segment.drop_spans_with::<usize>("every other", |count, _| {
                *count += 1;
                *count % 2 == 0
            }),
            7 => segment.drop_spans("panics half-way", |span| {
                assert_ne!(span.name(), "child", "scripted");
                true
            }),
            8 => {
                let accepted = segment.wait();
                assert!(!accepted || (segment.kind() == SegmentKind::Last && !segment.is_forced()));
            }
            9 => {
                let (held, new) = (segment.held_mut().len(), segment.spans().len());
                segment.recall();
                assert_eq!((segment.held_mut().len(), segment.spans().len()), (0, held + new));
                segment.drop_spans("recalled", |span| span.name() == "child");
            }
            _ => segment.spans_mut().iter_mut().for_each(|span| span.set("edited", true)),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let trace = 0..6_u8;
    prop_oneof![
        3 => trace.clone().prop_map(|trace| Step::StartRoot { trace }),
        3 => trace.clone().prop_map(|trace| Step::EndRoot { trace }),
        1 => trace.clone().prop_map(|trace| Step::LoseRoot { trace }),
        8 => (trace, any::<bool>(), any::<bool>())
            .prop_map(|(trace, is_sampled, is_error)| Step::EndChild { trace, is_sampled, is_error }),
        3 => (0..8000_u64).prop_map(|milliseconds| Step::Wait(Duration::from_millis(milliseconds))),
        1 => Just(Step::Flush),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn counts_add_up_whatever_stages_do(
        steps in prop::collection::vec(step(), 1..120),
        scripts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..7), 1..4),
        max_bytes in 1_000..20_000_usize,
        max_open in 1..8_usize,
        remembered in 0..4_usize,
    ) {
        let stages: Vec<Erratic> = scripts.into_iter().map(|script| Erratic { calls: 0, script }).collect();
        let mut driver = Driver::new(|builder| {
            builder.stage(stages).max_bytes(max_bytes).max_open_traces(max_open).remembered_traces(remembered)
        });
        for step in &steps {
            driver.step(step);
        }
        driver.finish();
        let ids: HashSet<_> = driver.delivered().iter().map(crate::Span::span_id).collect();
        prop_assert_eq!(ids.len(), driver.delivered().len(), "a span came out twice");
        prop_assert!(driver.delivered().iter().all(crate::Span::is_sampled), "an unsampled span got out");
    }

    #[test]
    fn every_round_of_a_trace_ends_with_exactly_one_last_segment(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut driver = Driver::new(|builder| builder);
        let mut is_open: HashMap<u128, bool> = HashMap::new();
        let mut rounds = 0;
        for step in &steps {
            match step {
                Step::StartRoot { trace } if !is_open.insert((*trace).into(), true).unwrap_or(false) => rounds += 1,
                // A span opens a trace that was never heard of; for one that has ended it is late.
                Step::EndChild { trace, .. } if !is_open.contains_key(&(*trace).into()) => {
                    is_open.insert((*trace).into(), true);
                    rounds += 1;
                }
                _ => {}
            }
            driver.step(step);
            for (trace, kind) in driver.segments() {
                let was_open = is_open.insert(trace, kind == SegmentKind::Early);
                prop_assert_eq!(was_open, Some(kind != SegmentKind::Late), "{:?} of trace {}", kind, trace);
            }
        }
        prop_assert_eq!(driver.finish().last_segments, rounds);
    }
}

/// Holds every trace until its last segment and then keeps it.
struct HoldToTheEnd;

impl Stage for HoldToTheEnd {
    fn process(&mut self, segment: &mut Segment<'_>) {
        if !segment.hold() {
            segment.keep();
        }
    }
}

fn child(trace: u8) -> Step {
    Step::EndChild { trace, is_sampled: false, is_error: false }
}

#[test]
fn held_spans_come_out_once_ahead_of_newer_ones_and_sampled() {
    let mut driver = Driver::new(|builder| builder.stage(HoldToTheEnd));
    driver.step(&Step::StartRoot { trace: 1 });
    for _ in 0..3 {
        driver.step(&child(1));
        driver.step(&Step::Wait(Duration::from_secs(6)));
    }
    assert_eq!((driver.stats().held, driver.delivered().len()), (3, 0));
    driver.step(&Step::EndRoot { trace: 1 });
    driver.step(&Step::Wait(Duration::from_secs(1)));
    let names: Vec<_> = driver.delivered().iter().map(|span| (span.name(), span.is_sampled())).collect();
    assert_eq!(names, [("child", true), ("child", true), ("child", true), ("root", true)]);
    driver.step(&child(1));
    assert_eq!(driver.delivered().len(), 5, "a late span follows the decision");
}

#[test]
fn the_byte_budget_forces_the_oldest_and_refuses_to_hold() {
    let mut driver = Driver::new(|builder| builder.stage(HoldToTheEnd).max_bytes(20_000));
    driver.step(&Step::StartRoot { trace: 1 });
    for _ in 0..200 {
        driver.step(&child(1));
        driver.step(&Step::Wait(Duration::from_secs(6)));
    }
    let stats = driver.stats();
    assert!(stats.forced_segments > 0 && stats.held < 100, "{stats:?}");
    assert_eq!(driver.finish().delivered, 200);
}

#[test]
fn a_dropped_trace_takes_its_late_spans_with_it() {
    struct DropAll;
    impl Stage for DropAll {
        fn process(&mut self, segment: &mut Segment<'_>) {
            if segment.kind() == SegmentKind::Last {
                segment.drop_trace("unwanted");
            } else {
                segment.hold();
            }
        }
    }
    let mut driver = Driver::new(|builder| builder.stage(DropAll));
    for step in [Step::StartRoot { trace: 1 }, child(1), Step::EndRoot { trace: 1 }, Step::Flush, child(1)] {
        driver.step(&step);
    }
    let stats = driver.stats();
    assert_eq!((stats.dropped_for("unwanted"), stats.delivered), (3, 0));
    // Another round is decided anew.
    driver.step(&Step::StartRoot { trace: 1 });
    driver.step(&child(1));
    driver.step(&Step::Wait(Duration::from_secs(6)));
    assert_eq!(driver.stats().held, 1);
}

/// Asks for one thing at first, and for another ever after.
struct ChangesItsMind(Ask, Ask);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Hold,
    Keep,
    Release,
    Drop,
}

impl Stage for ChangesItsMind {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let is_later = std::mem::replace(segment.state::<bool>(), true);
        match if is_later { self.1 } else { self.0 } {
            Ask::Hold => {
                segment.hold();
            }
            Ask::Keep => segment.keep(),
            Ask::Release => segment.release(),
            Ask::Drop => segment.drop_trace("unwanted"),
        }
    }
}

#[test]
fn a_decision_stays() {
    let first_segment = [Step::StartRoot { trace: 1 }, child(1), Step::Wait(Duration::from_secs(6))];
    for (first, then) in
        [(Ask::Keep, Ask::Hold), (Ask::Keep, Ask::Release), (Ask::Drop, Ask::Keep), (Ask::Drop, Ask::Release)]
    {
        let mut driver = Driver::new(|builder| builder.stage(ChangesItsMind(first, then)));
        first_segment.iter().for_each(|step| driver.step(step));
        for step in
            [child(1), Step::Wait(Duration::from_secs(6)), Step::EndRoot { trace: 1 }, Step::Flush, child(1)]
        {
            driver.step(&step);
        }
        // Two children while it ran, the root, and a late child: all of them or none.
        let expected = if first == Ask::Keep { 4 } else { 0 };
        assert_eq!(driver.stats().delivered, expected, "{first:?}, then {then:?}: {:?}", driver.stats());
    }
}

#[test]
fn holding_goes_on_after_a_limit_forced_the_held_spans_out() {
    struct HoldOnce;
    impl Stage for HoldOnce {
        fn process(&mut self, segment: &mut Segment<'_>) {
            if !std::mem::replace(segment.state::<bool>(), true) {
                segment.hold();
            }
        }
    }
    let mut driver = Driver::new(|builder| builder.stage(HoldOnce).max_bytes(5_000));
    driver.step(&Step::StartRoot { trace: 1 });
    for _ in 0..40 {
        driver.step(&Step::EndChild { trace: 1, is_sampled: true, is_error: false });
        driver.step(&Step::Wait(Duration::from_secs(6)));
    }
    let stats = driver.stats();
    assert!(stats.forced_segments > 1 && stats.held > 0, "{stats:?}");
}

#[test]
fn what_a_stage_remembers_may_panic_when_forgotten() {
    #[derive(Default)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("scripted");
        }
    }
    struct Remembers;
    impl Stage for Remembers {
        fn process(&mut self, segment: &mut Segment<'_>) {
            segment.state::<Bomb>();
        }
    }
    let mut driver = Driver::new(|builder| builder.stage(Remembers).remembered_traces(1));
    for trace in 0..5 {
        driver.step(&Step::StartRoot { trace });
        driver.step(&Step::EndRoot { trace });
        driver.step(&Step::Flush);
    }
    assert_eq!(driver.finish().last_segments, 5);
}

/// Lets a trace go when it was asked so often.
struct WaitsFor(usize);

impl Stage for WaitsFor {
    fn process(&mut self, segment: &mut Segment<'_>) {
        let patience = self.0;
        let asked = segment.state::<usize>();
        *asked += 1;
        if *asked <= patience {
            segment.wait();
        }
    }
}

#[test]
fn a_stage_that_waits_is_asked_again_and_those_behind_see_the_end_once() {
    let mut driver = Driver::new(|builder| builder.stage(WaitsFor(3)));
    let end = [Step::StartRoot { trace: 1 }, Step::EndRoot { trace: 1 }, Step::Wait(Duration::from_secs(1))];
    end.iter().for_each(|step| driver.step(step));
    let late = Step::EndChild { trace: 1, is_sampled: true, is_error: false };
    driver.step(&late);
    let stats = driver.stats();
    assert_eq!((stats.held, stats.delivered, stats.open_traces, driver.ended_behind()), (2, 0, 0, 0));
    for _ in 0..2 {
        driver.step(&Step::Wait(Duration::from_millis(100)));
        assert_eq!(driver.stats().held, 2);
    }
    driver.step(&Step::Wait(Duration::from_millis(100)));
    let stats = driver.stats();
    assert_eq!((stats.held, stats.delivered, driver.ended_behind(), stats.last_segments), (0, 2, 1, 1));
    driver.step(&late);
    assert_eq!((driver.finish().delivered, driver.ended_behind()), (3, 0));
}

#[test]
fn another_round_little_memory_and_shutdown_end_the_wait() {
    let wait = |max_bytes| {
        let mut driver = Driver::new(|builder| builder.stage(WaitsFor(usize::MAX)).max_bytes(max_bytes));
        let end =
            [Step::StartRoot { trace: 1 }, Step::EndRoot { trace: 1 }, Step::Wait(Duration::from_secs(1))];
        end.iter().for_each(|step| driver.step(step));
        assert_eq!(driver.stats().held, 1);
        driver
    };
    let mut driver = wait(1 << 20);
    driver.step(&Step::StartRoot { trace: 1 });
    assert_eq!((driver.stats().held, driver.stats().delivered, driver.ended_behind()), (0, 1, 1));
    let mut driver = wait(1000);
    for trace in 2..6 {
        driver.step(&Step::StartRoot { trace });
        driver.step(&child(trace));
    }
    assert_eq!((driver.stats().held, driver.ended_behind()), (0, 1));
    let mut driver = wait(1 << 20);
    assert_eq!((driver.finish().delivered, driver.ended_behind()), (1, 1));
}

#[test]
fn segments_carry_the_time_they_are_given() {
    struct Times(std::sync::mpsc::Sender<std::time::SystemTime>);
    impl Stage for Times {
        fn process(&mut self, segment: &mut Segment<'_>) {
            let _ = self.0.send(segment.time());
        }
    }
    let (sender, times) = std::sync::mpsc::channel();
    let mut driver = Driver::new(|builder| builder.stage(Times(sender)));
    for _ in 0..2 {
        driver.step(&Step::StartRoot { trace: 1 });
        driver.step(&Step::EndRoot { trace: 1 });
        driver.step(&Step::Wait(Duration::from_secs(7200)));
    }
    let times: Vec<_> = times.try_iter().collect();
    assert_eq!(times[1].duration_since(times[0]).ok(), Some(Duration::from_secs(7200)));
}

#[test]
fn a_trace_that_never_ends_is_ended_by_age() {
    let mut driver = Driver::new(|builder| builder.max_age(Duration::from_secs(60)));
    driver.step(&Step::StartRoot { trace: 1 });
    driver.step(&Step::Wait(Duration::from_secs(61)));
    let stats = driver.stats();
    assert_eq!((stats.last_segments, stats.forced_segments, stats.open_traces), (1, 1, 0));
}

#[test]
fn delays_without_end_are_possible() {
    let mut driver =
        Driver::new(|builder| builder.max_age(Duration::MAX).linger(Duration::MAX).grace(Duration::MAX));
    for step in [Step::StartRoot { trace: 1 }, child(1), Step::EndRoot { trace: 1 }, child(2)] {
        driver.step(&step);
    }
    assert_eq!(driver.stats().open_traces, 2);
    assert_eq!(driver.finish().last_segments, 2);
}

#[test]
fn a_trace_whose_root_was_lost_ends_all_the_same() {
    let mut driver = Driver::new(|builder| builder);
    for step in [Step::StartRoot { trace: 1 }, child(1), Step::LoseRoot { trace: 1 }] {
        driver.step(&step);
    }
    driver.step(&Step::Wait(Duration::from_secs(1)));
    assert_eq!((driver.stats().last_segments, driver.stats().forced_segments), (1, 0));
}

#[test]
fn the_table_forgets_in_proportion() {
    let mut driver = Driver::new(|builder| builder.remembered_traces(10).max_open_traces(5));
    for round in 0..2000_u32 {
        let trace = (round % 250) as u8;
        driver.step(&Step::StartRoot { trace });
        driver.step(&child(trace));
        driver.step(&Step::EndRoot { trace });
    }
    let stats = driver.stats();
    assert!(stats.remembered_traces <= 10 && stats.open_traces <= 5, "{stats:?}");
    assert!(driver.queue_lengths() < 6 * 1024 + 100, "{}", driver.queue_lengths());
    driver.finish();
}

#[test]
fn our_own_stages_keep_the_contract() {
    assert_stage_contract(stage::each(|span| span.set("seen", true)));
    assert_stage_contract((HoldToTheEnd, stage::filter("odd", |span| span.name() != "chat")));
    assert_stage_contract(Vec::<Box<dyn Stage>>::new());
}

#[test]
#[should_panic(expected = "the stage panicked")]
fn the_contract_catches_a_stage_that_panics() {
    assert_stage_contract(stage::each(|span| assert!(span.duration() > Duration::ZERO)));
}
