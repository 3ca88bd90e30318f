//! Reading several pieces of a long recording at once, over sessions that can and that cannot.

mod support;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use opengeni_runtime_native::boundary::IntoValue;
use opengeni_runtime_native::container::Container;
use opengeni_runtime_native::payload::Decoded;
use opengeni_runtime_native::recording::{
    Finalized, Offset, RecordingError, read_bytes, read_stream,
};
use opengeni_runtime_native::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Lane, Reply, Room, Shell, Span,
    Stream, Thrown,
};
use proptest::prelude::*;
use support::{Disk, FakeBox, Kept, VIDEO, artifact, instant, keeps, noise, timing};
use tokio::sync::Mutex;
use tokio::time;

/// The time of a command.
const LATENCY: Duration = Duration::from_millis(100);

/// What a session does with a command while another one runs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Runs,
    Queues,
    Throws,
    /// Answers with what another command printed.
    Swaps,
    /// Answers with what the first command printed.
    Repeats,
    /// Lets the command before it print nothing.
    Interrupts,
    /// Runs two commands, and throws at a third.
    RunsTwo,
}

const MANNERS: [Manner; 7] = [
    Manner::Runs,
    Manner::Queues,
    Manner::Throws,
    Manner::Swaps,
    Manner::Repeats,
    Manner::Interrupts,
    Manner::RunsTwo,
];

/// A session on a box whose commands take time.
struct Slow {
    to: FakeBox,
    kept: Kept,
    /// The manner of each command, again and again.
    manners: Vec<Manner>,
    count: Cell<usize>,
    queue: Mutex<()>,
    /// The commands that run, and what they print.
    running: RefCell<Vec<(usize, Result<Reply, ExecFailure>)>>,
    most_running: Cell<usize>,
    /// How often one was begun while another one ran.
    overlaps: Cell<usize>,
}

impl Slow {
    fn new(to: FakeBox, manners: &[Manner]) -> Self {
        Self {
            to,
            kept: Kept::default(),
            manners: manners.to_vec(),
            count: Cell::new(0),
            queue: Mutex::default(),
            running: RefCell::default(),
            most_running: Cell::new(0),
            overlaps: Cell::new(0),
        }
    }

    /// A box with so many bytes, whose session keeps the last characters of an answer.
    fn with_limit(size: usize, limit: usize, manner: Manner) -> Self {
        let last = move |text: &str| Ok(text[text.len().saturating_sub(limit)..].to_owned());
        Self::new(FakeBox::new(Disk::with(noise(size as u64, size)), last), &[manner])
    }

    fn read(&self, channel: Option<Channel>) -> (Result<Finalized, RecordingError>, Duration) {
        timed(async {
            let begun = time::Instant::now();
            let read = read_bytes(self, artifact(VIDEO, 1e9), timing(), channel, false).await;
            (read, begun.elapsed())
        })
    }

    fn stream(&self, offset: usize) -> (Result<(), RecordingError>, Duration) {
        self.kept.is_streamed.set(true);
        let offset = Offset::check(&u32::try_from(offset).expect("short").into_value());
        let offset = offset.expect("accepted");
        timed(async {
            let begun = time::Instant::now();
            let read = read_stream(self, artifact(VIDEO, 1e9), offset, true, None).await;
            (read, begun.elapsed())
        })
    }

    fn is_exact(&self) -> bool {
        self.kept.bytes() == self.to.disk.borrow().video
    }
}

impl Shell for Slow {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        Ok(true)
    }

    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure> {
        let number = self.count.replace(self.count.get() + 1);
        let manner = self.manners[number % self.manners.len()];
        let _turn = if manner == Manner::Queues { Some(self.queue.lock().await) } else { None };
        let reply = self.to.exec(command).await;
        let others = self.running.borrow().len();
        self.most_running.set(self.most_running.get().max(others + 1));
        self.overlaps.set(self.overlaps.get() + usize::from(others > 0));
        let reply = match (manner, others) {
            (Manner::Throws, 1..) | (Manner::RunsTwo, 2..) => Err(ExecFailure::Thrown(Thrown(7))),
            (Manner::Repeats, 1..) => self.running.borrow()[0].1.clone(),
            _ => reply,
        };
        if manner == Manner::Interrupts && others > 0 {
            for (_, reply) in self.running.borrow_mut().iter_mut() {
                *reply = Ok(support::reply(""));
            }
        }
        self.running.borrow_mut().push((number, reply));
        time::sleep(LATENCY).await;
        let mut running = self.running.borrow_mut();
        let at = running.iter().position(|(other, _)| *other == number).expect("it runs");
        if manner == Manner::Swaps && running.len() > 1 {
            let other = (at + 1) % running.len();
            let theirs = running[other].1.clone();
            let ours = std::mem::replace(&mut running[at].1, theirs);
            running[other].1 = ours;
        }
        running.remove(at).1
    }

    keeps!();

    async fn now(&self) -> Instant {
        instant(0.0)
    }
}

/// Runs a future by a clock that stands still while anything can be done.
fn timed<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    runtime_of(runtime).block_on(future)
}

fn runtime_of(mut builder: tokio::runtime::Builder) -> tokio::runtime::Runtime {
    builder.enable_time().start_paused(true).build().expect("a runtime")
}

#[test]
fn several_at_once_take_a_part_of_the_time() {
    for (limit, size) in [(1 << 16, 6_000_000), (1 << 18, 20_000_000), (1 << 20, 60_000_000)] {
        let queueing = Slow::with_limit(size, limit, Manner::Queues);
        let (read, one_by_one) = queueing.read(None);
        read.expect("read");
        assert!(queueing.is_exact());

        let session = Slow::with_limit(size, limit, Manner::Runs);
        let (read, together) = session.read(None);
        read.expect("read");
        assert!(session.is_exact());
        let part = together.as_secs_f64() / one_by_one.as_secs_f64();
        assert!(part <= 0.3, "{limit}: {together:?} of {one_by_one:?}, {part}");
        assert_eq!(session.most_running.get(), 4);
    }
}

#[test]
fn the_first_piece_is_asked_for_alone() {
    let session = Slow::with_limit(3_000_000, 1 << 20, Manner::Runs);
    session.read(None).0.expect("read");
    let asked = session.to.asked();
    assert_eq!(asked[0], Span { offset: 0, length: 699_999 });
    // The size, the first piece, the others at once, and the size again.
    let session = Slow::with_limit(2_500_000, 1 << 30, Manner::Runs);
    let (read, time) = session.read(None);
    read.expect("read");
    assert_eq!(time, 4 * LATENCY);
}

#[test]
fn a_session_that_runs_one_command_is_asked_one_by_one_from_then_on() {
    let size = 4_000_000;
    for manner in [Manner::Throws, Manner::Swaps, Manner::Repeats] {
        let session = Slow::with_limit(size, 1 << 20, manner);
        session.read(None).0.expect("read");
        assert!(session.is_exact(), "{manner:?}");
        // Few fail before the session is known.
        assert!(session.overlaps.get() <= 8, "{manner:?}: {}", session.overlaps.get());
        let channel = session.kept.channel.get().expect("it is remembered");
        let (through, patience, at_once) = channel.known().expect("pieces came through");
        assert_eq!(at_once, 1, "{manner:?}");

        let known = Channel::remembered(through, patience, at_once);
        let again = Slow::with_limit(size, 1 << 20, manner);
        again.read(Some(known)).0.expect("read");
        assert!(again.is_exact(), "{manner:?}");
        assert_eq!(again.overlaps.get(), 0, "{manner:?}");
    }
}

#[test]
fn a_session_that_runs_two_commands_is_asked_two_at_a_time() {
    let session = Slow::with_limit(8_000_000, 1 << 20, Manner::RunsTwo);
    session.read(None).0.expect("read");
    assert!(session.is_exact());
    let channel = session.kept.channel.get().expect("it is remembered");
    assert_eq!(channel.known().expect("pieces came through").2, 2);
}

#[test]
fn a_limit_on_the_length_is_no_limit_on_the_number() {
    let session = Slow::with_limit(4_000_000, 1 << 18, Manner::Runs);
    session.read(None).0.expect("read");
    let channel = session.kept.channel.get().expect("it is remembered");
    assert_eq!(channel.known().expect("pieces came through").2, 4);
}

#[test]
fn one_passing_failure_does_not_end_it() {
    let call = Cell::new(0_usize);
    let once = move |text: &str| {
        let now = call.replace(call.get() + 1);
        // One of a length that is known to come through.
        if now == 20 { Err(Thrown(1)) } else { Ok(text.to_owned()) }
    };
    let disk = Disk::with(noise(5, 6_000_000));
    let session = Slow::new(FakeBox::new(disk, once), &[Manner::Runs]);
    let known = Channel::remembered(60_000, 1_024, 4);
    session.read(Some(known)).0.expect("read");
    assert!(session.is_exact());
    // All four again, after a while.
    assert!(session.kept.channel.get().is_none(), "nothing else is known than before");
}

#[test]
fn a_stream_takes_a_part_of_the_time_too() {
    let queueing = Slow::with_limit(6_000_000, 1 << 18, Manner::Queues);
    let (read, one_by_one) = queueing.stream(0);
    read.expect("read");
    let session = Slow::with_limit(6_000_000, 1 << 18, Manner::Runs);
    let (read, together) = session.stream(0);
    read.expect("read");
    assert!(session.is_exact());
    let part = together.as_secs_f64() / one_by_one.as_secs_f64();
    assert!(part <= 0.4, "{together:?} of {one_by_one:?}, {part}");
    assert_eq!(session.most_running.get(), 4);
    let told = session.kept.told.borrow();
    assert!(told.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(told.last(), Some(&(6_000_000, 6_000_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a session does, a stream hands out the exact bytes, all or the first of them, and holds four
    /// pieces at most.
    #[test]
    fn no_other_bytes_are_handed_out(
        manners in prop::collection::vec(prop::sample::select(MANNERS.to_vec()), 1..9),
        size in 1..1_500_000_usize,
        offset in any::<prop::sample::Index>(),
        limit in 4_600..300_000_usize,
        flips in prop::collection::vec(any::<usize>(), 1..40),
        has_sha256sum in any::<bool>(),
        is_patient in any::<bool>(),
    ) {
        let offset = offset.index(size + 1);
        let call = Cell::new(0_usize);
        let channel = move |text: &str| {
            let now = call.replace(call.get() + 1);
            let text = text[text.len().saturating_sub(limit)..].to_owned();
            if is_patient || !now.is_multiple_of(3) {
                return Ok(text);
            }
            let at = flips[now % flips.len()];
            if at % 2 == 0 { return Err(Thrown(3)); }
            let mut bytes = text.into_bytes();
            // Without digests nothing tells a flipped character.
            if has_sha256sum && let Some(byte) = bytes.get_mut(at % 4_000) {
                *byte = if *byte == b'A' { b'B' } else { b'A' };
            }
            Ok(String::from_utf8(bytes).expect("ASCII"))
        };
        let disk = Disk { has_sha256sum, ..Disk::with(noise(size as u64, size)) };
        let session = Slow::new(FakeBox::new(disk, channel), &manners);
        let (read, _) = session.stream(offset);
        let handed_out = session.kept.bytes();
        let video = &session.to.disk.borrow().video[offset..];
        prop_assert!(video.starts_with(&handed_out));
        prop_assert!(session.kept.most_pieces.get() <= 4);
        if read.is_ok() {
            prop_assert_eq!(handed_out.len(), video.len());
        } else {
            prop_assert!(!is_patient, "{:?}", read);
        }
    }

    /// Whatever a session does with commands at once, the read returns the exact bytes or an error.
    #[test]
    fn no_other_bytes_come_from_commands_at_once(
        manners in prop::collection::vec(prop::sample::select(MANNERS.to_vec()), 1..9),
        size in 1..1_500_000_usize,
        limit in 4_300..300_000_usize,
        fails in prop::collection::vec(any::<bool>(), 1..40),
        is_patient in any::<bool>(),
    ) {
        let call = Cell::new(0_usize);
        let channel = move |text: &str| {
            let now = call.replace(call.get() + 1);
            let is_failing = !is_patient && now.is_multiple_of(3) && fails[now % fails.len()];
            if is_failing { Err(Thrown(3)) } else {
                Ok(text[text.len().saturating_sub(limit)..].to_owned())
            }
        };
        let disk = Disk::with(noise(size as u64, size));
        let session = Slow::new(FakeBox::new(disk, channel), &manners);
        let (read, _) = session.read(None);
        if read.is_ok() {
            prop_assert!(session.is_exact());
        } else {
            prop_assert!(!is_patient, "{:?}", read);
        }
    }
}
