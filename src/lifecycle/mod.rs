//! The life cycle of a sandbox: the client of its provider, the session of a stored envelope, and the
//! envelope of a session.

mod archive;
mod credentials;
mod envelope;
mod environment;
mod establish;
mod network;
mod options;
mod ports;
mod registry;
mod relay;

pub use archive::{ArchiveText, Images, delete_snapshot, is_snapshot_reference, modal_snapshot_id};
pub use credentials::check_credentials;
pub use envelope::{
    Entry, EnvelopeError, Lifted, PortsKey, SerializedFacts, check_entry, entry_of, lift,
    restored_keys,
};
pub use environment::{EnvironmentError, environment_names};
pub use establish::{
    Archive, BOX_IDS, Boxes, ConfigProblem, Disposable, EstablishError, Established, Facts,
    StateOf, Way, backend_of, establish, serialize,
};
pub use network::{Docker, NetworkError, docker_network, join};
pub use options::{Source, client_options};
pub use ports::{PortsError, client_ports, parse_exposed_ports};
pub use registry::{ProviderViolation, client_violation, registration_violation};
pub use relay::{RelayAddress, RelayUrl, relay_address, relay_url};

use thiserror::Error;

/// A backend cannot be used with its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The backend.
    pub backend: String,
    /// The fault.
    pub message: String,
}
