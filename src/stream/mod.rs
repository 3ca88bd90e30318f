//! Streams of a box: their addresses, and the tokens for the relay.

mod claims;
mod port;
mod token;
mod url;

pub use claims::{Claim, Claims, GivenClaims, InvalidClaims, Issue};
pub use port::{ExposeError, ExposedPort, Ports, expose};
pub use token::{EmptySecret, Grant, Lifetime, MintError, Secret, mint, now_of, token_of, verify};
pub use url::{Endpoint, MalformedEndpoint};

/// The default validity of a token, in seconds.
pub const DEFAULT_TTL_SECONDS: u32 = 120;

/// The default size of a desktop, in pixels.
pub const DEFAULT_RESOLUTION: [u32; 2] = [1_280, 800];
