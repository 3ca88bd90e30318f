//! Tasks on the threads of libuv's pool.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, panic_to_error};
use napi::{Env, Result, Task};

/// A task whose panic rejects its promise.
///
/// napi calls a task from an `extern "C"` function; a panic that unwinds out of one aborts the process.
pub struct Guarded<T: Task>(T);

/// Runs a task in the pool. The result becomes a promise in JavaScript.
pub(super) fn in_pool<T: Task>(task: T) -> AsyncTask<Guarded<T>> {
    AsyncTask::new(Guarded(task))
}

/// Runs `work`, and returns a panic as an error with the panic's message.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // The state that a panic leaves half changed is behind a mutex, which the panic poisons.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panic_to_error(panic)))
}

impl<T: Task> Task for Guarded<T> {
    type Output = T::Output;
    type JsValue = T::JsValue;

    fn compute(&mut self) -> Result<Self::Output> {
        caught(|| self.0.compute())
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> Result<Self::JsValue> {
        caught(|| self.0.resolve(env, output))
    }
}
