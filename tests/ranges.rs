//! Files of a machine that are longer than one range, and agents that give what they were not asked for.

mod support;

use std::cell::{Cell, RefCell};

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::selfhosted::read::{Content, Pieces, RANGE, read};
use opengeni_runtime_native::selfhosted::retry::Care;
use opengeni_runtime_native::selfhosted::session::{Field, Op, Place, Response, Rpc, SessionError};
use opengeni_runtime_native::shell::Thrown;
use proptest::prelude::*;
use support::settled;

/// What an agent does with one read.
#[derive(Debug, Clone, Copy, Default)]
struct Whim {
    /// Gives so many bytes fewer than it was asked for.
    fewer: usize,
    /// And so many more.
    more: usize,
    /// Replaces the file before.
    replaces: bool,
    /// Adds to the file before.
    appends: usize,
}

/// A machine with one file, and the host that puts its bytes together.
struct Machine {
    file: RefCell<Vec<u8>>,
    modified: Cell<u32>,
    ignores_offsets: bool,
    /// The largest message that the server accepts, in bytes.
    max_payload: Option<f64>,
    whims: RefCell<Vec<Whim>>,
    asked: RefCell<Vec<String>>,
    last: RefCell<Vec<u8>>,
    bytes: RefCell<Vec<u8>>,
    before: RefCell<Vec<u8>>,
    /// All contents that the file has had.
    versions: RefCell<Vec<Vec<u8>>>,
}

impl Machine {
    fn with(file: Vec<u8>, whims: Vec<Whim>) -> Self {
        Self {
            versions: RefCell::new(vec![file.clone()]),
            file: RefCell::new(file),
            modified: Cell::new(0),
            ignores_offsets: false,
            max_payload: None,
            whims: RefCell::new(whims),
            asked: RefCell::default(),
            last: RefCell::default(),
            bytes: RefCell::default(),
            before: RefCell::default(),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut file = self.file.borrow_mut();
        change(&mut file);
        self.modified.set(self.modified.get() + 1);
        self.versions.borrow_mut().push(file.clone());
    }

    fn range(&self, offset: usize, length: usize) -> Response {
        let whim = self.whims.borrow_mut().pop().unwrap_or_default();
        if whim.replaces {
            self.change(|file| file.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1)));
        }
        if whim.appends > 0 {
            self.change(|file| file.resize(file.len() + whim.appends, 9));
        }
        let file = self.file.borrow();
        let from = if self.ignores_offsets { 0 } else { offset.min(file.len()) };
        let length = if length == 0 { file.len() } else { length };
        let length = length.saturating_sub(whim.fewer) + whim.more;
        let content = &file[from..file.len().min(from + length)];
        *self.last.borrow_mut() = content.to_vec();
        Response {
            length: Some(content.len() as u64),
            total: Some(file.len() as u64),
            ..Response::default()
        }
    }

    /// Reads the file: its bytes, or the error.
    fn read(&self, most: &Value) -> Result<Vec<u8>, SessionError> {
        let place = Place {
            workspace_id: "w".to_owned(),
            agent_id: "a".to_owned(),
            working_dir: String::new(),
            timeout_ms: 1.0,
            care: Care::default(),
        };
        let file = place.read_file("f".into(), most).expect("a path");
        match settled(read(self, &file))? {
            Content::Response => Ok(self.last.take()),
            Content::Pieces(length) => {
                let length = usize::try_from(length).expect("a length");
                Ok(self.bytes.borrow()[..length].to_vec())
            }
        }
    }
}

impl Rpc for Machine {
    async fn request(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown> {
        assert_eq!((subject, timeout_ms), ("agent.w.a.rpc", 1.0));
        let case = Some(op.case.to_owned());
        if op.case == "fsStat" {
            self.asked.borrow_mut().push("stat".to_owned());
            let modified = Some(format!("{} {}", self.file.borrow().len(), self.modified.get()));
            return Ok(Response { case, modified, ..Response::default() });
        }
        let number = |name: &str| match op.fields.iter().find(|(field, _)| *field == name) {
            Some((_, Field::Text(text))) => text.parse().expect("a number"),
            _ => panic!("no {name}"),
        };
        let (offset, length) = (number("offset"), number("length"));
        self.asked.borrow_mut().push(format!("{offset}+{length}"));
        Ok(Response { case, ..self.range(offset, length) })
    }
}

impl Pieces for Machine {
    async fn max_payload(&self, timeout_ms: f64) -> Result<Option<f64>, Thrown> {
        assert!((timeout_ms - 1.0).abs() < f64::EPSILON);
        Ok(self.max_payload)
    }

    async fn begin(&self, length: u64) -> Result<(), Thrown> {
        let bytes = vec![0; usize::try_from(length).expect("a length")];
        *self.before.borrow_mut() = self.bytes.replace(bytes);
        Ok(())
    }

    async fn put(&self, offset: u64) -> Result<(), Thrown> {
        let (at, last) = (usize::try_from(offset).expect("an offset"), self.last.borrow());
        self.bytes.borrow_mut()[at..at + last.len()].copy_from_slice(&last);
        Ok(())
    }

    async fn agrees(&self) -> Result<bool, Thrown> {
        Ok(self.bytes.borrow().starts_with(&self.before.borrow()))
    }
}

/// A file in which no two ranges are the same.
fn file_of(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at ^ (at >> 7) ^ (at >> 15)) % 251).expect("a byte"))
        .collect()
}

const RANGE_LENGTH: usize = 1 << 19;

#[test]
fn a_file_of_one_range_is_one_request() {
    assert_eq!(RANGE, RANGE_LENGTH as u64);
    for (length, most, wanted, asked) in [
        (0, Value::Absent, 0, "0+524288"),
        (RANGE_LENGTH, Value::Absent, RANGE_LENGTH, "0+524288"),
        (RANGE_LENGTH + 1, Value::Number(524_288.0), RANGE_LENGTH, "0+524288"),
        (RANGE_LENGTH + 1, Value::Number(5.0), 5, "0+5"),
        (3, Value::Number(5.0), 3, "0+5"),
    ] {
        let machine = Machine::with(file_of(length), Vec::new());
        assert_eq!(machine.read(&most), Ok(file_of(length)[..wanted].to_vec()));
        assert_eq!(*machine.asked.borrow(), [asked]);
    }
}

#[test]
fn a_range_fits_the_largest_message() {
    for (max_payload, asked) in [
        (None, 524_288),
        (Some(f64::NAN), 524_288),
        (Some(f64::INFINITY), 524_288),
        (Some(0.0), 524_288),
        (Some(-1.0), 524_288),
        (Some(1_048_576.0), 524_288),
        (Some(525_312.0), 524_288),
        (Some(525_311.0), 524_287),
        (Some(524_288.0), 523_264),
        (Some(4_096.0), 3_072),
        (Some(1_500.0), 750),
        (Some(1.0), 1),
    ] {
        let mut machine = Machine::with(file_of(3), Vec::new());
        machine.max_payload = max_payload;
        assert_eq!(machine.read(&Value::Absent), Ok(file_of(3)), "{max_payload:?}");
        assert_eq!(machine.asked.borrow()[0], format!("0+{asked}"), "{max_payload:?}");
    }
    let mut machine = Machine::with(file_of(7_000), Vec::new());
    machine.max_payload = Some(4_096.0);
    assert_eq!(machine.read(&Value::Absent), Ok(file_of(7_000)));
    let asked = ["0+3072", "stat", "0+3072", "3072+3072", "6144+856", "7000+1", "stat"];
    assert_eq!(*machine.asked.borrow(), asked);
    machine.asked.borrow_mut().clear();
    assert_eq!(machine.read(&Value::Number(9.0)), Ok(file_of(9)));
    assert_eq!(*machine.asked.borrow(), ["0+9"]);
}

#[test]
fn a_longer_one_is_looked_at_before_and_after() {
    let machine = Machine::with(file_of(2 * RANGE_LENGTH + 1), Vec::new());
    assert_eq!(machine.read(&Value::Absent), Ok(file_of(2 * RANGE_LENGTH + 1)));
    let asked = ["0+524288", "stat", "0+524288", "524288+524288", "1048576+1", "1048577+1", "stat"];
    assert_eq!(*machine.asked.borrow(), asked);
}

#[test]
fn an_agent_that_ignores_offsets_is_found_out() {
    for length in [RANGE_LENGTH + 1, 2 * RANGE_LENGTH] {
        let mut machine = Machine::with(file_of(length), Vec::new());
        machine.ignores_offsets = true;
        let error = machine.read(&Value::Absent).expect_err("no file");
        assert_eq!(error, SessionError::Unranged("f".to_owned()));
    }
}

#[test]
fn a_file_that_never_rests_is_refused() {
    let replaced = Whim { replaces: true, ..Whim::default() };
    let machine = Machine::with(file_of(RANGE_LENGTH + 1), vec![replaced; 100]);
    assert_eq!(machine.read(&Value::Absent), Err(SessionError::Changed("f".to_owned())));
    assert_eq!(machine.asked.borrow().iter().filter(|asked| *asked == "stat").count(), 6);
}

fn whims() -> impl Strategy<Value = Vec<Whim>> {
    let whim = (0..3_usize, 0..3_usize, prop::bool::weighted(0.1), 0..3_usize);
    let whim = whim.prop_map(|(fewer, more, replaces, appends)| Whim {
        fewer: fewer * 100_000,
        more: more / 2,
        replaces,
        appends: appends / 2,
    });
    prop::collection::vec(prop_oneof![3 => Just(Whim::default()), 1 => whim], 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the agent does, the result is the beginning of one version of the file, and no less of it
    /// than was wanted.
    #[test]
    fn what_is_read_is_a_version_of_the_file(
        length in RANGE_LENGTH - 2..3 * RANGE_LENGTH, most in 0..3 * RANGE_LENGTH, whims in whims(),
    ) {
        let machine = Machine::with(file_of(length), whims);
        #[expect(clippy::cast_precision_loss, reason = "a length")]
        let result = machine.read(&Value::Number(most as f64));
        match result {
            Ok(bytes) => {
                let wanted = if most == 0 { usize::MAX } else { most };
                let versions = machine.versions.borrow();
                let is_one = versions.iter().any(|version| version.starts_with(&bytes));
                prop_assert!(is_one && bytes.len() >= wanted.min(length));
            }
            Err(SessionError::Unranged(_) | SessionError::Changed(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
