//! The boxes of an MP4 file (ISO/IEC 14496-12).
//!
//! A file has its frames in the tables of `moov`, or in fragments (`moof`), or in both.

use super::Film;
use crate::container::mp4_header;

/// The greatest number of frames of a run. A fragment of a film has some seconds.
const LONGEST_RUN: u32 = 1 << 20;

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

    /// The fields of a full box (4.2.2), and their flags.
    fn fields(self) -> Option<(Fields<'a>, u32)> {
        let mut fields = Fields(self.content());
        let flags = fields.next()?;
        Some((fields, flags))
    }

    /// A field of 32 bits after the version and the flags, by its number.
    fn field(self, at: usize) -> Option<u32> {
        let (mut fields, _) = self.fields()?;
        fields.0 = fields.0.get(4 * at..)?;
        fields.next()
    }

    /// Whether times in the box have 64 bits, as its version tells.
    fn is_long(self) -> bool {
        self.content().first() == Some(&1)
    }
}

/// The fields of a box that have 32 bits.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn next(&mut self) -> Option<u32> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*field))
    }

    fn next_long(&mut self) -> Option<u64> {
        Some(u64::from(self.next()?) << 32 | u64::from(self.next()?))
    }

    /// The next field, where the flags say that it is there; else `default`.
    fn flagged(&mut self, is_there: bool, default: u32) -> Option<u32> {
        if is_there { self.next() } else { Some(default) }
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
    let has_data = boxes(file).any(|found| found.kind == *b"mdat");
    if (is_cut || !has_data) && extends.is_none() {
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
    if mdia.child(*b"hdlr")?.field(1)?.to_be_bytes() != *b"vide" {
        return None;
    }
    let [of_track, of_media] = [trak.child(*b"tkhd")?, mdia.child(*b"mdhd")?];
    let after_times = |of: Boxed| of.field(if of.is_long() { 4 } else { 2 });
    let (id, timescale) =
        (after_times(of_track)?, after_times(of_media).filter(|&scale| scale > 0)?);
    let is_own = |row: &Boxed| row.kind == *b"trex" && row.field(0) == Some(id);
    let defaults = extends.and_then(|mvex| mvex.children().find(is_own));
    let default = |at| defaults.and_then(|row| row.field(at)).unwrap_or(0);
    let table = mdia.child(*b"minf")?.child(*b"stbl")?;
    Some(Track { id, timescale, table, defaults: [default(2), default(3)] })
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
    let [width, height] = [24, 26].map(|at| {
        let side = entry.content().get(at..)?.first_chunk()?;
        Some(u64::from(u16::from_be_bytes(*side))).filter(|&side| side > 0)
    });
    Film { codec, width, height, ..Film::default() }
}

/// The frames of the tables of sizes (`stsz`) and times (`stts`), which must be as many.
fn in_tables(table: Boxed) -> Option<Count> {
    let sizes = table.child(*b"stsz")?;
    let (size, frames) = (sizes.field(0)?, sizes.field(1)?);
    if size == 0 && (sizes.content().len() - 12) / 4 < frames as usize {
        return None;
    }
    let times = table.child(*b"stts")?;
    let rows = times.content().get(8..)?.as_chunks::<8>().0.get(..times.field(0)? as usize)?;
    let mut count = Count::default();
    for [a, b, c, d, duration @ ..] in rows {
        let frames = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
        let duration = u64::from(u32::from_be_bytes(*duration));
        count.frames = count.frames.checked_add(frames)?;
        count.end = count.end.checked_add(frames.checked_mul(duration)?)?;
    }
    (count.frames == u64::from(frames)).then_some(count)
}

/// Those and the frames of the fragments whose bytes are there.
fn in_fragments(file: &[u8], track: &Track, mut count: Count) -> Option<Count> {
    for moof in boxes(file).filter(|found| found.kind == *b"moof") {
        for traf in moof.children().filter(|child| child.kind == *b"traf") {
            // 8.8.7
            let (mut header, flags) = traf.child(*b"tfhd")?.fields()?;
            if header.next()? != track.id {
                continue;
            }
            let base = if flags & 1 != 0 { header.next_long()? } else { moof.offset as u64 };
            header.flagged(flags & 2 != 0, 0)?;
            let default_duration = header.flagged(flags & 8 != 0, track.defaults[0])?;
            let default_size = header.flagged(flags & 16 != 0, track.defaults[1])?;
            if let Some(start) = traf.child(*b"tfdt") {
                let (mut fields, _) = start.fields()?;
                count.end =
                    if start.is_long() { fields.next_long()? } else { fields.next()?.into() };
            }
            let mut end = base;
            for run in traf.children().filter(|child| child.kind == *b"trun") {
                // 8.8.8
                let (mut fields, flags) = run.fields()?;
                let frames = fields.next()?;
                if frames > LONGEST_RUN {
                    return None;
                }
                if flags & 1 != 0 {
                    end = base.checked_add_signed(fields.next()?.cast_signed().into())?;
                }
                fields.flagged(flags & 4 != 0, 0)?;
                for _ in 0..frames {
                    let duration = fields.flagged(flags & 0x100 != 0, default_duration)?;
                    let size = fields.flagged(flags & 0x200 != 0, default_size)?;
                    fields.flagged(flags & 0x400 != 0, 0)?;
                    fields.flagged(flags & 0x800 != 0, 0)?;
                    end = end.checked_add(size.into())?;
                    if end > file.len() as u64 {
                        return Some(count);
                    }
                    count.frames += 1;
                    count.end = count.end.checked_add(duration.into())?;
                }
            }
        }
    }
    Some(count)
}
