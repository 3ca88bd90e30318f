//! The commands that launch servers.

use serde::Serialize;

use crate::capabilities::TERMINAL_STREAM_PORT;
use crate::ecmascript::number_text;
use crate::input::{InputError, Value, or_default};
use crate::recording::DESKTOP_STREAM_PORT;

/// The size of a desktop in pixels, and its dots per inch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Geometry {
    /// The width in pixels.
    pub width: f64,
    /// The height in pixels.
    pub height: f64,
    /// The dots per inch.
    pub dpi: f64,
}

impl Default for Geometry {
    fn default() -> Self {
        Self { width: 1_280.0, height: 800.0, dpi: 96.0 }
    }
}

/// The options of a desktop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Desktop {
    /// The size.
    pub geometry: Geometry,
    /// The port of the stream on the box.
    pub port: f64,
}

/// The options of a terminal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terminal {
    /// The port of the stream on the box.
    pub port: f64,
}

/// A number in the text of a command.
fn finite(field: &'static str, value: &Value) -> Result<f64, InputError> {
    match value {
        Value::Number(number) if number.is_finite() => Ok(*number),
        other => Err(InputError::wrong_type(field, "a finite number", other)),
    }
}

impl Geometry {
    fn check([width, height, dpi]: &[Value; 3]) -> Result<Self, InputError> {
        Ok(Self {
            width: finite("geometry.width", width)?,
            height: finite("geometry.height", height)?,
            dpi: finite("geometry.dpi", dpi)?,
        })
    }
}

impl Desktop {
    /// Checks a caller's options: the width, height and dots per inch of the geometry, and the port.
    ///
    /// # Errors
    ///
    /// [`InputError`] that names the first field that is no finite number.
    pub fn check(geometry: Option<&[Value; 3]>, port: Value) -> Result<Self, InputError> {
        let geometry = geometry.map_or_else(|| Ok(Geometry::default()), Geometry::check)?;
        let port = finite("port", &or_default(port, f64::from(DESKTOP_STREAM_PORT)))?;
        Ok(Self { geometry, port })
    }

    /// The command that launches it where one of the two ports has no listener.
    #[must_use]
    pub fn script(&self) -> String {
        let Geometry { width, height, dpi } = self.geometry;
        let [width, height, dpi, port] = [width, height, dpi, self.port].map(number_text);
        format!(
            "if nc -z 127.0.0.1 {port} >/dev/null 2>&1 && nc -z 127.0.0.1 5900 >/dev/null 2>&1; \
             then echo \"OPENGENI_DESKTOP_UP port={port} geometry={width}x{height} dpi={dpi} (precheck)\"; \
             else mkdir -p /tmp/opengeni-desktop && flock -w 45 /tmp/opengeni-desktop/up.outer.lock \
             env DESKTOP_W={width} DESKTOP_H={height} DESKTOP_DPI={dpi} STREAM_PORT={port} \
             opengeni-desktop-up; fi"
        )
    }
}

impl Terminal {
    /// Checks a caller's options.
    ///
    /// # Errors
    ///
    /// [`InputError`] where the port is no finite number.
    pub fn check(port: Value) -> Result<Self, InputError> {
        Ok(Self { port: finite("port", &or_default(port, f64::from(TERMINAL_STREAM_PORT)))? })
    }

    /// The command that launches it.
    #[must_use]
    pub fn script(&self) -> String {
        let port = number_text(self.port);
        format!(
            "mkdir -p /tmp/opengeni-terminal && flock -w 30 /tmp/opengeni-terminal/up.outer.lock \
             env TERMINAL_PORT={port} opengeni-terminal-up"
        )
    }
}
