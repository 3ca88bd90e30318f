//! What JavaScript has by number: a call with a number costs a third of a call of an object's method,
//! and making an object more than most operations do.

use std::cell::RefCell;
use std::thread::LocalKey;

use napi::{Error, Result};
use slab::Slab;

/// Values by number, for one thread of JavaScript.
pub(super) type Slots<T> = LocalKey<RefCell<Slab<T>>>;

/// Keeps a value until its number is released.
pub(super) fn reserve<T>(slots: &'static Slots<T>, value: T) -> Result<u32> {
    let number = slots.with_borrow_mut(|slots| slots.insert(value));
    u32::try_from(number).map_err(|_| Error::from_reason("there are too many of them"))
}

pub(super) fn release<T>(slots: &'static Slots<T>, number: u32) {
    // What a value does when it is dropped finds the slots free.
    drop(slots.with_borrow_mut(|slots| slots.try_remove(number as usize)));
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
