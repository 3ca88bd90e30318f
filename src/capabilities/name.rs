//! The names of backends, operating systems and states of leases.

use std::fmt;

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StringDeserializer};
use serde::{Deserialize, Serialize};

/// A provider of sandboxes. The table is checked in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variants are names of products")]
pub enum SandboxBackend {
    Docker,
    Modal,
    Local,
    None,
    Daytona,
    Runloop,
    E2b,
    Blaxel,
    Cloudflare,
    Vercel,
    Selfhosted,
}

impl SandboxBackend {
    /// Every backend, in order.
    pub const ALL: [Self; 11] = [
        Self::Docker,
        Self::Modal,
        Self::Local,
        Self::None,
        Self::Daytona,
        Self::Runloop,
        Self::E2b,
        Self::Blaxel,
        Self::Cloudflare,
        Self::Vercel,
        Self::Selfhosted,
    ];
}

impl SandboxBackend {
    /// The backend of that name, if there is one.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        named(name.to_owned())
    }
}

impl fmt::Display for SandboxBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The operating system of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variants are names of products")]
pub enum SandboxOs {
    Linux,
    Macos,
    Windows,
}

/// The state of the box behind a session's lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeaseLiveness {
    /// The box does not run.
    Cold,
    /// The box is starting.
    Warming,
    /// The box is up.
    Warm,
    /// The box is about to end.
    Draining,
}

/// The variant of `T` with this name; `None` for an unknown name.
pub(super) fn named<'de, T: Deserialize<'de>>(name: String) -> Option<T> {
    let name: StringDeserializer<Error> = name.into_deserializer();
    T::deserialize(name).ok()
}
