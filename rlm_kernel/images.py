"""Images for a model: URLs as they are, everything else as a ``data:`` URL."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rlm_kernel.interfaces import UsageError

_SIGNATURES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def image_urls(images: Any) -> tuple[str, ...]:
    """A URL for each image: a URL, a path, the bytes of a file, or an object that draws itself as PNG.

    `images` is one of these or several.  Raises UsageError for anything else.
    """
    if images is None:
        return ()
    if isinstance(images, (str, bytes, bytearray)) or not isinstance(images, Iterable):
        images = [images]
    return tuple(_image_url(image) for image in images)


def _image_url(image: Any) -> str:
    if isinstance(image, str) and image.startswith(("http://", "https://", "data:")):
        return image
    if isinstance(image, (str, Path)):
        return _from_file(Path(image))
    if isinstance(image, (bytes, bytearray)):
        return _data_url(bytes(image), _kind_of(bytes(image)))
    draw = getattr(image, "_repr_png_", None)
    png = draw() if callable(draw) else None
    if isinstance(png, bytes):
        return _data_url(png, "image/png")
    raise UsageError(
        f"{type(image).__name__} is no image: give a URL, a path, bytes, or an object such as a PIL image"
    )


def _from_file(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the image {path}: {error.strerror or error}") from None
    return _data_url(data, mimetypes.guess_type(path.name)[0] or _kind_of(data))


def _kind_of(data: bytes) -> str:
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
    raise UsageError("these bytes are not an image: PNG, JPEG, GIF and WebP are understood")


def _data_url(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
