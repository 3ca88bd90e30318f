//! The table of backends, and what sessions get out of it.

use std::collections::HashMap;

use opengeni_runtime_native::capabilities::{
    CapabilityDescriptor, Cells, DESCRIPTORS, DescriptorTable, LeaseLiveness, Negotiated,
    NegotiationContext, Row, SandboxBackend, UnknownBackend, check, desktop_capable, negotiate,
    supports_os,
};
use opengeni_runtime_native::input::{Given, InputError, Reader, Value as Leaf};
use opengeni_runtime_native::selfhosted::{
    self, Enrollment, LivenessInput, SelfhostedInput, SelfhostedNegotiated,
};
use serde_json::{Value, json};

use SandboxBackend::{
    Blaxel, Cloudflare, Daytona, Docker, E2b, Local, Modal, Runloop, Selfhosted, Vercel,
};

const NOBODY: SandboxBackend = SandboxBackend::None;

fn descriptor(backend: SandboxBackend) -> &'static CapabilityDescriptor {
    DESCRIPTORS.iter().find(|row| row.backend == backend).expect("every backend has a row")
}

/// A caller's value, as JSON has it: a date is an object with a `time`.
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

    fn items(&self, most: usize) -> Result<Option<Vec<Self>>, InputError> {
        Ok(self.0.as_array().map(|items| items.iter().take(most).cloned().map(Self).collect()))
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

fn negotiated(change: impl FnOnce(&mut NegotiationContext), backend: SandboxBackend) -> Negotiated {
    let mut context = context(backend);
    change(&mut context);
    negotiate(&row(backend), &context)
}

/// `ok`, or why not.
fn outcome(cell: &Value) -> String {
    let available = cell["available"].as_bool().unwrap_or(!cell["transport"].is_null());
    let reason = cell["reason"].as_str();
    assert_eq!(available, reason.is_none(), "{cell}");
    reason.unwrap_or("ok").to_owned()
}

/// The terminal as `<transport>/<reason>`.
fn terminal(cells: &Cells) -> String {
    let cell = value(&cells.terminal);
    let text = |key: &str| cell[key].as_str().unwrap_or("null").to_owned();
    format!("{}/{}", text("transport"), text("reason"))
}

/// The cells other than the terminal, in order: files, Git, desktop, recording, computer use.
fn outcomes(cells: &Cells) -> [String; 5] {
    let cells = value(cells);
    ["FileSystem", "Git", "DesktopStream", "Recording", "ComputerUse"]
        .map(|name| outcome(&cells[name]))
}

#[test]
fn the_table_says_what_each_backend_is() {
    let expected = "
        modal      modal      desktop  linux rw sse-events pty vnc-ws
        daytona    daytona    desktop  linux rw sse-events pty vnc-ws
        runloop    runloop    desktop  linux rw sse-events -   vnc-ws
        e2b        e2b        desktop  linux rw sse-events -   vnc-ws
        blaxel     blaxel     desktop  linux rw sse-events -   vnc-ws
        cloudflare cloudflare headless linux rw sse-events pty -
        vercel     vercel     headless linux rw sse-events -   -
        docker     docker     dev      linux rw sse-events pty -
        local      unix_local dev      linux rw sse-events pty -
        none       none       none     linux -  -          -   -
        selfhosted selfhosted desktop  linux,macos,windows rw pty-ws pty vnc-ws";
    let said = DESCRIPTORS.iter().map(|row| {
        let row = value(row);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let list = row["os"]["supported"].as_array().expect("a list");
        let systems: Vec<_> = list.iter().map(text).collect();
        assert_eq!(row["os"]["default"], "linux");
        let can = &row["capabilities"];
        let files = match (&can["FileSystem"]["available"], &can["FileSystem"]["readOnly"]) {
            (Value::Bool(true), Value::Bool(false)) => "rw",
            (Value::Bool(false), Value::Bool(true)) => "-",
            other => panic!("{other:?}"),
        };
        assert_eq!(can["Terminal"]["available"], json!(files == "rw"));
        assert_eq!(can["Git"]["available"], json!(files == "rw"));
        assert_eq!(can["DesktopStream"]["available"], can["Recording"]["available"]);
        let desktop = &can["DesktopStream"];
        assert_eq!(desktop["available"], json!(desktop["transport"].is_string()));
        vec![
            text(&row["backend"]),
            text(&row["backendId"]),
            text(&row["tier"]),
            systems.join(","),
            files.to_owned(),
            text(&can["Terminal"]["transport"]),
            (if can["Terminal"]["pty"] == true { "pty" } else { "-" }).to_owned(),
            text(&desktop["transport"]),
        ]
    });
    let expected = expected.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(said.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn the_table_says_how_boxes_live_and_are_reached() {
    // Rollover, idle killer, suspend, lock-free resume; archive; on demand; mount, keep, run as.
    let expected = "
        modal      86400000 YYYY native-fs          Y provider-tunnel N /workspace      YYY
        daytona    -        NYYN native-snapshot-id Y preview-url     N /workspace      NYY
        runloop    -        NYYN native-snapshot-id Y provider-tunnel N /workspace      NYN
        e2b        -        NYYN native-snapshot-id Y preview-url     N /home/user      NYN
        blaxel     -        NYNN tar-only           Y provider-tunnel Y /workspace      NYN
        cloudflare -        NYNN tar-only           Y provider-tunnel N /workspace      NYY
        vercel     18000000 YYYN tar-only           Y preview-url     N /vercel/sandbox NYN
        docker     -        NNNY native-dir         Y local-port      N /workspace      NYY
        local      -        NNNY native-dir         Y local-port      N /workspace      NNN
        none       -        NNNY none               N none            N /workspace      NNN
        selfhosted -        NNNY none               N provider-tunnel Y /               NNN";
    let said = DESCRIPTORS.iter().map(|row| {
        let row = value(row);
        let flags = |values: &[&Value]| -> String {
            let flag = |value: &&Value| if value.as_bool().expect("a flag") { 'Y' } else { 'N' };
            values.iter().map(flag).collect()
        };
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (life, snapshot, ports) = (&row["lifetime"], &row["snapshot"], &row["portExposure"]);
        vec![
            text(&row["backend"]),
            life.get("hardLifetimeMs").map_or("-".to_owned(), Value::to_string),
            flags(&[
                &life["requiresSnapshotRollover"],
                &life["hasIdleKiller"],
                &life["supportsSuspendResume"],
                &life["resumeIsLockFree"],
            ]),
            text(&snapshot["kind"]),
            flags(&[&snapshot["hasTarFallback"]]),
            text(&ports["kind"]),
            flags(&[&ports["supportsOnDemandPorts"]]),
            text(&row["workspaceRoot"]),
            flags(&[&row["nativeBucketMount"], &row["persistable"], &row["supportsRunAs"]]),
        ]
    });
    let expected = expected.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(said.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn the_table_keeps_the_order_of_its_keys() {
    let text = serde_json::to_string(&DescriptorTable).expect("plain data");
    assert!(
        text.starts_with(concat!(
            r#"{"modal":{"backend":"modal","backendId":"modal","tier":"desktop","#,
            r#""os":{"supported":["linux"],"default":"linux"},"#,
            r#""capabilities":{"FileSystem":{"available":true,"readOnly":false},"#,
            r#""Terminal":{"available":true,"transport":"sse-events","pty":true},"#,
            r#""Git":{"available":true},"#,
            r#""DesktopStream":{"available":true,"transport":"vnc-ws"},"#,
            r#""Recording":{"available":true}},"#,
            r#""lifetime":{"hardLifetimeMs":86400000,"requiresSnapshotRollover":true,"#,
            r#""hasIdleKiller":true,"supportsSuspendResume":true,"resumeIsLockFree":true},"#,
            r#""snapshot":{"kind":"native-fs","hasTarFallback":true},"#,
            r#""portExposure":{"kind":"provider-tunnel","supportsOnDemandPorts":false},"#,
            r#""workspaceRoot":"/workspace","nativeBucketMount":true,"persistable":true,"#,
            r#""supportsRunAs":true},"daytona":{"#,
        )),
        "{text}"
    );
    let order = DESCRIPTORS.map(|row| row.backend);
    let expected = [
        Modal, Daytona, Runloop, E2b, Blaxel, Cloudflare, Vercel, Docker, Local, NOBODY, Selfhosted,
    ];
    assert_eq!(order, expected);
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
    // What negotiation does not need may be anything, and so may names that it does not know.
    let mut odd = with("/tier", json!("lunar"));
    odd["snapshot"] = json!(null);
    odd["os"]["supported"] = json!(["freebsd", 5, null]);
    let expected = Row { systems: vec!["freebsd".to_owned()], ..row(Modal) };
    assert_eq!(read(odd), Ok(expected));
}

#[test]
fn the_table_contradicts_itself_nowhere() {
    assert_eq!(violation(&value(&DescriptorTable)), None);
    // A row of the caller's own is not looked at.
    let mut table = value(&DescriptorTable);
    table["mine"] = json!({});
    assert_eq!(violation(&table), None);
}

#[test]
fn contradictions_are_told_in_order() {
    let cases = [
        (
            "/modal",
            json!({"backend": "modla"}),
            r#"Descriptor.backend mismatch for "modal" (got "modla")"#,
        ),
        (
            "/modal",
            json!({"backend": null}),
            r#"Descriptor.backend mismatch for "modal" (got "null")"#,
        ),
        (
            "/e2b",
            json!({"portExposure": {"kind": "none"}}),
            r#""e2b" claims DesktopStream but portExposure.kind=none"#,
        ),
        (
            "/e2b/capabilities/DesktopStream",
            json!({"transport": null}),
            r#""e2b" claims DesktopStream but transport is null"#,
        ),
        (
            "/modal/capabilities/Recording",
            json!({"available": false}),
            r#""modal" Recording.available (false) must equal DesktopStream.available (true)"#,
        ),
        (
            "/docker/capabilities/Recording",
            json!({"available": true}),
            r#""docker" Recording.available (true) must equal DesktopStream.available (false)"#,
        ),
        (
            "/vercel",
            json!({"snapshot": {"kind": "none"}}),
            r#""vercel" persistable but snapshot.kind=none"#,
        ),
        (
            "/docker",
            json!({"nativeBucketMount": true}),
            r#""docker" claims nativeBucketMount on tier=dev"#,
        ),
        (
            "/none",
            json!({"nativeBucketMount": true}),
            r#""none" claims nativeBucketMount on tier=none"#,
        ),
        // Of several, the first.
        (
            "/modal",
            json!({
                "nativeBucketMount": true, "tier": "dev", "snapshot": {"kind": "none"},
                "capabilities": {
                    "DesktopStream": {"available": true, "transport": null},
                    "Recording": {"available": false},
                },
            }),
            r#""modal" claims DesktopStream but transport is null"#,
        ),
    ];
    for (path, changes, message) in cases {
        let mut table = value(&DescriptorTable);
        for (name, change) in changes.as_object().expect("fields") {
            table.pointer_mut(path).expect("an object")[name] = change.clone();
        }
        assert_eq!(violation(&table).as_deref(), Some(message));
    }
    // No contradiction: a headless backend may mount buckets.
    let mut table = value(&DescriptorTable);
    table["cloudflare"]["nativeBucketMount"] = json!(true);
    assert_eq!(violation(&table), None);
    // A row that does not tell.
    table["modal"] = json!({"backend": "modal"});
    assert_eq!(
        check(&Json(table)).expect_err("no row").to_string(),
        "CAPABILITY_DESCRIPTORS.modal.capabilities must be an object, got nothing"
    );
}

#[test]
fn a_missing_row_is_told_by_the_order_of_the_backends() {
    let mut table = value(&DescriptorTable);
    for missing in ["local", "modal"] {
        table.as_object_mut().expect("a table").remove(missing);
    }
    let message =
        |backend: &str| Some(format!("No CapabilityDescriptor for backend \"{backend}\""));
    assert_eq!(violation(&table), message("modal"));
    table["docker"] = json!(null);
    assert_eq!(violation(&table), message("docker"));
}

#[test]
fn desktops_are_found_by_backend_and_by_client() {
    let capable = |table: &Value, name: Value| {
        let row = name.as_str().map(|name| table[name].clone()).unwrap_or_default();
        let rows = table.as_object().expect("a table").values().cloned().map(Json);
        desktop_capable(Json(row), rows.collect(), &Json(name))
    };
    let mut table = value(&DescriptorTable);
    for odd in [json!({}), json!(null), json!(5), json!({"backendId": 5}), json!([])] {
        let name = format!("a{odd}");
        table[name] = odd;
    }
    for name in ["modal", "daytona", "runloop", "e2b", "blaxel", "selfhosted"] {
        assert_eq!(capable(&table, json!(name)), Ok(true), "{name}");
    }
    for name in ["docker", "local", "unix_local", "cloudflare", "vercel", "none", "", "toString"] {
        assert_eq!(capable(&table, json!(name)), Ok(false), "{name}");
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
fn each_backend_gives_what_it_has() {
    let pty = ("pty-ws/null", "sse-events/lease_cold");
    let no_pty = ("sse-events/null", "sse-events/null");
    let none = ("null/backend_unsupported", "null/backend_unsupported");
    let shown = ("ok", "lease_cold", "ok");
    let (headless, lacking) = ("tier_headless", "backend_unsupported");
    let headless = (headless, headless, headless);
    let lacking = (lacking, lacking, lacking);
    let cases = [
        (Modal, "ok", pty, shown),
        (Daytona, "ok", pty, shown),
        (Runloop, "ok", no_pty, shown),
        (E2b, "ok", no_pty, shown),
        (Blaxel, "ok", no_pty, shown),
        (Cloudflare, "ok", pty, headless),
        (Vercel, "ok", no_pty, headless),
        (Docker, "ok", pty, lacking),
        (Local, "ok", pty, lacking),
        (NOBODY, "backend_unsupported", none, lacking),
        (Selfhosted, "ok", pty, shown),
    ];
    for (backend, files, (warm_terminal, cold_terminal), (warm, cold, recording)) in cases {
        use LeaseLiveness::{Cold, Draining, Warm, Warming};
        for liveness in [Some(Warm), Some(Warming), Some(Draining), None, Some(Cold)] {
            let negotiated = negotiated(|context| context.liveness = liveness, backend);
            let is_cold = liveness == Some(Cold);
            let desktop = if is_cold { cold } else { warm };
            let expected_terminal = if is_cold { cold_terminal } else { warm_terminal };
            assert_eq!(terminal(&negotiated.cells), expected_terminal, "{backend} {liveness:?}");
            let expected = [files, files, desktop, recording, recording];
            assert_eq!(outcomes(&negotiated.cells), expected, "{backend} {liveness:?}");
            assert!(!negotiated.terminal_address && !negotiated.desktop_address);
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
            let cells = negotiated(
                |context| {
                    context.os = os.map(str::to_owned);
                    context.liveness = Some(LeaseLiveness::Cold);
                    context.desktop_enabled = false;
                },
                backend,
            )
            .cells;
            assert_eq!(outcomes(&cells), ["os_unsupported"; 5], "{backend} {os:?}");
            assert_eq!(terminal(&cells), "null/os_unsupported", "{backend} {os:?}");
            assert!(cells.file_system.read_only && !cells.terminal.pty_capable);
            assert_eq!(cells.file_system.root, descriptor(backend).workspace_root);
        }
    }
    for os in ["macos", "windows"] {
        let cells = negotiated(|context| context.os = Some(os.to_owned()), Selfhosted).cells;
        assert_eq!(outcomes(&cells), ["ok"; 5]);
        assert_eq!((cells.file_system.path_sep, cells.terminal.shell), ("/", "/bin/bash"));
    }
}

#[test]
fn files_are_as_the_backend_has_them() {
    let mut read_only = row(Modal);
    read_only.files_read_only = true;
    let cells = negotiate(&read_only, &context(Modal)).cells;
    assert_eq!(
        value(&cells.file_system),
        json!({"available": true, "readOnly": true, "root": "/workspace", "pathSep": "/",
               "treeMode": "lazy", "reason": null})
    );
    let nothing = negotiated(|_| {}, NOBODY).cells.file_system;
    assert!(!nothing.available && nothing.read_only);
    let e2b = negotiated(|context| context.desktop_enabled = false, E2b).cells.file_system;
    assert_eq!((e2b.available, e2b.root.as_str()), (true, "/home/user"));
}

#[test]
fn the_terminal_falls_back_to_events() {
    type Change = fn(&mut NegotiationContext);
    let cold: Change = |context| context.liveness = Some(LeaseLiveness::Cold);
    let off: Change = |context| context.terminal_enabled = Some(false);
    let minted: Change = |context| context.terminal_stream = true;
    // The changes; then transport/reason, whether a pty is possible, whether the address is given.
    let cases: Vec<(SandboxBackend, Vec<Change>, &str, bool, bool)> = vec![
        (Modal, vec![], "pty-ws/null", true, false),
        (Modal, vec![|context| context.terminal_enabled = Some(true)], "pty-ws/null", true, false),
        (Modal, vec![minted], "pty-ws/null", true, true),
        (Modal, vec![cold], "sse-events/lease_cold", true, false),
        (Modal, vec![cold, minted], "pty-ws/null", true, true),
        (Modal, vec![off], "sse-events/disabled_by_policy", true, false),
        (Modal, vec![off, minted], "sse-events/disabled_by_policy", true, false),
        (Modal, vec![off, cold], "sse-events/disabled_by_policy", true, false),
        // No acknowledgement, no secret and no desktop is asked for.
        (
            Docker,
            vec![minted, |context| {
                context.desktop_enabled = false;
                context.stream_token_secret_available = Some(false);
            }],
            "pty-ws/null",
            true,
            true,
        ),
        (E2b, vec![off, cold], "sse-events/null", false, false),
        (E2b, vec![cold, minted], "sse-events/null", false, false),
        (NOBODY, vec![off, minted], "null/backend_unsupported", false, false),
        (Modal, vec![minted, |context| context.os = None], "null/os_unsupported", false, false),
    ];
    for (at, (backend, changes, expected, pty, address)) in cases.into_iter().enumerate() {
        let apply = |context: &mut NegotiationContext| {
            for change in &changes {
                change(context);
            }
        };
        let negotiated = negotiated(apply, backend);
        assert_eq!(terminal(&negotiated.cells), expected, "case {at}");
        assert_eq!(negotiated.cells.terminal.pty_capable, pty, "case {at}");
        assert_eq!(negotiated.terminal_address, address, "case {at}");
    }
}

#[test]
fn the_desktop_has_the_first_reason_that_fits() {
    type Change = fn(&mut NegotiationContext);
    let system: Change = |context| context.os = None;
    let off: Change = |context| context.desktop_enabled = false;
    let secret: Change = |context| context.stream_token_secret_available = Some(false);
    let cold: Change = |context| context.liveness = Some(LeaseLiveness::Cold);
    let minted: Change = |context| context.desktop_stream = true;
    let cases: Vec<(SandboxBackend, Vec<Change>, &str, bool)> = vec![
        (Vercel, vec![system, off, secret, cold], "os_unsupported", false),
        (Vercel, vec![off, secret, cold], "tier_headless", false),
        (Docker, vec![off, secret, cold], "backend_unsupported", false),
        (NOBODY, vec![minted], "backend_unsupported", false),
        (Modal, vec![off, minted], "disabled_by_policy", false),
        (Modal, vec![secret, cold], "disabled_by_policy", false),
        (Modal, vec![secret, minted], "disabled_by_policy", false),
        (Modal, vec![cold], "lease_cold", false),
        (Modal, vec![cold, minted], "ok", true),
        (Modal, vec![|context| context.stream_token_secret_available = Some(true)], "ok", false),
    ];
    for (at, (backend, changes, expected, address)) in cases.into_iter().enumerate() {
        let apply = |context: &mut NegotiationContext| {
            context.desktop_acknowledged = true;
            context.shared = true;
            for change in &changes {
                change(context);
            }
        };
        let Negotiated { cells, desktop_address, .. } = negotiated(apply, backend);
        let cell = value(&cells.desktop_stream);
        assert_eq!(outcome(&cell), expected, "case {at}");
        assert_eq!(desktop_address, address, "case {at}");
        if expected != "ok" {
            assert_eq!(
                cell,
                json!({"transport": null, "client": null, "mode": "read-only", "url": null,
                       "token": null, "expiresAt": null, "resolution": [1024, 768],
                       "unredacted": true, "requiresAcknowledgment": false, "acknowledged": false,
                       "shared": false, "sharedSessionIds": [], "reason": expected}),
                "case {at}"
            );
        }
    }
}

#[test]
fn the_desktop_is_described() {
    let cell = |change: fn(&mut NegotiationContext), backend| {
        serde_json::to_string(&negotiated(change, backend).cells.desktop_stream).expect("plain")
    };
    let rest = r#""url":null,"token":null,"expiresAt":null,"resolution":[1024,768],"unredacted":true,"requiresAcknowledgment":true"#;
    let plain = r#""acknowledged":false,"shared":false,"sharedSessionIds":[],"reason":null"#;
    assert_eq!(
        cell(|_| {}, Modal),
        format!(r#"{{"transport":"vnc-ws","client":"novnc","mode":"interactive",{rest},{plain}}}"#)
    );
    let read_only = cell(|context| context.desktop_interactive = Some(false), Modal);
    assert_eq!(
        read_only,
        format!(r#"{{"transport":"vnc-ws","client":"novnc","mode":"read-only",{rest},{plain}}}"#)
    );
    let relayed = cell(|context| context.desktop_interactive = Some(true), Selfhosted);
    assert_eq!(
        relayed,
        format!(
            r#"{{"transport":"relay-frames","client":"frames","mode":"read-only",{rest},{plain}}}"#
        )
    );
    let acknowledge: fn(&mut NegotiationContext) = |context| {
        context.desktop_acknowledged = true;
        context.shared = true;
    };
    let flags = r#""acknowledged":true,"shared":true,"sharedSessionIds":[],"reason":null}"#;
    assert!(cell(acknowledge, Modal).ends_with(flags));

    let mut other = row(Modal);
    other.desktop_transport = Some("webrtc".to_owned());
    let cells = negotiate(&other, &context(Modal)).cells;
    assert_eq!(value(&cells.desktop_stream)["transport"], "webrtc");
}

#[test]
fn the_desktop_address_waits_for_the_acknowledgement() {
    for acknowledged in [false, true] {
        for liveness in [LeaseLiveness::Warm, LeaseLiveness::Cold] {
            let change = |context: &mut NegotiationContext| {
                context.desktop_stream = true;
                context.desktop_acknowledged = acknowledged;
                context.liveness = Some(liveness);
            };
            let negotiated = negotiated(change, Modal);
            assert_eq!(negotiated.desktop_address, acknowledged);
            assert_eq!(outcome(&value(&negotiated.cells.desktop_stream)), "ok");
        }
    }
}

#[test]
fn recordings_and_computer_use_follow_desktop_and_policy() {
    type Change = fn(&mut NegotiationContext);
    let cases: [(SandboxBackend, Change, [&str; 2]); 7] = [
        (Modal, |_| {}, ["ok", "ok"]),
        (
            Modal,
            |context| {
                context.liveness = Some(LeaseLiveness::Cold);
                context.stream_token_secret_available = Some(false);
            },
            ["ok", "ok"],
        ),
        (Modal, |context| context.desktop_enabled = false, ["disabled_by_policy"; 2]),
        (Modal, |context| context.computer_use_enabled = Some(false), ["ok", "disabled_by_policy"]),
        (Modal, |context| context.computer_use_enabled = Some(true), ["ok", "ok"]),
        (Vercel, |context| context.computer_use_enabled = Some(false), ["tier_headless"; 2]),
        (Docker, |context| context.desktop_enabled = false, ["backend_unsupported"; 2]),
    ];
    for (at, (backend, change, expected)) in cases.into_iter().enumerate() {
        let cells = negotiated(change, backend).cells;
        let [_, _, _, recording, computer_use] = outcomes(&cells);
        assert_eq!([recording, computer_use], expected, "case {at}");
        let (modes, codecs) = match expected[0] {
            "ok" => (json!(["manual", "on-turn", "on-verify"]), json!(["h264-mp4", "vp9-webm"])),
            _ => (json!([]), json!([])),
        };
        let recording = value(&cells.recording);
        assert_eq!((&recording["modes"], &recording["codecs"]), (&modes, &codecs));
    }
    // Computer use asks for the desktop itself, whatever is recorded.
    let mut blind = row(Modal);
    blind.desktop = false;
    let [_, _, desktop, recording, computer_use] =
        outcomes(&negotiate(&blind, &context(Modal)).cells);
    let lacking = "backend_unsupported";
    assert_eq!(
        [desktop.as_str(), recording.as_str(), computer_use.as_str()],
        [lacking, "ok", lacking]
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

fn enrollment() -> Enrollment {
    Enrollment {
        status: "active".to_owned(),
        exposure: "whole-machine".to_owned(),
        allow_screen_control: true,
        has_display: true,
        last_seen_at: None,
    }
}

fn machine(enrollment: Option<Enrollment>, probe_responded: bool) -> LivenessInput {
    LivenessInput { enrollment, probe_responded, now: Some(NOW) }
}

#[test]
fn liveness_follows_the_probe_and_the_last_sight() {
    let state = |enrollment, probe| {
        let liveness = selfhosted::liveness(&machine(enrollment, probe));
        let text = value(&liveness.state).as_str().expect("a name").to_owned();
        (text, liveness.consented, liveness.has_display)
    };
    let offline = ("offline".to_owned(), false, false);
    for probe in [true, false] {
        assert_eq!(state(None, probe), offline);
        for status in ["revoked", "Active", "", "active "] {
            let last_seen_at = Some(NOW);
            let lapsed = Enrollment { status: status.to_owned(), last_seen_at, ..enrollment() };
            assert_eq!(state(Some(lapsed), probe), offline, "{status}");
        }
    }
    let cases = [
        (Some(NOW), "reconnecting"),
        (Some(NOW - 30_000.0), "reconnecting"),
        (Some(NOW + 1e9), "reconnecting"),
        (Some(NOW - 30_001.0), "offline"),
        (Some(f64::NAN), "offline"),
        (None, "offline"),
    ];
    for (last_seen_at, expected) in cases {
        let seen = || Some(Enrollment { last_seen_at, ..enrollment() });
        assert_eq!(state(seen(), true), ("online".to_owned(), true, true));
        assert_eq!(state(seen(), false), (expected.to_owned(), true, true), "{last_seen_at:?}");
    }
    assert_eq!(
        selfhosted::liveness(&LivenessInput {
            now: None,
            ..machine(Some(Enrollment { last_seen_at: Some(NOW), ..enrollment() }), false)
        })
        .state,
        selfhosted::AgentState::Offline
    );
}

#[test]
fn consent_takes_the_whole_machine_and_its_screen() {
    let cases = [
        ("whole-machine", true, true),
        ("whole-machine", false, false),
        ("workspace", true, false),
        ("Whole-machine", true, false),
    ];
    for (exposure, allow_screen_control, consented) in cases {
        let exposure = exposure.to_owned();
        let given =
            Enrollment { exposure, allow_screen_control, has_display: false, ..enrollment() };
        let liveness = selfhosted::liveness(&machine(Some(given), true));
        assert_eq!((liveness.consented, liveness.has_display), (consented, false));
    }
}

fn on_machine(state: &str, change: impl FnOnce(&mut SelfhostedInput)) -> SelfhostedNegotiated {
    let enrollment = match state {
        "online" | "offline" => enrollment(),
        "reconnecting" => Enrollment { last_seen_at: Some(NOW), ..enrollment() },
        "no display" => Enrollment { has_display: false, ..enrollment() },
        "no consent" => Enrollment { allow_screen_control: false, ..enrollment() },
        "neither" => Enrollment { has_display: false, allow_screen_control: false, ..enrollment() },
        other => panic!("{other}"),
    };
    let mut input = SelfhostedInput {
        machine: machine(Some(enrollment), state != "offline" && state != "reconnecting"),
        os: Some("linux".to_owned()),
        desktop_enabled: None,
        terminal_enabled: None,
        computer_use_enabled: None,
        desktop_acknowledged: true,
        shared: true,
    };
    change(&mut input);
    selfhosted::negotiate(&row(Selfhosted), &input)
}

#[test]
fn an_agent_that_is_not_there_leaves_nothing() {
    for (state, reason) in [("offline", "agent_offline"), ("reconnecting", "agent_reconnecting")] {
        let SelfhostedNegotiated { liveness, cells } = on_machine(state, |input| {
            input.desktop_enabled = Some(false);
        });
        assert_eq!(liveness, LeaseLiveness::Cold);
        assert_eq!(
            value(&cells),
            json!({
                "viewerHeartbeatIntervalMs": 30000,
                "FileSystem": {"available": false, "readOnly": true, "root": "/", "pathSep": "/",
                               "treeMode": "lazy", "reason": reason},
                "Terminal": {"transport": null, "ptyCapable": true, "shell": "/bin/bash",
                             "url": null, "token": null, "expiresAt": null, "reason": reason},
                "Git": {"available": false, "repos": [], "reason": reason},
                "DesktopStream": {"transport": null, "client": null, "mode": "read-only",
                                  "url": null, "token": null, "expiresAt": null,
                                  "resolution": [1024, 768], "unredacted": true,
                                  "requiresAcknowledgment": false, "acknowledged": false,
                                  "shared": false, "sharedSessionIds": [], "reason": reason},
                "Recording": {"available": false, "modes": [], "codecs": [], "reason": reason},
                "ComputerUse": {"available": false, "readOnly": false, "reason": reason},
            })
        );
    }
    let lapsed = on_machine("online", |input| input.machine.enrollment = None);
    assert_eq!(outcomes(&lapsed.cells), ["agent_offline"; 5]);
    let elsewhere = on_machine("offline", |input| input.os = None);
    assert_eq!(outcomes(&elsewhere.cells), ["agent_offline"; 5]);
}

#[test]
fn an_agent_that_answers_gives_the_backend_s_own() {
    let SelfhostedNegotiated { liveness, cells } = on_machine("online", |_| {});
    let mut base = context(Selfhosted);
    (base.desktop_acknowledged, base.shared) = (true, true);
    assert_eq!(liveness, LeaseLiveness::Warm);
    assert_eq!(cells, negotiate(&row(Selfhosted), &base).cells);

    let elsewhere = on_machine("online", |input| input.os = None);
    assert_eq!(outcomes(&elsewhere.cells), ["os_unsupported"; 5]);
    assert_eq!(terminal(&elsewhere.cells), "null/os_unsupported");
}

#[test]
fn display_and_consent_only_take_what_they_must() {
    let blind = on_machine("no display", |_| {}).cells;
    let base = on_machine("online", |_| {}).cells;
    assert_eq!((&blind.file_system, &blind.git), (&base.file_system, &base.git));
    assert_eq!(value(&blind.desktop_stream)["shared"], false);
    assert_eq!(value(&blind.recording)["codecs"], json!([]));

    let watched = on_machine("no consent", |_| {}).cells;
    assert_eq!(watched.desktop_stream, base.desktop_stream);
    assert_eq!(watched.recording, base.recording);

    let neither = on_machine("neither", |_| {}).cells;
    assert_eq!(neither, blind);
}

#[test]
fn policy_and_machine_each_keep_their_reason() {
    type Change = fn(&mut SelfhostedInput);
    let policy = "disabled_by_policy";
    let (display, consent) = ("display_unavailable", "consent_required");
    let (pty, events) = ("pty-ws/null", "sse-events/disabled_by_policy");
    let nothing: Change = |_| {};
    let desktop: Change = |input| input.desktop_enabled = Some(false);
    let shell: Change = |input| input.terminal_enabled = Some(false);
    let control: Change = |input| input.computer_use_enabled = Some(false);
    // Terminal, desktop, recording, computer use.
    let cases = [
        (nothing, "online", [pty, "ok", "ok", "ok"]),
        (nothing, "no display", [pty, display, display, display]),
        (nothing, "no consent", [pty, "ok", "ok", consent]),
        (desktop, "online", [pty, policy, policy, policy]),
        (desktop, "no display", [pty, policy, policy, policy]),
        (desktop, "no consent", [pty, policy, policy, policy]),
        (shell, "online", [events, "ok", "ok", "ok"]),
        (shell, "no display", [events, display, display, display]),
        (shell, "no consent", [events, "ok", "ok", consent]),
        (control, "online", [pty, "ok", "ok", policy]),
        (control, "no display", [pty, display, display, policy]),
        (control, "no consent", [pty, "ok", "ok", policy]),
    ];
    for (change, state, expected) in cases {
        let cells = on_machine(state, change).cells;
        let [_, _, desktop, recording, computer_use] = outcomes(&cells);
        assert_eq!([terminal(&cells), desktop, recording, computer_use], expected, "{state}");
    }
    for change in [nothing, desktop, shell, control] {
        let cells = on_machine("offline", change).cells;
        assert_eq!(outcomes(&cells), ["agent_offline"; 5]);
        assert_eq!(terminal(&cells), "null/agent_offline");
    }
}

#[test]
fn a_machine_is_read_from_the_caller_s_input() {
    let read = |machine: &Value| {
        let input = json!({"desktopEnabled": null, "desktopAcknowledged": true, "shared": true});
        SelfhostedInput::read(&argument(input), &argument(machine.clone()))
    };
    let mut machine = json!({
        "enrollment": {"status": "active", "exposure": "whole-machine",
            "allowScreenControl": true, "hasDisplay": true, "lastSeenAt": null},
        "probeResponded": true, "now": {"time": 1_000_000}, "os": "linux",
    });
    let online = read(&machine).expect("read");
    assert_eq!(selfhosted::negotiate(&row(Selfhosted), &online), on_machine("online", |_| {}));

    // The last sight matters where the agent of an active enrollment does not answer.
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
