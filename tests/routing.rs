//! The router under every order of events: swaps, fences, slow and failing resolves.

use std::collections::HashMap;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::resolution::{
    Attempt, Flight, Landing, Lookup, Pointer, Route, Router, Thrown, Transition, TransitionKind,
    check_epoch,
};
use proptest::prelude::*;

fn pointer(epoch: f64) -> Pointer {
    Pointer { epoch, sandbox_id: Value::Absent, working_dir: Value::Absent }
}

fn committed(router: &mut Router, epoch: f64) -> (Route, Transition) {
    let found = router.lookup(router.begin(), pointer(epoch));
    let Lookup::Resolve(flight) = found else { panic!("expected a resolve, got {found:?}") };
    match router.land(flight) {
        Landing::Commit(route, transition) => (route, transition),
        Landing::Stale => panic!("nothing is newer"),
    }
}

fn resolve(router: &mut Router, epoch: f64) -> Transition {
    committed(router, epoch).1
}

const FENCE: Thrown = Thrown { fenced: true, name: None, message: None };

fn transition(kind: TransitionKind, from_epoch: f64, to_epoch: f64) -> Transition {
    Transition { kind, from_epoch, to_epoch }
}

#[test]
fn the_epoch_is_the_key_of_the_cache() {
    let mut router = Router::new(None);
    assert_eq!(resolve(&mut router, 5.0), transition(TransitionKind::Resolved, 5.0, 5.0));
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Cached);
    let elsewhere = Pointer { sandbox_id: "t".into(), ..pointer(5.0) };
    assert_eq!(router.lookup(router.begin(), elsewhere), Lookup::Cached);
    assert_eq!(resolve(&mut router, 6.0), transition(TransitionKind::EpochChanged, 5.0, 6.0));
    assert_eq!(resolve(&mut router, 3.0), transition(TransitionKind::EpochChanged, 6.0, 3.0));
}

#[test]
fn a_fence_discards_the_backend_and_remembers_the_epoch() {
    let mut router = Router::new(None);
    let (route, _) = committed(&mut router, 5.0);
    let fenced = router.fail(route, 5.0, FENCE);
    assert_eq!(fenced, Some(transition(TransitionKind::FencedRetry, 5.0, 5.0)));
    assert_eq!(resolve(&mut router, 5.0), transition(TransitionKind::Resolved, 5.0, 5.0));
    router.fail(Route(2), 5.0, FENCE);
    assert_eq!(resolve(&mut router, 9.0), transition(TransitionKind::EpochChanged, 5.0, 9.0));
}

#[test]
fn a_fence_discards_the_backend_that_it_is_of_and_no_newer_one() {
    let mut router = Router::new(None);
    let (old, _) = committed(&mut router, 5.0);
    let (new, _) = committed(&mut router, 6.0);
    assert!(router.fail(old, 5.0, FENCE).is_some(), "the operation is tried again");
    assert_eq!(router.lookup(router.begin(), pointer(6.0)), Lookup::Cached);
    // Of two operations on one backend, the second fence finds the newer backend, which stays.
    assert!(router.fail(new, 6.0, FENCE).is_some());
    committed(&mut router, 6.0);
    assert!(router.fail(new, 6.0, FENCE).is_some());
    assert_eq!(router.lookup(router.begin(), pointer(6.0)), Lookup::Cached);
}

#[test]
fn any_other_failure_leaves_the_backend_in_place() {
    let mut router = Router::new(None);
    let (route, _) = committed(&mut router, 5.0);
    let message = Some("no such file: fenced.txt");
    assert_eq!(router.fail(route, 5.0, Thrown { message, ..Thrown::default() }), None);
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Cached);
}

#[test]
fn an_epoch_is_a_number() {
    assert_eq!(check_epoch(&Value::Number(-1.5)), Ok(-1.5));
    for (epoch, got) in
        [(Value::from("5"), "\"5\""), (f64::NAN.into(), "NaN"), (f64::INFINITY.into(), "Infinity")]
    {
        let error = check_epoch(&epoch).expect_err("no epoch");
        assert_eq!(error.to_string(), format!("activeEpoch must be a finite number, got {got}"));
    }
}

#[test]
fn attempts_are_bounded() {
    let cases = [
        (None, 4),
        (Some(3.0), 4),
        (Some(0.0), 1),
        (Some(2.5), 3),
        (Some(-1.0), 0),
        (Some(f64::NAN), 0),
        (Some(f64::NEG_INFINITY), 0),
    ];
    for (retries, attempts) in cases {
        let router = Router::new(retries);
        let tried = (0..100).take_while(|&fences| router.may_try(fences)).count();
        assert_eq!(tried, attempts, "{retries:?}");
    }
}

#[test]
fn one_resolve_serves_all_who_read_the_same_pointer() {
    let mut router = Router::new(None);
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
    let mut router = Router::new(None);
    let Lookup::Resolve(slow) = router.lookup(router.begin(), pointer(5.0)) else {
        panic!("nothing is cached")
    };
    resolve(&mut router, 6.0);
    assert_eq!(router.land(slow), Landing::Stale);
    assert_eq!(router.lookup(router.begin(), pointer(6.0)), Lookup::Cached);
}

#[test]
fn a_pointer_that_was_read_before_a_newer_commit_is_read_again() {
    let mut router = Router::new(None);
    let early = router.begin();
    resolve(&mut router, 6.0);
    assert_eq!(router.lookup(early, pointer(5.0)), Lookup::Stale);
    // The pointer may have gone back to it since.
    assert!(matches!(router.lookup(router.begin(), pointer(5.0)), Lookup::Resolve(_)));
}

#[test]
fn a_resolve_is_as_fresh_as_the_last_attempt_that_waits_for_it() {
    let mut router = Router::new(None);
    let Lookup::Resolve(slow) = router.lookup(router.begin(), pointer(5.0)) else {
        panic!("nothing is cached")
    };
    resolve(&mut router, 6.0);
    // The pointer has gone back, and this attempt has seen epoch 6.
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Join(slow));
    assert!(matches!(router.land(slow), Landing::Commit(..)));
}

/// The state of an operation: the steps that `js/resolution/routing.js` makes with promises.
#[derive(Debug, Clone)]
enum Op {
    Begun(Attempt),
    Read(Attempt, f64),
    Waiting(Attempt, f64, Flight),
    Resolving(Attempt, f64, Flight),
    Running(Route, f64),
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

/// Values that a backend throws: fences, and values that resemble one.
const THROWN: [Thrown; 4] = [
    FENCE,
    Thrown { fenced: false, name: Some("SandboxLeaseSupersededError"), message: None },
    Thrown { fenced: false, name: Some("Error"), message: Some("no such file: fenced.txt") },
    Thrown { fenced: false, name: None, message: None },
];
const FENCES: usize = 2;

/// An operation and its outcome.
struct Dispatched {
    op: Op,
    fences: u32,
    runs: u32,
    /// It has failed without a fence, so it must not run again.
    has_failed: bool,
}

/// A model with a pointer whose epoch only grows, and a log of what was done.
struct World {
    router: Router,
    retries: u32,
    pointer: f64,
    /// The highest epoch that has a committed backend.
    committed: f64,
    /// The backend that the caller caches, with its epoch.
    cached: Option<(Route, f64)>,
    ops: Vec<Dispatched>,
    /// The flights that have ended, and whether they succeeded.
    ended: HashMap<u32, bool>,
}

impl World {
    fn begin(&mut self) {
        let op = Op::Begun(self.router.begin());
        self.ops.push(Dispatched { op, fences: 0, runs: 0, has_failed: false });
    }

    fn run(&mut self, at: usize, epoch: f64) {
        let (route, cached) = self.cached.expect("a backend to run on");
        assert!(same(cached, epoch), "runs on another epoch than it read");
        assert!(
            epoch >= self.committed,
            "runs on epoch {epoch} after {} was committed",
            self.committed
        );
        let dispatched = &mut self.ops[at];
        assert!(!dispatched.has_failed, "runs again after a failure");
        dispatched.op = Op::Running(route, epoch);
        dispatched.runs += 1;
        assert!(dispatched.runs <= self.retries + 1, "ran {} times", dispatched.runs);
    }

    fn look_up(&mut self, at: usize, attempt: Attempt, epoch: f64) {
        self.ops[at].op = match self.router.lookup(attempt, pointer(epoch)) {
            Lookup::Cached => return self.run(at, epoch),
            Lookup::Stale => Op::Begun(self.router.begin()),
            Lookup::Join(flight) => Op::Waiting(attempt, epoch, flight),
            Lookup::Resolve(flight) => {
                let twin = self.ops.iter().any(
                    |other| matches!(other.op, Op::Resolving(_, other, _) if same(other, epoch)),
                );
                assert!(!twin, "epoch {epoch} is resolved twice at once");
                Op::Resolving(attempt, epoch, flight)
            }
        };
    }

    /// Ends a resolve. The operation that began it waits like all others: other events may happen before
    /// they look up again.
    fn end_flight(&mut self, epoch: f64, flight: Flight, succeeds: bool) {
        self.ended.insert(flight.0, succeeds);
        if !succeeds {
            self.router.abandon(flight);
        } else if let Landing::Commit(route, _) = self.router.land(flight) {
            assert!(epoch >= self.committed, "{epoch} replaced {}", self.committed);
            (self.committed, self.cached) = (epoch, Some((route, epoch)));
        }
    }

    fn fail(&mut self, at: usize, route: Route, epoch: f64, outcome: usize) {
        let is_fence = self.router.fail(route, epoch, THROWN[outcome]).is_some();
        assert_eq!(is_fence, outcome < FENCES);
        let dispatched = &mut self.ops[at];
        if !is_fence {
            (dispatched.op, dispatched.has_failed) = (Op::Ended, true);
            return;
        }
        self.cached = self.cached.filter(|&(cached, _)| cached != route);
        dispatched.fences += 1;
        let may_try = self.router.may_try(dispatched.fences);
        dispatched.op = if may_try { Op::Begun(self.router.begin()) } else { Op::Ended };
    }

    fn step(&mut self, at: usize, outcome: u8) {
        match self.ops[at].op.clone() {
            Op::Begun(attempt) => self.ops[at].op = Op::Read(attempt, self.pointer),
            Op::Read(attempt, epoch) => self.look_up(at, attempt, epoch),
            Op::Waiting(attempt, epoch, flight) => match self.ended.get(&flight.0) {
                Some(true) => self.look_up(at, attempt, epoch),
                Some(false) => self.ops[at].op = Op::Ended,
                None => {}
            },
            Op::Resolving(attempt, epoch, flight) => {
                self.end_flight(epoch, flight, !outcome.is_multiple_of(4));
                self.ops[at].op = Op::Waiting(attempt, epoch, flight);
            }
            Op::Running(route, epoch) => match usize::from(outcome) % (2 * THROWN.len()) {
                thrown if thrown < THROWN.len() => self.fail(at, route, epoch, thrown),
                _ => self.ops[at].op = Op::Ended,
            },
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
            router: Router::new(Some(f64::from(retries))),
            retries,
            pointer: 1.0,
            committed: 0.0,
            cached: None,
            ops: Vec::new(),
            ended: HashMap::new(),
        };
        for event in events {
            match event {
                Event::Swap => world.pointer += 1.0,
                Event::Begin => world.begin(),
                Event::Step { op, outcome } if !world.ops.is_empty() => {
                    let at = op % world.ops.len();
                    world.step(at, outcome);
                }
                Event::Step { .. } => {}
            }
        }
        // Every operation ends once all resolves end and the pointer stays.
        for _ in 0..200 {
            for at in 0..world.ops.len() {
                world.step(at, 7);
            }
        }
        prop_assert!(world.ops.iter().all(|dispatched| matches!(dispatched.op, Op::Ended)));
    }
}
