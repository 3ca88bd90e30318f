//! The files that the editor's commands remove, in the shells of machines.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opengeni_runtime_native::selfhosted::editor::{removal, update};

/// The exit code of a command that refuses.
const REFUSED: i32 = 77;

/// What `sh` is on one machine or another, of what this one has.
fn shells() -> impl Iterator<Item = &'static str> {
    ["sh", "bash"].into_iter().chain(["busybox", "zsh"].into_iter().filter(|shell| {
        let is_there = which(shell).is_some();
        if !is_there {
            println!("skipped: this machine has no {shell}");
        }
        is_there
    }))
}

/// A directory with `proj`, the working directory, and others around and in it.
fn workspace(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("og-removal-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for folder in ["proj/sub", "other/sub", "proj's twin"] {
        fs::create_dir_all(root.join(folder)).expect("a directory");
    }
    symlink("..", root.join("proj/up")).expect("a link");
    fs::canonicalize(root).expect("a path")
}

/// Removes `path` by the command of the editor of a session without a working directory.
fn remove(shell: &str, path: &str, working_dir: &Path) -> Option<i32> {
    run(shell, &removal(path.into(), "").expect("a path"), working_dir)
}

/// Runs a command where both the shell of commands and the standard one are `shell`.
fn run(shell: &str, command: &str, working_dir: &Path) -> Option<i32> {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shells").join(shell);
    fs::create_dir_all(&tools).expect("a directory");
    // Another test may have made it.
    let _ = symlink(which(shell).expect("a shell"), tools.join("sh"));
    let mut sh = Command::new(tools.join("sh"));
    sh.args(["-c", command]).current_dir(working_dir).stderr(Stdio::null());
    let path = std::env::var("PATH").expect("a path");
    sh.env("PATH", format!("{}:{path}", tools.display()));
    sh.status().expect("a shell").code()
}

fn which(tool: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").expect("a path");
    std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.exists())
}

/// The names in a directory, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a directory").map(|entry| entry.expect("one"));
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn the_working_directory_and_what_holds_it_stay() {
    for shell in shells() {
        let root = workspace(&format!("stays-{shell}"));
        let proj = root.join("proj");
        let here = proj.to_str().expect("UTF-8");
        let around = root.to_str().expect("UTF-8");
        let (slash, child, link) =
            (format!("{here}/"), format!("{here}/sub/.."), format!("{here}/up/."));
        // Two slashes in front are one place with one of them, and some shells keep both.
        let two = [format!("/{here}"), format!("/{around}"), format!("/{here}/up/proj")];
        symlink(format!("/{around}"), proj.join("two")).expect("a link");
        let inside =
            ["two/proj", "two/.", "up/proj", "up/proj/", "up/.", "up/proj/up/proj", "./up//proj"];
        let outside = [here, around, &slash, &child, &link, "../proj"];
        for path in outside.into_iter().chain(two.iter().map(String::as_str)).chain(inside) {
            assert_eq!(remove(shell, path, &proj), Some(REFUSED), "{shell} {path}");
        }
        let renamed = update("up/proj".into(), "b".into(), "").expect("two paths");
        let command = renamed.removal.expect("an old name");
        assert_eq!(run(shell, &command, &proj), Some(REFUSED), "{shell}");
        assert!(proj.join("sub").exists());
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn everything_else_goes() {
    for shell in shells() {
        let root = workspace(&format!("goes-{shell}"));
        let proj = root.join("proj");
        let absolute = |path: &str| root.join(path).to_str().expect("UTF-8").to_owned();
        for path in [
            absolute("proj's twin"),
            absolute("other/sub"),
            "../other".to_owned(),
            // The link, not where it leads.
            absolute("proj/up"),
            absolute("proj/sub"),
            absolute("nothing"),
        ] {
            assert_eq!(remove(shell, &path, &proj), Some(0), "{shell} {path}");
            assert!(!proj.join(&path).exists(), "{shell} {path}");
        }
        assert_eq!(names(&root), ["proj"]);
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn a_link_goes_and_what_it_leads_to_stays() {
    for shell in shells() {
        let root = workspace(&format!("link-{shell}"));
        let proj = root.join("proj");
        symlink(root.join("other"), proj.join("to-folder")).expect("a link");
        symlink("nowhere", proj.join("to-nothing")).expect("a link");
        symlink(".", proj.join("here")).expect("a link");
        for path in ["up/", "to-folder//", "to-nothing", "here"] {
            assert_eq!(remove(shell, path, &proj), Some(0), "{shell} {path}");
        }
        assert_eq!(names(&proj), ["sub"]);
        assert_eq!(names(&root), ["other", "proj", "proj's twin"]);
        assert_eq!(names(&root.join("other")), ["sub"]);
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn odd_names_are_names() {
    for shell in shells() {
        let root = workspace(&format!("odd-{shell}"));
        let proj = root.join("proj");
        let odd =
            ["-", "-rf", "--", "~", "!", "(", "$HOME", "*", "a b", "a\nb", "a\n", "\n", "it's"];
        for name in odd {
            fs::create_dir_all(proj.join(name).join("sub")).expect("a directory");
        }
        for name in odd {
            assert_eq!(remove(shell, name, &proj), Some(0), "{shell} {name:?}");
        }
        assert_eq!(names(&proj), ["sub", "up"]);

        // Names that differ only in line breaks at their ends are different files.
        for broken in ["proj\n", "proj\n\n"] {
            fs::create_dir_all(root.join(broken).join("sub")).expect("a directory");
        }
        let inside = root.join("proj\n/sub");
        assert_eq!(remove(shell, "../../proj\n", &inside), Some(REFUSED), "{shell}");
        assert_eq!(remove(shell, "../proj\n\n", &root.join("proj\n")), Some(0), "{shell}");
        assert_eq!(names(&root), ["other", "proj", "proj\n", "proj's twin"]);
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn a_parent_that_cannot_be_read_hides_nothing() {
    for shell in shells() {
        let root = workspace(&format!("unread-{shell}"));
        let proj = root.join("proj");
        fs::set_permissions(&root, fs::Permissions::from_mode(0o300)).expect("permitted");
        for path in ["up/proj", "../proj", ".."] {
            let command = removal(path.into(), "").map(|command| run(shell, &command, &proj));
            assert!(matches!(command, Ok(Some(REFUSED)) | Err(_)), "{shell} {path}");
        }
        assert_eq!(remove(shell, "up/other", &proj), Some(0), "{shell}");
        fs::set_permissions(&root, fs::Permissions::from_mode(0o700)).expect("permitted");
        assert_eq!(names(&root), ["proj", "proj's twin"]);
        assert_eq!(names(&proj), ["sub", "up"]);
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn a_renamed_file_loses_its_old_name() {
    for shell in shells() {
        let root = workspace(&format!("renamed-{shell}"));
        let proj = root.join("proj");
        let (old, same) = (&["b", "sub", "up"][..], &["a", "b", "sub", "up"][..]);
        for (path, left) in [("a", old), ("up/proj/b", same)] {
            fs::write(proj.join("a"), "old").expect("written");
            fs::write(proj.join("b"), "new").expect("written");
            let renamed = update(path.into(), "b".into(), "").expect("two paths");
            let command = renamed.removal.expect("an old name");
            assert_eq!(run(shell, &command, &proj), Some(0), "{shell} {path}");
            assert_eq!(names(&proj), left, "{shell} {path}");
        }
        fs::remove_dir_all(root).expect("removed");
    }
}
