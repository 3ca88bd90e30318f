//! Streams of a box: where one can be reached, and the token that a relay asks for.

mod claims;
mod port;
mod token;
mod url;

pub use claims::{Claim, Claims, GivenClaims, InvalidClaims, Issue};
pub use port::{ExposeError, ExposedPort, Ports, expose};
pub use token::{EmptySecret, Grant, Lifetime, MintError, Secret, mint, now_of, token_of, verify};
pub use url::{Endpoint, MalformedEndpoint};

/// For how many seconds a token is valid where the caller does not say.
pub const DEFAULT_TTL_SECONDS: u32 = 120;

/// The size of a desktop where the caller does not say, in pixels.
pub const DEFAULT_RESOLUTION: [u32; 2] = [1_280, 800];
