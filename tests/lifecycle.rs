//! Sessions of stored envelopes, over a client that does what a script says.

use std::cell::RefCell;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::lifecycle::{
    Archive, Boxes, Disposable, Docker, EstablishError, Established, Facts, NetworkError,
    SerializedFacts, StateOf, Way, establish, join, serialize,
};
use opengeni_runtime_native::provider::{ERROR_FIELDS, ErrorChain};
use opengeni_runtime_native::shell::Thrown;
use proptest::prelude::*;

/// What a client and its sessions do. `Err` is a throw.
#[derive(Debug, Clone)]
struct Script {
    deserialize: Result<bool, String>,
    state: Facts,
    folder_exists: bool,
    resume: Option<ErrorChain>,
    archive: Archive,
    create: Result<(), Thrown>,
    hydrate: Result<bool, Thrown>,
    session: Facts,
    removal: Option<Way>,
    remove: Result<(), Thrown>,
    serialize: Result<Option<SerializedFacts>, Thrown>,
    docker: Result<(Option<f64>, String), Thrown>,
}

/// The script, and the calls that were made.
struct Scripted {
    script: Script,
    calls: RefCell<Vec<&'static str>>,
}

/// The value that a client refuses a resumption with.
const REFUSAL: Thrown = Thrown(9);

fn named(id: &str) -> Facts {
    let mut ids = vec![Value::Absent; 8];
    ids[0] = Value::from(id);
    Facts { has_state: true, is_complete: true, ids }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            deserialize: Ok(true),
            state: named("old"),
            folder_exists: false,
            resume: None,
            archive: Archive::None,
            create: Ok(()),
            hydrate: Ok(true),
            session: named("old"),
            removal: Some(Way::Close),
            remove: Ok(()),
            serialize: Ok(None),
            docker: Ok((Some(0.0), String::new())),
        }
    }
}

impl Script {
    fn run(self) -> (Result<Established, EstablishError>, Vec<&'static str>) {
        let boxes = Scripted { script: self, calls: RefCell::default() };
        let named = [true, false, false, false, false, false, false, false];
        let result = block_on(establish(&boxes, "daytona", "daytona", true, &named));
        (result, boxes.calls.into_inner())
    }

    fn join(self, is_created: bool) -> (Result<(), NetworkError>, Vec<&'static str>) {
        let boxes = Scripted { script: self, calls: RefCell::default() };
        let joined = join(&boxes, "n".to_owned(), "c".to_owned(), is_created);
        (block_on(joined), boxes.calls.into_inner())
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}

impl Scripted {
    fn note(&self, call: &'static str) {
        self.calls.borrow_mut().push(call);
    }
}

impl Boxes for Scripted {
    async fn deserialize(&self) -> Result<Result<bool, String>, Thrown> {
        self.note("deserialize");
        Ok(self.script.deserialize.clone())
    }

    async fn state(&self) -> Result<Facts, Thrown> {
        Ok(self.script.state.clone())
    }

    async fn folder_exists(&self) -> Result<bool, Thrown> {
        Ok(self.script.folder_exists)
    }

    async fn resume(&self, hides_snapshot: bool) -> Result<Option<ErrorChain>, Thrown> {
        self.note(if hides_snapshot { "resume without snapshot" } else { "resume" });
        Ok(self.script.resume.clone())
    }

    async fn rethrow(&self) -> Result<(), Thrown> {
        Err(REFUSAL)
    }

    async fn archive(&self) -> Result<Archive, Thrown> {
        Ok(self.script.archive)
    }

    async fn create(&self) -> Result<(), Thrown> {
        self.note("create");
        self.script.create
    }

    async fn hydrate(&self) -> Result<bool, Thrown> {
        self.note("hydrate");
        self.script.hydrate
    }

    async fn session(&self) -> Result<Facts, Thrown> {
        Ok(self.script.session.clone())
    }

    async fn serialize(&self) -> Result<Option<SerializedFacts>, Thrown> {
        self.script.serialize
    }
}

impl Disposable for Scripted {
    async fn removal(&self) -> Result<Vec<Way>, Thrown> {
        Ok(self.script.removal.into_iter().collect())
    }

    async fn remove(&self, _: Way) -> Result<(), Thrown> {
        self.note("remove");
        self.script.remove
    }
}

impl Docker for Scripted {
    async fn run(&self, argv: Vec<String>) -> Result<(Option<f64>, String), Thrown> {
        assert_eq!(argv, ["docker", "network", "connect", "n", "c"]);
        self.note("docker");
        self.script.docker.clone()
    }
}

fn refused(message: &str) -> ErrorChain {
    let value = |field: &&str| if *field == "message" { message.into() } else { Value::Absent };
    ErrorChain(vec![Some(ERROR_FIELDS.iter().map(value).collect())])
}

#[test]
fn a_box_is_resumed_by_its_name() {
    let (result, calls) = Script { archive: Archive::Whole, ..Script::default() }.run();
    let established = result.expect("a session");
    assert_eq!(established.state_of, StateOf::Envelope);
    assert_eq!(
        (established.instance_id.as_str(), calls.as_slice()),
        ("old", &["deserialize", "resume"][..])
    );
}

#[test]
fn a_folder_that_is_there_is_not_replaced_by_a_snapshot() {
    let mut state = named("old");
    state.ids[7] = Value::from("/folder");
    let script = Script { state, folder_exists: true, ..Script::default() };
    assert_eq!(script.clone().run().1, ["deserialize", "resume without snapshot"]);
    assert_eq!(Script { folder_exists: false, ..script }.run().1, ["deserialize", "resume"]);
}

#[test]
fn a_container_is_connected_or_removed_where_it_is_new() {
    let refused =
        |code, stderr: &str| Script { docker: Ok((code, stderr.to_owned())), ..Script::default() };
    assert_eq!(Script::default().join(true), (Ok(()), vec!["docker"]));
    let there = refused(Some(1.0), "endpoint already exists");
    assert_eq!(there.join(true), (Ok(()), vec!["docker"]));
    let error = NetworkError::Refused { network: "n".to_owned(), reason: "no".to_owned() };
    let no = refused(None, " no\n");
    assert_eq!(no.clone().join(true), (Err(error.clone()), vec!["docker", "remove"]));
    assert_eq!(no.join(false), (Err(error), vec!["docker"]));
    let missing = Script { docker: Err(Thrown(1)), remove: Err(Thrown(2)), ..Script::default() };
    let thrown = NetworkError::Thrown(Thrown(1));
    assert_eq!(missing.join(true), (Err(thrown), vec!["docker", "remove"]));
}

#[test]
fn what_is_not_serialized_leaves_no_envelope() {
    for result in [Err(Thrown(1)), Ok(None)] {
        let script = Script { serialize: result, ..Script::default() };
        let boxes = Scripted { script, calls: RefCell::default() };
        assert_eq!(block_on(serialize(&boxes)), None);
    }
}

fn scripts() -> impl Strategy<Value = Script> {
    let thrown = || (0..5_u32).prop_map(Thrown);
    let words = prop::sample::select(vec![
        "sandbox not found",
        "503",
        "getaddrinfo ENOTFOUND x",
        "not found but already running",
    ]);
    (
        prop_oneof![Just(Ok(true)), Just(Ok(false)), Just(Err("no".to_owned()))],
        prop::option::of(words.prop_map(refused)),
        prop::sample::select(vec![Archive::None, Archive::Whole, Archive::Corrupt]),
        prop_oneof![4 => Just(Ok(())), 1 => thrown().prop_map(Err)],
        prop_oneof![Just(Ok(true)), Just(Ok(false)), thrown().prop_map(Err)],
        (prop::sample::select(vec!["old", "other", ""]), any::<bool>()),
        prop::sample::select(vec![None, Some(Way::ClientDelete), Some(Way::Close)]),
        prop_oneof![Just(Ok(())), thrown().prop_map(Err)],
    )
        .prop_map(
            |(
                deserialize,
                resume,
                archive,
                create,
                hydrate,
                (id, is_complete),
                removal,
                remove,
            )| {
                let session = Facts { is_complete, ..named(id) };
                Script {
                    deserialize,
                    resume,
                    archive,
                    create,
                    hydrate,
                    session,
                    removal,
                    remove,
                    ..Script::default()
                }
            },
        )
}

proptest! {
    /// Whatever a client does: at most one box is created, only where none may be there; no session
    /// comes of a new box without its archive; and no box stays that nobody gets.
    #[test]
    fn nothing_is_lost_and_nothing_left_behind(script in scripts()) {
        let (result, calls) = script.clone().run();
        let count = |call| calls.iter().filter(|made| **made == call).count();
        let (creates, hydrates, removes) = (count("create"), count("hydrate"), count("remove"));
        prop_assert!(creates <= 1 && hydrates <= 1 && removes <= 1 && count("resume") <= 1);

        let is_gone = script.resume == Some(refused("sandbox not found"));
        let was_resumed = script.deserialize == Ok(true) && script.resume.is_none();
        let may_create = script.deserialize == Ok(false) || script.deserialize == Ok(true) && is_gone;
        prop_assert_eq!(creates == 1, may_create && script.archive != Archive::Corrupt);
        if script.deserialize == Ok(true) && script.resume.is_some() && !is_gone {
            prop_assert_eq!(&result, &Err(EstablishError::Thrown(REFUSAL)));
        }

        let is_other = was_resumed && script.session.is_complete && script.session.ids[0] == Value::from("other");
        let is_new = creates == 1 && script.create.is_ok() || is_other;
        prop_assert_eq!(hydrates == 1, is_new && script.archive == Archive::Whole);
        let is_restored = match script.archive {
            Archive::None => true,
            Archive::Whole => script.hydrate == Ok(true),
            Archive::Corrupt => false,
        };
        let gets_session = was_resumed && !is_other || is_new && is_restored;
        prop_assert_eq!(result.is_ok(), gets_session);
        prop_assert_eq!(removes == 1, is_new && !is_restored && script.removal.is_some());
        if let Ok(Established { state_of, .. }) = result {
            prop_assert_eq!(state_of == StateOf::Session, is_new);
        }
    }
}

#[test]
fn what_a_provider_says_is_heard_by_the_name_of_the_client() {
    let script = Script { resume: Some(refused("sandbox not found")), ..Script::default() };
    let boxes = Scripted { script, calls: RefCell::default() };
    let named = [true; 8];
    let result = block_on(establish(&boxes, "daytona", "selfhosted", true, &named));
    assert_eq!(result, Err(EstablishError::Thrown(REFUSAL)));
}
