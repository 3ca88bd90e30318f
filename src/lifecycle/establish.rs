//! A stored envelope becomes a live session: its box is resumed where it is there, and created anew,
//! with the archive of its workspace, where it is not.

use serde::Serialize;
use thiserror::Error;

use super::ConfigError;
use super::envelope::{Lifted, SerializedFacts, lift};
use crate::input::{InputError, Value};
use crate::provider::{self, ErrorChain, SandboxFailure};
use crate::shell::Thrown;

/// The names that a box goes by in a state, in the order in which they are looked for.
pub const BOX_IDS: [&str; 8] = [
    "sandboxId",
    "instanceId",
    "id",
    "hostId",
    "containerId",
    "devboxId",
    "sandboxName",
    "workspaceRootPath",
];
/// How many of them, the first ones, are looked for in the state of any provider.
const IDS: usize = 5;

/// The name of a box that only one backend has, beside [`IDS`].
fn own_id(backend: &str) -> Option<usize> {
    ["runloop", "blaxel", "local"].iter().position(|own| *own == backend).map(|own| IDS + own)
}

/// What a state says of its box.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Whether there is a state.
    pub has_state: bool,
    /// Whether it is one that a client can serialize: it has a manifest.
    pub is_complete: bool,
    /// The values of [`BOX_IDS`].
    pub ids: Vec<Value>,
}

impl Facts {
    /// The name of the box; empty where it has none.
    fn instance_id(&self, backend: &str) -> String {
        let common = self.ids.iter().take(IDS).find(|id| **id != Value::Absent);
        let own = || own_id(backend).and_then(|own| self.ids.get(own));
        match common.or_else(own) {
            Some(Value::Text(id) | Value::IllFormed(id)) => id.clone(),
            _ => String::new(),
        }
    }

    /// Whether the state keeps its workspace in a folder of the caller's machine.
    fn has_folder(&self) -> bool {
        matches!(self.ids.last(), Some(Value::Text(path)) if !path.is_empty())
    }
}

/// Whether an envelope names a box that can be resumed: `named` says which of the names its provider's
/// state has, in the order of [`BOX_IDS`].
fn is_resumable(named: &[bool], backend: &str) -> bool {
    // The host of a box is not the box.
    const HOST_ID: usize = 3;
    let is_own = |at| at < IDS && at != HOST_ID || Some(at) == own_id(backend);
    named.iter().enumerate().any(|(at, is_named)| *is_named && is_own(at))
}

/// The archive of a workspace, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// There is none.
    None,
    /// It is there.
    Whole,
    /// It is no longer what was stored.
    Corrupt,
}

/// How a box is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are names of methods")]
pub enum Way {
    ClientDelete,
    Terminate,
    Delete,
    Close,
}

impl Way {
    /// The ways, the better ones first: what is only closed may be kept by its provider.
    pub const ALL: [Self; 4] = [Self::ClientDelete, Self::Terminate, Self::Delete, Self::Close];
}

/// What can be removed.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Disposable {
    /// How the box can be removed, in the order of [`Way::ALL`].
    async fn removal(&self) -> Result<Vec<Way>, Thrown>;

    /// Removes the box.
    async fn remove(&self, way: Way) -> Result<(), Thrown>;

    /// Removes the box by the first way that works. Why it is removed matters more than that it may
    /// still be there.
    async fn discard(&self) {
        for way in self.removal().await.unwrap_or_default() {
            if self.remove(way).await.is_ok() {
                break;
            }
        }
    }
}

/// The caller's client, and the session that it gave last. Both stay with the caller, as do states.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Boxes: Disposable {
    /// Makes a state of the envelope: whether there is one, or what was thrown, as a text.
    async fn deserialize(&self) -> Result<Result<bool, String>, Thrown>;

    /// What that state says.
    async fn state(&self) -> Result<Facts, Thrown>;

    /// Whether the folder that it names is there, on the caller's machine.
    async fn folder_exists(&self) -> Result<bool, Thrown>;

    /// Resumes the box of that state, or tells with what it was refused. With `hides_snapshot`, the
    /// client does not see the snapshot that the state names.
    async fn resume(&self, hides_snapshot: bool) -> Result<Option<ErrorChain>, Thrown>;

    /// Throws what the resumption was refused with.
    async fn rethrow(&self) -> Result<(), Thrown>;

    /// Decodes the archive of the envelope.
    async fn archive(&self) -> Result<Archive, Thrown>;

    /// Creates a box.
    async fn create(&self) -> Result<(), Thrown>;

    /// Restores the archive in the box; whether its session can.
    async fn hydrate(&self) -> Result<bool, Thrown>;

    /// What the session says of its box.
    async fn session(&self) -> Result<Facts, Thrown>;

    /// Serializes a session's state: what the result has, if there is one.
    async fn serialize(&self) -> Result<Option<SerializedFacts>, Thrown>;
}

/// Whose state is the established one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StateOf {
    /// What the envelope came to.
    Envelope,
    /// That of the session.
    Session,
}

/// A live session, which stays with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Established {
    /// Whose state goes with it.
    pub state_of: StateOf,
    /// The name of its box; empty where it has none.
    pub instance_id: String,
}

/// What is wrong with a backend or its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ConfigProblem {
    #[error(
        "Cannot establish a sandbox session for backend \"{0}\" (no client; sandboxBackend=none?)"
    )]
    NoClient(String),
    #[error("Sandbox backend \"{0}\" does not support create()")]
    NoCreate(String),
    #[error("Failed to deserialize sandbox resume envelope for backend \"{backend}\": {reason}")]
    NotDeserialized { backend: String, reason: String },
    #[error(
        "The workspace archive of the envelope for backend \"{0}\" is corrupt: it is not base64 from \
         end to end"
    )]
    CorruptArchive(String),
    #[error(
        "Sandbox backend \"{0}\" cannot restore the workspace archive: its session has no \
         hydrateWorkspace()"
    )]
    NoHydration(String),
}

impl ConfigProblem {
    /// The error of it.
    #[must_use]
    pub fn of(self, backend: &str) -> ConfigError {
        ConfigError { backend: backend.to_owned(), message: self.to_string() }
    }
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EstablishError {
    /// It cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The caller's own code threw. What it threw is passed on as it is.
    #[error("a dependency threw")]
    Thrown(Thrown),
}

impl From<Thrown> for EstablishError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The backend of an envelope: the one that is asked for, or else the one it was stored with, or else
/// the configured one.
///
/// # Errors
///
/// When it is no text.
pub fn backend_of(asked: Value, stored: Value, configured: Value) -> Result<String, InputError> {
    let text = |field, value| crate::input::string(field, value);
    match (asked, stored) {
        (Value::Absent, Value::Text(stored)) => Ok(stored),
        (Value::Absent, _) => text("sandboxBackend", configured),
        (asked, _) => text("backendOverride", asked),
    }
}

/// Establishes a session: `client_id` is the backend as the client calls itself, and `can_resume` says
/// that it can deserialize and resume.
///
/// A box is created only where there is none to resume, or its provider says that it is gone. A box
/// whose workspace cannot be restored is removed, and no session comes of it: what is saved of it later
/// would take the place of the archive.
///
/// # Errors
///
/// [`EstablishError`].
pub async fn establish(
    boxes: &impl Boxes,
    backend: &str,
    client_id: &str,
    can_resume: bool,
    named: &[bool],
) -> Result<Established, EstablishError> {
    if can_resume && is_resumable(named, backend) {
        let deserialized = boxes.deserialize().await?.map_err(|reason| {
            ConfigProblem::NotDeserialized { backend: backend.to_owned(), reason }.of(backend)
        })?;
        if deserialized {
            let state = boxes.state().await?;
            // A client puts an older snapshot over a folder that has changed since.
            let hides_snapshot = state.has_folder() && boxes.folder_exists().await?;
            match boxes.resume(hides_snapshot).await? {
                None => return resumed(boxes, backend, &state).await,
                Some(refusal)
                    if provider::classify(client_id, &refusal) != SandboxFailure::Gone =>
                {
                    boxes.rethrow().await?;
                }
                Some(_) => {}
            }
        }
    }
    let archive = boxes.archive().await?;
    if archive == Archive::Corrupt {
        return Err(ConfigProblem::CorruptArchive(backend.to_owned()).of(backend).into());
    }
    boxes.create().await?;
    restored(boxes, backend, archive).await
}

/// The session of a resumption: of the box that was asked for, or of another that the client has made
/// in its place.
async fn resumed(
    boxes: &impl Boxes,
    backend: &str,
    asked: &Facts,
) -> Result<Established, EstablishError> {
    let got = boxes.session().await?;
    let (asked_id, instance_id) = (asked.instance_id(backend), got.instance_id(backend));
    let is_other = !asked_id.is_empty() && !instance_id.is_empty() && asked_id != instance_id;
    if !is_other || !got.is_complete {
        return Ok(Established { state_of: StateOf::Envelope, instance_id });
    }
    // A folder of the caller's own machine was kept, or restored by the client itself.
    let archive = if got.has_folder() { Archive::None } else { boxes.archive().await? };
    restored(boxes, backend, archive).await
}

/// The session of a new box, with the archive restored in it.
async fn restored(
    boxes: &impl Boxes,
    backend: &str,
    archive: Archive,
) -> Result<Established, EstablishError> {
    let problem = match archive {
        Archive::None => None,
        Archive::Corrupt => Some(EstablishError::from(
            ConfigProblem::CorruptArchive(backend.to_owned()).of(backend),
        )),
        Archive::Whole => match boxes.hydrate().await {
            Ok(true) => None,
            Ok(false) => Some(ConfigProblem::NoHydration(backend.to_owned()).of(backend).into()),
            Err(thrown) => Some(thrown.into()),
        },
    };
    if let Some(problem) = problem {
        boxes.discard().await;
        return Err(problem);
    }
    // Restoring may put another box in the place of the first.
    let instance_id = boxes.session().await?.instance_id(backend);
    Ok(Established { state_of: StateOf::Session, instance_id })
}

/// What an envelope of a live session has beside its provider's state; nothing where it cannot be
/// serialized, whatever the reason: the envelope from before it stays good.
pub async fn serialize(boxes: &impl Boxes) -> Option<Lifted> {
    boxes.serialize().await.ok().flatten().map(lift)
}
