//! Work on the threads of libuv's pool.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, panic_to_error};
use napi::{Env, Result, Task};

/// A task whose panics reject its promise.
///
/// napi calls a task from a function of C's ABI, and a panic that unwinds out of one aborts the process.
pub struct Guarded<T: Task>(T);

/// A promise of what a task comes to.
pub(super) fn in_pool<T: Task>(task: T) -> AsyncTask<Guarded<T>> {
    AsyncTask::new(Guarded(task))
}

/// What `work` comes to, or an error that says what it panicked with.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What a panic leaves half done is behind a mutex, which is poisoned then.
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
