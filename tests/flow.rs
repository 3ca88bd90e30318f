//! Flows of every shape, under every order of answers, with a cancellation or the end at any point.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use opengeni_runtime_native::flow::{Flow, Number, Port, Step};
use proptest::prelude::*;
use tokio::sync::{Semaphore, oneshot};

/// The program of a flow.
#[derive(Debug, Clone)]
enum Program {
    /// One ask, which may fail.
    Ask,
    /// One ask. A semaphore limits how many of them are open at once.
    Limited,
    /// An ask that is dropped before a step returns it.
    Abandoned,
    /// An ask whose future is never polled.
    Unmade,
    /// Pends once without an ask.
    Yield,
    /// One after another, up to the first that fails.
    Sequence(Vec<Program>),
    /// Two at once.
    Join(Box<[Program; 2]>),
    /// Any number at once, polled one by one.
    All(Vec<Program>),
    /// The first one to end ends the other.
    Race(Box<[Program; 2]>),
    /// The second one begins when the first sends a message.
    Relay(Box<[Program; 2]>),
    /// A race with an ask for sleep.
    Deadline(Box<Program>),
    /// Retries after a failure and a sleep, so many times.
    Retry(u8, Box<Program>),
    /// An ask whose answer is read only after the program has succeeded. It takes no permit, since a
    /// permit of a future that is not polled would block the others.
    Aside(Box<Program>),
    /// Asks once more if it is cancelled.
    Cleaning(Box<Program>),
}

fn programs() -> impl Strategy<Value = Program> {
    let leaf = prop_oneof![
        4 => Just(Program::Ask),
        3 => Just(Program::Limited),
        1 => Just(Program::Abandoned),
        1 => Just(Program::Unmade),
        1 => Just(Program::Yield),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let two = || [inner.clone(), inner.clone()].prop_map(Box::new);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Program::Sequence),
            two().prop_map(Program::Join),
            prop::collection::vec(inner.clone(), 0..5).prop_map(Program::All),
            two().prop_map(Program::Race),
            two().prop_map(Program::Relay),
            inner.clone().prop_map(|inner| Program::Aside(Box::new(inner))),
            inner.clone().prop_map(|inner| Program::Deadline(Box::new(inner))),
            (1..4_u8, inner.clone()).prop_map(|(times, inner)| Program::Retry(times, inner.into())),
            inner.clone().prop_map(|inner| Program::Cleaning(Box::new(inner))),
        ]
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Work,
    Sleep,
    Clean,
}

/// The expected asks, by number.
#[derive(Debug)]
struct Effect {
    expected: Number,
    kind: Kind,
    _held: Rc<()>,
}

#[derive(Debug)]
struct Answer {
    /// The ask that it answers.
    to: Number,
    /// A serial number that no other answer has.
    serial: u32,
    succeeds: bool,
    _held: Rc<()>,
}

/// Why a program stops early.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    Failed,
    Cancelled,
}

/// The state of the asks as the future sees it.
#[derive(Default)]
struct Log {
    made: Number,
    waiting: BTreeSet<Number>,
    /// By the serial number of the answer.
    answered: BTreeMap<Number, u32>,
    cancelled: BTreeSet<Number>,
    dropped: BTreeSet<Number>,
}

const PERMITS: usize = 2;

struct Context {
    port: Port<Effect, Answer>,
    log: Rc<RefCell<Log>>,
    permits: Semaphore,
    permitted: Cell<usize>,
    held: Rc<()>,
}

/// An ask while the future waits for it.
struct Waiting<'a>(&'a Context, Number);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut log = self.0.log.borrow_mut();
        if log.waiting.remove(&self.1) {
            log.dropped.insert(self.1);
        }
    }
}

/// A permit that is in use.
struct Permitted<'a>(&'a Context);

impl Drop for Permitted<'_> {
    fn drop(&mut self) {
        self.0.permitted.set(self.0.permitted.get() - 1);
    }
}

impl Context {
    async fn ask(&self, kind: Kind) -> Result<(), Stop> {
        let expected = {
            let mut log = self.log.borrow_mut();
            let number = log.made;
            log.made += 1;
            log.waiting.insert(number);
            number
        };
        let _waiting = Waiting(self, expected);
        let answer = self.port.ask(Effect { expected, kind, _held: Rc::clone(&self.held) }).await;
        let mut log = self.log.borrow_mut();
        assert!(log.waiting.remove(&expected), "an ask is resumed once");
        let Ok(answer) = answer else {
            log.cancelled.insert(expected);
            return Err(Stop::Cancelled);
        };
        assert_eq!(answer.to, expected, "an answer reaches the ask of its number");
        log.answered.insert(expected, answer.serial);
        if answer.succeeds { Ok(()) } else { Err(Stop::Failed) }
    }

    async fn limited(&self) -> Result<(), Stop> {
        let _permit = self.permits.acquire().await.expect("it is never closed");
        self.permitted.set(self.permitted.get() + 1);
        let _permitted = Permitted(self);
        assert!(self.permitted.get() <= PERMITS);
        self.ask(Kind::Work).await
    }
}

type Running = Pin<Box<dyn Future<Output = Result<(), Stop>>>>;

fn running(program: &Program, context: &Rc<Context>) -> Running {
    let context = Rc::clone(context);
    let program = program.clone();
    Box::pin(async move { carry_out(program, context).await })
}

async fn yielded() {
    let mut has_pended = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_pended, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls each that has not ended, whenever one is woken.
async fn all(mut open: Vec<Running>) -> Result<(), Stop> {
    let mut result = Ok(());
    poll_fn(|context| {
        open.retain_mut(|one| match one.as_mut().poll(context) {
            Poll::Ready(ended) => {
                result = result.and(ended);
                false
            }
            Poll::Pending => true,
        });
        if open.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    result
}

async fn carry_out(program: Program, context: Rc<Context>) -> Result<(), Stop> {
    let run = |program: &Program| running(program, &context);
    match program {
        Program::Ask => context.ask(Kind::Work).await,
        Program::Limited => context.limited().await,
        Program::Abandoned => {
            tokio::select! {
                biased;
                ended = context.ask(Kind::Work) => ended,
                () = yielded() => Ok(()),
            }
        }
        Program::Unmade => {
            let held = Rc::clone(&context.held);
            drop(context.port.ask(Effect { expected: 0, kind: Kind::Work, _held: held }));
            Ok(())
        }
        Program::Yield => {
            yielded().await;
            Ok(())
        }
        Program::Sequence(programs) => {
            for program in programs {
                run(&program).await?;
            }
            Ok(())
        }
        Program::Join(two) => {
            let (one, other) = tokio::join!(run(&two[0]), run(&two[1]));
            one.and(other)
        }
        Program::All(programs) => all(programs.iter().map(run).collect()).await,
        Program::Race(two) => {
            tokio::select! {
                biased;
                ended = run(&two[0]) => ended,
                ended = run(&two[1]) => ended,
            }
        }
        Program::Relay(two) => {
            let (word, begins) = oneshot::channel();
            let first = async {
                let ended = run(&two[0]).await;
                // The receiver may be dropped already.
                let _ = word.send(());
                ended
            };
            let second = async {
                begins.await.map_err(|_| Stop::Failed)?;
                run(&two[1]).await
            };
            let (one, other) = tokio::join!(second, first);
            one.and(other)
        }
        Program::Aside(program) => {
            let mut aside = run(&Program::Ask);
            let begun = poll_fn(|context| Poll::Ready(aside.as_mut().poll(context))).await;
            assert_eq!(begun, Poll::Pending);
            run(&program).await?;
            aside.await
        }
        Program::Deadline(program) => {
            tokio::select! {
                biased;
                slept = context.ask(Kind::Sleep) => slept.and(Err(Stop::Failed)),
                ended = run(&program) => ended,
            }
        }
        Program::Retry(times, program) => {
            for _ in 0..times {
                match run(&program).await {
                    Err(Stop::Failed) => context.ask(Kind::Sleep).await?,
                    ended => return ended,
                }
            }
            Err(Stop::Failed)
        }
        Program::Cleaning(program) => {
            let ended = run(&program).await;
            if ended == Err(Stop::Cancelled) {
                // A flow that fails in its clean-up still ends as cancelled.
                let _ = context.ask(Kind::Clean).await;
            }
            ended
        }
    }
}

type ProgramFlow = Flow<Effect, Answer, Result<(), Stop>>;

/// A new flow, its log, and a reference that each object of the flow clones.
fn flow_of(program: &Program) -> (ProgramFlow, Rc<RefCell<Log>>, Rc<()>) {
    let (log, held) = (Rc::<RefCell<Log>>::default(), Rc::new(()));
    let flow = Flow::new(|port| {
        let context = Context {
            port,
            log: Rc::clone(&log),
            permits: Semaphore::new(PERMITS),
            permitted: Cell::new(0),
            held: Rc::clone(&held),
        };
        let mut future = running(program, &Rc::new(context));
        let until_it_is_dropped = Rc::clone(&held);
        poll_fn(move |context| {
            let _ = &until_it_is_dropped;
            future.as_mut().poll(context)
        })
    });
    (flow, log, held)
}

/// An action of the flow's caller.
#[derive(Debug, Clone)]
enum Event {
    /// Answers an open ask.
    Answer(prop::sample::Index, bool),
    /// Answers an ask that was answered, dropped or cancelled before.
    Late(prop::sample::Index),
    /// Answers a number that no step has returned.
    Unasked(Number),
    Cancel,
    Drop,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        16 => (any::<prop::sample::Index>(), prop::bool::weighted(0.7))
            .prop_map(|(at, succeeds)| Event::Answer(at, succeeds)),
        4 => any::<prop::sample::Index>().prop_map(Event::Late),
        2 => (0..5_u32).prop_map(Event::Unasked),
        2 => Just(Event::Cancel),
        1 => Just(Event::Drop),
    ];
    prop::collection::vec(event, 0..40)
}

/// A flow, and everything that its steps have returned.
struct Caller {
    flow: ProgramFlow,
    log: Rc<RefCell<Log>>,
    /// A reference that each object of the flow clones. It is unique again when all of them are dropped.
    held: Rc<()>,
    seen: BTreeSet<Number>,
    told: BTreeSet<Number>,
    /// The answered asks, by the serial number of the answer; `None` for a cancelled one.
    settled: BTreeMap<Number, Option<u32>>,
    /// The number of answers given.
    answers: u32,
    kinds: Vec<(Number, Kind)>,
    is_cancelled: bool,
    output: Option<Result<(), Stop>>,
}

impl Caller {
    fn start(program: &Program) -> Self {
        let (flow, log, held) = flow_of(program);
        let mut caller = Self {
            flow,
            log,
            held,
            seen: BTreeSet::new(),
            told: BTreeSet::new(),
            settled: BTreeMap::new(),
            answers: 0,
            kinds: Vec::new(),
            is_cancelled: false,
            output: None,
        };
        assert_eq!(caller.log.borrow().made, 0, "nothing runs before the start");
        let step = caller.flow.start();
        caller.take(step);
        caller
    }

    /// The open asks.
    fn open(&self) -> Vec<Number> {
        let log = self.log.borrow();
        log.waiting.iter().copied().filter(|number| !self.settled.contains_key(number)).collect()
    }

    fn answer(&mut self, number: Number, succeeds: bool) {
        let serial = self.answers;
        self.answers += 1;
        let answer = Answer { to: number, serial, succeeds, _held: Rc::clone(&self.held) };
        let step = self.flow.answer(number, answer);
        self.take(step);
    }

    /// Answers an open ask.
    fn settle(&mut self, number: Number, succeeds: bool) {
        self.settled.insert(number, Some(self.answers));
        self.answer(number, succeeds);
        assert!(!self.log.borrow().dropped.contains(&number), "{number} is resumed, or put aside");
    }

    /// Gives an answer to an ask that is not open.
    fn settle_in_vain(&mut self, number: Number) {
        let before = (self.open(), self.log.borrow().made, self.output);
        self.answer(number, true);
        assert_eq!((self.open(), self.log.borrow().made, self.output), before);
    }

    fn cancel(&mut self) {
        let (made, cancelled) = {
            let log = self.log.borrow();
            (log.made, log.cancelled.clone())
        };
        let is_first = !std::mem::replace(&mut self.is_cancelled, true);
        if is_first {
            self.settled.extend(self.open().into_iter().map(|number| (number, None)));
        }
        let step = self.flow.cancel();
        self.take(step);
        let log = self.log.borrow();
        if !is_first {
            assert_eq!((log.made, &log.cancelled), (made, &cancelled), "the second has no effect");
        }
    }

    fn take(&mut self, step: Step<Effect, Result<(), Stop>>) {
        let open = self.open();
        let log = self.log.borrow();
        for (number, serial) in &log.answered {
            assert_eq!(self.settled.get(number), Some(&Some(*serial)), "the first answer counts");
        }
        for number in &log.cancelled {
            assert_eq!(self.settled.get(number), Some(&None), "{number} was open when cancelled");
        }
        match step {
            Step::Done(output) => {
                assert_eq!(self.output, None, "a flow ends once");
                assert!(log.waiting.is_empty(), "nobody waits after the end");
                assert!(output != Err(Stop::Cancelled) || self.is_cancelled);
                assert_eq!(Rc::strong_count(&self.held), 1, "the future is gone");
                self.output = Some(output);
            }
            Step::Wait { asks, dropped } => {
                if self.output.is_some() {
                    assert!(asks.is_empty() && dropped.is_empty(), "nothing comes after the end");
                    return;
                }
                for number in dropped {
                    assert!(self.seen.contains(&number), "{number} was handed out before");
                    assert!(log.dropped.contains(&number), "{number} is waited for");
                    assert!(self.told.insert(number), "{number} is told once");
                }
                let mut last = self.seen.last().copied();
                for (number, effect) in asks {
                    assert_eq!(number, effect.expected, "by the order of the asks");
                    assert!(last < Some(number), "{number} is handed out once, in its order");
                    last = Some(number);
                    self.seen.insert(number);
                    self.kinds.push((number, effect.kind));
                }
                // A missing number is that of an ask that was dropped before a step returned it.
                let unseen = (0..log.made).filter(|number| !self.seen.contains(number));
                assert!({ unseen }.all(|number| log.dropped.contains(&number)));
                let untold = self.seen.difference(&self.told);
                assert!({ untold }.all(|number| !log.dropped.contains(number)), "all are told");
                assert!(!open.is_empty(), "a flow without an open ask hangs");
            }
        }
    }

    fn perform(&mut self, event: &Event) {
        match event {
            Event::Answer(at, succeeds) => {
                let open = self.open();
                if !open.is_empty() {
                    self.settle(*at.get(&open), *succeeds);
                }
            }
            Event::Late(at) => {
                let open = self.open();
                let closed = self.seen.iter().filter(|number| !open.contains(number));
                let closed: Vec<_> = closed.copied().collect();
                if !closed.is_empty() {
                    self.settle_in_vain(*at.get(&closed));
                }
            }
            Event::Unasked(beyond) => {
                let made = self.log.borrow().made;
                self.settle_in_vain(made + beyond);
            }
            Event::Cancel => self.cancel(),
            Event::Drop => unreachable!("it is the last event"),
        }
    }

    /// Answers open asks until the flow ends.
    fn end(&mut self) {
        for _ in 0..10_000 {
            let Some(number) = self.open().pop() else { break };
            self.settle(number, true);
        }
        assert!(self.output.is_some());
        self.settle_in_vain(0);
        self.cancel();
    }

    fn drop(self) {
        let Self { flow, log, held, .. } = self;
        drop(flow);
        assert_eq!(Rc::strong_count(&held), 1, "what the future held is gone");
        assert!(log.borrow().waiting.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_flow_keeps_its_rules_whatever_it_does_and_whoever_steps_it(
        program in programs(),
        events in events(),
    ) {
        let mut caller = Caller::start(&program);
        for event in &events {
            if let Event::Drop = event {
                caller.drop();
                return Ok(());
            }
            caller.perform(event);
        }
        caller.end();
        caller.drop();
    }

    #[test]
    fn a_cancelled_flow_ends_when_its_clean_up_is_answered(
        inner in programs(),
        events in events(),
    ) {
        let mut caller = Caller::start(&Program::Cleaning(Box::new(inner)));
        for event in &events {
            if let Event::Answer(..) = event {
                caller.perform(event);
            }
        }
        if caller.output.is_some() {
            return Ok(());
        }
        caller.cancel();
        caller.end();
        let log = caller.log.borrow();
        let cleaned = caller.kinds.iter().filter(|(_, kind)| *kind == Kind::Clean);
        let cleaned: Vec<_> = cleaned.map(|(number, _)| number).collect();
        prop_assert!(cleaned.iter().all(|number| !log.cancelled.contains(number)));
        prop_assert!(caller.output != Some(Err(Stop::Cancelled)) || !cleaned.is_empty());
    }

    #[test]
    fn a_flow_is_dropped_before_it_starts(program in programs()) {
        let (flow, log, held) = flow_of(&program);
        prop_assert!(Rc::strong_count(&held) > 1);
        drop(flow);
        prop_assert_eq!((Rc::strong_count(&held), log.borrow().made), (1, 0));
    }
}
