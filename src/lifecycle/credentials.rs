//! The settings that a backend requires.

use super::ConfigError;
use crate::capabilities::SandboxBackend;
use crate::input::{Given, Reader};

/// The settings that a backend requires, with their variables, in the order of the checks.
fn required(backend: SandboxBackend) -> &'static [(&'static str, &'static str)] {
    match backend {
        SandboxBackend::Modal => &[("modalAppName", "OPENGENI_MODAL_APP_NAME")],
        SandboxBackend::Daytona => &[("daytonaApiKey", "OPENGENI_DAYTONA_API_KEY")],
        SandboxBackend::Runloop => &[("runloopApiKey", "OPENGENI_RUNLOOP_API_KEY")],
        SandboxBackend::E2b => &[("e2bApiKey", "OPENGENI_E2B_API_KEY")],
        SandboxBackend::Blaxel => &[("blaxelApiKey", "OPENGENI_BLAXEL_API_KEY")],
        SandboxBackend::Cloudflare => &[("cloudflareWorkerUrl", "OPENGENI_CLOUDFLARE_WORKER_URL")],
        SandboxBackend::Vercel => &[
            ("vercelToken", "OPENGENI_VERCEL_TOKEN"),
            ("vercelProjectId", "OPENGENI_VERCEL_PROJECT_ID"),
        ],
        SandboxBackend::Docker
        | SandboxBackend::Local
        | SandboxBackend::None
        | SandboxBackend::Selfhosted => &[],
    }
}

/// The message about the first setting that a backend lacks, if any.
///
/// # Errors
///
/// When the settings cannot be read.
pub fn check_credentials<G: Given>(
    backend: SandboxBackend,
    settings: &Reader<'_, G>,
) -> Result<Result<(), ConfigError>, G::Error> {
    let lacks = |message: String| Ok(Err(ConfigError { backend: backend.to_string(), message }));
    if backend == SandboxBackend::Modal {
        let has_id = settings.field("modalTokenId")?.is_truthy()?;
        if has_id != settings.field("modalTokenSecret")?.is_truthy()? {
            return lacks(
                "OPENGENI_MODAL_TOKEN_ID and OPENGENI_MODAL_TOKEN_SECRET must both be set or both \
                 omitted"
                    .to_owned(),
            );
        }
    }
    for (setting, variable) in required(backend) {
        if !settings.field(setting)?.is_truthy()? {
            return lacks(format!("{variable} is required"));
        }
    }
    Ok(Ok(()))
}
