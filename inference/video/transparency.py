"""Videos with an alpha channel: as GIF and WebP, they are laid over white."""

import av
import numpy as np

# WebM's alpha is a second picture with each, which FFmpeg's own decoders pass over.
_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_OPAQUE = 255


def has_alpha(pixel_format: str) -> bool:
    """Tells whether pictures of FFmpeg's pixel format may be transparent."""
    components = av.VideoFormat(pixel_format).components
    return pixel_format == "pal8" or any(each.is_alpha for each in components)


def alpha_decoder(stream: av.VideoStream) -> av.VideoCodecContext | None:
    """A decoder that sees the alpha channel of a stream whose own does not; mostly None."""
    tags = {name.lower(): text for name, text in stream.metadata.items()}
    decoder = _DECODERS.get(stream.codec_context.name)
    if decoder is None or tags.get("alpha_mode") != "1":
        return None
    return av.CodecContext.create(decoder, "r")


def over_white(image: np.ndarray) -> tuple[np.ndarray, bool]:
    """``[H, W, 4]`` uint8 RGBA -> ``[H, W, 3]`` uint8 RGB, and whether anything was transparent."""
    rgb, alpha = image[..., :3], image[..., 3:]
    if (alpha == _OPAQUE).all():
        return np.ascontiguousarray(rgb), False
    laid = rgb.astype(np.uint32) * alpha + _OPAQUE * (_OPAQUE - alpha.astype(np.uint32))
    return ((laid + _OPAQUE // 2) // _OPAQUE).astype(np.uint8), True
