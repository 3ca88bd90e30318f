//! The router under every order of events: swaps, fences, slow and failing resolves, and processes that
//! outlast their commands.

use std::collections::{HashMap, HashSet};

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::resolution::{
    Attempt, Flight, Following, Landing, Lookup, MUTATIONS, Next, Outcome, Pointer, Process,
    ProcessId, Report, Route, Router, Run, Thrown, Transition, TransitionKind, Verdict,
    check_epoch, check_session,
};
use proptest::prelude::*;

fn pointer(epoch: f64) -> Pointer {
    Pointer { epoch, sandbox: 1 }
}

fn flight(router: &mut Router, pointer: Pointer) -> Flight {
    match router.lookup(router.begin(), pointer) {
        Lookup::Resolve(flight) => flight,
        found => panic!("expected a resolve, got {found:?}"),
    }
}

fn committed(router: &mut Router, pointer: Pointer) -> (Route, Transition) {
    let flight = flight(router, pointer);
    match router.land(flight) {
        Landing::Commit(route, transition) => (route, transition),
        Landing::Stale => panic!("nothing is newer"),
    }
}

fn resolve(router: &mut Router, epoch: f64) -> Transition {
    committed(router, pointer(epoch)).1
}

fn is_cached(router: &mut Router, pointer: Pointer) -> bool {
    router.lookup(router.begin(), pointer) == Lookup::Cached
}

const FENCE: Thrown = Thrown { fenced: true, name: None, message: None, code: None };
/// An agent's own answer to an epoch that is not its own.
const REFUSAL: Thrown =
    Thrown { fenced: true, name: Some("SelfhostedControlError"), message: None, code: Some(10.0) };
const FAILURE: Thrown = Thrown { fenced: false, name: None, message: None, code: None };

fn run(op: &str, route: Route, pointer: Pointer) -> Run {
    Run { op: op.to_owned(), route, pointer, fences: 0, is_pinned: false }
}

fn transition(kind: TransitionKind, from_epoch: f64, to_epoch: f64) -> Transition {
    Transition { kind, from_epoch, to_epoch }
}

#[test]
fn epoch_and_sandbox_are_the_key_of_the_cache() {
    let mut router = Router::new(None, false);
    assert_eq!(resolve(&mut router, 5.0), transition(TransitionKind::Resolved, 5.0, 5.0));
    assert!(is_cached(&mut router, pointer(5.0)));
    let cleared = Pointer { sandbox: 2, ..pointer(5.0) };
    let (_, resolved) = committed(&mut router, cleared);
    assert_eq!(resolved, transition(TransitionKind::Resolved, 5.0, 5.0));
    assert!(is_cached(&mut router, cleared));
    // One backend is kept: a pointer that goes back is resolved anew.
    assert_eq!(resolve(&mut router, 5.0), transition(TransitionKind::Resolved, 5.0, 5.0));
    assert_eq!(resolve(&mut router, 6.0), transition(TransitionKind::EpochChanged, 5.0, 6.0));
    assert_eq!(resolve(&mut router, 3.0), transition(TransitionKind::EpochChanged, 6.0, 3.0));
}

#[test]
fn a_fence_discards_the_backend_and_remembers_the_epoch() {
    let mut router = Router::new(None, false);
    let (route, _) = committed(&mut router, pointer(5.0));
    let fenced = router.fail(&run("readFile", route, pointer(5.0)), FENCE);
    let verdict = Verdict { outcome: Outcome::Failed, next: Next::Again { wait_ms: 0 } };
    assert_eq!(fenced, Some((transition(TransitionKind::FencedRetry, 5.0, 5.0), verdict)));
    assert_eq!(resolve(&mut router, 5.0), transition(TransitionKind::Resolved, 5.0, 5.0));
    router.fail(&run("readFile", Route(2), pointer(5.0)), FENCE);
    assert_eq!(resolve(&mut router, 9.0), transition(TransitionKind::EpochChanged, 5.0, 9.0));
}

#[test]
fn a_fence_discards_the_backend_that_it_is_of_and_no_newer_one() {
    let mut router = Router::new(None, false);
    let (old, _) = committed(&mut router, pointer(5.0));
    let (new, _) = committed(&mut router, pointer(6.0));
    assert!(router.fail(&run("exec", old, pointer(5.0)), FENCE).is_some(), "it is tried again");
    assert!(is_cached(&mut router, pointer(6.0)));
    // Of two operations on one backend, the second fence finds the newer backend, which stays.
    assert!(router.fail(&run("exec", new, pointer(6.0)), FENCE).is_some());
    committed(&mut router, pointer(6.0));
    assert!(router.fail(&run("exec", new, pointer(6.0)), FENCE).is_some());
    assert!(is_cached(&mut router, pointer(6.0)));
}

#[test]
fn any_other_failure_leaves_the_backend_in_place() {
    let mut router = Router::new(None, true);
    let (route, _) = committed(&mut router, pointer(5.0));
    let message = Some("no such file: fenced.txt");
    let thrown = Thrown { message, ..FAILURE };
    assert_eq!(router.fail(&run("exec", route, pointer(5.0)), thrown), None);
    assert!(is_cached(&mut router, pointer(5.0)));
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
fn a_session_is_an_object() {
    for session in [Value::Other("object"), Value::Other("function"), Value::List(Vec::new())] {
        assert_eq!(check_session(&session), Ok(()));
    }
    for (session, got) in [
        (Value::Absent, "nothing"),
        (Value::from("box"), "\"box\""),
        (7.0.into(), "7"),
        (Value::Flag(true), "a value of type boolean"),
        (Value::Other("symbol"), "a value of type symbol"),
    ] {
        let message = check_session(&session).expect_err("no session").to_string();
        let expected = "the session that resolveActiveBackend resolves to must be an object, got ";
        assert_eq!(message, format!("{expected}{got}"));
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
        let router = Router::new(retries, false);
        let tried = (0..100).take_while(|&fences| router.may_try(fences)).count();
        assert_eq!(tried, attempts, "{retries:?}");
    }
}

#[test]
fn attempts_without_end_wait_for_longer_and_longer() {
    let mut router = Router::new(Some(f64::INFINITY), false);
    let mut wait = |fences| {
        let run = Run { fences, ..run("readFile", Route(1), pointer(1.0)) };
        router.fail(&run, FENCE).map(|(_, verdict)| verdict.next)
    };
    let waits = [0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000];
    for (fences, wait_ms) in (0..).zip(waits) {
        assert_eq!(wait(fences), Some(Next::Again { wait_ms }), "after {fences}");
    }
    assert_eq!(wait(u32::MAX), Some(Next::Again { wait_ms: 1_000 }));
}

#[test]
fn a_mutation_that_may_have_run_is_not_run_again_where_that_is_asked_for() {
    use Next::{Again, Exhausted, Fenced, OutcomeUnknown};
    let again = Again { wait_ms: 0 };
    let grpc = Thrown { name: Some("Error"), ..REFUSAL };
    let cases = [
        (false, "exec", FENCE, Outcome::Unknown, again),
        (false, "exec", REFUSAL, Outcome::NotRun, again),
        (false, "readFile", FENCE, Outcome::Failed, again),
        (true, "exec", FENCE, Outcome::Unknown, OutcomeUnknown),
        (true, "deleteFile", FENCE, Outcome::Unknown, OutcomeUnknown),
        // The code alone is no agent's: to gRPC it is another one.
        (true, "exec", grpc, Outcome::Unknown, OutcomeUnknown),
        (true, "exec", REFUSAL, Outcome::NotRun, again),
        (true, "readFile", FENCE, Outcome::Failed, again),
    ];
    for (at_most_once, op, thrown, outcome, next) in cases {
        let mut router = Router::new(None, at_most_once);
        let mut run = run(op, Route(1), pointer(1.0));
        let mut verdict = |run: &Run| router.fail(run, thrown).map(|(_, verdict)| verdict);
        assert_eq!(verdict(&run), Some(Verdict { outcome, next }), "{at_most_once} {op}");
        // The input of a process is no exception.
        run.is_pinned = true;
        assert_eq!(verdict(&run), Some(Verdict { outcome, next }), "{at_most_once} {op}");
        // On the last attempt the fence is the caller's.
        let last = if next == again { Fenced } else { next };
        run.fences = 3;
        assert_eq!(verdict(&run), Some(Verdict { outcome, next: last }), "{at_most_once} {op}");
    }

    let router = Router::new(None, true);
    for elsewhere in [pointer(2.0), pointer(0.0), Pointer { sandbox: 2, ..pointer(1.0) }] {
        let mut read = run("listDir", Route(1), pointer(1.0));
        assert_eq!(router.check(&read, pointer(1.0)), None);
        let verdict = Verdict { outcome: Outcome::Failed, next: again };
        assert_eq!(router.check(&read, elsewhere), Some(verdict));
        read.fences = 3;
        let verdict = Verdict { outcome: Outcome::Failed, next: Exhausted };
        assert_eq!(router.check(&read, elsewhere), Some(verdict));
        for op in MUTATIONS {
            let verdict = Verdict { outcome: Outcome::Unknown, next: OutcomeUnknown };
            let mutation = run(op, Route(1), pointer(1.0));
            assert_eq!(router.check(&mutation, elsewhere), Some(verdict));
            assert_eq!(router.check(&mutation, pointer(1.0)), None);
        }
    }
}

#[test]
fn admissions_count_like_fences() {
    let verdict = |retries, fences| {
        let run = Run { fences, ..run("exec", Route(1), pointer(1.0)) };
        let Verdict { outcome, next } = Router::new(retries, false).admit_again(&run);
        assert_eq!(outcome, Outcome::NotRun);
        next
    };
    for (fences, wait_ms) in (0..).zip([0, 0, 0, 10, 20]) {
        assert_eq!(verdict(Some(9.0), fences), Next::Again { wait_ms });
    }
    assert_eq!(verdict(None, 2), Next::Again { wait_ms: 0 });
    assert_eq!(verdict(None, 3), Next::Exhausted);
    assert_eq!(verdict(Some(0.0), 0), Next::Exhausted);
}

#[test]
fn one_resolve_serves_all_who_read_the_same_pointer() {
    let mut router = Router::new(None, false);
    let first = flight(&mut router, pointer(5.0));
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Join(first));
    let elsewhere = Pointer { sandbox: 2, ..pointer(5.0) };
    assert_ne!(flight(&mut router, elsewhere), first);
    router.abandon(first);
    assert_ne!(flight(&mut router, pointer(5.0)), first);
}

#[test]
fn a_late_resolve_never_replaces_a_newer_epoch() {
    let mut router = Router::new(None, false);
    let slow = flight(&mut router, pointer(5.0));
    resolve(&mut router, 6.0);
    assert_eq!(router.land(slow), Landing::Stale);
    assert!(is_cached(&mut router, pointer(6.0)));
}

#[test]
fn of_two_sandboxes_at_one_epoch_the_one_that_was_read_later_stays() {
    for later_lands_first in [true, false] {
        let mut router = Router::new(None, false);
        let cleared = Pointer { sandbox: 2, ..pointer(5.0) };
        let [earlier, later] = [pointer(5.0), cleared].map(|read| flight(&mut router, read));
        if later_lands_first {
            assert!(matches!(router.land(later), Landing::Commit(..)));
            assert_eq!(router.land(earlier), Landing::Stale);
        } else {
            assert!(matches!(router.land(earlier), Landing::Commit(..)));
            assert!(matches!(router.land(later), Landing::Commit(..)));
        }
        assert!(is_cached(&mut router, cleared));
    }
    // Where both were read at the same time, nobody knows, and the second one reads again.
    let mut router = Router::new(None, false);
    let [one, other] = [router.begin(), router.begin()];
    let Lookup::Resolve(first) = router.lookup(one, pointer(5.0)) else { panic!("no flight") };
    router.land(first);
    assert_eq!(router.lookup(other, Pointer { sandbox: 2, ..pointer(5.0) }), Lookup::Stale);
}

#[test]
fn a_pointer_that_was_read_before_a_newer_commit_is_read_again() {
    let mut router = Router::new(None, false);
    let early = router.begin();
    resolve(&mut router, 6.0);
    assert_eq!(router.lookup(early, pointer(5.0)), Lookup::Stale);
    // The pointer may have gone back to it since.
    flight(&mut router, pointer(5.0));
}

#[test]
fn a_resolve_is_as_fresh_as_the_last_attempt_that_waits_for_it() {
    let mut router = Router::new(None, false);
    let slow = flight(&mut router, pointer(5.0));
    resolve(&mut router, 6.0);
    // The pointer has gone back, and this attempt has seen epoch 6.
    assert_eq!(router.lookup(router.begin(), pointer(5.0)), Lookup::Join(slow));
    assert!(matches!(router.land(slow), Landing::Commit(..)));
}

/// The backend of the process that a number means.
fn home(router: &Router, number: f64) -> Option<Route> {
    router.process(number).map(|process| process.route)
}

fn started(router: &mut Router, route: Route, number: f64) -> ProcessId {
    router.start(route, report(Some(number), None, None));
    router.process(number).expect("it runs").id
}

fn report(session_id: Option<f64>, exit_code: Option<f64>, text: Option<&str>) -> Report<'_> {
    Report { session_id, exit_code, text }
}

#[test]
fn a_process_stays_with_the_backend_that_started_it() {
    let running = "Wall time: 1 s\nProcess running with session ID 7\nOutput:\n";
    let starts = [
        (report(Some(7.0), None, None), true),
        (report(Some(7.0), Some(0.0), None), false),
        (report(Some(f64::NAN), None, None), false),
        (report(None, None, None), false),
        (report(None, None, Some(running)), true),
        (report(None, None, Some("Process exited with code 0\nOutput:\n")), false),
        // A command's own output tells nothing.
        (report(None, None, Some("Process running with session ID 7\n")), false),
        (
            report(
                None,
                None,
                Some(
                    "Process exited with code 0\nOutput:\nProcess running with session ID 7\nOutput:\n",
                ),
            ),
            false,
        ),
    ];
    for (answer, is_started) in starts {
        let mut router = Router::new(None, false);
        router.start(Route(1), answer);
        assert_eq!(home(&router, 7.0), is_started.then_some(Route(1)), "{answer:?}");
    }

    let lost = "write_stdin failed: session not found: 7";
    let printed = format!("{running}{lost}");
    let answers = [
        (report(None, None, Some("more")), false),
        (report(None, None, Some(running)), false),
        (report(None, Some(0.0), None), true),
        (report(None, None, Some("Process exited with code 1\nOutput:\n")), true),
        (report(None, None, Some(lost)), true),
        (report(None, None, Some("session not found: 7")), true),
        // Any other text may be the process's own.
        (report(None, None, Some("session not found: 70")), false),
        (report(None, None, Some("session not found")), false),
        (report(None, None, Some("session not found: 7\n")), false),
        (report(None, None, Some("login: session not found, creating one\nPassword: ")), false),
        (report(None, None, Some("psql: write_stdin failed: session not found: 7")), false),
        // So may the text beside the number of a process that runs.
        (report(Some(7.0), None, Some(lost)), false),
        // The banner says that it runs, whatever it prints.
        (report(None, None, Some(&printed)), false),
        (report(None, None, None), false),
    ];
    for (answer, is_ended) in answers {
        let mut router = Router::new(None, false);
        let process = started(&mut router, Route(1), 7.0);
        started(&mut router, Route(1), 8.0);
        router.hear(process, answer);
        assert_eq!(home(&router, 7.0), (!is_ended).then_some(Route(1)), "{answer:?}");
        assert_eq!(home(&router, 8.0), Some(Route(1)));
    }

    let messages = [
        (lost, true),
        ("exec: session not found: 7", true),
        ("session not found: 77", false),
        ("session not found: 17", false),
        ("session not found", false),
        ("timed out", false),
    ];
    for (message, is_lost) in messages {
        let mut router = Router::new(None, false);
        let process = started(&mut router, Route(1), 7.0);
        router.lose(process, message);
        assert_eq!(router.process(7.0).is_none(), is_lost, "{message}");
    }
}

#[test]
fn of_processes_with_one_number_the_newest_that_runs_has_it() {
    let ended = report(None, Some(0.0), None);
    let mut router = Router::new(None, false);
    let [first, second, third] = [1, 2, 3].map(|route| started(&mut router, Route(route), 7.0));
    assert_eq!(home(&router, 7.0), Some(Route(3)));
    // What ends on an older backend is not the newest process.
    router.hear(second, ended);
    assert_eq!(home(&router, 7.0), Some(Route(3)));
    router.hear(third, ended);
    assert_eq!(home(&router, 7.0), Some(Route(1)));
    assert_eq!(router.process_routes().collect::<Vec<_>>(), [Route(1)]);

    // A backend gives a number anew once the process before has ended, and a late answer is of that one.
    let again = started(&mut router, Route(1), 7.0);
    router.hear(first, ended);
    assert_eq!(home(&router, 7.0), Some(Route(1)));
    router.hear(again, ended);
    assert_eq!(home(&router, 7.0), None);
    assert_eq!(router.process_routes().count(), 0);
}

#[test]
fn a_process_follows_to_a_backend_of_the_same_pointer_after_a_fence() {
    let mut router = Router::new(None, false);
    let process = started(&mut router, Route(1), 7.0);
    let is_fenced = |router: &Router| router.process(7.0).is_some_and(|process| process.is_fenced);
    let other = run("readFile", Route(1), pointer(1.0));
    router.fail(&other, FENCE);
    assert!(!is_fenced(&router), "the fence of another operation is not the process's");
    let input = Run { is_pinned: true, ..run("writeStdin", Route(1), pointer(1.0)) };
    router.fail(&input, FENCE);
    assert!(is_fenced(&router));

    let elsewhere = [pointer(2.0), Pointer { sandbox: 2, ..pointer(1.0) }];
    for has_met_fence in [true, false] {
        assert_eq!(router.follow(&input, has_met_fence, pointer(1.0)), Following::Active);
        for now in elsewhere {
            let following = if has_met_fence { Following::Nowhere } else { Following::Same };
            assert_eq!(router.follow(&input, has_met_fence, now), following);
        }
    }

    // Two inputs may move it at the same time.
    assert!(router.move_process(process, Route(2)));
    assert!(router.move_process(process, Route(2)));
    assert!(!is_fenced(&router));
    assert_eq!(home(&router, 7.0), Some(Route(2)));
    assert_eq!(router.process_routes().collect::<Vec<_>>(), [Route(2)]);

    // It has ended where another one has its number there.
    let newer = started(&mut router, Route(3), 7.0);
    assert!(!router.move_process(process, Route(3)));
    assert_eq!(router.process(7.0).map(|process| process.id), Some(newer));
    router.hear(newer, report(None, Some(0.0), None));
    assert_eq!(router.process(7.0), None);
    assert!(!router.move_process(process, Route(4)));
    assert_eq!(router.process(7.0), None);
}

/// What an operation does next: the steps that `js/resolution/routing.js` makes with promises.
#[derive(Debug, Clone)]
enum Op {
    /// It is the input of a process, and goes to the backend of that.
    Pinned,
    Begun(Attempt),
    Read(Attempt, Pointer),
    Waiting(Attempt, Pointer, Flight),
    Resolving(Attempt, Pointer, Flight),
    Running(Run),
    /// Its backend has answered; the pointer is read again.
    Answered(Run),
    Ended,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Read,
    Exec,
    /// An input of the process with this number.
    Input(u8),
}

#[derive(Debug, Clone)]
enum Event {
    /// The pointer moves: the epoch grows, or the sandbox alone is another one.
    Swap { same_epoch: bool, sandbox: u8 },
    /// A new operation begins.
    Begin(Kind),
    /// An operation takes its next step; `outcome` chooses how.
    Step { op: usize, outcome: u8 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![
        2 => Just(Kind::Read),
        3 => Just(Kind::Exec),
        2 => (0..NUMBERS).prop_map(Kind::Input),
    ];
    let event = prop_oneof![
        1 => (any::<bool>(), 0..3_u8).prop_map(|(same_epoch, sandbox)| Event::Swap { same_epoch, sandbox }),
        2 => kind.prop_map(Event::Begin),
        12 => (any::<usize>(), any::<u8>()).prop_map(|(op, outcome)| Event::Step { op, outcome }),
    ];
    prop::collection::vec(event, 1..200)
}

/// How many numbers backends have for processes: each uses the same few.
const NUMBERS: u8 = 2;

/// Values that a backend throws: fences, and values that resemble one.
const THROWN: [Thrown; 5] = [
    FENCE,
    Thrown { name: Some("SandboxLeaseSupersededError"), ..FAILURE },
    REFUSAL,
    Thrown { name: Some("Error"), message: Some("no such file: fenced.txt"), ..FAILURE },
    FAILURE,
];
const FENCES: usize = 3;

/// An operation and its outcome.
struct Dispatched {
    kind: Kind,
    /// The process that it was meant for, by the model; it has this backend.
    process: Option<(u32, Route)>,
    /// The same by the router, as it was when the input was given.
    pinned: Option<Process>,
    has_met_fence: bool,
    op: Op,
    fences: u32,
    runs: u32,
    /// How often it may have changed a box.
    effects: u32,
    /// It has failed without a fence, so it must not run again.
    has_failed: bool,
}

/// A key of a hash map.
fn key(pointer: Pointer) -> (u64, u32) {
    (pointer.epoch.to_bits(), pointer.sandbox)
}

/// A model with a pointer whose epoch only grows, and a log of what was done.
struct World {
    router: Router,
    retries: u32,
    at_most_once: bool,
    /// Whether the pointer may go back to a sandbox that it had at the same epoch.
    returns: bool,
    pointer: Pointer,
    /// The highest epoch that has a committed backend.
    committed: f64,
    /// The backend that the caller caches, with its pointer.
    cached: Option<(Route, Pointer)>,
    /// What the backends were committed for.
    routes: HashMap<Route, Pointer>,
    /// How many backends were committed for each pointer, and those of them that were fenced off.
    commits: HashMap<(u64, u32), usize>,
    fenced: HashMap<(u64, u32), HashSet<Route>>,
    /// The processes that run, each with its number, its id and its backend, in the order of their start.
    processes: Vec<(u8, u32, Route)>,
    started: u32,
    ops: Vec<Dispatched>,
    /// The flights that have ended, and whether they succeeded.
    ended: HashMap<u32, bool>,
}

impl World {
    fn new(retries: u32, at_most_once: bool, returns: bool) -> Self {
        Self {
            router: Router::new(Some(f64::from(retries)), at_most_once),
            retries,
            at_most_once,
            returns,
            pointer: pointer(1.0),
            committed: 0.0,
            cached: None,
            routes: HashMap::new(),
            commits: HashMap::new(),
            fenced: HashMap::new(),
            processes: Vec::new(),
            started: 0,
            ops: Vec::new(),
            ended: HashMap::new(),
        }
    }

    fn swap(&mut self, same_epoch: bool, sandbox: u8) {
        if !same_epoch {
            self.pointer.epoch += 1.0;
        }
        let next = self.pointer.sandbox + 1;
        self.pointer.sandbox = if self.returns { u32::from(sandbox) } else { next };
    }

    fn begin(&mut self, kind: Kind) {
        let (process, pinned) = match kind {
            Kind::Input(number) => {
                let known = self.processes.iter().rfind(|&&(known, ..)| known == number);
                (known.map(|&(_, id, route)| (id, route)), self.router.process(number.into()))
            }
            Kind::Read | Kind::Exec => (None, None),
        };
        let op = match pinned {
            Some(process) if !process.is_fenced => Op::Pinned,
            _ => Op::Begun(self.router.begin()),
        };
        let (fences, runs, effects, has_failed, has_met_fence) = (0, 0, 0, false, false);
        self.ops.push(Dispatched {
            kind,
            process,
            pinned,
            has_met_fence,
            op,
            fences,
            runs,
            effects,
            has_failed,
        });
    }

    fn run(&mut self, at: usize, route: Route, pointer: Pointer) {
        let dispatched = &mut self.ops[at];
        let is_pinned = dispatched.pinned.is_some();
        assert_eq!(dispatched.process.is_some(), is_pinned);
        if let Some((id, started)) = dispatched.process {
            // It has followed its process to a backend of the same pointer, where that has no other process of
            // this number.
            assert_eq!(self.routes[&started], pointer, "{started:?} to {route:?}");
            let Kind::Input(number) = dispatched.kind else { panic!("no input") };
            let is_taken = |&(known, other, of): &(u8, u32, Route)| {
                known == number && other != id && of == route
            };
            let is_free = route == started || !self.processes.iter().any(is_taken);
            assert!(is_free, "{route:?} has another process of this number");
        }
        if self.at_most_once {
            assert_eq!(dispatched.effects, 0, "{:?} may run twice", dispatched.kind);
        }
        assert!(!dispatched.has_failed, "runs again after a failure");
        let op = match dispatched.kind {
            Kind::Read => "readFile",
            Kind::Exec => "exec",
            Kind::Input(_) => "writeStdin",
        };
        let fences = dispatched.fences;
        dispatched.op = Op::Running(Run { op: op.to_owned(), route, pointer, fences, is_pinned });
        dispatched.runs += 1;
        assert!(dispatched.runs <= self.retries + 1, "ran {} times", dispatched.runs);
    }

    /// Runs on the active backend, in the turn of the look-up that has found it.
    fn run_active(&mut self, at: usize, pointer: Pointer) {
        let (route, cached) = self.cached.expect("a backend to run on");
        assert_eq!(cached, pointer, "runs on another pointer than it read");
        let (epoch, committed) = (pointer.epoch, self.committed);
        assert!(epoch >= committed, "runs on epoch {epoch} after {committed} was committed");
        let Some(pinned) = &mut self.ops[at].pinned else {
            return self.run(at, route, pointer);
        };
        if self.router.move_process(pinned.id, route) {
            pinned.route = route;
            pinned.is_fenced = false;
            for (_, id, of) in &mut self.processes {
                if self.ops[at].process.is_some_and(|(process, _)| process == *id) {
                    *of = route;
                }
            }
            self.run(at, route, pointer);
        } else {
            let (id, _) = self.ops[at].process.expect("a process");
            self.processes.retain(|&(_, known, _)| known != id);
            self.stay(at);
        }
    }

    /// An input goes to the backend of its process, once.
    fn stay(&mut self, at: usize) {
        let Dispatched { pinned, has_met_fence, .. } = &self.ops[at];
        let route = pinned.expect("a process").route;
        if *has_met_fence {
            self.ops[at].op = Op::Ended;
        } else {
            self.run(at, route, self.routes[&route]);
        }
    }

    /// The input of a process whose backend was fenced off follows it, where the pointer is the same.
    fn read(&mut self, at: usize, attempt: Attempt, pointer: Pointer) {
        let Dispatched { pinned, has_met_fence, fences, .. } = self.ops[at];
        let Some(Process { route, .. }) = pinned else {
            return self.look_up(at, attempt, pointer);
        };
        let (op, of) = ("writeStdin".to_owned(), self.routes[&route]);
        let run = Run { op, route, pointer: of, fences, is_pinned: true };
        match self.router.follow(&run, has_met_fence, pointer) {
            Following::Active => self.look_up(at, attempt, pointer),
            Following::Same => {
                assert!(!has_met_fence);
                self.stay(at);
            }
            Following::Nowhere => {
                assert!(has_met_fence);
                self.stay(at);
            }
        }
    }

    fn look_up(&mut self, at: usize, attempt: Attempt, pointer: Pointer) {
        self.ops[at].op = match self.router.lookup(attempt, pointer) {
            Lookup::Cached => return self.run_active(at, pointer),
            Lookup::Stale => Op::Begun(self.router.begin()),
            Lookup::Join(flight) => Op::Waiting(attempt, pointer, flight),
            Lookup::Resolve(flight) => {
                let twin = self.ops.iter().any(
                    |other| matches!(other.op, Op::Resolving(_, other, _) if other == pointer),
                );
                assert!(!twin, "{pointer:?} is resolved twice at once");
                let is_cached = self.cached.is_some_and(|(_, cached)| cached == pointer);
                assert!(!is_cached, "{pointer:?} is resolved though its backend is there");
                Op::Resolving(attempt, pointer, flight)
            }
        };
    }

    /// Ends a resolve. The operation that began it waits like all others: other events may happen before
    /// they look up again.
    fn end_flight(&mut self, pointer: Pointer, flight: Flight, succeeds: bool) {
        self.ended.insert(flight.0, succeeds);
        if !succeeds {
            self.router.abandon(flight);
        } else if let Landing::Commit(route, _) = self.router.land(flight) {
            let (epoch, committed) = (pointer.epoch, self.committed);
            assert!(epoch >= committed, "{epoch} replaced {committed}");
            (self.committed, self.cached) = (epoch, Some((route, pointer)));
            self.routes.insert(route, pointer);
            let commits = self.commits.entry(key(pointer)).or_default();
            *commits += 1;
            let fenced = self.fenced.get(&key(pointer)).map_or(0, HashSet::len);
            let most = 1 + fenced;
            assert!(self.returns || *commits <= most, "{commits} backends of {pointer:?}");
        }
    }

    fn next(&mut self, at: usize, next: Next) {
        let dispatched = &mut self.ops[at];
        dispatched.op = match next {
            Next::Again { wait_ms } => {
                dispatched.fences += 1;
                assert_eq!(wait_ms == 0, dispatched.fences <= 3);
                Op::Begun(self.router.begin())
            }
            Next::Fenced | Next::Exhausted | Next::OutcomeUnknown => Op::Ended,
        };
    }

    fn fail(&mut self, at: usize, run: &Run, outcome: usize) {
        let thrown = THROWN[outcome];
        let failed = self.router.fail(run, thrown);
        assert_eq!(failed.is_some(), outcome < FENCES);
        let is_mutation = !matches!(self.ops[at].kind, Kind::Read);
        self.ops[at].effects += u32::from(is_mutation && thrown != REFUSAL);
        let Some((_, verdict)) = failed else {
            (self.ops[at].op, self.ops[at].has_failed) = (Op::Ended, true);
            return;
        };
        self.cached = self.cached.filter(|&(cached, _)| cached != run.route);
        self.fenced.entry(key(run.pointer)).or_default().insert(run.route);
        self.ops[at].has_met_fence = true;
        if let Some(pinned) = &mut self.ops[at].pinned {
            pinned.is_fenced = true;
        }
        self.next(at, verdict.next);
    }

    /// The caller has the answer.
    fn succeed(&mut self, at: usize, run: &Run, outcome: u8) {
        self.ops[at].op = Op::Ended;
        let number = outcome % NUMBERS;
        match self.ops[at].kind {
            Kind::Exec if outcome.is_multiple_of(3) => {
                self.router.start(run.route, report(Some(number.into()), None, None));
                self.processes.retain(|&(known, _, of)| (known, of) != (number, run.route));
                self.started += 1;
                self.processes.push((number, self.started, run.route));
            }
            Kind::Input(_) if run.is_pinned => {
                let exit_code = outcome.is_multiple_of(3).then_some(0.0);
                let Dispatched { process, pinned, .. } = &self.ops[at];
                let process = process.map(|(id, _)| id);
                self.router.hear(pinned.expect("a process").id, report(None, exit_code, None));
                self.processes.retain(|&(_, id, _)| exit_code.is_none() || Some(id) != process);
            }
            _ => {}
        }
    }

    fn has_ended(&self) -> bool {
        self.ops.iter().all(|dispatched| matches!(dispatched.op, Op::Ended))
    }

    fn step(&mut self, at: usize, outcome: u8) {
        match self.ops[at].op.clone() {
            Op::Pinned => self.stay(at),
            Op::Begun(attempt) => self.ops[at].op = Op::Read(attempt, self.pointer),
            Op::Read(attempt, pointer) => self.read(at, attempt, pointer),
            Op::Waiting(attempt, pointer, flight) => match self.ended.get(&flight.0) {
                Some(true) => self.look_up(at, attempt, pointer),
                Some(false) => self.ops[at].op = Op::Ended,
                None => {}
            },
            Op::Resolving(attempt, pointer, flight) => {
                self.end_flight(pointer, flight, !outcome.is_multiple_of(4));
                self.ops[at].op = Op::Waiting(attempt, pointer, flight);
            }
            Op::Running(run) => match usize::from(outcome) % (2 * THROWN.len()) {
                thrown if thrown < THROWN.len() => self.fail(at, &run, thrown),
                _ => {
                    let is_mutation = !matches!(self.ops[at].kind, Kind::Read);
                    self.ops[at].effects += u32::from(is_mutation);
                    if self.at_most_once && !run.is_pinned {
                        self.ops[at].op = Op::Answered(run);
                    } else {
                        self.succeed(at, &run, outcome);
                    }
                }
            },
            Op::Answered(run) => match self.router.check(&run, self.pointer) {
                None => {
                    assert_eq!(run.pointer, self.pointer, "the answer is of a superseded backend");
                    self.succeed(at, &run, outcome);
                }
                Some(verdict) => self.next(at, verdict.next),
            },
            Op::Ended => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn operations_follow_the_pointer_in_any_order_of_events(
        events in events(),
        retries in 0..6_u32,
        at_most_once: bool,
        returns: bool,
    ) {
        let mut world = World::new(retries, at_most_once, returns);
        for event in events {
            match event {
                Event::Swap { same_epoch, sandbox } => world.swap(same_epoch, sandbox),
                Event::Begin(kind) => world.begin(kind),
                Event::Step { op, outcome } if !world.ops.is_empty() => {
                    let at = op % world.ops.len();
                    world.step(at, outcome);
                }
                Event::Step { .. } => {}
            }
        }
        // Every operation ends once all resolves end and the pointer stays.
        for _ in 0..200 {
            if world.has_ended() {
                break;
            }
            for at in 0..world.ops.len() {
                world.step(at, 7);
            }
        }
        prop_assert!(world.has_ended());
    }
}
