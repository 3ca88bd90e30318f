//! The media types of images.

use napi_derive::napi;

use crate::selfhosted::image;

/// Returns the media type of an image, or `null` for an unknown one.
#[napi(catch_unwind)]
pub fn image_media_type(content: &[u8], path: String) -> Option<&'static str> {
    image::media_type(content, &path)
}
