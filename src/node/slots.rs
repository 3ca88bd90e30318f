//! What JavaScript has by number: a call with a number costs a third of a call with an object of the
//! addon, and making an object more than most operations do.

use std::cell::RefCell;
use std::thread::LocalKey;

use napi::bindgen_prelude::External;
use napi::{Error, Result};
use napi_derive::napi;
use slab::Slab;

/// Values by number, for one thread of JavaScript.
pub(super) type Slots<T> = LocalKey<RefCell<Slab<T>>>;

/// Keeps a value while JavaScript keeps this. It is garbage like any object, also of a realm that is
/// gone with all that it knew of.
pub struct Guard {
    number: usize,
    release: Box<dyn Fn(usize)>,
}

impl Guard {
    pub(super) fn new<T>(slots: &'static Slots<T>, value: T) -> External<Self> {
        let number = slots.with_borrow_mut(|slots| slots.insert(value));
        let release = move |number| {
            // What a value does when it is dropped finds the slots free. At the end of the thread they
            // may be gone before this.
            drop(slots.try_with(|slots| slots.borrow_mut().try_remove(number)));
        };
        External::new(Self { number, release: Box::new(release) })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        (self.release)(self.number);
    }
}

/// The number of the value that a guard keeps.
#[napi(catch_unwind)]
pub fn number_of(guard: &External<Guard>) -> Result<u32> {
    u32::try_from(guard.number).map_err(|_| Error::from_reason("there are too many of them"))
}

pub(super) fn with<T, R>(
    slots: &'static Slots<T>,
    number: u32,
    body: impl FnOnce(&mut T) -> Result<R>,
) -> Result<R> {
    slots.with_borrow_mut(|slots| {
        let value = slots.get_mut(number as usize);
        body(value.ok_or_else(|| Error::from_reason(format!("nothing has the number {number}")))?)
    })
}
