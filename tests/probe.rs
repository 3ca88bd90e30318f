//! The facts of films, whole, broken and hostile. The films of `tests/films/` are of ffmpeg: half a second of
//! its test picture, 32 by 18 pixels, 10 frames per second.

use opengeni_runtime_native::recording::{Film, Probe, probe};
use proptest::prelude::*;

const WHOLE_MP4: &[u8] = include_bytes!("films/whole.mp4");
const FRAGMENTS: &[u8] = include_bytes!("films/fragments.mp4");
const INDEXED_FRAGMENTS: &[u8] = include_bytes!("films/indexed-fragments.mp4");
const WHOLE_WEBM: &[u8] = include_bytes!("films/whole.webm");
const LIVE: &[u8] = include_bytes!("films/live.webm");
const FILMS: [&[u8]; 4] = [WHOLE_MP4, FRAGMENTS, WHOLE_WEBM, LIVE];

fn probed(file: &[u8]) -> Probe {
    probe(file).expect("a film")
}

fn film(codec: &'static str, frames: u64, seconds: f64) -> Film {
    Film {
        codec: Some(codec),
        width: Some(32),
        height: Some(18),
        frames: Some(frames),
        duration_seconds: Some(seconds),
    }
}

/// A file with a part of it replaced, which must be there once.
fn with(file: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut found = (0..file.len() - old.len()).filter(|&at| file[at..].starts_with(old));
    let at = found.next().expect("it is there");
    assert_eq!(found.next(), None, "it is there once");
    [&file[..at], new, &file[at + old.len()..]].concat()
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).expect("short");
    [&length.to_be_bytes()[..], &kind, content].concat()
}

#[test]
fn whole_films_tell_all() {
    let cases = [
        ("mp4", WHOLE_MP4, film("h264", 5, 0.5)),
        ("mp4", FRAGMENTS, film("h264", 5, 0.5)),
        ("webm", WHOLE_WEBM, film("vp9", 5, 0.5)),
    ];
    for (container, file, film) in cases {
        assert_eq!(probed(file), Probe { container, film, finished: true, gap: None });
    }
}

#[test]
fn a_film_without_its_end_tells_what_is_there() {
    let gap = Some("the WebM Segment has no size yet".to_owned());
    let live = probed(LIVE);
    assert_eq!((live.finished, live.gap), (false, gap));
    assert_eq!(live.film, film("vp9", 5, 0.5));

    // The last box is `mfra`.
    let end = FRAGMENTS.len() - usize::from(FRAGMENTS[FRAGMENTS.len() - 1]);
    let open = probed(&FRAGMENTS[..end]);
    assert_eq!(open.film, film("h264", 5, 0.5));
    assert!(open.gap.expect("not finished").contains("mfra"));
    let cut = probed(&FRAGMENTS[..end - 1]);
    assert_eq!((cut.finished, cut.film.frames), (false, Some(4)));

    // The first data of a file whose first pictures are in the index, as ffmpeg writes it without `empty_moov`.
    let cut = probed(&INDEXED_FRAGMENTS[..1_000]);
    assert_eq!((cut.finished, cut.film.width, cut.film.frames), (false, Some(32), None));
    let cut = probed(&WHOLE_WEBM[..WHOLE_WEBM.len() / 2]);
    assert_eq!((cut.finished, cut.film.width), (false, Some(32)));
    let cut = probed(&WHOLE_MP4[..WHOLE_MP4.len() - 1]);
    assert_eq!(
        (cut.film.width, cut.film.frames, cut.film.duration_seconds),
        (Some(32), None, None)
    );
    let cut = probed(&WHOLE_MP4[..24]);
    assert_eq!((cut.finished, cut.film), (false, Film::default()));
}

#[test]
fn an_index_that_contradicts_itself_tells_no_numbers() {
    // One run of five frames, in the table of times.
    let run = [0, 0, 0, 1, 0, 0, 0, 5];
    let entry = [&b"stts\0\0\0\0"[..], &run].concat();
    let other = [&b"stts\0\0\0\0"[..], &run[..7], &[6]].concat();
    let found = probed(&with(WHOLE_MP4, &entry, &other));
    assert_eq!(
        (found.film.frames, found.film.duration_seconds, found.finished),
        (None, None, false)
    );
    assert_eq!(found.film.width, Some(32));
    // So many frames that their table ends beyond its box.
    let other = [&b"stts\0\0\0\0"[..], &[255; 4], &run[4..]].concat();
    assert_eq!(probed(&with(WHOLE_MP4, &entry, &other)).film.frames, None);
}

#[test]
fn other_bytes_tell_nothing() {
    for bytes in [&b""[..], b"\0\0\0\x08moov", b"not a film", &[0; 100], &WHOLE_MP4[..7]] {
        assert_eq!(probe(bytes), None);
    }
}

#[test]
fn matroska_is_told_from_webm() {
    assert_eq!(probed(&with(WHOLE_WEBM, b"webm", b"matr")).container, "matroska");
}

/// A hundred thousand runs of a million frames that have neither times nor sizes.
fn many_runs() -> Vec<u8> {
    let run = boxed(*b"trun", &[0, 0, 0, 0, 0, 0x10, 0, 0]);
    let header = boxed(*b"tfhd", &[0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0]);
    let of_track = boxed(*b"traf", &[header, run.repeat(100_000)].concat());
    [FRAGMENTS, &boxed(*b"moof", &of_track)].concat()
}

/// A hundred thousand tracks of pictures without tables, and as many defaults of other tracks.
fn many_tracks() -> Vec<u8> {
    let start =
        |kind: &[u8]| FRAGMENTS.windows(4).position(|at| at == kind).expect("it is there") - 4;
    let track = with(&FRAGMENTS[start(b"trak")..start(b"mvex")], b"minf", b"none");
    let defaults = boxed(*b"mvex", &boxed(*b"trex", &[0; 24]).repeat(100_000));
    let index = boxed(*b"moov", &[defaults, track.repeat(100_000)].concat());
    [&FRAGMENTS[..start(b"moov")], &index].concat()
}

#[test]
fn a_long_hostile_file_takes_little_time() {
    // Two bytes for each element, and so 60 million elements.
    let mut file = WHOLE_WEBM.to_vec();
    file.resize(120_000_000, 0x80);
    let started = std::time::Instant::now();
    assert_eq!(probed(&file).film.frames, None);
    // It says that a fragment has 2^32 frames without sizes.
    let trun = FRAGMENTS.windows(4).position(|at| at == b"trun").expect("fragments");
    let mut file = FRAGMENTS.to_vec();
    file[trun + 8..trun + 12].fill(255);
    assert_eq!(probed(&file).film.frames, None);
    assert_eq!(probed(&many_runs()).film.frames, None);
    assert_eq!(probed(&many_tracks()).film, Film::default());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// What any bytes may tell.
fn is_sound(file: &[u8], found: &Probe) {
    let Film { width, height, frames, duration_seconds, .. } = found.film;
    assert!([width, height].into_iter().flatten().all(|side| side > 0));
    assert!(duration_seconds.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
    assert_eq!(found.finished, found.gap.is_none());
    // A laced block has up to 256 frames. A table may have frames without bytes.
    assert!(frames.is_none_or(|frames| frames <= 256 * (file.len() as u64).max(1 << 32)));
}

proptest! {
    #[test]
    fn no_bytes_are_too_broken(
        which in 0_usize..4, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(), is_cut in any::<bool>(),
    ) {
        let mut file = FILMS[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if is_cut {
            file.truncate(end.index(file.len()));
        }
        if let Some(found) = probe(&file) {
            is_sound(&file, &found);
        }
    }

    #[test]
    fn what_is_cut_is_not_finished(which in 0_usize..4, end in any::<prop::sample::Index>()) {
        let file = &FILMS[which][..end.index(FILMS[which].len())];
        if let Some(found) = probe(file) {
            prop_assert!(!found.finished);
            prop_assert!(found.film.frames.unwrap_or(0) <= 5);
        }
    }

    #[test]
    fn any_bytes_after_a_beginning(is_mp4 in any::<bool>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let head: &[u8] = if is_mp4 { b"\0\0\0\x08ftyp" } else { &[0x1a, 0x45, 0xdf, 0xa3] };
        let file = [head, &bytes].concat();
        is_sound(&file, &probed(&file));
    }
}
