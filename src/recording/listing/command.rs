//! The commands of a look and of a removal. They hold none of the words by which callers' test doubles know
//! the commands of a recording.

use std::fmt::Write;

use super::answer::{COPIES, File, SUFFIXES};
use crate::recording::command::unlimited;
use crate::shell::{Exec, Frame, word};

/// What a removal prints where the lock is not to be had.
pub(super) const LOCKED: &str = "LOCKED";

/// Makes names mean the same on each box, and be sorted by their bytes.
const PLAIN: &str = "LC_ALL=C; shopt -u nullglob failglob nocaseglob nocasematch; \
                     unset GLOBIGNORE GLOBSORT CDPATH";

/// Calls `og_found PROCESS PROGRAM NAME LAST` for each argument of a process that is the path of a recording's
/// file in the working directory. `LAST` is 1 for the last argument. A relative path is taken for one. The arguments of a film are few.
const PROCESSES: &str = concat!(
    r#"og_processes() { for p in /proc/[0-9]*; do i=0; w=; "#,
    r#"while [ $i -lt 256 ] && IFS= read -r -d "" a; do [ $i != 0 ] || z=${a##*/}; i=$((i+1)); "#,
    r#"[ -z "$w" ] || og_found "${p##*/}" "$z" "$w" 0; w=; "#,
    r#"case ${a##*/} in og-rec-*) [ "${a:0:1}" = / ] && [ ! "$a" -ef "./${a##*/}" ] || "#,
    r#"w=${a##*/};; esac; done <"$p/cmdline"; [ -z "$w" ] || og_found "${p##*/}" "$z" "$w" 1; "#,
    r#"done; } 2>/dev/null"#,
);

/// Whether a process number in a file is one of a process, on a box without proc(5). A process of another user
/// is one, too.
const ALIVE: &str = concat!(
    r#"og_pid() { [ -f "$1" ] && [ ! -L "$1" ] && IFS= read -r -n 20 n <"$1" && "#,
    r#"case $n in ""|0*|*[!0-9]*) false;; esac; } 2>/dev/null; "#,
    r#"og_alive() { [ ! -d /proc/self ] && case $(k\ill -0 "$1" 2>&1) in *"No such process"*) false;; esac; }"#,
);

/// Prints a page of the files in a directory after the name `after`, and which processes have one of them as
/// an argument.
pub(super) fn list(
    directory: &str,
    after: &[u8],
    length: usize,
    frame: &Frame,
    run_as: Option<&String>,
) -> Exec {
    let directory = word(directory);
    let after = bytes(after);
    let names = SUFFIXES.map(|(suffix, _)| format!("*{suffix}")).join("|");
    let script = format!(
        "{PLAIN}; {PROCESSES}; {ALIVE}; \
         og_found() {{ y=0; [ \"$2\" != f\\fmpeg ] || y=$4; printf \"A%s:%s:%s\\0\" \"$1\" $y \"$3\"; }}; \
         og_facts() {{ s\\tat -c %f:%s:%Y:%i:%u:%U\"$1\" \"${{@:2}}\" 2>/dev/null; }}; \
         og_list() {{ printf \"D%s\\0\" \"$PWD\"; \
         if ! m=$(cd {directory} 2>&1) || ! cd {directory} || ! [ -r . ]; then \
         m=${{m##*: }}; printf \"E%s\\0\" \"${{m:-Permission denied}}\"; return; fi; \
         printf \"U%s\\0T%s\\0\" \"$EUID\" \"$(date +%s)\"; b=0; l=; v=(); \
         for f in og-rec-*; do [[ $f > {after} ]] || continue; \
         case $f in {names}|{COPIES}) ;; *) continue;; esac; [ -e \"$f\" ] || [ -L \"$f\" ] || continue; \
         if [ $b -gt {length} ]; then printf \"C%s\\0\" \"$l\"; break; fi; \
         l=$f; b=$((b+${{#f}}+60)); \
         case $f in *$'\\n'*) printf \"N%s:%s\\0\" \"$(og_facts \"\" \"./$f\")\" \"$f\";; \
         *) v+=(\"./$f\");; esac; \
         case $f in *.pid) if og_pid \"$f\"; then b=$((b+${{#f}})); k=0; ! og_alive \"$n\" || k=1; \
         printf \"P%s:%s:%s\\0\" $k \"$n\" \"$f\"; fi;; esac; done; \
         if [ ${{#v[@]}} -gt 0 ]; then printf S; og_facts :%n \"${{v[@]}}\"; printf \"\\0\"; fi; \
         og_processes; }}; \
         og_list | b\\ase64"
    );
    unlimited(&script, frame, run_as)
}

/// Removes the files of recordings, each of which is still as it was seen and is used by no process. Prints
/// the numbers of those that are gone.
///
/// A start holds the lock while it makes way for its own files, where the box has `flock`.
pub(super) fn sweep<'a>(
    directory: &str,
    groups: impl Iterator<Item = &'a [&'a File]>,
    frame: &Frame,
    run_as: Option<&String>,
) -> Exec {
    let mut script = format!(
        "{PLAIN}; {PROCESSES}; {ALIVE}; declare -A used; og_found() {{ used[\"$3\"]=1; }}; \
         og_remove() {{ g=$1; [ \"$(s\\tat -c %i:%s:%Y \"${{@:3}}\" 2>/dev/null)\" = \"$2\" ] || return; \
         for f in \"${{@:3}}\"; do [ -f \"$f\" ] && [ ! -L \"$f\" ] && [ -O \"$f\" ] && \
         [ -z \"${{used[${{f#./}}]}}\" ] || return; \
         case $f in *.pid) if og_pid \"$f\" && og_alive \"$n\"; then return; fi;; esac; done; \
         r\\m -f \"${{@:3}}\" 2>/dev/null; i=0; for f in \"${{@:3}}\"; do \
         [ -e \"$f\" ] || [ -L \"$f\" ] || echo \"$g:$i\"; i=$((i+1)); done; }}; \
         og_sweep() {{ cd {directory} && exec 9<. || return; \
         for i in {{1..60}}; do flock -n 9 2>/dev/null; s=$?; [ $s = 1 ] || break; sleep 0.1; done; \
         if [ $s = 1 ]; then echo {LOCKED}; return; fi; og_processes",
        directory = word(directory),
    );
    for (number, files) in groups.enumerate() {
        let facts = files.iter().map(|file| {
            let File { inode, size, modified, .. } = file;
            format!("{inode}:{size}:{modified}")
        });
        let facts = facts.collect::<Vec<_>>().join("\n");
        let _ = write!(script, "; og_remove {number} {}", word(&facts));
        for file in files {
            let _ = write!(script, " {}", word(&format!("./{}", file.name)));
        }
    }
    script.push_str("; }; og_sweep");
    unlimited(&script, frame, run_as)
}

/// A word of bash of any bytes but NUL.
fn bytes(name: &[u8]) -> String {
    let mut word = "$'".to_owned();
    for byte in name {
        let _ = write!(word, "\\x{byte:02x}");
    }
    word + "'"
}
