//! Makes a live session from a stored envelope. The box is resumed where it exists. Otherwise a new box is
//! created, and the archive of the workspace is restored in it.

use serde::Serialize;
use thiserror::Error;

use super::ConfigError;
use super::envelope::{Lifted, SerializedFacts, lift};
use crate::input::{InputError, Value};
use crate::provider::{self, ErrorChain, SandboxFailure};
use crate::shell::Thrown;

/// The fields of a state that can have the id of its box, in the order of the search.
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
/// The number of these fields, from the first on, that count for each provider.
const IDS: usize = 5;

/// The fields that count for one backend only, beside [`IDS`].
fn own_id(backend: &str) -> Option<usize> {
    ["runloop", "blaxel", "local"].iter().position(|own| *own == backend).map(|own| IDS + own)
}

/// The facts of a state about its box.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Whether there is a state.
    pub has_state: bool,
    /// Whether a client can serialize it: it has a manifest.
    pub is_complete: bool,
    /// The values of [`BOX_IDS`].
    pub ids: Vec<Value>,
}

impl Facts {
    /// The id of the box; empty where it has none.
    fn instance_id(&self, backend: &str) -> String {
        let common = self.ids.iter().take(IDS).find(|id| **id != Value::Absent);
        let own = || own_id(backend).and_then(|own| self.ids.get(own));
        match common.or_else(own) {
            Some(Value::Text(id) | Value::IllFormed(id)) => id.clone(),
            _ => String::new(),
        }
    }

    /// Whether the workspace is in a folder of the caller's machine.
    fn has_folder(&self) -> bool {
        matches!(self.ids.last(), Some(Value::Text(path)) if !path.is_empty())
    }
}

/// Whether an envelope names a box that can be resumed. `named` tells which fields its provider's state has, in
/// the order of [`BOX_IDS`].
fn is_resumable(named: &[bool], backend: &str) -> bool {
    // The host alone does not name a box.
    const HOST_ID: usize = 3;
    let is_own = |at| at < IDS && at != HOST_ID || Some(at) == own_id(backend);
    named.iter().enumerate().any(|(at, is_named)| *is_named && is_own(at))
}

/// The stored archive of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// There is none.
    None,
    /// It is complete.
    Whole,
    /// It is damaged.
    Corrupt,
}

/// A method that removes a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are names of methods")]
pub enum Way {
    ClientDelete,
    Terminate,
    Delete,
    Close,
}

impl Way {
    /// All ways, the best one first. A provider may keep a box that is only closed.
    pub const ALL: [Self; 4] = [Self::ClientDelete, Self::Terminate, Self::Delete, Self::Close];
}

/// A box that can be removed.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Disposable {
    /// Whether each way is there, in the order of [`Way::ALL`].
    async fn removal(&self) -> Result<Vec<Way>, Thrown>;

    /// Removes the box.
    async fn remove(&self, way: Way) -> Result<(), Thrown>;

    /// Removes the box by the first way that works. A failure is ignored, since the caller gets the error for
    /// which the box is removed.
    async fn discard(&self) {
        for way in self.removal().await.unwrap_or_default() {
            if self.remove(way).await.is_ok() {
                break;
            }
        }
    }
}

/// The caller's client, and its last session. Both stay with the caller, as do states.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Boxes: Disposable {
    /// Makes a state of the envelope. Returns whether there is one, or the text of the client's error.
    async fn deserialize(&self) -> Result<Result<bool, String>, Thrown>;

    /// The facts of that state.
    async fn state(&self) -> Result<Facts, Thrown>;

    /// Whether the folder of that state exists on the caller's machine.
    async fn folder_exists(&self) -> Result<bool, Thrown>;

    /// Resumes the box of that state, or returns the client's error. With `hides_snapshot`, the client does not
    /// see the snapshot of the state.
    async fn resume(&self, hides_snapshot: bool) -> Result<Option<ErrorChain>, Thrown>;

    /// Throws the error of `resume`.
    async fn rethrow(&self) -> Result<(), Thrown>;

    /// Decodes the archive of the envelope.
    async fn archive(&self) -> Result<Archive, Thrown>;

    /// Creates a box.
    async fn create(&self) -> Result<(), Thrown>;

    /// Restores the archive in the box. Returns `false` where its session cannot.
    async fn hydrate(&self) -> Result<bool, Thrown>;

    /// The facts of the session's state.
    async fn session(&self) -> Result<Facts, Thrown>;

    /// Serializes a session's state. Returns the fields of the result, if there is one.
    async fn serialize(&self) -> Result<Option<SerializedFacts>, Thrown>;
}

/// The owner of the established state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StateOf {
    /// The envelope.
    Envelope,
    /// The session.
    Session,
}

/// A live session, which stays with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Established {
    /// The owner of its state.
    pub state_of: StateOf,
    /// The id of its box; empty where it has none.
    pub instance_id: String,
}

/// A fault of a backend or its envelope.
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
         end to end; use an earlier envelope"
    )]
    CorruptArchive(String),
    #[error(
        "Sandbox backend \"{0}\" cannot restore the workspace archive: its session has no \
         hydrateWorkspace()"
    )]
    NoHydration(String),
}

impl ConfigProblem {
    /// The error for a backend.
    #[must_use]
    pub fn of(self, backend: &str) -> ConfigError {
        ConfigError { backend: backend.to_owned(), message: self.to_string() }
    }
}

/// The reason why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EstablishError {
    /// The backend or its envelope cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The caller's code threw. The value reaches the caller unchanged.
    #[error("a dependency threw")]
    Thrown(Thrown),
}

impl From<Thrown> for EstablishError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The backend of an envelope: the caller's choice, or else the stored one, or else the configured one.
///
/// # Errors
///
/// When that backend is no text.
pub fn backend_of(asked: Value, stored: Value, configured: Value) -> Result<String, InputError> {
    let text = |field, value| crate::input::string(field, value);
    match (asked, stored) {
        (Value::Absent, Value::Text(stored)) => Ok(stored),
        (Value::Absent, _) => text("sandboxBackend", configured),
        (asked, _) => text("backendOverride", asked),
    }
}

/// Establishes a session. `client_id` is the client's name of its backend, and `can_resume` is whether it can
/// deserialize and resume.
///
/// A box is created only where there is none to resume, or its provider says that it is gone. A box whose
/// workspace cannot be restored is removed: its next archive would replace the stored one.
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
            // A client would restore the older snapshot over a folder that has changed since.
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

/// The session of a resumed box: the box of the state, or another box that the client has made in its place.
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
    // The client keeps a folder of the caller's machine, or restores it.
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
    // A client may replace the box when it restores the archive.
    let instance_id = boxes.session().await?.instance_id(backend);
    Ok(Established { state_of: StateOf::Session, instance_id })
}

/// The fields of a live session's envelope beside its provider's state; `None` where the state cannot be
/// serialized, for any reason. An earlier envelope then stays valid.
pub async fn serialize(boxes: &impl Boxes) -> Option<Lifted> {
    boxes.serialize().await.ok().flatten().map(lift)
}
