//! Values that JavaScript names by number. A call with a number takes a third of the time of a call with
//! an object of the addon, and creating such an object takes longer than most operations.

use std::cell::RefCell;
use std::thread::LocalKey;

use napi::bindgen_prelude::External;
use napi::{Error, Result};
use napi_derive::napi;
use slab::Slab;

/// The values of one JavaScript thread, by number.
pub(super) type Slots<T> = LocalKey<RefCell<Slab<T>>>;

/// Releases a value when JavaScript no longer has the guard. It is collected like any object, also when
/// its whole realm is.
pub struct Guard {
    number: usize,
    release: Box<dyn Fn(usize)>,
}

impl Guard {
    pub(super) fn new<T>(slots: &'static Slots<T>, value: T) -> External<Self> {
        let number = slots.with_borrow_mut(|slots| slots.insert(value));
        let release = move |number| {
            // The value is dropped after the borrow ends, since dropping it may use the slots. At the end
            // of the thread the slots may be destroyed before the guard.
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

/// Returns the number of a guard's value.
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
