//! The ports of a box that can be reached from outside.

use thiserror::Error;

use super::environment::items;
use crate::capabilities::TERMINAL_STREAM_PORT;
use crate::ecmascript::number_of;
use crate::input::{Given, Reader};
use crate::recording::DESKTOP_STREAM_PORT;

/// An item of a list is no port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("OPENGENI_DOCKER_EXPOSED_PORTS must contain TCP port numbers")]
pub struct PortsError;

/// The ports of a list that is separated by commas, in its order. Repeated ports are kept.
///
/// # Errors
///
/// [`PortsError`].
pub fn parse_exposed_ports(list: &str) -> Result<Vec<u16>, PortsError> {
    items(list).map(port).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
fn port(text: &str) -> Result<u16, PortsError> {
    let number = number_of(text);
    if number.fract() == 0.0 && (1.0..=65_535.0).contains(&number) {
        Ok(number as u16)
    } else {
        Err(PortsError)
    }
}

/// The ports of a client: those of the settings, and those of the streams where the backend has a desktop and
/// cannot expose ports later.
///
/// # Errors
///
/// When the settings cannot be read; the inner error, when their list has an item that is no port.
pub fn client_ports<G: Given>(
    settings: &Reader<'_, G>,
    descriptor: &Reader<'_, G>,
) -> Result<Result<Vec<u16>, PortsError>, G::Error> {
    let list = settings.field("dockerExposedPorts")?.string()?;
    let mut ports = match parse_exposed_ports(&list) {
        Ok(ports) => ports,
        Err(error) => return Ok(Err(error)),
    };
    let capabilities = descriptor.field("capabilities")?;
    let has_desktop = capabilities.field("DesktopStream")?.field("available")?.is_truthy()?;
    if has_desktop
        && settings.field("sandboxDesktopEnabled")?.is_truthy()?
        && !descriptor.field("portExposure")?.field("supportsOnDemandPorts")?.is_truthy()?
    {
        for port in [DESKTOP_STREAM_PORT, TERMINAL_STREAM_PORT] {
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
    }
    Ok(Ok(ports))
}
