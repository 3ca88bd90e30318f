//! Listing directories.

use serde::Serialize;

use super::error::ServiceError;
use super::files::whole;
use super::place::{Root, loose, operand};
use super::runner::{Runner, Shell, Wanted};
use super::workspace::{Place, Workspace};
use super::{listing, path};
use crate::input::{InputError, Value};

/// The greatest length of an entry in a listing, in bytes: a path of 4,096 bytes and four numbers.
const LINE: u64 = 4_200;

/// A request to list a directory.
#[derive(Debug)]
pub struct List {
    path: String,
    depth: u64,
    max_entries: u64,
    include_hidden: bool,
    place: Place,
    orders_plainly: bool,
}

impl List {
    /// Checks a request. `orders_plainly` is whether the host's language has the order of
    /// [`super::collation`].
    ///
    /// # Errors
    ///
    /// Where a field is of the wrong type.
    pub fn check(
        root: &Root,
        path: Value,
        (depth, max_entries): (Value, Value),
        include_hidden: Value,
        orders_plainly: bool,
    ) -> Result<Self, ServiceError> {
        let include_hidden = match include_hidden {
            Value::Absent => true,
            Value::Flag(flag) => flag,
            other => Err(InputError::wrong_type("includeHidden", "a boolean", &other))?,
        };
        Ok(Self {
            path: path::normalized(&loose("path", path)?).to_owned(),
            depth: whole("depth", depth, 1)?.max(1),
            max_entries: whole("maxEntries", max_entries, 2_000)?,
            include_hidden,
            place: Place::Directory(root.own_directory()),
            orders_plainly,
        })
    }
}

/// The listing of a directory.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The output of `find`.
    text: String,
    /// The normalized path of the directory.
    root: String,
    /// The outline of the tree in the text.
    outline: String,
    revision: f64,
}

/// Lists a directory. A missing directory is empty.
///
/// # Errors
///
/// Where the session cannot run commands, or throws.
pub async fn list(workspace: &impl Workspace, list: List) -> Result<Listed, ServiceError> {
    let List { path, depth, max_entries, include_hidden, place, orders_plainly } = list;
    let folder = if path.is_empty() { ".".to_owned() } else { operand(&path) };
    let hidden = if include_hidden { "" } else { " -not -path '*/.*'" };
    let find = format!("find {folder} -mindepth 1 -maxdepth {depth}{hidden}");
    let runner = Runner::new(workspace);
    let cmd = format!(r"{find} -printf '%y\t%s\t%T@\t%m\t%p\0' 2>/dev/null");
    let mut text = run(&runner, &cmd, &place, max_entries).await?;
    if text.is_empty() {
        // A `find` without `-printf` prints nothing, as for an empty directory.
        let describe = "while IFS= read -r -d '' p; do \
            if [ -d \"$p\" ]; then t=d; size=0; \
            elif [ -f \"$p\" ]; then t=f; size=$(wc -c < \"$p\" | tr -d ' '); \
            elif [ -L \"$p\" ]; then t=l; size=0; else t=o; size=0; fi; \
            mtime=$(date -r \"$p\" +%s 2>/dev/null || stat -c %Y \"$p\" 2>/dev/null || echo 0); \
            mode=$(stat -c %a \"$p\" 2>/dev/null || stat -f %Lp \"$p\" 2>/dev/null || echo 0); \
            printf '%s\\t%s\\t%s\\t%s\\t%s\\0' \"$t\" \"$size\" \"$mtime\" \"$mode\" \"$p\"; done";
        let cmd = format!("{find} -print0 2>/dev/null | {describe}");
        text = run(&runner, &cmd, &place, max_entries).await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "it is below 2^53")]
    let outline = listing::outline(&text, &path, max_entries as f64, orders_plainly);
    let revision = workspace.revision(false).await?.number;
    Ok(Listed { text, root: path, outline, revision })
}

async fn run<W: Workspace>(
    runner: &Runner<'_, W>,
    cmd: &str,
    place: &Place,
    max_entries: u64,
) -> Result<String, ServiceError> {
    // One more entry shows that the listing is truncated.
    let entries = max_entries.saturating_add(1);
    let is_enough = |bytes: &[u8]| memchr::memchr_iter(0, bytes).count() as u64 > entries;
    let wanted = Wanted { most: entries.saturating_mul(LINE), is_enough: &is_enough };
    let printed = runner.read(cmd, place, Shell::Login, wanted).await?;
    let mut text = printed.text;
    if printed.is_cut {
        // The last entry may be incomplete.
        text.truncate(text.rfind('\0').map_or(0, |end| end + 1));
    }
    Ok(text)
}
