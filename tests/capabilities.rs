//! The table of backends, and the negotiation of sessions' capabilities.

#[path = "support/table.rs"]
mod table;

use std::collections::HashMap;

use opengeni_runtime_native::capabilities::{
    CapabilityDescriptor, Cells, DESCRIPTORS, DescriptorTable, LeaseLiveness, Negotiated,
    NegotiationContext, Row, SandboxBackend, UnknownBackend, check, desktop_capable, negotiate,
    supports_os,
};
use opengeni_runtime_native::input::{Given, InputError, Reader, Value as Leaf};
use opengeni_runtime_native::selfhosted::{
    self, AgentState, Enrollment, LivenessInput, SelfhostedInput, SelfhostedNegotiated,
};
use serde_json::{Value, json};

use SandboxBackend::{E2b, Local, Modal, Selfhosted, Vercel};
use table::{flag, rows, text};

fn descriptor(backend: SandboxBackend) -> &'static CapabilityDescriptor {
    DESCRIPTORS.iter().find(|row| row.backend == backend).expect("every backend has a row")
}

/// A caller's value as JSON. A date is an object with a `time`.
#[derive(Debug, Clone)]
struct Json(Value);

impl Given for Json {
    type Error = InputError;

    fn value(&self) -> Result<Leaf, InputError> {
        Ok(match &self.0 {
            Value::Null => Leaf::Absent,
            &Value::Bool(flag) => Leaf::Flag(flag),
            Value::Number(number) => Leaf::Number(number.as_f64().expect("a number")),
            Value::String(text) => Leaf::Text(text.clone()),
            Value::Array(_) | Value::Object(_) => Leaf::Other("object"),
        })
    }

    fn is_truthy(&self) -> Result<bool, InputError> {
        Ok(![json!(null), json!(false), json!(0), json!("")].contains(&self.0))
    }

    fn is_undefined(&self) -> Result<bool, InputError> {
        Ok(self.0.is_null())
    }

    fn spelled(&self) -> Result<String, InputError> {
        Ok(self.0.as_str().map_or_else(|| self.0.to_string(), str::to_owned))
    }

    fn date(&self) -> Result<Option<f64>, InputError> {
        Ok(self.0.get("time").map(|time| time.as_f64().unwrap_or(f64::NAN)))
    }

    fn field(&self, name: &str) -> Result<Option<Self>, InputError> {
        let field = || Self(self.0.get(name).cloned().unwrap_or_default());
        Ok((self.0.is_object() || self.0.is_array()).then(field))
    }

    fn names(&self) -> Result<Vec<String>, InputError> {
        Ok(self.0.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect())
    }

    fn items(&self, most: usize) -> Result<Option<Vec<Self>>, InputError> {
        Ok(self.0.as_array().map(|items| items.iter().take(most).cloned().map(Self).collect()))
    }

    fn bytes<T>(&self, _: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, InputError> {
        Ok(None)
    }
}

fn argument(given: Value) -> Reader<'static, Json> {
    Reader::argument("ctx", Json(given))
}

fn read(row: Value) -> Result<Row, InputError> {
    Row::read(&Reader::named("descriptor", Json(row)))
}

fn row(backend: SandboxBackend) -> Row {
    read(value(descriptor(backend))).expect("a row")
}

fn violation(table: &Value) -> Option<String> {
    let violation = check(&Json(table.clone())).expect("a table");
    violation.map(|violation| violation.to_string())
}

fn value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("plain data")
}

fn context(backend: SandboxBackend) -> NegotiationContext {
    NegotiationContext {
        backend: Some(backend),
        os: Some("linux".to_owned()),
        liveness: Some(LeaseLiveness::Warm),
        desktop_enabled: true,
        ..NegotiationContext::default()
    }
}

/// An object with some fields changed.
fn with(object: &Value, changes: &Value) -> Value {
    let mut object = object.clone();
    for (name, change) in changes.as_object().into_iter().flatten() {
        object[name] = change.clone();
    }
    object
}

fn negotiated(change: impl FnOnce(&mut NegotiationContext), backend: SandboxBackend) -> Negotiated {
    let mut context = context(backend);
    change(&mut context);
    negotiate(&row(backend), &context)
}

const CELLS: [&str; 6] =
    ["FileSystem", "Terminal", "Git", "DesktopStream", "Recording", "ComputerUse"];

/// Cells as a row of the tables has them. Those other than the terminal are there, or have a reason.
fn assert_cells(cells: &Cells, case: &table::Row) {
    let cells = value(cells);
    for name in CELLS {
        let (cell, expected) = (&cells[name], &case["cells"][name]);
        let reason = if expected.is_string() { expected.clone() } else { Value::Null };
        for (field, expected) in
            with(&json!({"reason": reason}), expected).as_object().expect("fields")
        {
            assert_eq!(cell[field], *expected, "{name}.{field} of {case:?}");
        }
        let available = cell["available"].as_bool().unwrap_or(!cell["transport"].is_null());
        assert!(name == "Terminal" || available == cell["reason"].is_null(), "{name} of {case:?}");
    }
}

#[test]
fn the_table_has_its_rows() {
    assert_eq!(value(&DESCRIPTORS.to_vec()), value(&rows("capabilities", "backends")));
    for (name, row) in value(&DescriptorTable).as_object().expect("a table") {
        assert_eq!(row["backend"], *name);
    }
}

#[test]
fn a_row_is_read_as_it_was_written() {
    let local = Row {
        headless: false,
        systems: vec!["linux".to_owned()],
        workspace_root: "/workspace".to_owned(),
        files: true,
        files_read_only: false,
        terminal: true,
        pty: true,
        git: true,
        desktop: false,
        desktop_transport: None,
        recording: false,
    };
    assert_eq!(row(Local), local);
    let vercel = row(Vercel);
    assert!(vercel.headless && !vercel.pty);
    assert_eq!(row(Selfhosted).systems, ["linux", "macos", "windows"]);
    assert_eq!(row(Modal).desktop_transport.as_deref(), Some("vnc-ws"));
}

#[test]
fn of_an_odd_row_is_told_what_is_odd() {
    let with = |path: &str, odd: Value| {
        let mut row = value(descriptor(Modal));
        *row.pointer_mut(path).expect("a field") = odd;
        row
    };
    for (odd, message) in [
        (json!({}), "descriptor.capabilities must be an object, got nothing"),
        (with("", json!(5)), "descriptor must be an object, got 5"),
        (with("/os", json!(null)), "descriptor.os must be an object, got nothing"),
        (
            with("/os/supported", json!("linux")),
            r#"descriptor.os.supported must be an array, got "linux""#,
        ),
        (
            with("/capabilities/Git", json!(true)),
            "descriptor.capabilities.Git must be an object, got a value of type boolean",
        ),
        (with("/workspaceRoot", json!(5)), "descriptor.workspaceRoot must be a string, got 5"),
        (
            with("/capabilities/DesktopStream/transport", json!(5)),
            "descriptor.capabilities.DesktopStream.transport must be a string or null, got 5",
        ),
    ] {
        assert_eq!(read(odd).expect_err(message).to_string(), message);
    }
    // Fields that negotiation does not read may have any value, and unknown names are allowed.
    let mut odd = with("/tier", json!("lunar"));
    odd["snapshot"] = json!(null);
    odd["os"]["supported"] = json!(["freebsd", 5, null]);
    let expected = Row { systems: vec!["freebsd".to_owned()], ..row(Modal) };
    assert_eq!(read(odd), Ok(expected));
}

#[test]
fn contradictions_are_told_in_order() {
    assert_eq!(violation(&value(&DescriptorTable)), None);
    for case in rows("capabilities", "contradictions") {
        let mut table = value(&DescriptorTable);
        let path = case["at"].as_array().expect("names").iter();
        let at = path.fold(&mut table, |at, name| &mut at[name.as_str().expect("a name")]);
        *at = with(at, &case["changes"]);
        assert_eq!(violation(&table).as_deref(), text(&case, "message"), "{case:?}");
    }
    // A row that does not tell.
    let table = with(&value(&DescriptorTable), &json!({"modal": {"backend": "modal"}}));
    assert_eq!(
        check(&Json(table)).expect_err("no row").to_string(),
        "CAPABILITY_DESCRIPTORS.modal.capabilities must be an object, got nothing"
    );
}

#[test]
fn desktops_are_found_by_backend_and_by_client() {
    let capable = |table: &Value, name: Value| {
        let row = name.as_str().map(|name| table[name].clone()).unwrap_or_default();
        let rows = table.as_object().expect("a table").values();
        let clients = rows.map(|row| Json(json!({"backendId": row["backendId"], "row": row})));
        desktop_capable(Json(row), clients.collect(), &Json(name))
    };
    let mut table = value(&DescriptorTable);
    for odd in [json!({}), json!(null), json!(5), json!({"backendId": 5}), json!([])] {
        let name = format!("a{odd}");
        table[name] = odd;
    }
    for case in rows("capabilities", "desktops") {
        let is_capable = capable(&table, case["name"].clone());
        assert_eq!(is_capable, Ok(flag(&case, "isCapable")), "{case:?}");
    }
    assert_eq!(capable(&table, json!(5)), Ok(false));
    assert_eq!(
        capable(&table, json!("a{}")).expect_err("no row").to_string(),
        "descriptor.capabilities must be an object, got nothing"
    );
    table = json!({"modal": table["modal"]});
    table["modal"]["backendId"] = json!("unix_local");
    assert_eq!(capable(&table, json!("unix_local")), Ok(true));
}

#[test]
fn names_are_looked_up_exactly() {
    let supports = |supported: Value, os: Value| {
        let row = Reader::named("descriptor", Json(json!({"os": {"supported": supported}})));
        supports_os(&row, &Reader::argument("os", Json(os)))
    };
    for os in ["linux", "plan9"] {
        assert_eq!(supports(json!(["linux", "plan9"]), json!(os)), Ok(true), "{os}");
    }
    for os in [json!("macos"), json!("Linux"), json!(""), json!(5), json!(null), json!({})] {
        assert_eq!(supports(json!(["linux", "plan9"]), os.clone()), Ok(false), "{os}");
    }
    assert_eq!(
        supports(json!(null), json!("linux")).expect_err("no list").to_string(),
        "descriptor.os.supported must be an array, got nothing"
    );
    let unknown = UnknownBackend("unix_local".to_owned());
    assert_eq!(unknown.to_string(), r#"Unknown sandbox backend "unix_local""#);
}

#[test]
fn a_session_gets_what_the_table_says() {
    let warm = json!({"backend": "modal", "os": "linux", "liveness": "warm",
                      "desktopEnabled": true});
    for case in rows("capabilities", "negotiations") {
        let given = argument(with(&warm, &case["context"]));
        let now = Reader::argument("now", Json(json!({"time": 5})));
        let context = NegotiationContext::read(&given, &now).expect("a context");
        let negotiated = negotiate(&row(context.backend.expect("a backend")), &context);
        assert_cells(&negotiated.cells, &case);
        let handed_out = case.get("handedOut").cloned().unwrap_or_default();
        let is_handed_out =
            |cell: &str| handed_out.as_array().is_some_and(|cells| cells.contains(&json!(cell)));
        assert_eq!(negotiated.terminal_address, is_handed_out("Terminal"), "{case:?}");
        assert_eq!(negotiated.desktop_address, is_handed_out("DesktopStream"), "{case:?}");
    }
}

#[test]
fn only_a_cold_lease_makes_a_difference() {
    use LeaseLiveness::{Draining, Warming};
    for backend in DESCRIPTORS.map(|row| row.backend) {
        for liveness in [Some(Warming), Some(Draining), None] {
            let other = negotiated(|context| context.liveness = liveness, backend);
            assert_eq!(other, negotiated(|_| {}, backend), "{backend} {liveness:?}");
        }
    }
}

#[test]
fn an_unsupported_system_has_nothing() {
    for backend in DESCRIPTORS.map(|row| row.backend) {
        for os in [None, Some("macos"), Some("windows")] {
            if backend == Selfhosted && os.is_some() {
                continue;
            }
            let change = |context: &mut NegotiationContext| {
                context.os = os.map(str::to_owned);
                context.liveness = Some(LeaseLiveness::Cold);
                context.desktop_enabled = false;
            };
            let cells = negotiated(change, backend).cells;
            for name in CELLS {
                let reason = &value(&cells)[name]["reason"];
                assert_eq!(reason, "os_unsupported", "{name} of {backend} {os:?}");
            }
            assert_eq!(cells.terminal.transport, None, "{backend} {os:?}");
            assert!(cells.file_system.read_only && !cells.terminal.pty_capable);
            assert_eq!(cells.file_system.root, descriptor(backend).workspace_root);
        }
    }
}

#[test]
fn a_row_of_the_caller_s_own_counts() {
    let changed = |change: fn(&mut Row)| {
        let mut row = row(Modal);
        change(&mut row);
        value(&negotiate(&row, &context(Modal)).cells)
    };
    assert_eq!(
        changed(|row| row.files_read_only = true)["FileSystem"],
        json!({"available": true, "readOnly": true, "root": "/workspace", "pathSep": "/",
               "treeMode": "lazy", "reason": null})
    );
    let transport = changed(|row| row.desktop_transport = Some("webrtc".to_owned()));
    assert_eq!(transport["DesktopStream"]["transport"], "webrtc");
    // Computer use asks for the desktop itself, whatever is recorded.
    let blind = changed(|row| row.desktop = false);
    let reasons = ["DesktopStream", "Recording", "ComputerUse"].map(|name| &blind[name]["reason"]);
    assert_eq!(
        reasons,
        [&json!("backend_unsupported"), &json!(null), &json!("backend_unsupported")]
    );
}

#[test]
fn any_context_can_be_read() {
    let read = |context, now| {
        NegotiationContext::read(&argument(context), &Reader::argument("now", Json(now)))
    };
    let unknown = json!({"backend": "mine", "os": "plan9", "liveness": "lukewarm", "shared": null,
                         "computerUseEnabled": 0, "desktopStream": ""});
    let plan9 =
        NegotiationContext { os: Some("plan9".to_owned()), ..NegotiationContext::default() };
    assert_eq!(read(unknown, json!({"time": 5})), Ok(plan9));
    let nameless = json!({"backend": 5, "os": {}, "liveness": []});
    assert_eq!(read(nameless, json!({"time": 5})), Ok(NegotiationContext::default()));
    let known = json!({"backend": "e2b", "os": "windows", "liveness": "draining",
                       "desktopEnabled": 1, "terminalEnabled": false});
    let expected = NegotiationContext {
        backend: Some(E2b),
        os: Some("windows".to_owned()),
        liveness: Some(LeaseLiveness::Draining),
        desktop_enabled: true,
        terminal_enabled: Some(false),
        ..NegotiationContext::default()
    };
    assert_eq!(read(known.clone(), json!({"time": 5})), Ok(expected));
    let message = |context, now| read(context, now).expect_err("refused").to_string();
    let none = message(known.clone(), json!({"time": null}));
    assert_eq!(none, "now must be a date of the calendar, got NaN");
    assert_eq!(message(known, json!("today")), r#"now must be a Date, got "today""#);
    assert_eq!(message(json!(5), json!({"time": 5})), "ctx must be an object, got 5");
}

const NOW: f64 = 1_000_000.0;

/// What is known of the machine of a row.
fn machine(case: &Value) -> Value {
    let enrolled = json!({"status": "active", "exposure": "whole-machine",
                          "allowScreenControl": true, "hasDisplay": true});
    let last_seen_at = case["seenAgo"].as_f64().map(|ago| NOW - ago);
    let enrollment = match &case["enrollment"] {
        Value::Null => Value::Null,
        changes => with(&with(&enrolled, changes), &json!({"lastSeenAt": last_seen_at})),
    };
    let os = case["input"].get("os").cloned().unwrap_or(json!("linux"));
    json!({"enrollment": enrollment, "probeResponded": case["answers"], "now": {"time": NOW},
           "os": os})
}

fn on_machine(case: &Value) -> SelfhostedNegotiated {
    let input = with(&json!({}), &case["input"]);
    let input = SelfhostedInput::read(&argument(input), &argument(machine(case)));
    selfhosted::negotiate(&row(Selfhosted), &input.expect("a machine"))
}

fn liveness_input(case: &Value) -> LivenessInput {
    LivenessInput::read(&argument(machine(case))).expect("a machine")
}

#[test]
fn liveness_follows_the_probe_and_the_last_sight() {
    for case in rows("capabilities", "sightings").iter().map(value) {
        let liveness = selfhosted::liveness(&liveness_input(&case));
        assert_eq!(value(&liveness), case["liveness"], "{case}");
    }
    let seen = liveness_input(&json!({"enrollment": {}, "answers": false, "seenAgo": 0}));
    let no_time = |change: fn(&mut LivenessInput)| {
        let mut input = seen.clone();
        change(&mut input);
        selfhosted::liveness(&input).state
    };
    assert_eq!(no_time(|_| {}), AgentState::Reconnecting);
    assert_eq!(no_time(|input| input.now = None), AgentState::Offline);
    let unreadable = |input: &mut LivenessInput| {
        input.enrollment.as_mut().expect("one").last_seen_at = Some(f64::NAN);
    };
    assert_eq!(no_time(unreadable), AgentState::Offline);
}

#[test]
fn a_session_on_a_machine_gets_what_the_table_says() {
    for case in rows("capabilities", "machines") {
        let on_machine = on_machine(&value(&case));
        assert_cells(&on_machine.cells, &case);
        let answers = flag(&case, "answers") && !case["enrollment"].is_null();
        let liveness = if answers { LeaseLiveness::Warm } else { LeaseLiveness::Cold };
        assert_eq!(on_machine.liveness, liveness, "{case:?}");
    }
}

#[test]
fn a_machine_only_takes_what_it_must() {
    let on = |enrollment: Value| {
        let input = json!({"desktopAcknowledged": true, "shared": true});
        on_machine(&json!({"enrollment": enrollment, "answers": true, "input": input})).cells
    };
    let base = on(json!({}));
    let mut context = context(Selfhosted);
    (context.desktop_acknowledged, context.shared) = (true, true);
    assert_eq!(base, negotiate(&row(Selfhosted), &context).cells);

    let blind = on(json!({"hasDisplay": false}));
    assert_eq!((&blind.file_system, &blind.git), (&base.file_system, &base.git));
    let watched = on(json!({"allowScreenControl": false}));
    assert_eq!(watched.desktop_stream, base.desktop_stream);
    assert_eq!(watched.recording, base.recording);
    assert_eq!(on(json!({"hasDisplay": false, "allowScreenControl": false})), blind);
}

#[test]
fn a_machine_is_read_from_the_caller_s_input() {
    let read = |machine: &Value| {
        let input = json!({"desktopEnabled": null, "desktopAcknowledged": true, "shared": true});
        SelfhostedInput::read(&argument(input), &argument(machine.clone()))
    };
    let mut machine = machine(&json!({"enrollment": {}, "answers": true}));
    let online = read(&machine).expect("read");
    let enrollment = Enrollment {
        status: "active".to_owned(),
        exposure: "whole-machine".to_owned(),
        allow_screen_control: true,
        has_display: true,
        last_seen_at: None,
    };
    let expected = SelfhostedInput {
        machine: LivenessInput {
            enrollment: Some(enrollment),
            probe_responded: true,
            now: Some(NOW),
        },
        os: Some("linux".to_owned()),
        desktop_enabled: None,
        terminal_enabled: None,
        computer_use_enabled: None,
        desktop_acknowledged: true,
        shared: true,
    };
    assert_eq!(online, expected);

    // `lastSeenAt` is read only where the agent of an active enrollment does not answer.
    machine["enrollment"]["lastSeenAt"] = json!({});
    assert_eq!(read(&machine), Ok(online));
    machine["probeResponded"] = json!(false);
    let message = |machine: &Value| read(machine).expect_err("refused").to_string();
    let odd = "enrollment.lastSeenAt must be a time, got a value of type object";
    assert_eq!(message(&machine), odd);
    machine["enrollment"]["status"] = json!(["active"]);
    assert_eq!(read(&machine).expect("read").machine.enrollment.expect("one").status, "");

    for none in [json!(null), json!(5), json!("active"), json!(true)] {
        machine["enrollment"] = none;
        assert_eq!(read(&machine).expect("read").machine.enrollment, None);
    }
    machine["now"] = json!(5);
    assert_eq!(message(&machine), "now must be a Date, got 5");
}

#[test]
fn reasons_are_spelt_as_callers_know_them() {
    use opengeni_runtime_native::capabilities::CapabilityUnavailableReason as Reason;
    let names: HashMap<&str, Reason> = [
        ("backend_unsupported", Reason::BackendUnsupported),
        ("os_unsupported", Reason::OsUnsupported),
        ("not_provisioned", Reason::NotProvisioned),
        ("disabled_by_policy", Reason::DisabledByPolicy),
        ("lease_cold", Reason::LeaseCold),
        ("tier_headless", Reason::TierHeadless),
        ("agent_offline", Reason::AgentOffline),
        ("agent_reconnecting", Reason::AgentReconnecting),
        ("consent_required", Reason::ConsentRequired),
        ("display_unavailable", Reason::DisplayUnavailable),
    ]
    .into();
    for (name, reason) in names {
        assert_eq!(value(&reason), name);
    }
}
