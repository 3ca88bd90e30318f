//! What callers hand over beside sessions, as operations have it.

use super::host::Host;
use super::values::FromValue;
use crate::input::{InputError, Value};
use crate::resolution::{Establishment, Sandbox, Sandboxes};
use crate::selfhosted::connection::Dialer;
use crate::selfhosted::editor::Files;
use crate::selfhosted::session::{Op, Response, Rpc};
use crate::shell::Thrown;

impl Rpc for Host {
    async fn request(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown> {
        let json = serde_json::to_string(&op).expect("plain data has JSON");
        self.rpc_request(subject.to_owned(), json, timeout_ms, op.held.map(str::to_owned)).await
    }
}

/// The parts of an error, or the name of the result and what is read of it.
impl FromValue for Response {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let mut values = Vec::<Value>::from_value(value, field)?.into_iter();
        let mut next = || values.next().unwrap_or(Value::Absent);
        let code = Option::<f64>::from_value(next(), field)?;
        let (message, retryable) = (Option::<String>::from_value(next(), field)?, next());
        let error =
            code.map(|code| (code, message.unwrap_or_default(), retryable == Value::Flag(true)));
        Ok(Self {
            error,
            case: FromValue::from_value(next(), field)?,
            timed_out: next() == Value::Flag(true),
            channel_id: FromValue::from_value(next(), field)?,
            channel_kind: FromValue::from_value(next(), field)?,
        })
    }
}

impl Dialer for Host {
    async fn connect(&self) -> Result<bool, Thrown> {
        self.connection_connect().await
    }

    async fn sleep(&self, ms: f64) -> Result<(), Thrown> {
        self.clock_sleep(ms).await
    }
}

impl Files for Host {
    async fn path_exists(&self, path: String) -> Result<bool, Thrown> {
        self.files_path_exists(path).await
    }

    async fn read_file(&self, path: String) -> Result<(), Thrown> {
        self.files_read(path).await
    }

    async fn decoded(&self) -> Result<String, Thrown> {
        self.files_decode().await
    }

    async fn apply_diff(&self, text: Option<String>) -> Result<String, Thrown> {
        self.files_apply_diff(text).await
    }

    async fn write_file(&self, path: String, content: String) -> Result<(), Thrown> {
        self.files_write(path, content).await
    }

    async fn run(&self, cmd: String) -> Result<(Option<f64>, String), Thrown> {
        self.files_run(cmd).await
    }
}

impl Sandboxes for Host {
    async fn get(&self) -> Result<Option<Sandbox>, Thrown> {
        self.sandboxes_get().await
    }

    async fn establish(&self, establishment: Establishment) -> Result<(), Thrown> {
        match establishment {
            Establishment::Modal => self.sandboxes_establish_modal().await,
            Establishment::Selfhosted | Establishment::Home => self.sandboxes_machine().await,
        }
    }
}

impl FromValue for Sandbox {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (id, kind, is_enrolled, establishes_modal) =
            <(String, String, bool, bool)>::from_value(value, field)?;
        Ok(Self { id, kind, is_enrolled, establishes_modal })
    }
}
