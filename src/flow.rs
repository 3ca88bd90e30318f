//! A coroutine: an ordinary `async fn` that is stepped by its caller instead of an executor.
//!
//! The future asks for *effects* through its [`Port`] and waits. [`Flow`] returns the asks with a number each,
//! and takes the answers in any order. Several asks can be open at once, so `join!`, `select!` and the
//! synchronization of `tokio::sync` work as usual. Nothing blocks or spawns, and a flow can be dropped at any
//! point.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The number of an ask, from 0 in the order of the asks.
pub type Number = u32;

/// The flow was cancelled while the ask was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// The asks and answers between the future and its caller.
struct Mailbox<Effect, Answer> {
    next: Cell<Number>,
    /// Asks that the caller does not have yet.
    asked: RefCell<Vec<(Number, Effect)>>,
    /// Asks that the future waits for.
    open: RefCell<Vec<(Number, State<Answer>)>>,
    /// Asks that the caller has, and that the future has dropped.
    dropped: RefCell<Vec<Number>>,
}

enum State<Answer> {
    Waiting(Option<Waker>),
    Answered(Result<Answer, Cancelled>),
}

impl<Effect, Answer> Mailbox<Effect, Answer> {
    // It is not part of `Flow::new`, of which there is one for each future.
    #[inline(never)]
    fn empty() -> Rc<Self> {
        Rc::new(Self {
            next: Cell::new(0),
            asked: RefCell::default(),
            open: RefCell::default(),
            dropped: RefCell::default(),
        })
    }

    /// Answers an open ask. The answer to a dropped ask is ignored.
    fn settle(&self, number: Number, answer: Result<Answer, Cancelled>) -> bool {
        let mut open = self.open.borrow_mut();
        let Some((_, state)) = open.iter_mut().find(|(open, _)| *open == number) else {
            return false;
        };
        let State::Waiting(waker) = state else { return false };
        let waker = waker.take();
        *state = State::Answered(answer);
        drop(open);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

/// The future's side of the mailbox.
pub struct Port<Effect, Answer>(Rc<Mailbox<Effect, Answer>>);

impl<Effect, Answer> Clone for Port<Effect, Answer> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<Effect, Answer> Port<Effect, Answer> {
    /// Asks the caller of the flow for `effect`. The first poll of the future makes the ask. Dropping the future
    /// drops the ask.
    pub fn ask(&self, effect: Effect) -> Ask<Effect, Answer> {
        Ask { mailbox: Rc::clone(&self.0), stage: Stage::Unasked(effect) }
    }
}

/// The answer to an effect.
#[must_use = "an ask is made when it is awaited"]
pub struct Ask<Effect, Answer> {
    mailbox: Rc<Mailbox<Effect, Answer>>,
    stage: Stage<Effect>,
}

enum Stage<Effect> {
    Unasked(Effect),
    Asked(Number),
    Over,
}

// No field is pinned.
impl<Effect, Answer> Unpin for Ask<Effect, Answer> {}

impl<Effect, Answer> Future for Ask<Effect, Answer> {
    type Output = Result<Answer, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Unasked(effect) => {
                let number = self.mailbox.next.get();
                self.mailbox.next.set(number + 1);
                self.mailbox.asked.borrow_mut().push((number, effect));
                let waiting = State::Waiting(Some(context.waker().clone()));
                self.mailbox.open.borrow_mut().push((number, waiting));
                self.stage = Stage::Asked(number);
                Poll::Pending
            }
            Stage::Asked(number) => {
                let mut open = self.mailbox.open.borrow_mut();
                let at = open.iter().position(|(open, _)| *open == number);
                let at = at.expect("an ask is open until it has given its answer");
                if let State::Waiting(waker) = &mut open[at].1 {
                    *waker = Some(context.waker().clone());
                    drop(open);
                    self.stage = Stage::Asked(number);
                    return Poll::Pending;
                }
                match open.swap_remove(at).1 {
                    State::Answered(answer) => Poll::Ready(answer),
                    State::Waiting(_) => unreachable!("it has been looked at"),
                }
            }
            Stage::Over => panic!("an answer is given once"),
        }
    }
}

impl<Effect, Answer> Drop for Ask<Effect, Answer> {
    fn drop(&mut self) {
        let Stage::Asked(number) = self.stage else { return };
        let Mailbox { asked, open, dropped, .. } = &*self.mailbox;
        open.borrow_mut().retain(|(open, _)| *open != number);
        let unseen = asked.borrow().iter().position(|(asked, _)| *asked == number);
        match unseen {
            Some(at) => drop(asked.borrow_mut().remove(at)),
            None => dropped.borrow_mut().push(number),
        }
    }
}

/// The result of a step of a flow.
#[derive(Debug, PartialEq)]
pub enum Step<Effect, Output> {
    /// The flow goes on.
    Wait {
        /// The new asks. The caller performs them, in any order or at once, and calls [`Flow::answer`] for each.
        asks: Vec<(Number, Effect)>,
        /// The dropped asks. An answer to one has no effect.
        dropped: Vec<Number>,
    },
    /// The flow has ended, and all open asks are dropped. Later steps return nothing.
    Done(Output),
}

/// Whether a future asks to be polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

thread_local! {
    /// One flag for all flows: only one flow runs at a time, and it is polled again while it is woken.
    static WOKEN: (Arc<Woken>, Waker) = {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        (Arc::clone(&woken), Waker::from(woken))
    };
}

/// A stepped future.
pub struct Flow<Effect, Answer, Output> {
    /// `None` after the end.
    future: Option<Pin<Box<dyn Future<Output = Output>>>>,
    mailbox: Rc<Mailbox<Effect, Answer>>,
    is_cancelled: bool,
}

impl<Effect, Answer, Output> Flow<Effect, Answer, Output> {
    /// Makes a flow of the future that `body` builds over its port. The future does not run yet.
    pub fn new<F>(body: impl FnOnce(Port<Effect, Answer>) -> F) -> Self
    where
        F: Future<Output = Output> + 'static,
    {
        let mailbox = Mailbox::empty();
        let future = body(Port(Rc::clone(&mailbox)));
        Self { future: Some(Box::pin(future)), mailbox, is_cancelled: false }
    }

    /// Runs the future up to the first asks, or to the end. It is called once.
    pub fn start(&mut self) -> Step<Effect, Output> {
        self.run()
    }

    /// Continues with the answer to an ask. The answer to a dropped ask has no effect.
    pub fn answer(&mut self, number: Number, answer: Answer) -> Step<Effect, Output> {
        self.mailbox.settle(number, Ok(answer));
        self.run()
    }

    /// Resumes each open ask with [`Cancelled`]. Later asks of the future are answered as usual, so clean-up is
    /// ordinary code. A second cancellation has no effect.
    pub fn cancel(&mut self) -> Step<Effect, Output> {
        if !std::mem::replace(&mut self.is_cancelled, true) {
            let open: Vec<_> = self.mailbox.open.borrow().iter().map(|(open, _)| *open).collect();
            for number in open {
                self.mailbox.settle(number, Err(Cancelled));
            }
        }
        self.run()
    }

    fn run(&mut self) -> Step<Effect, Output> {
        let Some(mut future) = self.future.take() else {
            return Step::Wait { asks: Vec::new(), dropped: Vec::new() };
        };
        WOKEN.with(|(woken, waker)| {
            let mut context = Context::from_waker(waker);
            woken.0.store(true, Ordering::Relaxed);
            while woken.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Step::Done(output);
                }
            }
            self.future = Some(future);
            Step::Wait { asks: self.mailbox.asked.take(), dropped: self.mailbox.dropped.take() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Port<&'static str, u32>;

    fn waits(asks: &[(Number, &'static str)], dropped: &[Number]) -> Step<&'static str, u32> {
        Step::Wait { asks: asks.to_vec(), dropped: dropped.to_vec() }
    }

    async fn value(port: &Text, effect: &'static str) -> u32 {
        port.ask(effect).await.unwrap_or(1_000)
    }

    #[test]
    fn effects_come_one_by_one_and_the_output_last() {
        let mut flow =
            Flow::new(
                |port: Text| async move { value(&port, "a").await + value(&port, "b").await },
            );
        assert_eq!(flow.start(), waits(&[(0, "a")], &[]));
        assert_eq!(flow.answer(0, 40), waits(&[(1, "b")], &[]));
        assert_eq!(flow.answer(1, 2), Step::Done(42));
        assert_eq!(flow.answer(1, 2), waits(&[], &[]), "after the end");
    }

    #[test]
    fn a_flow_without_effects_ends_at_its_start() {
        let mut flow: Flow<(), (), u8> = Flow::new(|_| async { 7 });
        assert_eq!(flow.start(), Step::Done(7));
    }

    #[test]
    fn asks_that_are_open_at_once_take_their_own_answers() {
        let mut flow = Flow::new(|port: Text| async move {
            let (a, b) = tokio::join!(value(&port, "a"), value(&port, "b"));
            a * 10 + b
        });
        assert_eq!(flow.start(), waits(&[(0, "a"), (1, "b")], &[]));
        assert_eq!(flow.answer(1, 2), waits(&[], &[]));
        assert_eq!(flow.answer(1, 9), waits(&[], &[]), "answered already");
        assert_eq!(flow.answer(0, 1), Step::Done(12));
    }

    #[test]
    fn the_loser_of_a_race_is_dropped_and_its_answer_has_no_effect() {
        let mut flow = Flow::new(|port: Text| async move {
            let first = tokio::select! {
                biased;
                a = value(&port, "a") => a,
                b = value(&port, "b") => b,
            };
            first + value(&port, "c").await
        });
        assert_eq!(flow.start(), waits(&[(0, "a"), (1, "b")], &[]));
        assert_eq!(flow.answer(1, 5), waits(&[(2, "c")], &[0]));
        assert_eq!(flow.answer(0, 7), waits(&[], &[]));
        assert_eq!(flow.answer(2, 1), Step::Done(6));
    }

    #[test]
    fn a_cancelled_flow_cleans_up_by_ordinary_asks() {
        let mut flow = Flow::new(|port: Text| async move {
            let asked = port.ask("work").await;
            if asked == Err(Cancelled) { value(&port, "clean").await } else { 0 }
        });
        assert_eq!(flow.start(), waits(&[(0, "work")], &[]));
        assert_eq!(flow.cancel(), waits(&[(1, "clean")], &[]));
        assert_eq!(flow.cancel(), waits(&[], &[]));
        assert_eq!(flow.answer(0, 1), waits(&[], &[]));
        assert_eq!(flow.answer(1, 3), Step::Done(3));
    }
}
