//! Why an upload failed.

use std::fmt;

use serde::Serialize;

/// How an upload failed, as far as a caller acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UploadFailureKind {
    /// The box has no curl.
    NoCurl,
    /// The box does not reach the store.
    Unreachable,
    /// The store has answered with another status than 2xx.
    Refused,
    /// The time is up.
    TimedOut,
    /// The file is not the one that was sent.
    Changed,
    /// Anything else.
    Failed,
}

/// Why an upload failed. Displays as the end of an error message.
#[derive(Debug, Clone, PartialEq)]
pub struct UploadFailure {
    /// The kind.
    pub kind: UploadFailureKind,
    /// The HTTP status of the store's answer, where there is one.
    pub status: Option<u16>,
    /// The exit code of curl, where it has ended.
    pub exit_code: Option<u8>,
    /// What it is about, in words that hold nothing of the URL or the headers.
    pub words: String,
}

/// The exit codes of curl (curl(1)) that tell that no connection was made: no address of the proxy or the host,
/// no connection.
const UNREACHABLE: [u8; 3] = [5, 6, 7];
/// The same that tell of a connection that broke. The next one may not.
const PASSING: [u8; 10] = [16, 18, 28, 35, 52, 55, 56, 92, 95, 96];
/// The shell could not run curl (POSIX.1-2024, Shell Command Language, 2.8.2).
const NOT_RUN: [u8; 2] = [126, 127];
/// The time is up.
const TIMED_OUT: u8 = 28;

/// What an exit code of curl means.
pub(super) const fn meaning(exit_code: u8) -> &'static str {
    match exit_code {
        1 | 2 | 4 => "the curl of the box is too old, or lacks what the URL needs",
        5 => "the proxy's address is not found",
        6 => "the store's address is not found",
        7 => "no connection is made",
        18 | 56 => "the connection broke in the answer",
        23 => "the answer cannot be written on the box",
        26 => "the file cannot be read",
        27 => "curl has too little memory",
        35 => "TLS is not agreed on",
        51 | 60 | 90 | 91 => "the store's certificate is not accepted",
        52 => "the store gave no answer",
        55 => "the connection broke while the file was sent",
        16 | 92 | 95 | 96 => "the connection broke in HTTP/2 or HTTP/3",
        53 | 54 | 58 | 59 | 66 | 77 | 80 | 82 | 83 => "the TLS of the box is not set up",
        126 | 127 => "curl cannot be run",
        _ => "",
    }
}

/// The codes of S3, and of stores like it, that are quoted.
///
/// A store can say in its answer all that it was sent, in any form. A word of this list is none of it.
const CODES: [&str; 60] = [
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthenticationFailed",
    "AuthorizationFailure",
    "AuthorizationHeaderMalformed",
    "AuthorizationPermissionMismatch",
    "AuthorizationQueryParametersError",
    "BadDigest",
    "BadRequest",
    "BlobAlreadyExists",
    "ConditionalRequestConflict",
    "ContainerNotFound",
    "EntityTooLarge",
    "EntityTooSmall",
    "ExpiredToken",
    "Forbidden",
    "IncompleteBody",
    "InternalError",
    "InvalidAccessKeyId",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidBucketState",
    "InvalidDigest",
    "InvalidEncryptionAlgorithmError",
    "InvalidHeaderValue",
    "InvalidObjectState",
    "InvalidRequest",
    "InvalidSecurity",
    "InvalidStorageClass",
    "InvalidToken",
    "InvalidURI",
    "KeyTooLongError",
    "MetadataTooLarge",
    "MethodNotAllowed",
    "MissingContentLength",
    "MissingRequiredHeader",
    "MissingSecurityHeader",
    "NoSuchBucket",
    "NoSuchKey",
    "NotImplemented",
    "NotSignedUp",
    "OperationAborted",
    "OperationTimedOut",
    "PermanentRedirect",
    "PreconditionFailed",
    "QuotaExceeded",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "ServerBusy",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SlowDown",
    "TemporaryRedirect",
    "TokenRefreshRequired",
    "TooManyRequests",
    "Unauthorized",
    "UserProjectMissing",
    "XAmzContentSHA256Mismatch",
];

/// The code in an XML error of a store, where it is one of [`CODES`].
pub(super) fn code(body: &str) -> Option<&'static str> {
    let (_, rest) = body.split_once("<Code>")?;
    let (said, _) = rest.split_once("</Code>")?;
    CODES.into_iter().find(|code| *code == said)
}

impl UploadFailure {
    pub(super) fn new(kind: UploadFailureKind, words: impl Into<String>) -> Self {
        Self { kind, status: None, exit_code: None, words: words.into() }
    }

    /// The failure of curl, which may have got an answer of the store before. Where it `is_unreached`, there was no
    /// connection to the store.
    pub(super) fn of_curl(
        exit_code: u8,
        status: Option<u16>,
        is_unreached: bool,
        words: String,
    ) -> Self {
        let is_refused = status.is_some_and(|status| !(200..300).contains(&status));
        let kind = match exit_code {
            _ if is_refused => UploadFailureKind::Refused,
            code if is_unreached || UNREACHABLE.contains(&code) => UploadFailureKind::Unreachable,
            code if NOT_RUN.contains(&code) => UploadFailureKind::NoCurl,
            TIMED_OUT => UploadFailureKind::TimedOut,
            _ => UploadFailureKind::Failed,
        };
        Self { kind, status, exit_code: Some(exit_code), words }
    }

    /// Whether the store took what may not be the whole file.
    pub(super) const fn is_doubtful(&self) -> bool {
        matches!(self.kind, UploadFailureKind::Failed) && matches!(self.status, Some(200..300))
    }

    /// Whether the same upload may succeed soon.
    pub(super) fn may_pass(&self) -> bool {
        match (self.status, self.exit_code) {
            (Some(408 | 429 | 500..), _) => true,
            (Some(300..), _) | (_, None) => false,
            // A store that has answered 2xx takes the same object again.
            (_, Some(code)) => UNREACHABLE.contains(&code) || PASSING.contains(&code),
        }
    }
}

impl fmt::Display for UploadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            UploadFailureKind::NoCurl => "the box has no curl",
            UploadFailureKind::Unreachable => "the box does not reach the store",
            UploadFailureKind::Refused => "the store refused it",
            UploadFailureKind::TimedOut => "the time is up",
            UploadFailureKind::Changed => "the file has changed meanwhile",
            UploadFailureKind::Failed => "it failed on the box",
        };
        write!(f, "{kind}")?;
        if let Some(status) = self.status {
            write!(f, "; HTTP status {status}")?;
        }
        if let Some(code) = self.exit_code.filter(|code| *code != 0) {
            write!(f, "; curl exit code {code}")?;
        }
        if !self.words.is_empty() {
            write!(f, ": {}", self.words)?;
        }
        Ok(())
    }
}
