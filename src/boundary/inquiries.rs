//! Questions about callers' objects. Only the necessary fields of an object are read, since a getter runs the
//! caller's code.

use serde::Serialize;

use super::failure::end;
use crate::capabilities::{self, NegotiationContext, Row, SandboxBackend, UnknownBackend};
use crate::input::{Given, InputError, Reader};
use crate::lifecycle;
use crate::recording;
use crate::resolution::{self, Unestablishable, UnresolvableCode};
use crate::selfhosted::retry::Policy;
use crate::selfhosted::{self, LivenessInput, SelfhostedInput};

/// The name of a row of the table of backends in errors.
const DESCRIPTOR: &str = "descriptor";

/// The name of a provider's registration in errors.
const REGISTRATION: &str = "registration";
/// The name of the settings of a deployment in errors.
const SETTINGS: &str = "settings";

/// The reason why a sandbox cannot become a backend.
#[derive(Serialize)]
struct Refused {
    code: UnresolvableCode,
    reason: String,
}

/// The backend of a name.
fn backend<G: Given>(given: G) -> Result<SandboxBackend, G::Error> {
    let name = Reader::argument("backend", given);
    match SandboxBackend::of_name(&name.string()?) {
        Some(backend) => Ok(backend),
        None => Err(name.refusal("the name of a backend")?),
    }
}

/// Defines [`inquire`]: the name of each question, its arguments in their order, and the answer. The
/// answers to those under `refusing:` may be refusals of the core's own.
macro_rules! inquiries {
    (
        $($(#[doc = $doc:literal])+ $name:literal ($($arg:ident),*) $body:block)*
        refusing:
        $($(#[doc = $refusing_doc:literal])+ $refusing_name:literal ($($refusing_arg:ident),*)
            $refusing_body:block)*
    ) => {
        /// JSON of the answer to the question called `name`; `None` where there is no such question, or
        /// an argument is missing.
        ///
        /// # Errors
        ///
        /// A refusal, or the error of reading.
        pub fn inquire<G: Given>(name: &str, args: Vec<G>) -> Option<Result<String, G::Error>> {
            let mut args = args.into_iter();
            match name {
                $($name => {
                    $(let $arg = args.next()?;)*
                    let answer = move || Ok(answered($body));
                    Some(answer())
                })*
                $($refusing_name => {
                    $(let $refusing_arg = args.next()?;)*
                    let answer = move || Ok(end($refusing_body));
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
    /// Whether a backend has a desktop, by its row, or by the name of its client.
    "desktopCapableBackend" (row, clients, id_or_backend) {
        let clients = clients.items(usize::MAX)?.unwrap_or_default();
        capabilities::desktop_capable(row, clients, &id_or_backend)?
    }
    /// The first fault of the table, if any.
    "descriptorRegistryViolation" (table) {
        capabilities::check(&table)?.map(|violation| violation.to_string())
    }
    /// The cells of a session, by its backend's row.
    "negotiateCapabilities" (row, context, now) {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let (context, now) = (Reader::argument("ctx", context), Reader::argument("now", now));
        capabilities::negotiate(&row, &NegotiationContext::read(&context, &now)?)
    }
    /// The liveness of an enrolled machine.
    "selfhostedLiveness" (machine) {
        selfhosted::liveness(&LivenessInput::read(&Reader::argument("i", machine))?)
    }
    /// When a session sends a request again, if it does.
    "retryPolicy" (retry) { Policy::read(&Reader::named("retry", retry))?.map(Policy::parts) }
    /// The cells of a session on an enrolled machine, by its backend's row.
    "negotiateSelfhostedCapabilities" (row, input, machine) {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let (input, machine) = (Reader::argument("i", input), Reader::argument("i", machine));
        selfhosted::negotiate(&row, &SelfhostedInput::read(&input, &machine)?)
    }
    /// The reason why a sandbox cannot become a backend, if any.
    "unestablishable" (target) {
        let refused =
            |error: Unestablishable| Refused { code: error.code(), reason: error.to_string() };
        resolution::admission(&Reader::argument("target", target))?.map(refused)
    }
    /// The options of a backend's client, in their order, with the sources of their values.
    "clientOptions" (name, given) {
        lifecycle::client_options(backend(name)?, &Reader::named(SETTINGS, given))?
    }
    /// The first fault of a provider's registration, if any.
    "registrationViolation" (name, registration) {
        let registration = Reader::named(REGISTRATION, registration);
        let violation = lifecycle::registration_violation(backend(name)?, &registration)?;
        violation.map(|violation| violation.to_string())
    }
    /// The first fault of a registration's client, if any.
    "clientViolation" (name, registration, client) {
        let registration = Reader::named(REGISTRATION, registration);
        let client = Reader::named("client", client);
        let violation = lifecycle::client_violation(backend(name)?, &registration, &client)?;
        violation.map(|violation| violation.to_string())
    }
    /// The network that containers are connected to, if there is one.
    "dockerNetwork" (given) { lifecycle::docker_network(&Reader::named(SETTINGS, given))? }
    /// The place of the recovery entry in a run state, if there is one.
    "runStateEntry" (sandbox, agent) { lifecycle::entry_of(&sandbox, &agent)? }
    /// The fields of an envelope that replace those of its provider's state.
    "restoredKeys" (envelope) { lifecycle::restored_keys(&envelope)? }
    /// The facts of a recording's bytes.
    "probeRecording" (bytes) { recording::probe_given(&Reader::argument("bytes", bytes))? }
    refusing:
    /// The names of the variables that go into a box.
    "environmentNames" (given) { lifecycle::environment_names(&Reader::named(SETTINGS, given))? }
    /// The ports of a list.
    "exposedPorts" (list) { lifecycle::parse_exposed_ports(&Reader::argument("raw", list).string()?) }
    /// The ports of a client.
    "clientPorts" (given, descriptor) {
        lifecycle::client_ports(&Reader::named(SETTINGS, given), &Reader::named(DESCRIPTOR, descriptor))?
    }
    /// Fails where a backend lacks a setting.
    "checkCredentials" (name, given) {
        lifecycle::check_credentials(backend(name)?, &Reader::named(SETTINGS, given))?
    }
    /// Fails where an entry is of another backend than the client.
    "checkEntry" (entry, client) {
        let (entry, client) = (Reader::named("entry", entry), Reader::named("client", client));
        lifecycle::check_entry(&entry, &client)?
    }
}
