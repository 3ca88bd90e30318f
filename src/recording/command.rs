//! The commands that run on the box.
//!
//! Callers' test doubles recognise them by parts of their text, which therefore stay as they are:
//! `nohup ffmpeg`, `echo $! >` and the options of the start, `kill -INT` of the stop, `stat -c %s`,
//! `base64`, and the `rm -f` of the deletion. No other command may hold the words `ffmpeg`, `kill`,
//! `stat`, `base64` or `rm`: it would be taken for another.

use super::Codec;
use super::process::{Launch, RecordingProcess, log_file, pid_file, sibling};
use crate::ecmascript::number_text;
use crate::shell::{Exec, Frame, Span, quoted, word};

/// How long a session waits for an ordinary command, in milliseconds.
const YIELD_MS: u32 = 15_000;
/// A stop waits for ffmpeg for 18 seconds, and must end inside the yield.
pub(super) const STOP_YIELD_MS: u32 = 20_000;
/// Printing or copying a large recording takes longer than other commands.
pub(super) const READ_YIELD_MS: u32 = 60_000;
/// Where sessions cut the output of ordinary commands.
const OUTPUT_TOKENS: u32 = 4_000;
/// How much of ffmpeg's log an error quotes.
pub(super) const LOG_TAIL_BYTES: u32 = 2_000;
/// A start with a limit is refused where less room than this is free, in bytes, or than the limit. It
/// holds some minutes of a desktop.
const LEAST_ROOM: f64 = 33_554_432.0;
/// What the size command prints for a file that is not there.
pub(super) const MISSING: &str = "MISSING";
/// What it prints for a symbolic link.
pub(super) const LINK: &str = "LINK";
/// What the log command prints first while ffmpeg runs.
pub(super) const RUNNING: &str = "RUNNING";
/// What it prints last where there is no room for more of the video.
const FULL: &str = "no space is left beside the video";
/// The label of the frame around the digest.
pub(super) const DIGEST: &str = "sha256";

/// Undoes what a login profile may have set that would change what a script does or prints.
pub(super) const PLAIN: &str = "set -B +efumvxC +o posix; trap - DEBUG; unset IFS";

/// Shell functions about processes.
///
/// - `og_pid FILE`: whether the file holds one process number and nothing else; it is in `n` then.
/// - `og_is PID PATH PATH`: whether one of two paths is an argument of the process, as proc(5) shows
///   them. A process that has ended and is not yet reaped has none.
pub(super) const FUNCTIONS: &str = concat!(
    r#"og_pid() { [ -f "$1" ] && [ ! -L "$1" ] && n=$(head -c 32 "$1") && "#,
    r#"case $n in ""|0*|*[!0-9]*) false;; esac; } 2>/dev/null; "#,
    r#"og_is() { while IFS= read -r -d "" a; do [ "$a" != "$2" ] && [ "$a" != "$3" ] || return 0; "#,
    r#"done <"/proc/$1/cmdline"; return 1; } 2>/dev/null"#,
);

/// More of them, for the stop. Without proc(5) a process is taken for what it was.
///
/// - `og_find PATH PATH`: the process `n`, or its child that does the work where it is a wrapper; it
///   is in `q` then. Nothing is where neither path is an argument of the process.
/// - `og_early PATH PATH`: whether the process ignores an interrupt, or has written nothing yet to the
///   file that is there. It is given 12 seconds for that.
/// - `og_runs PATH PATH`: whether the process has not ended.
/// - `og_waits`: whether there is a process, and time to wait for it.
/// - `og_own`: whether the marker `$J` is a file of this user, of root, or of the user of the file `$P` with the
///   process number. What a third user has planted at its name, and a link, is no marker.
/// - `og_first`: whether this command may interrupt the process, and is the first to. Where it may not, it
///   leaves the marker to one that may.
pub(super) const STOP_FUNCTIONS: &str = concat!(
    r#"og_find() { q=$n; [ -d /proc/self ] || return; q=; "#,
    r#"if og_is "$n" "$1" "$2"; then og_leaf "$n" "$1" "$2"; fi; }; "#,
    r#"og_leaf() { q=$1; local c; "#,
    r#"for c in $(grep -ls "^PPid:[[:blank:]]*$1\$" /proc/[0-9]*/s[t]atus); do "#,
    r#"c=${c#/proc/}; c=${c%/*}; if og_is "$c" "$2" "$3"; then og_leaf "$c" "$2" "$3"; return; fi; "#,
    r#"done; }; "#,
    r#"og_early() { grep -qs "^SigIgn:.*[2367abef]\$" /proc/$q/s[t]atus && return; "#,
    r#"[ $SECONDS -lt 12 ] || return; for f; do [ ! -e "$f" ] || [ -s "$f" ] || return 0; done; false; }; "#,
    r#"og_runs() { if [ -d /proc/self ]; then og_is "$q" "$1" "$2"; else kill -0 "$q"; fi; } 2>/dev/null; "#,
    r#"og_waits() { [ -n "$q" ] && [ $SECONDS -lt 18 ]; }; "#,
    r#"og_own() { [ -f "$J" ] && [ ! -L "$J" ] || return; [ ! -O "$J" ] || return 0; "#,
    r#"case $(s\tat -c %u "$J") in 0|"$(s\tat -c %u "$P")") ;; *) false;; esac; } 2>/dev/null; "#,
    r#"og_first() { kill -0 "$q" && { [ ! -p "$J" ] && (set -C; : >"$J") || ! og_own; }; } 2>/dev/null"#,
);

/// Launches ffmpeg in the background; the command returns when ffmpeg has a session of its own.
///
/// What another user of the box has planted at the names cannot be followed: each file is created
/// anew, and only where nothing is (`set -C`). ffmpeg then opens a file that is there.
///
/// One start at a time looks for an older recording and makes way for its own: it holds a lock on the
/// directory, where the box has `flock`, and waits for that of another for a few seconds.
///
/// A start that `is_limited` names itself in ffmpeg's environment, for [`undo_start`].
pub(super) fn start(launch: &Launch, frame: &Frame, is_limited: bool) -> Exec {
    let Launch { process, max_seconds, verifies, is_relative, .. } = launch;
    let (is_crash_safe, is_sized) = (process.crash_safe.is_some(), process.max_bytes.is_some());
    let [width, height] = process.dimensions;
    let (log, other) = (log_file(&process.box_path), other_video(process));
    let stop = stop_marker(&process.pid_file);
    let (video, other, folder) =
        (word(&process.box_path), word(&other), word(folder(&process.box_path)));
    let (pid, log, stop) = (word(&process.pid_file), word(&log), word(&stop));
    let copies = if is_crash_safe { format!(" {video}{COPY}") } else { String::new() };
    // To ffmpeg a relative path may be a protocol, as in `rec:x`.
    let here = if *is_relative { r#""$PWD"/"# } else { "" };
    let ffmpeg = format!(
        "nohup ffmpeg -hide_banner -loglevel error -y -f x11grab -draw_mouse 1 \
         -framerate {framerate} -video_size {size} {probing}-i {input} -t {limit} {size_limit}{encoder} \
         {here}{video} \
         </dev/null 9<&- >>{log} 2>&1 & echo $! > {pid}",
        framerate = number(process.framerate),
        size = word(&format!("{}x{}", number(width), number(height))),
        input = word(&screen(&process.display)),
        limit = number(*max_seconds),
        // Else ffmpeg looks at twenty pictures before it writes the first.
        probing = if is_crash_safe || is_sized || *verifies { "-fpsprobesize 0 " } else { "" },
        size_limit = size_limit(launch),
        encoder = encoder(process, width, height),
    );
    let own = if is_limited { format!("export {}; ", name_of(frame)) } else { String::new() };
    let script = format!(
        "{own}{{ exec 9<{folder}; }} 2>/dev/null; \
         for i in {{1..60}}; do flock -n 9 2>/dev/null; [ $? = 1 ] || break; sleep 0.1; done; \
         if og_pid {pid} && og_is \"$n\" {here}{video} {here}{other}; then \
         echo \"ffmpeg (process $n) is still recording under this recordingId\" >&2; exit 1; fi; {room}\
         og_clear() {{ for f in {video} {log} {pid} {stop} {video}{CRASH_SAFE}{copies}; do \
         if [ -e \"$f\" ] || [ -L \"$f\" ]; then unlink \"$f\" || return; fi; done; }}; \
         og_clear || exit 1; \
         (set -C; : >{video} && : >{log} && echo 0 >{pid} && : >{stop} && unlink {stop}{safe}) || \
         {{ og_clear; exit 1; }}; {hybrid}\
         own=$(type -P setsid >/dev/null && echo setsid); trap \"\" HUP; $own {ffmpeg} || exit 1; \
         for i in {{1..100}}; do s=$(cut -d \" \" -f 6 /proc/$!/s[t]at 2>/dev/null) || break; \
         if og_is $! {here}{video} {here}{video} && [ \"$s\" = \"${{own:+$!}}\" -o -z \"$own\" ]; \
         then break; fi; sleep 0.02; done{directory}",
        directory = if *is_relative { r#"; printf "%s\n" "$PWD""# } else { "" },
        room = room(launch, &folder),
        safe = if is_crash_safe { format!(" && : >{video}{CRASH_SAFE}") } else { String::new() },
        hybrid = if is_crash_safe && process.codec == Codec::H264Mp4 { HYBRID } else { "" },
    );
    let script = format!("{PLAIN}; {FUNCTIONS}; {}", frame.around(&script));
    ordinary(login(&script), process.run_as.as_ref())
}

/// Refuses to start where there is too little room. A box that does not tell its free space is accepted.
fn room(launch: &Launch, folder: &str) -> String {
    let Some(max_bytes) = launch.max_bytes else { return String::new() };
    // A film that is crash-safe is copied in the end.
    let films = if launch.process.crash_safe.is_some() { 2.0 } else { 1.0 };
    let least = number((films * max_bytes.min(LEAST_ROOM)).ceil());
    format!(
        "free=$(($(s\\tat -f -c \"%a*%S\" {folder} 2>/dev/null || echo {least}))); \
         if [ \"$free\" -lt {least} ]; then echo \"not enough room for a recording in\" {folder}\": \
         $free bytes are free, {least} are needed\" >&2; exit 1; fi; "
    )
}

/// ffmpeg's limit of the size. ffmpeg then still writes the pictures that it holds, and the index, so
/// room for them is left: 24 bytes for each picture, and an eighth of the film for pictures.
fn size_limit(Launch { process, max_seconds, .. }: &Launch) -> String {
    let Some(max_bytes) = process.max_bytes else { return String::new() };
    let index = 24.0 * process.framerate * max_seconds;
    let end = 32_768.0 + (max_bytes / 8.0).min(4_194_304.0 + index);
    let limit = (max_bytes - end.min(max_bytes / 2.0)).ceil();
    format!("-fs {} ", number(limit.min(9e15)))
}

/// Sets `y` to the flag for a file that becomes an ordinary one in the end, where the box's ffmpeg has it
/// (7.1 and later).
const HYBRID: &str = r"y=$(ff\mpeg -hide_banner -h muxer=mp4 </dev/null 2>/dev/null | grep -q hybrid_fragmented && echo +hybrid_fragmented); ";

/// The end of the names of unfinished copies of a video, after its own name. No file of another recording
/// has such a name: those all have a dot in their last six characters.
pub(super) const COPY: &str = ".[[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]]";

/// The end of the name of the empty file that tells a crash-safe film, after the name of the video.
pub(super) const CRASH_SAFE: &str = ".safe";

/// The name of a start in ffmpeg's environment.
fn name_of(frame: &Frame) -> String {
    format!("OG_START={}", frame.nonce())
}

/// Stops what a start has launched, or launches within the next seconds. ffmpeg of another start is left
/// alone, and so is any where proc(5) does not tell whose it is.
pub(super) fn undo_start(launch: &Launch, frame: &Frame) -> Exec {
    let Launch { process, is_relative, .. } = launch;
    let here = if *is_relative { r#""$PWD"/"# } else { "" };
    let video = format!("{here}{}", word(&process.box_path));
    let waits = format!(
        "og_mine() {{ og_pid {pid} && grep -qsxzF {name} /proc/$n/environ; }}; \
         while ! og_mine && [ $SECONDS -lt 8 ]; do sleep 0.1; done; og_mine || exit 0; ",
        pid = word(&process.pid_file),
        name = name_of(frame),
    );
    let videos = format!("{video} {video}");
    stop_script(&videos, &process.pid_file, &waits, process.run_as.as_ref())
}

/// Where a video lies.
pub(super) fn folder(box_path: &str) -> &str {
    match box_path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

/// The display with its screen (X(7), display names).
fn screen(display: &str) -> String {
    let screen = display.rsplit_once(':').map_or("", |(_, numbers)| numbers);
    if screen.contains('.') { display.to_owned() } else { format!("{display}.0") }
}

/// The video that a recording of the same id has in the other codec.
fn other_video(process: &RecordingProcess) -> String {
    let other = match process.codec {
        Codec::H264Mp4 => Codec::Vp9Webm,
        Codec::Vp9Webm => Codec::H264Mp4,
    };
    sibling(&process.box_path, other.extension())
}

/// A crash-safe file has a key frame each second, and grows each quarter of a second by what can be played
/// on its own. The encoder holds no pictures back. Neither does that of a film with a limit of its size, which
/// would be noticed too late: x264 holds back some forty pictures by default, and VP9 25 and a cluster of
/// 5 seconds.
fn encoder(process: &RecordingProcess, width: f64, height: f64) -> String {
    let is_crash_safe = process.crash_safe.is_some();
    let is_prompt = is_crash_safe || process.max_bytes.is_some();
    let mut encoder = match process.codec {
        Codec::Vp9Webm => {
            "-c:v libvpx-vp9 -b:v 0 -crf 32 -row-mt 1 -pix_fmt yuv420p -deadline realtime -cpu-used 8"
        }
        Codec::H264Mp4 => "-c:v libx264 -preset veryfast -pix_fmt yuv420p",
    }
    .to_owned();
    encoder += match process.codec {
        Codec::Vp9Webm if is_prompt => " -lag-in-frames 0 -cluster_time_limit 250",
        Codec::Vp9Webm => "",
        Codec::H264Mp4 if is_crash_safe => concat!(
            " -tune zerolatency",
            " -movflags +frag_keyframe+empty_moov+default_base_moof$y -frag_duration 250000"
        ),
        Codec::H264Mp4 if is_prompt => " -tune zerolatency -movflags +faststart",
        Codec::H264Mp4 => " -movflags +faststart",
    };
    if is_crash_safe {
        encoder += r#" -force_key_frames "expr:gte(t,n_forced)""#;
    }
    if is_prompt || process.codec == Codec::Vp9Webm {
        // The muxer would keep the header for long, and the file shows a stop that there is a picture.
        encoder += " -flush_packets 1";
    }
    let even = |side: f64| side + side % 2.0;
    if (even(width), even(height)) == (width, height) {
        encoder
    } else {
        // 4:2:0 halves both sides.
        let (width, height) = (number(even(width)), number(even(height)));
        format!("-vf pad={width}:{height} {encoder}")
    }
}

/// The name that the one stop which interrupts ffmpeg creates.
pub(super) fn stop_marker(pid_file: &str) -> String {
    format!("{pid_file}.int")
}

/// Interrupts ffmpeg, so that it ends its file properly, and waits until it is gone.
///
/// A second interrupt makes ffmpeg leave its file as it is, so there is one for each recording: by
/// the first command that creates the marker. One that comes before ffmpeg listens would be lost on
/// it, since a shell has background commands ignore it: `SigIgn` in proc(5) tells. ffmpeg then looks at
/// its input for seconds before it encodes and writes any of it, and an interrupt leaves a film without
/// pictures until it has; what it has looked at follows within a moment.
///
/// See [`STOP_FUNCTIONS`] for what counts as a marker.
pub(super) fn stop(videos: &[String; 2], pid_file: &str, run_as: Option<&String>) -> Exec {
    let videos = videos.each_ref().map(|path| word(path)).join(" ");
    stop_script(&videos, pid_file, "", run_as)
}

/// `videos` is shell text for two paths. `before` is run first.
fn stop_script(videos: &str, pid_file: &str, before: &str, run_as: Option<&String>) -> Exec {
    let marker = stop_marker(pid_file);
    let (pid, marker) = (word(pid_file), word(&marker));
    let work = format!(
        "; P={pid}; J={marker}; {before}if og_pid {pid}; then og_find {videos}; \
         while og_waits && og_early {videos}; do e=1; sleep 0.1; og_find {videos}; done; \
         if og_waits; then [ -z \"$e\" ] || sleep 0.5; \
         if og_first; then kill -INT \"$q\" 2>/dev/null; fi; \
         while og_waits && og_runs {videos}; do sleep 0.1; done; fi; fi"
    );
    let script = [PLAIN, "; SECONDS=0; e=; ", FUNCTIONS, "; ", STOP_FUNCTIONS, &work].concat();
    Exec { yield_time_ms: STOP_YIELD_MS, ..ordinary(login(&script), run_as) }
}

/// Prints the size of the video in bytes, or [`MISSING`] or [`LINK`]; then, on a line of its own, the
/// size again with what else tells one state of the file from another; and where `digest_up_to` is
/// not exceeded, its SHA-256 digest in a frame of its own.
pub(super) fn facts(
    box_path: &str,
    frame: &Frame,
    digest_up_to: Option<i64>,
    run_as: Option<&String>,
) -> Exec {
    let video = word(box_path);
    let facts = format!(
        "if [ -L {video} ]; then echo {LINK}; else stat -c %s {video} 2>/dev/null || echo {MISSING}; \
         stat -c %s:%d:%i:%y {video} 2>/dev/null; fi"
    );
    let digest = digest_up_to.map_or_else(String::new, |limit| {
        let digest = format!(
            "openssl dgst -sha256 -r {video} 2>/dev/null || sha256sum <{video} 2>/dev/null"
        );
        let digest = frame.labelled(DIGEST).around(&digest);
        format!(
            "; if [ ! -L {video} ] && [ \"$(stat -c %s {video} 2>/dev/null || echo 0)\" -gt 0 ] && \
             [ \"$(stat -c %s {video})\" -le {limit} ]; then {digest}; fi"
        )
    });
    ordinary(login(&format!("{PLAIN}; {}{digest}", frame.around(&facts))), run_as)
}

/// Prints the video in base64. The output is not cut.
pub(super) fn read(box_path: &str, frame: &Frame, run_as: Option<&String>) -> Exec {
    unlimited(&format!("base64 {}", word(box_path)), frame, run_as)
}

/// Prints a part of it.
pub(super) fn piece(box_path: &str, span: Span, frame: &Frame, run_as: Option<&String>) -> Exec {
    unlimited(&format!("{} | base64", part(box_path, span)), frame, run_as)
}

/// Prints a part of it, and the SHA-256 digest of the part in a frame of its own.
pub(super) fn digested_piece(
    box_path: &str,
    span: Span,
    frame: &Frame,
    run_as: Option<&String>,
) -> Exec {
    let part = part(box_path, span);
    let digest =
        format!("{part} | openssl dgst -sha256 -r 2>/dev/null || {part} | sha256sum 2>/dev/null");
    let digest = frame.labelled(DIGEST).around(&digest);
    let piece = frame.around(&format!("{part} | base64"));
    unframed(&format!("{piece}; {digest}"), run_as)
}

/// Prints the SHA-256 digests of parts of it, a line each.
pub(super) fn digests(
    box_path: &str,
    spans: &[Span],
    frame: &Frame,
    run_as: Option<&String>,
) -> Exec {
    let parts = spans.iter().map(|&span| format!("{} | sha256sum", part(box_path, span)));
    unlimited(&parts.collect::<Vec<_>>().join("; "), frame, run_as)
}

fn part(box_path: &str, Span { offset, length }: Span) -> String {
    format!("tail -c +{} {} | head -c {length}", offset + 1, word(box_path))
}

/// Prints whether ffmpeg is still there, and the end of its log. Where the video has filled the disk,
/// ffmpeg could not write that down.
pub(super) fn log_tail(box_path: &str, frame: &Frame, run_as: Option<&String>) -> Exec {
    // A video of another name has no log of its own.
    let log = Some(log_file(box_path)).filter(|log| log != box_path);
    let (log, pid) = (log.as_deref().map_or("/dev/null".into(), word), pid_file(box_path));
    let (video, pid) = (word(box_path), word(&pid));
    let script = format!(
        "if og_pid {pid} && og_is \"$n\" {video} {video}; then echo {RUNNING}; \
         else echo GONE; fi; \
         [ ! -f {log} ] || [ -L {log} ] || tail -c {LOG_TAIL_BYTES} {log} 2>/dev/null; \
         if [ \"$(s\\tat -f -c %a {video} 2>/dev/null)\" = 0 ]; then echo \"{FULL}\"; fi"
    );
    let script = format!("{PLAIN}; {FUNCTIONS}; {}", frame.around(&script));
    ordinary(login(&script), run_as)
}

/// Removes video, process number, log and the stop's marker; of a crash-safe video also its mark and
/// unfinished copies.
pub(super) fn delete(
    box_path: &str,
    pid_file: &str,
    is_crash_safe: bool,
    run_as: Option<&String>,
) -> Exec {
    let (log, marker) = (log_file(box_path), stop_marker(pid_file));
    let video = word(box_path);
    let copies =
        if is_crash_safe { format!(" {video}{CRASH_SAFE} {video}{COPY}") } else { String::new() };
    let files = [video, word(pid_file), word(&log), word(&marker)];
    ordinary(login(&format!("rm -f {}{copies}", files.join(" "))), run_as)
}

/// A number as ffmpeg reads it, which takes no exponent. What is no whole number is small.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "none is below 0")]
fn number(number: f64) -> String {
    if number.fract() == 0.0 { (number as u64).to_string() } else { number_text(number) }
}

pub(super) fn login(script: &str) -> String {
    ["bash -lc ", &quoted(script)].concat()
}

pub(super) fn ordinary(cmd: String, run_as: Option<&String>) -> Exec {
    Exec {
        cmd,
        run_as: run_as.cloned(),
        yield_time_ms: YIELD_MS,
        max_output_tokens: Some(OUTPUT_TOKENS),
    }
}

/// A framed script whose output is not cut.
pub(super) fn unlimited(script: &str, frame: &Frame, run_as: Option<&String>) -> Exec {
    unframed(&frame.around(script), run_as)
}

/// A script that prints its own frames. The output is not cut.
fn unframed(script: &str, run_as: Option<&String>) -> Exec {
    Exec {
        yield_time_ms: READ_YIELD_MS,
        max_output_tokens: None,
        ..ordinary(login(&format!("{PLAIN}; {script}")), run_as)
    }
}
