//! The media types of images.

use crate::ecmascript::trim;

/// The number of bytes of a file that are examined.
const HEAD: usize = 512;

const BMP: &str = "image/bmp";
const GIF: &str = "image/gif";
const JPEG: &str = "image/jpeg";
const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";
const TIFF: &str = "image/tiff";
const WEBP: &str = "image/webp";

/// The first bytes of image files. That of a bitmap is so short that other files can have it too.
const SIGNATURES: [(&[u8], &str); 6] = [
    (b"\x89PNG", PNG),
    (b"\xFF\xD8\xFF", JPEG),
    (b"GIF8", GIF),
    (b"BM", BMP),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
];

const EXTENSIONS: [(&str, &str); 10] = [
    (".png", PNG),
    (".jpg", JPEG),
    (".jpeg", JPEG),
    (".gif", GIF),
    (".webp", WEBP),
    (".bmp", BMP),
    (".tif", TIFF),
    (".tiff", TIFF),
    (".svg", SVG),
    (".svgz", SVG),
];

/// The media type of an image, by its first bytes, else by the extension of its path.
#[must_use]
pub fn media_type(content: &[u8], path: &str) -> Option<&'static str> {
    let head = &content[..content.len().min(HEAD)];
    signature(head).or_else(|| is_svg(head).then_some(SVG)).or_else(|| extension(path))
}

fn signature(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some(WEBP);
    }
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    known.map(|&(_, media_type)| media_type)
}

/// Whether the file is SVG: it begins with `<svg`, or with an XML prolog and has `<svg` later. A comment
/// or a doctype first is not recognized.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = trim(&text);
    text.starts_with("<svg") || text.starts_with("<?xml") && text.contains("<svg")
}

fn extension(path: &str) -> Option<&'static str> {
    let path = trim(path).to_lowercase();
    let known = EXTENSIONS.iter().find(|(extension, _)| path.ends_with(extension));
    known.map(|&(_, media_type)| media_type)
}
