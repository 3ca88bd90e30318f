//! The network of Docker that a container is connected to, beside its first one.

use thiserror::Error;

use super::establish::Disposable;
use crate::ecmascript::trim;
use crate::input::{Given, Reader};
use crate::shell::Thrown;

/// The port to Docker and a container. The container and its session stay with the caller.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Docker: Disposable {
    /// Runs a command on the caller's machine. Returns its exit code and standard error.
    async fn run(&self, argv: Vec<String>) -> Result<(Option<f64>, String), Thrown>;
}

/// The reason why a container is not connected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Docker refused it.
    #[error("Failed to connect Docker sandbox container to network {network}: {reason}")]
    Refused {
        /// The network.
        network: String,
        /// Docker's message.
        reason: String,
    },
    /// The command did not run. The thrown value reaches the caller unchanged.
    #[error("the command could not be run")]
    Thrown(Thrown),
}

/// The network in the settings, if there is one.
///
/// # Errors
///
/// When the network is no text, or Docker would read it as an option.
pub fn docker_network<G: Given>(settings: &Reader<'_, G>) -> Result<Option<String>, G::Error> {
    let setting = settings.field("dockerNetwork")?;
    let Some(network) = setting.optional_string()? else { return Ok(None) };
    let network = trim(&network);
    if network.starts_with('-') {
        return Err(setting.refusal("the name of a network, which does not begin with a dash")?);
    }
    Ok(Some(network).filter(|network| !network.is_empty()).map(str::to_owned))
}

/// Connects a container to a network. A new container that cannot be connected is removed, since the caller
/// does not get it.
///
/// # Errors
///
/// [`NetworkError`].
pub async fn join(
    docker: &impl Docker,
    network: String,
    container_id: String,
    is_created: bool,
) -> Result<(), NetworkError> {
    let argv = ["docker", "network", "connect", &network, &container_id].map(str::to_owned);
    let error = match docker.run(argv.to_vec()).await {
        Ok((Some(0.0), _)) => return Ok(()),
        Ok((_, stderr)) if stderr.contains("already exists") => return Ok(()),
        Ok((_, stderr)) => NetworkError::Refused { network, reason: trim(&stderr).to_owned() },
        Err(thrown) => NetworkError::Thrown(thrown),
    };
    if is_created {
        docker.discard().await;
    }
    Err(error)
}
