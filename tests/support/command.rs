//! The commands as a box sees them.

/// Prints a line of a frame.
const MARK: &str = r#"printf "\n%s:%s\n" "#;

/// The script of a command: what `bash -lc` gets.
pub fn script(cmd: &str) -> String {
    let quoted = cmd.strip_prefix("bash -lc '").and_then(|rest| rest.strip_suffix('\''));
    quoted.map_or_else(|| cmd.to_owned(), |text| text.replace(r"'\''", "'"))
}

/// A frame that a script prints, and the script inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameText {
    pub nonce: String,
    pub label: String,
    pub body: String,
}

impl FrameText {
    /// The frame as it is printed.
    pub fn around(&self, text: &str) -> String {
        let Self { nonce, label, .. } = self;
        format!("\n{nonce}:{label}\n{text}\n{nonce}:end\n")
    }
}

/// The frames of a command.
pub fn frames(cmd: &str) -> Vec<FrameText> {
    let script = script(cmd);
    let mut marks = script.split(MARK).skip(1);
    let mut frames = Vec::new();
    while let (Some(opening), Some(closing)) = (marks.next(), marks.next()) {
        let (mark, body) = opening.split_once("; ").expect("a script follows the opening");
        let (nonce, label) = mark.split_once(' ').expect("a mark has two parts");
        assert!(closing.starts_with(&format!("{nonce} end")), "{closing:?} closes {nonce}");
        let body = body.strip_suffix("; ").expect("the closing follows the script");
        frames.push(FrameText {
            nonce: nonce.to_owned(),
            label: label.to_owned(),
            body: body.to_owned(),
        });
    }
    frames
}

/// The output of a command with `text` in its first frame.
pub fn framed(cmd: &str, text: &str) -> String {
    frames(cmd)[0].around(text)
}
