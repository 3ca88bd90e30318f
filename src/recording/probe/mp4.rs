//! The boxes of an MP4 file (ISO/IEC 14496-12).
//!
//! A file has its frames in the tables of `moov`, or in fragments (`moof`), or in both. The boxes that hold
//! others are walked here, because decoders of whole files copy the pictures; `shiguredo_mp4` decodes the
//! boxes of fields.

use shiguredo_mp4::Decode;
use shiguredo_mp4::boxes::{
    HdlrBox, MdhdBox, StszBox, SttsBox, TfdtBox, TfhdBox, TkhdBox, TrexBox, TrunBox,
    VisualSampleEntryFields,
};

use super::Film;
use crate::container::mp4_header;

/// The greatest length of a box that is decoded, in bytes: the times of a day's frames have 42 million.
const LONGEST: usize = 1 << 26;

/// The greatest number of frames of a run, which may have no bytes of their own. A fragment of a film has
/// some seconds.
const LONGEST_RUN: u32 = 1 << 20;

/// The greatest number of frames in fragments: a day of film has five million.
const MOST: u64 = 1 << 24;

const CONTRADICTION: &str = "the index of the MP4 file contradicts itself";
const NO_DATA: &str = "the MP4 file has no mdat box";
const OPEN: &str = "the MP4 file has fragments, and does not end with an mfra box";

/// A box with its header.
#[derive(Clone, Copy)]
struct Boxed<'a> {
    kind: [u8; 4],
    offset: usize,
    whole: &'a [u8],
}

impl<'a> Boxed<'a> {
    fn content(self) -> &'a [u8] {
        &self.whole[if self.whole.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 }..]
    }

    fn children(self) -> impl Iterator<Item = Boxed<'a>> {
        boxes(self.content())
    }

    fn child(self, kind: [u8; 4]) -> Option<Boxed<'a>> {
        self.children().find(|child| child.kind == kind)
    }

    /// The fields of the box, which has the right type.
    fn decode<T: Decode>(self) -> Option<T> {
        let is_short = self.whole.len() <= LONGEST;
        is_short.then(|| T::decode(self.whole).ok()).flatten().map(|(decoded, _)| decoded)
    }

    fn decode_child<T: Decode>(self, kind: [u8; 4]) -> Option<T> {
        self.child(kind)?.decode()
    }
}

/// The whole boxes of a row.
fn boxes(row: &[u8]) -> impl Iterator<Item = Boxed<'_>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = &row[offset..];
        let (header, length, kind) = mp4_header(rest, rest.len() as u64)?;
        let length = usize::try_from(length).ok().filter(|_| length >= header)?;
        let whole = rest.get(..length)?;
        let found = Boxed { kind, offset, whole };
        offset += length;
        Some(found)
    })
}

/// Frames, and the end of the last one in units of the track's timescale.
#[derive(Default, Clone, Copy)]
struct Count {
    frames: u64,
    end: u64,
}

/// What is known of the video track before its frames are counted.
struct Track<'a> {
    id: u32,
    timescale: u32,
    table: Boxed<'a>,
    /// Duration and size of a frame in fragments that do not tell them.
    defaults: [u32; 2],
}

/// Reads the facts, and what is wrong with a file whose boxes are whole.
///
/// Where the file is cut, frames of the tables may be missing, so they are not counted.
pub(super) fn read(file: &[u8], is_cut: bool) -> (Film, Option<&'static str>) {
    let Some(moov) = boxes(file).find(|found| found.kind == *b"moov") else {
        return (Film::default(), None);
    };
    let extends = moov.child(*b"mvex");
    let Some(track) = moov.children().find_map(|child| video(child, extends)) else {
        return (Film::default(), None);
    };
    let known = described(&track);
    let count = in_tables(track.table).and_then(|count| match extends {
        Some(_) => in_fragments(file, &track, count),
        None => Some(count),
    });
    let Some(Count { frames, end }) = count else { return (known, Some(CONTRADICTION)) };
    let has = |kind: &[u8; 4]| boxes(file).any(|found| found.kind == *kind);
    let has_data = has(b"mdat");
    // The data of the tables comes before the first fragment.
    let is_of_tables = extends.is_none() || frames > 0 && !has(b"moof");
    if (is_cut || !has_data) && is_of_tables {
        return (known, (frames > 0 && !has_data).then_some(NO_DATA));
    }
    #[expect(clippy::cast_precision_loss, reason = "a duration is an approximation")]
    let seconds = end as f64 / f64::from(track.timescale);
    let is_open = extends.is_some() && boxes(file).last().is_none_or(|last| last.kind != *b"mfra");
    let known = Film { frames: Some(frames), duration_seconds: Some(seconds), ..known };
    (known, is_open.then_some(OPEN))
}

/// The track in a `trak` box, where it is one of pictures.
fn video<'a>(trak: Boxed<'a>, extends: Option<Boxed<'a>>) -> Option<Track<'a>> {
    let mdia = (trak.kind == *b"trak").then(|| trak.child(*b"mdia"))??;
    if mdia.decode_child::<HdlrBox>(*b"hdlr")?.handler_type != *b"vide" {
        return None;
    }
    let id = trak.decode_child::<TkhdBox>(*b"tkhd")?.track_id;
    let timescale = mdia.decode_child::<MdhdBox>(*b"mdhd")?.timescale.get();
    let table = mdia.child(*b"minf")?.child(*b"stbl")?;
    // The last step, so that no file has it done for each of its tracks.
    let mut rows = extends.into_iter().flat_map(Boxed::children).filter(|row| row.kind == *b"trex");
    let defaults = rows.find_map(|row| row.decode().filter(|row: &TrexBox| row.track_id == id));
    let defaults =
        defaults.map_or([0; 2], |row| [row.default_sample_duration, row.default_sample_size]);
    Some(Track { id, timescale, table, defaults })
}

/// Codec and sides, from the first sample entry.
fn described(track: &Track) -> Film {
    let entry = track.table.child(*b"stsd").and_then(|stsd| boxes(stsd.content().get(8..)?).next());
    let Some(entry) = entry else { return Film::default() };
    let codec = match &entry.kind {
        b"avc1" | b"avc3" => Some("h264"),
        b"hvc1" | b"hev1" => Some("hevc"),
        b"vp08" => Some("vp8"),
        b"vp09" => Some("vp9"),
        b"av01" => Some("av1"),
        _ => None,
    };
    let fields = VisualSampleEntryFields::decode(entry.content()).ok();
    let side = |side: u16| Some(u64::from(side)).filter(|&side| side > 0);
    let [width, height] = fields.map_or([None; 2], |(of, _)| [of.width, of.height].map(side));
    Film { codec, width, height, ..Film::default() }
}

/// The frames of the tables of sizes (`stsz`) and times (`stts`), which must be as many.
fn in_tables(table: Boxed) -> Option<Count> {
    let frames = match table.decode_child(*b"stsz")? {
        StszBox::Fixed { sample_count, .. } => u64::from(sample_count),
        StszBox::Variable { entry_sizes } => entry_sizes.len() as u64,
    };
    let mut count = Count::default();
    for row in table.decode_child::<SttsBox>(*b"stts")?.entries {
        let frames = u64::from(row.sample_count);
        count.frames = count.frames.checked_add(frames)?;
        count.end = count.end.checked_add(frames.checked_mul(row.sample_delta.into())?)?;
    }
    (count.frames == frames).then_some(count)
}

/// Those and the frames of the fragments whose bytes are there.
fn in_fragments(file: &[u8], track: &Track, mut count: Count) -> Option<Count> {
    let mut most = MOST;
    for moof in boxes(file).filter(|found| found.kind == *b"moof") {
        for traf in moof.children().filter(|child| child.kind == *b"traf") {
            let header: TfhdBox = traf.decode_child(*b"tfhd")?;
            if header.track_id != track.id {
                continue;
            }
            let base = header.base_data_offset.unwrap_or(moof.offset as u64);
            let default_duration = header.default_sample_duration.unwrap_or(track.defaults[0]);
            let default_size = header.default_sample_size.unwrap_or(track.defaults[1]);
            if let Some(start) = traf.child(*b"tfdt") {
                count.end = start.decode::<TfdtBox>()?.base_media_decode_time;
            }
            let mut end = base;
            for run in traf.children().filter(|child| child.kind == *b"trun") {
                // The decoder makes room for as many frames as the box says that it has.
                let (frames, _) = u32::decode(run.content().get(4..)?).ok()?;
                if frames > LONGEST_RUN {
                    return None;
                }
                most = most.checked_sub(frames.into())?;
                let run: TrunBox = run.decode()?;
                if let Some(offset) = run.data_offset {
                    end = base.checked_add_signed(offset.into())?;
                }
                for frame in run.samples {
                    end = end.checked_add(frame.size.unwrap_or(default_size).into())?;
                    if end > file.len() as u64 {
                        return Some(count);
                    }
                    count.frames += 1;
                    let duration = frame.duration.unwrap_or(default_duration);
                    count.end = count.end.checked_add(duration.into())?;
                }
            }
        }
    }
    Some(count)
}
