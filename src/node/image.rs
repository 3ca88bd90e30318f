//! Images.

use napi_derive::napi;

use crate::selfhosted::image;

/// The media type of an image.
#[napi(catch_unwind)]
pub fn image_media_type(content: &[u8], path: String) -> Option<&'static str> {
    image::media_type(content, &path)
}
