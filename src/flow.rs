//! A coroutine: an ordinary `async fn` that is stepped by its caller instead of an executor.
//!
//! The future asks for an *effect* through its [`Port`] and waits; [`Flow`] hands the effect to the
//! caller, who performs it in whatever way it can and comes back with the answer. Nothing here
//! blocks, spawns or wakes, so a flow costs one allocation and can be dropped at any point.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

enum Mailbox<Effect, Answer> {
    Idle,
    Asked(Effect),
    Waiting,
    Answered(Answer),
}

/// The future's end of the mailbox.
pub struct Port<Effect, Answer>(Rc<RefCell<Mailbox<Effect, Answer>>>);

impl<Effect, Answer> Port<Effect, Answer> {
    /// Asks the caller of the flow for `effect` and waits for its answer.
    ///
    /// # Panics
    ///
    /// When a second effect is asked for before the first was answered: a flow is sequential.
    pub async fn ask(&self, effect: Effect) -> Answer {
        let idle = self.0.replace(Mailbox::Asked(effect));
        assert!(matches!(idle, Mailbox::Idle), "a flow asks for one effect at a time");
        poll_fn(|_| match self.0.replace(Mailbox::Idle) {
            Mailbox::Answered(answer) => Poll::Ready(answer),
            unanswered => {
                self.0.replace(unanswered);
                Poll::Pending
            }
        })
        .await
    }
}

/// What a flow wants next.
#[derive(Debug, PartialEq)]
pub enum Step<Effect, Output> {
    /// Perform this, then call [`Flow::answer`].
    Ask(Effect),
    /// The flow has ended.
    Done(Output),
}

/// A stepped future.
pub struct Flow<Effect, Answer, Output> {
    future: Pin<Box<dyn Future<Output = Output>>>,
    mailbox: Rc<RefCell<Mailbox<Effect, Answer>>>,
}

impl<Effect, Answer, Output> Flow<Effect, Answer, Output> {
    /// Makes a flow of the future that `body` builds over its port. Nothing runs yet.
    pub fn new<F>(body: impl FnOnce(Port<Effect, Answer>) -> F) -> Self
    where
        F: Future<Output = Output> + 'static,
    {
        let mailbox = Rc::new(RefCell::new(Mailbox::Idle));
        Self { future: Box::pin(body(Port(Rc::clone(&mailbox)))), mailbox }
    }

    /// Runs up to the first effect, or to the end. Called once.
    pub fn start(&mut self) -> Step<Effect, Output> {
        let mut context = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(output) => Step::Done(output),
            Poll::Pending => match self.mailbox.replace(Mailbox::Waiting) {
                Mailbox::Asked(effect) => Step::Ask(effect),
                _ => unreachable!("a flow waits for nothing but the answer to its effect"),
            },
        }
    }

    /// Runs on with the answer to the last effect.
    ///
    /// # Panics
    ///
    /// When no effect is waiting for an answer: before [`Flow::start`], or after the end.
    pub fn answer(&mut self, answer: Answer) -> Step<Effect, Output> {
        let waiting = self.mailbox.replace(Mailbox::Answered(answer));
        assert!(matches!(waiting, Mailbox::Waiting), "a flow takes one answer per effect");
        self.start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adder() -> Flow<&'static str, u32, u32> {
        Flow::new(|port: Port<_, u32>| async move { port.ask("a").await + port.ask("b").await })
    }

    #[test]
    fn effects_come_one_by_one_and_the_output_last() {
        let mut flow = adder();
        assert_eq!(flow.start(), Step::Ask("a"));
        assert_eq!(flow.answer(40), Step::Ask("b"));
        assert_eq!(flow.answer(2), Step::Done(42));
    }

    #[test]
    fn a_flow_without_effects_ends_at_its_start() {
        let mut flow: Flow<(), (), u8> = Flow::new(|_| async { 7 });
        assert_eq!(flow.start(), Step::Done(7));
    }

    #[test]
    fn an_unanswered_flow_can_be_dropped() {
        let mut flow = adder();
        flow.start();
        drop(flow);
    }

    #[test]
    #[should_panic(expected = "one answer per effect")]
    fn an_answer_nobody_asked_for_is_refused() {
        adder().answer(1);
    }
}
