//! The router under every order of events: swaps, fences, slow and failing resolves.

use std::collections::HashMap;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::resolution::{
    Attempt, Flight, Landing, Lookup, Pointer, Router, Transition, TransitionKind,
};
use proptest::prelude::*;

fn pointer(epoch: f64) -> Pointer {
    Pointer { epoch, sandbox_id: Value::Absent, working_dir: Value::Absent }
}

fn resolve(router: &mut Router, epoch: f64) -> Landing {
    match router.lookup(router.begin(), pointer(epoch)) {
        Lookup::Resolve(flight) => router.land(flight),
        other => panic!("expected a resolve, got {other:?}"),
    }
}

fn transition(kind: TransitionKind, from_epoch: f64, to_epoch: f64) -> Transition {
    Transition { kind, from_epoch, to_epoch }
}

#[test]
fn the_epoch_is_the_key_of_the_cache() {
    let mut router = Router::new(3.0);
    assert_eq!(
        resolve(&mut router, 5.0),
        Landing::Commit(transition(TransitionKind::Resolved, 5.0, 5.0))
    );
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Cached);
    let elsewhere = Pointer { sandbox_id: "t".into(), ..pointer(5.0) };
    assert_eq!(router.lookup(router.begin(), elsewhere), Lookup::Cached);
    assert_eq!(
        resolve(&mut router, 6.0),
        Landing::Commit(transition(TransitionKind::EpochChanged, 5.0, 6.0))
    );
    assert_eq!(
        resolve(&mut router, 3.0),
        Landing::Commit(transition(TransitionKind::EpochChanged, 6.0, 3.0))
    );
}

#[test]
fn a_fence_discards_the_backend_and_remembers_the_epoch() {
    let mut router = Router::new(3.0);
    resolve(&mut router, 5.0);
    assert_eq!(router.fence(5.0), transition(TransitionKind::FencedRetry, 5.0, 5.0));
    assert_eq!(
        resolve(&mut router, 5.0),
        Landing::Commit(transition(TransitionKind::Resolved, 5.0, 5.0))
    );
    router.fence(5.0);
    assert_eq!(
        resolve(&mut router, 9.0),
        Landing::Commit(transition(TransitionKind::EpochChanged, 5.0, 9.0))
    );
}

#[test]
fn attempts_are_bounded() {
    let cases = [(3.0, 4), (0.0, 1), (2.5, 3), (-1.0, 0), (f64::NAN, 0), (f64::NEG_INFINITY, 0)];
    for (retries, attempts) in cases {
        let router = Router::new(retries);
        let tried = (0..100).take_while(|&fences| router.may_try(fences)).count();
        assert_eq!(tried, attempts, "{retries}");
    }
}

#[test]
fn one_resolve_serves_all_who_read_the_same_pointer() {
    let mut router = Router::new(3.0);
    let first = router.begin();
    let Lookup::Resolve(flight) = router.lookup(first, pointer(5.0)) else {
        panic!("nothing is cached")
    };
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Join(flight));
    let elsewhere = Pointer { sandbox_id: "t".into(), ..pointer(5.0) };
    assert!(matches!(router.lookup(router.begin(), elsewhere), Lookup::Resolve(_)));
    router.abandon(flight);
    assert!(matches!(router.lookup(router.begin(), pointer(5.0)), Lookup::Resolve(_)));
}

#[test]
fn a_late_resolve_never_replaces_a_newer_epoch() {
    let mut router = Router::new(3.0);
    let Lookup::Resolve(slow) = router.lookup(router.begin(), pointer(5.0)) else {
        panic!("nothing is cached")
    };
    resolve(&mut router, 6.0);
    assert_eq!(router.land(slow), Landing::Stale);
    assert_eq!(router.lookup(router.begin(), pointer(6.0)), Lookup::Cached);
}

#[test]
fn a_pointer_that_was_read_before_a_newer_commit_is_read_again() {
    let mut router = Router::new(3.0);
    let early = router.begin();
    resolve(&mut router, 6.0);
    assert_eq!(router.lookup(early, pointer(5.0)), Lookup::Stale);
    // The pointer may have gone back to it since.
    assert!(matches!(router.lookup(router.begin(), pointer(5.0)), Lookup::Resolve(_)));
}

#[test]
fn a_resolve_is_as_fresh_as_the_last_attempt_that_waits_for_it() {
    let mut router = Router::new(3.0);
    let Lookup::Resolve(slow) = router.lookup(router.begin(), pointer(5.0)) else {
        panic!("nothing is cached")
    };
    resolve(&mut router, 6.0);
    // The pointer has gone back, and this attempt has seen epoch 6.
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Join(slow));
    assert!(matches!(router.land(slow), Landing::Commit(_)));
}

/// An operation, somewhere on its way. What `js/routing.js` does with promises, step by step.
#[derive(Debug, Clone)]
enum Op {
    Begun(Attempt),
    Read(Attempt, f64),
    Waiting(Attempt, f64, Flight),
    Resolving(f64, Flight),
    Running(f64),
    Ended,
}

#[derive(Debug, Clone)]
enum Event {
    /// The pointer moves.
    Swap,
    /// A new operation begins.
    Begin,
    /// An operation takes its next step; `outcome` chooses how.
    Step { op: usize, outcome: u8 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        1 => Just(Event::Swap),
        2 => Just(Event::Begin),
        12 => (any::<usize>(), any::<u8>()).prop_map(|(op, outcome)| Event::Step { op, outcome }),
    ];
    prop::collection::vec(event, 1..200)
}

/// A world with a pointer that only grows, and what was done in it.
struct World {
    router: Router,
    retries: u32,
    pointer: f64,
    /// The highest epoch that has a committed backend.
    committed: f64,
    cached: f64,
    ops: Vec<(Op, u32, u32)>,
    /// The flights that have ended, and whether they succeeded.
    ended: HashMap<u32, bool>,
}

impl World {
    fn run_on(&mut self, at: usize, epoch: f64) {
        assert!(
            epoch >= self.committed,
            "runs on epoch {epoch} after {} was committed",
            self.committed
        );
        let (op, _, runs) = &mut self.ops[at];
        *op = Op::Running(epoch);
        *runs += 1;
        assert!(*runs <= self.retries + 1, "an operation ran {runs} times");
    }

    fn look_up(&mut self, at: usize, attempt: Attempt, epoch: f64) {
        match self.router.lookup(attempt, pointer(epoch)) {
            Lookup::Cached => {
                assert!(same(self.cached, epoch), "runs on another epoch than it read");
                self.run_on(at, epoch);
            }
            Lookup::Stale => self.ops[at].0 = Op::Begun(self.router.begin()),
            Lookup::Join(flight) => self.ops[at].0 = Op::Waiting(attempt, epoch, flight),
            Lookup::Resolve(flight) => {
                let twin = self
                    .ops
                    .iter()
                    .any(|(op, ..)| matches!(op, Op::Resolving(other, _) if same(*other, epoch)));
                assert!(!twin, "epoch {epoch} is resolved twice at once");
                self.ops[at].0 = Op::Resolving(epoch, flight);
            }
        }
    }

    fn step(&mut self, at: usize, outcome: u8) {
        match self.ops[at].0.clone() {
            Op::Begun(attempt) => self.ops[at].0 = Op::Read(attempt, self.pointer),
            Op::Read(attempt, epoch) => self.look_up(at, attempt, epoch),
            Op::Waiting(attempt, epoch, flight) => match self.ended.get(&flight.0) {
                Some(true) => self.look_up(at, attempt, epoch),
                Some(false) => self.ops[at].0 = Op::Ended,
                None => {}
            },
            Op::Resolving(epoch, flight) => {
                let failed = outcome.is_multiple_of(4);
                self.ended.insert(flight.0, !failed);
                if failed {
                    self.router.abandon(flight);
                    self.ops[at].0 = Op::Ended;
                    return;
                }
                match self.router.land(flight) {
                    Landing::Commit(_) => {
                        assert!(epoch >= self.committed, "{epoch} replaced {}", self.committed);
                        (self.committed, self.cached) = (epoch, epoch);
                        self.run_on(at, epoch);
                    }
                    Landing::Stale => self.ops[at].0 = Op::Begun(self.router.begin()),
                }
            }
            // Anything but a fence ends an operation: it is never run again.
            Op::Running(_) if !outcome.is_multiple_of(3) => self.ops[at].0 = Op::Ended,
            Op::Running(epoch) => {
                self.router.fence(epoch);
                let (op, fences, _) = &mut self.ops[at];
                *fences += 1;
                *op = if self.router.may_try(*fences) {
                    Op::Begun(self.router.begin())
                } else {
                    Op::Ended
                };
            }
            Op::Ended => {}
        }
    }
}

#[expect(clippy::float_cmp, reason = "epochs are whole numbers")]
fn same(a: f64, b: f64) -> bool {
    a == b
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn operations_follow_the_pointer_in_any_order_of_events(
        events in events(),
        retries in 0..4_u32,
    ) {
        let mut world = World {
            router: Router::new(f64::from(retries)),
            retries,
            pointer: 1.0,
            committed: 0.0,
            cached: 0.0,
            ops: Vec::new(),
            ended: HashMap::new(),
        };
        for event in events {
            match event {
                Event::Swap => world.pointer += 1.0,
                Event::Begin => {
                    let attempt = world.router.begin();
                    world.ops.push((Op::Begun(attempt), 0, 0));
                }
                Event::Step { op, outcome } if !world.ops.is_empty() => {
                    let at = op % world.ops.len();
                    world.step(at, outcome);
                }
                Event::Step { .. } => {}
            }
        }
        // Whatever happened, everything ends when it is let to.
        for _ in 0..200 {
            for at in 0..world.ops.len() {
                world.step(at, 1);
            }
        }
        prop_assert!(world.ops.iter().all(|(op, ..)| matches!(op, Op::Ended)));
    }
}
