//! The variables of the process that go into a box.

use thiserror::Error;

use crate::ecmascript::trim;
use crate::input::{Given, Reader};

/// The variables of each preparation profile.
const PROFILES: [(&str, &[&str]); 3] = [
    ("none", &[]),
    (
        "azure",
        &[
            "ARM_CLIENT_ID",
            "ARM_CLIENT_SECRET",
            "ARM_TENANT_ID",
            "ARM_SUBSCRIPTION_ID",
            "AZURE_CLIENT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_TENANT_ID",
            "AZURE_SUBSCRIPTION_ID",
            "AZURE_AUTHORITY_HOST",
        ],
    ),
    (
        "github",
        &[
            "GH_TOKEN",
            "GITHUB_TOKEN",
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ],
    ),
];

/// The reason why the settings name no set of variables.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum EnvironmentError {
    #[error("OPENGENI_SANDBOX_PREPARATION_PROFILES cannot combine none with other profiles")]
    Combined,
    #[error("Unknown sandbox preparation profile {0}")]
    UnknownProfile(String),
    #[error("sandbox env contains invalid variable name {0}")]
    InvalidName(String),
}

/// The names of the variables, each once, in the order of the settings.
///
/// # Errors
///
/// When a setting is no text; the inner error, when a profile or a name is invalid.
pub fn environment_names<G: Given>(
    settings: &Reader<'_, G>,
) -> Result<Result<Vec<String>, EnvironmentError>, G::Error> {
    let profiles = settings.field("sandboxPreparationProfiles")?.string()?;
    let allowed = settings.field("sandboxEnvAllowlist")?.string()?;
    Ok(names(&profiles, &allowed))
}

fn names(profiles: &str, allowed: &str) -> Result<Vec<String>, EnvironmentError> {
    let profiles: Vec<_> = items(profiles).map(str::to_lowercase).collect();
    if profiles.len() > 1 && profiles.iter().any(|profile| profile == "none") {
        return Err(EnvironmentError::Combined);
    }
    let mut names = Vec::<String>::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for profile in profiles {
        let variables = PROFILES.iter().find(|(name, _)| *name == profile);
        let Some((_, variables)) = variables else {
            return Err(EnvironmentError::UnknownProfile(profile));
        };
        variables.iter().copied().for_each(&mut add);
    }
    items(allowed).for_each(add);
    match names.iter().find(|name| !is_variable(name)) {
        Some(name) => Err(EnvironmentError::InvalidName(name.clone())),
        None => Ok(names),
    }
}

/// The items of a list that is separated by commas.
pub(super) fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim).filter(|item| !item.is_empty())
}

fn is_variable(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_once_and_in_order() {
        let named = |profiles, allowed| names(profiles, allowed).expect("they are names");
        assert_eq!(named("none", ""), Vec::<String>::new());
        assert_eq!(named("", " B ,A,,B"), ["B", "A"]);
        let github = named(" GitHub ", "GH_TOKEN,EXTRA");
        assert_eq!(github.first().map(String::as_str), Some("GH_TOKEN"));
        assert_eq!((github.len(), github.last().map(String::as_str)), (7, Some("EXTRA")));
        assert_eq!(named("azure,github", "").len(), 15);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let refused =
            |profiles, allowed| names(profiles, allowed).expect_err("refused").to_string();
        assert_eq!(
            refused("none, azure", ""),
            "OPENGENI_SANDBOX_PREPARATION_PROFILES cannot combine none with other profiles"
        );
        assert_eq!(refused("AWS", ""), "Unknown sandbox preparation profile aws");
        for name in ["1A", "A-B", "Ä", "A B"] {
            assert_eq!(
                refused("", name),
                format!("sandbox env contains invalid variable name {name}")
            );
        }
    }
}
