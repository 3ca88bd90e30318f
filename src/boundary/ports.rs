//! The ports of the core to callers' objects beside sessions.

use std::cell::Cell;

use super::host::{Answer, Expects, Host, mismatch};
use super::values::{FromValue, IntoValue};
use crate::input::{InputError, Value};
use crate::launch::Runner;
use crate::lifecycle::{
    Archive, Boxes, Disposable, Docker, Facts, Images, RelayUrl, SerializedFacts, Way,
};
use crate::provider::ErrorChain;
use crate::resolution::{Establishment, Sandbox, Sandboxes};
use crate::selfhosted::connection::Dialer;
use crate::selfhosted::editor::Files;
use crate::selfhosted::read::Pieces;
use crate::selfhosted::retry::{self, Attempt, Attempts, Care, Policy};
use crate::selfhosted::session::{Op, Response, Rpc};
use crate::selfhosted::transport::{self, Delivery, Link};
use crate::selfhosted::wire;
use crate::shell::{Instant, Reply, Thrown};
use crate::stream::{Endpoint, Ports};

/// The way to an agent: the caller's `controlRpc`, or the connection behind it.
pub(super) struct Agent {
    host: Host,
    /// How the first request goes.
    direct: Cell<Option<Direct>>,
    care: Care,
    /// Whether a request was sent.
    has_asked: Cell<bool>,
}

impl Agent {
    pub(super) fn new(host: Host, direct: Option<Direct>, care: Care) -> Self {
        Self { host, direct: Cell::new(direct), care, has_asked: Cell::new(false) }
    }
}

/// The facts of a request over an open connection.
pub(super) struct Direct {
    /// The name of the request.
    request_id: String,
    /// The epoch that is active for the caller.
    epoch: f64,
    /// The largest message that the server takes, in bytes, where that is known.
    max_payload: Option<f64>,
}

impl FromValue for Direct {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (request_id, epoch, max_payload) =
            <(String, f64, Option<f64>)>::from_value(value, field)?;
        Ok(Self { request_id, epoch, max_payload })
    }
}

impl Rpc for Agent {
    async fn request(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown> {
        retry::request(self, self.care, subject, op, timeout_ms).await
    }
}

impl Attempts for Agent {
    async fn attempt(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown> {
        let direct = if self.has_asked.replace(true) {
            self.host.rpc_renew().await?
        } else {
            self.direct.take()
        };
        if let Some(Direct { request_id, epoch, max_payload }) = direct
            && op.is_plain()
            && let Ok(payload) = wire::encode_request(wire::Request {
                request_id: request_id.as_str().into(),
                epoch: epoch.into(),
                op: op.clone().encodable(),
            })
        {
            if let Err(error) = transport::check_size(payload.len(), max_payload) {
                return Ok(Response::failed(error, Delivery::TooLarge));
            }
            let args = vec![subject.into_value(), Value::Bytes(payload), timeout_ms.into_value()];
            let expects = Expects::Reply(request_id);
            return Ok(match self.host.ask("connection.request", args, expects).await? {
                Answer::Reply(response) => response,
                Answer::Value(value, _) => {
                    Response::from_value(value, "connection.request").unwrap_or_else(|_| mismatch())
                }
                _ => mismatch(),
            });
        }
        // The encoder refuses invalid requests, as for each caller.
        let json = serde_json::to_string(&op).expect("plain data has JSON");
        let held = op.held.map(str::to_owned);
        self.host.rpc_request(subject.to_owned(), json, timeout_ms, held).await
    }

    async fn pause(&self, ms: f64) -> Result<(), Thrown> {
        self.host.clock_pause(ms).await
    }

    async fn observe(&self, attempt: Attempt) -> Result<(), Thrown> {
        let json = serde_json::to_string(&attempt).expect("plain data has JSON");
        self.host.rpc_observe(json).await
    }
}

/// The fields of a policy in their order.
impl FromValue for Policy {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let parts = Vec::<f64>::from_value(value, field)?;
        Ok(Self::of_parts(parts.try_into().unwrap_or_else(|_| mismatch())))
    }
}

impl FromValue for Link {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (name, code, message) =
            <(Option<String>, Option<String>, String)>::from_value(value, field)?;
        Ok(Self { name, code, message })
    }
}

/// The parts of an error, or the name of the result and its fields.
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
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a length"
            )]
            length: Option::<f64>::from_value(next(), field)?.map(|length| length as u64),
            total: Option::<String>::from_value(next(), field)?.and_then(|size| size.parse().ok()),
            modified: FromValue::from_value(next(), field)?,
            delivery: delivery(Option::<String>::from_value(next(), field)?.as_deref()),
        })
    }
}

/// The delivery of a name; an answer where there is none.
pub(super) fn delivery(name: Option<&str>) -> Delivery {
    name.map(|name| Delivery::of_name(name).unwrap_or_else(|| mismatch())).unwrap_or_default()
}

impl Pieces for Agent {
    async fn max_payload(&self, timeout_ms: f64) -> Result<Option<f64>, Thrown> {
        let direct = match self.direct.take() {
            None => self.host.rpc_open(timeout_ms).await?,
            direct => direct,
        };
        let max_payload = direct.as_ref().and_then(|direct| direct.max_payload);
        self.direct.set(direct);
        Ok(max_payload)
    }

    async fn begin(&self, length: u64) -> Result<(), Thrown> {
        self.host.file_begin(length).await
    }

    async fn put(&self, offset: u64) -> Result<(), Thrown> {
        self.host.file_put(offset).await
    }

    async fn agrees(&self) -> Result<bool, Thrown> {
        self.host.file_agrees().await
    }
}

impl Dialer for Host {
    async fn connect(&self) -> Result<bool, Thrown> {
        self.connection_connect().await
    }

    async fn sleep(&self, ms: f64) -> Result<(), Thrown> {
        self.clock_sleep(ms).await
    }

    async fn close_unused(&self) -> Result<(), Thrown> {
        self.connection_close_unused().await
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

impl Runner for Host {
    async fn run(
        &self,
        cmd: String,
        timeout_ms: f64,
        max_output_tokens: u32,
    ) -> Result<Option<Reply>, Thrown> {
        self.exec(cmd, timeout_ms, Some(max_output_tokens), None).await
    }
}

impl Ports for Host {
    async fn can_resolve(&self) -> Result<bool, Thrown> {
        self.can_resolve_exposed_port().await
    }

    async fn resolve(&self, port: Option<f64>) -> Result<(), Thrown> {
        self.resolve_exposed_port(port).await
    }

    async fn endpoint(&self) -> Result<Option<Endpoint>, Thrown> {
        self.endpoint_read().await
    }

    fn now(&self) -> Instant {
        self.answered_at()
    }
}

/// The host has already converted `tls` to a boolean, and the query to a text.
impl FromValue for Endpoint {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let mut values = Vec::<Value>::from_value(value, field)?.into_iter();
        let mut next = || values.next().unwrap_or(Value::Absent);
        let (host, port, tls) = (next(), next(), bool::from_value(next(), field)?);
        Ok(Self { host, port, tls, path: next(), query: next() })
    }
}

impl Boxes for Host {
    async fn deserialize(&self) -> Result<Result<bool, String>, Thrown> {
        let (has_state, thrown) = self.boxes_deserialize().await?;
        Ok(thrown.map_or(Ok(has_state), Err))
    }

    async fn state(&self) -> Result<Facts, Thrown> {
        self.boxes_state().await
    }

    async fn folder_exists(&self) -> Result<bool, Thrown> {
        self.boxes_folder_exists().await
    }

    async fn resume(&self, hides_snapshot: bool) -> Result<Option<ErrorChain>, Thrown> {
        self.boxes_resume(hides_snapshot).await
    }

    async fn rethrow(&self) -> Result<(), Thrown> {
        self.boxes_rethrow().await
    }

    async fn archive(&self) -> Result<Archive, Thrown> {
        self.boxes_archive().await
    }

    async fn create(&self) -> Result<(), Thrown> {
        self.boxes_create().await
    }

    async fn hydrate(&self) -> Result<bool, Thrown> {
        self.boxes_hydrate().await
    }

    async fn session(&self) -> Result<Facts, Thrown> {
        self.boxes_session().await
    }

    async fn serialize(&self) -> Result<Option<SerializedFacts>, Thrown> {
        self.boxes_serialize().await
    }
}

impl Disposable for Host {
    async fn removal(&self) -> Result<Vec<Way>, Thrown> {
        let (client, terminate, delete, close) = self.boxes_removal().await?;
        let ways = Way::ALL.into_iter().zip([client, terminate, delete, close]);
        Ok(ways.filter(|(_, is_there)| *is_there).map(|(way, _)| way).collect())
    }

    async fn remove(&self, way: Way) -> Result<(), Thrown> {
        self.boxes_remove(way).await
    }
}

impl Docker for Host {
    async fn run(&self, argv: Vec<String>) -> Result<(Option<f64>, String), Thrown> {
        self.docker_run(argv).await
    }
}

impl Images for Host {
    async fn delete(&self, id: String) -> Result<bool, Thrown> {
        self.images_delete(id).await
    }
}

/// Whether there is a state, whether it is complete, and its ids of the box.
impl FromValue for Facts {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (has_state, is_complete, ids) = FromValue::from_value(value, field)?;
        Ok(Self { has_state, is_complete, ids })
    }
}

impl FromValue for ErrorChain {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        FromValue::from_value(value, field).map(Self)
    }
}

impl FromValue for SerializedFacts {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (has_manifest, has_configured_ports, has_ports) = FromValue::from_value(value, field)?;
        Ok(Self { has_manifest, has_configured_ports, has_ports })
    }
}

impl IntoValue for Way {
    fn into_value(self) -> Value {
        let name = match self {
            Self::ClientDelete => "clientDelete",
            Self::Terminate => "terminate",
            Self::Delete => "delete",
            Self::Close => "close",
        };
        name.into_value()
    }
}

/// Whether there is an archive, and whether it is complete.
impl FromValue for Archive {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        Ok(match FromValue::from_value(value, field)? {
            (false, _) => Self::None,
            (true, true) => Self::Whole,
            (true, false) => Self::Corrupt,
        })
    }
}

impl FromValue for RelayUrl {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (protocol, hostname, port, pathname) = FromValue::from_value(value, field)?;
        Ok(Self { protocol, hostname, port, pathname })
    }
}
