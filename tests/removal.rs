//! What the commands of the editor remove, in the shells that machines have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use opengeni_runtime_native::selfhosted::editor::removal;

const SHELLS: [&str; 2] = ["sh", "bash"];
/// What a command that refuses exits with.
const REFUSED: i32 = 77;

/// A directory with `proj`, the working directory, and others around and in it.
fn workspace(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("og-removal-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for folder in ["proj/sub", "other/sub", "proj's twin"] {
        fs::create_dir_all(root.join(folder)).expect("a directory");
    }
    std::os::unix::fs::symlink("..", root.join("proj/up")).expect("a link");
    fs::canonicalize(root).expect("a path")
}

/// Removes `path`, as the editor of a session without a working directory has it.
fn remove(shell: &str, path: &str, working_dir: &Path) -> Option<i32> {
    let command = removal(path.into(), "").expect("a path");
    let status = Command::new(shell).args(["-c", &command]).current_dir(working_dir).status();
    status.expect("a shell").code()
}

#[test]
fn the_working_directory_and_what_holds_it_stay() {
    for shell in SHELLS {
        let root = workspace(&format!("stays-{shell}"));
        let proj = root.join("proj");
        let here = proj.to_str().expect("UTF-8");
        let around = root.to_str().expect("UTF-8");
        let (slash, child, link) =
            (format!("{here}/"), format!("{here}/sub/.."), format!("{here}/up/"));
        for path in [here, around, &slash, &child, &link, "../proj"] {
            assert_eq!(remove(shell, path, &proj), Some(REFUSED), "{shell} {path}");
        }
        assert!(proj.join("sub").exists());
        fs::remove_dir_all(root).expect("removed");
    }
}

#[test]
fn everything_else_goes() {
    for shell in SHELLS {
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
        let left = fs::read_dir(&root).expect("a directory").map(|entry| entry.expect("one"));
        assert_eq!(left.map(|entry| entry.file_name()).collect::<Vec<_>>(), ["proj"]);
        fs::remove_dir_all(root).expect("removed");
    }
}
