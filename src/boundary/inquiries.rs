//! Questions about what callers pass as it is. Of an object no more is read than is asked for: a field
//! may be code of the caller's.

use serde::Serialize;

use super::failure::end;
use crate::capabilities::{self, NegotiationContext, Row, UnknownBackend};
use crate::input::{Given, InputError, Reader, Value};
use crate::provider::{self, MalformedEndpoint};
use crate::resolution::{self, Unestablishable, UnresolvableCode};
use crate::selfhosted::{self, LivenessInput, SelfhostedInput};

/// What a row of the table of backends is called where it is refused.
const DESCRIPTOR: &str = "descriptor";

/// Why a sandbox cannot become a backend.
#[derive(Serialize)]
struct Refused {
    code: UnresolvableCode,
    reason: String,
}

/// Defines [`inquire`]: the name of each question, its arguments in their order, and the answer.
macro_rules! inquiries {
    ($($(#[doc = $doc:literal])+ $name:literal ($($arg:ident),*) $body:block)*) => {
        /// JSON of the answer to the question called `name`; `None` where there is no such question, or
        /// an argument is missing.
        ///
        /// # Errors
        ///
        /// A refusal, or what reading threw.
        pub fn inquire<G: Given>(name: &str, args: Vec<G>) -> Option<Result<String, G::Error>> {
            let mut args = args.into_iter();
            match name {
                $($name => {
                    $(let $arg = args.next()?;)*
                    let answer = move || Ok(answered($body));
                    Some(answer())
                })*
                _ => None,
            }
        }
    };
}

fn answered(answer: impl Serialize) -> String {
    end(Ok::<_, InputError>(answer))
}

inquiries! {
    /// The message for a backend that the table has no row for.
    "unknownBackend" (backend) {
        UnknownBackend(Reader::argument("backend", backend).spelled()?).to_string()
    }
    /// Whether an operating system is among those of a row.
    "backendSupportsOs" (descriptor, os) {
        let descriptor = Reader::named(DESCRIPTOR, descriptor);
        capabilities::supports_os(&descriptor, &Reader::argument("os", os))?
    }
    /// Whether a backend has a desktop, by its row, or by the client's name in one of the rows.
    "desktopCapableBackend" (row, rows, id_or_backend) {
        capabilities::desktop_capable(row, rows.items(usize::MAX)?.unwrap_or_default(), &id_or_backend)?
    }
    /// What is wrong with the table, if anything is.
    "descriptorRegistryViolation" (table) {
        capabilities::check(&table)?.map(|violation| violation.to_string())
    }
    /// The cells of a session, by its backend's row.
    "negotiateCapabilities" (row, context, now) {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let (context, now) = (Reader::argument("ctx", context), Reader::argument("now", now));
        capabilities::negotiate(&row, &NegotiationContext::read(&context, &now)?)
    }
    /// How an enrolled machine is to be had.
    "selfhostedLiveness" (machine) {
        selfhosted::liveness(&LivenessInput::read(&Reader::argument("i", machine))?)
    }
    /// The cells of a session on an enrolled machine, by its backend's row.
    "negotiateSelfhostedCapabilities" (row, input, machine) {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let (input, machine) = (Reader::argument("i", input), Reader::argument("i", machine));
        selfhosted::negotiate(&row, &SelfhostedInput::read(&input, &machine)?)
    }
    /// Why a sandbox cannot become a backend, if it cannot.
    "unestablishable" (target) {
        let refused =
            |error: Unestablishable| Refused { code: error.code(), reason: error.to_string() };
        resolution::admission(&Reader::argument("target", target))?.map(refused)
    }
    /// Whether a provider's error says that the box is gone, by its status and its words.
    "isGone" (backend_id, status, words) {
        let status = if let Value::Number(status) = status.value()? { Some(status) } else { None };
        let backend_id = Reader::argument("backendId", backend_id).text()?.unwrap_or_default();
        provider::is_gone(&backend_id, status, &Reader::argument("error", words).spelled()?)
    }
    /// The message for an endpoint that no address can be made of.
    "malformedEndpoint" (host, port) {
        let host = Reader::argument("host", host).spelled()?;
        let port = Reader::argument("port", port).spelled()?;
        MalformedEndpoint { host, port }.to_string()
    }
    /// The address of a `WebSocket` at a provider's endpoint.
    "streamUrl" (host, port, tls, path, query) {
        let spelled = |name: &str, given: G| {
            let given = Reader::argument(name, given);
            if given.is_truthy()? { given.address_part() } else { Ok(String::new()) }
        };
        let port = if let Value::Number(port) = port.value()? { port } else { f64::NAN };
        let (host, tls, path) = (spelled("host", host)?, tls.is_truthy()?, spelled("path", path)?);
        provider::stream_url(&host, port, tls, Some(&path), &spelled("query", query)?)
    }
}
