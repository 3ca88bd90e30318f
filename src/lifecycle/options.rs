//! The options of a provider's client.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::capabilities::SandboxBackend;
use crate::input::{Given, Reader, Value};

/// The source of an option's value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The settings.
    Value(Json),
    /// The caller's variables of the box.
    Environment,
    /// The caller's ports of the box.
    ExposedPorts,
    /// A selector that the provider's package makes from an image's name.
    ImageTag(String),
}

/// The conversion of a setting to the value of an option.
enum From {
    Environment,
    ExposedPorts,
    /// The value, of this type, where it is set.
    Setting(&'static str, Kind),
    /// The value, of this type, where it is not empty, 0 or false.
    IfSet(&'static str, Kind),
    /// Seconds in milliseconds, of the first setting that is set.
    Milliseconds(&'static [&'static str]),
    /// Seconds in milliseconds, in an object under this name, where they are not 0.
    KeepAlive(&'static str, &'static str),
    /// A name that the provider's package converts to a selector.
    Image(&'static str),
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Flag,
    Number,
}

use From::{Environment, ExposedPorts, IfSet, Image, KeepAlive, Milliseconds, Setting};
use Kind::{Flag, Number, Text};

fn rules(backend: SandboxBackend) -> &'static [(&'static str, From)] {
    match backend {
        SandboxBackend::Docker => {
            &[("image", Setting("dockerImage", Text)), ("exposedPorts", ExposedPorts)]
        }
        SandboxBackend::Modal => &[
            ("appName", Setting("modalAppName", Text)),
            ("timeoutMs", Milliseconds(&["modalTimeoutSeconds"])),
            ("exposedPorts", ExposedPorts),
            ("env", Environment),
            ("idleTimeoutMs", Milliseconds(&["modalIdleTimeoutSeconds", "modalTimeoutSeconds"])),
            ("workspacePersistence", IfSet("modalWorkspacePersistence", Text)),
            ("image", Image("modalImageRef")),
            ("tokenId", IfSet("modalTokenId", Text)),
            ("tokenSecret", IfSet("modalTokenSecret", Text)),
            ("environment", IfSet("modalEnvironment", Text)),
        ],
        SandboxBackend::Daytona => &[
            ("apiKey", Setting("daytonaApiKey", Text)),
            ("env", Environment),
            ("exposedPorts", ExposedPorts),
            ("apiUrl", IfSet("daytonaApiUrl", Text)),
            ("target", IfSet("daytonaTarget", Text)),
            ("image", IfSet("daytonaImage", Text)),
            ("sandboxSnapshotName", IfSet("daytonaSnapshotName", Text)),
            ("autoStopInterval", Setting("daytonaAutoStopInterval", Number)),
            ("timeoutSec", IfSet("daytonaTimeoutSeconds", Number)),
            ("exposedPortUrlTtlS", IfSet("daytonaExposedPortUrlTtlSeconds", Number)),
        ],
        SandboxBackend::Runloop => &[
            ("apiKey", Setting("runloopApiKey", Text)),
            ("env", Environment),
            ("exposedPorts", ExposedPorts),
            ("tunnel", Setting("runloopTunnel", Flag)),
            ("baseUrl", IfSet("runloopBaseUrl", Text)),
            ("blueprintName", IfSet("runloopBlueprintName", Text)),
            ("blueprintId", IfSet("runloopBlueprintId", Text)),
            ("timeouts", KeepAlive("runloopKeepAliveSeconds", "keepAliveTimeoutMs")),
        ],
        SandboxBackend::E2b => &[
            ("env", Environment),
            ("exposedPorts", ExposedPorts),
            ("template", IfSet("e2bTemplate", Text)),
            ("timeout", IfSet("e2bTimeoutSeconds", Number)),
            ("timeoutAction", IfSet("e2bTimeoutAction", Text)),
            ("allowInternetAccess", Setting("e2bAllowInternetAccess", Flag)),
            ("autoResume", Setting("e2bAutoResume", Flag)),
            ("workspacePersistence", IfSet("e2bWorkspacePersistence", Text)),
        ],
        SandboxBackend::Blaxel => &[
            ("apiKey", Setting("blaxelApiKey", Text)),
            ("env", Environment),
            ("image", IfSet("blaxelImage", Text)),
            ("region", IfSet("blaxelRegion", Text)),
            ("exposedPortPublic", Setting("blaxelExposedPortPublic", Flag)),
            ("exposedPortUrlTtlS", IfSet("blaxelExposedPortUrlTtlSeconds", Number)),
            ("memory", IfSet("blaxelMemoryMb", Number)),
            ("ttl", IfSet("blaxelTtl", Text)),
        ],
        SandboxBackend::Cloudflare => &[
            ("workerUrl", Setting("cloudflareWorkerUrl", Text)),
            ("exposedPorts", ExposedPorts),
            ("apiKey", IfSet("cloudflareApiKey", Text)),
        ],
        SandboxBackend::Vercel => &[
            ("token", Setting("vercelToken", Text)),
            ("projectId", Setting("vercelProjectId", Text)),
            ("env", Environment),
            ("exposedPorts", ExposedPorts),
            ("teamId", IfSet("vercelTeamId", Text)),
            ("runtime", IfSet("vercelRuntime", Text)),
        ],
        SandboxBackend::Local | SandboxBackend::None | SandboxBackend::Selfhosted => &[],
    }
}

/// The options of a backend's client, in their order.
///
/// # Errors
///
/// When a setting is of another type.
pub fn client_options<G: Given>(
    backend: SandboxBackend,
    settings: &Reader<'_, G>,
) -> Result<Vec<(&'static str, Source)>, G::Error> {
    let mut options = Vec::new();
    for (option, from) in rules(backend) {
        let source = match from {
            Environment => Some(Source::Environment),
            ExposedPorts => Some(Source::ExposedPorts),
            Setting(name, kind) => read(&settings.field(name)?, *kind)?.map(Source::Value),
            IfSet(name, kind) => if_set(&settings.field(name)?, *kind)?.map(Source::Value),
            Milliseconds(names) => {
                let mut seconds = None;
                for name in *names {
                    seconds = settings.field(name)?.number("a number of seconds")?;
                    if seconds.is_some() {
                        break;
                    }
                }
                seconds.map(|seconds| Source::Value(json!(seconds * 1000.0)))
            }
            KeepAlive(name, inner) => {
                let seconds = settings.field(name)?.number("a number of seconds")?;
                let seconds = seconds.filter(|seconds| *seconds != 0.0);
                seconds.map(|seconds| Source::Value(json!({ *inner: seconds * 1000.0 })))
            }
            Image(name) => match if_set(&settings.field(name)?, Text)? {
                Some(Json::String(tag)) => Some(Source::ImageTag(tag)),
                _ => None,
            },
        };
        options.extend(source.map(|source| (*option, source)));
    }
    Ok(options)
}

fn if_set<G: Given>(setting: &Reader<'_, G>, kind: Kind) -> Result<Option<Json>, G::Error> {
    if setting.is_truthy()? { read(setting, kind) } else { Ok(None) }
}

fn read<G: Given>(setting: &Reader<'_, G>, kind: Kind) -> Result<Option<Json>, G::Error> {
    Ok(match (kind, setting.value()?) {
        (_, Value::Absent) => None,
        (Text, Value::Text(text)) => Some(json!(text)),
        (Flag, Value::Flag(flag)) => Some(json!(flag)),
        (Number, _) => setting.number("a number")?.map(|number| json!(number)),
        // A value of another type can be a secret, too.
        (Text, _) => return Err(setting.unquoted_refusal("a string")?),
        (Flag, _) => return Err(setting.refusal("a boolean")?),
    })
}
