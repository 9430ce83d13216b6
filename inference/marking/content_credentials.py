"""C2PA manifests ("Content Credentials"): written by the reference library, and read back."""

import dataclasses
import io
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from c2pa import (
    Builder,
    C2paBuilderIntent,
    C2paError,
    C2paSignerInfo,
    Context,
    Reader,
    Settings,
    Signer,
)
from PIL import Image

import facedancer
from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.naming import beside, shown

from .credentials import Credentials
from .xmp import SOURCE_TYPE, SOURCE_TYPES

_SIGNABLE = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/avi",
}
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_BRANDS = {b"qt  ": "video/quicktime", b"avif": "image/avif", b"heic": "image/heic"}
_UNREAD = "application/octet-stream"
# Bytes of JSON that stand for all of a file's manifests.
_MOST_BYTES = 64 * MEGABYTE
# No thumbnails: they would show the face that was there before. No network: what is marked or
# verified is nobody else's business.
_SETTINGS = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}


class UnsignedError(ValueError):
    """The file carries no manifest now; the message says why."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The statements of a file's active manifest.

    Attributes:
        state: ``Trusted``, ``Valid`` (signed by someone unknown) or ``Invalid``.
        problems: codes of what is wrong, of C2PA's vocabulary.
        signer: the certificate's organisation and common name, as far as given.
        generator: the program that wrote it.
        source_types: the digital source types of its actions, without the vocabulary's URI.
        parents: titles of the files that it was made from; with their own manifest's signer.
    """

    state: str
    problems: tuple[str, ...]
    signer: str
    generator: str
    source_types: tuple[str, ...]
    parents: tuple[str, ...]


def sign(
    path: Path, suffix: str, parent: Path, credentials: Credentials, is_watermarked: bool
) -> None:
    """Gives a finished file a manifest, in place, whole or not at all.

    Args:
        path: the file that was made.
        suffix: names its format, ``".jpg"``, ``".mp4"``, ...
        parent: the file it was made from; a manifest that it carries is kept as part of the new.
        credentials: who signs.
        is_watermarked: note that the pixels carry an invisible mark as well.

    Raises:
        UnsignedError: the format carries no manifest (BMP, Matroska, WebM, a TIFF of several
            pages), or the library refuses.
    """
    mime_type = _SIGNABLE.get(suffix.lower())
    if mime_type is None:
        raise UnsignedError(f"{suffix.removeprefix('.')} files carry no manifest")
    if mime_type == "image/tiff" and _has_pages(path):
        raise UnsignedError("a TIFF of several pages would get one more that programs cannot show")
    signed = beside(path, ".", ".signed")
    title = shown(parent.name)
    try:
        with parent.open("rb") as origin, path.open("rb") as source, signed.open("w+b") as result:
            _sign(source, result, mime_type, origin, title, credentials, is_watermarked)
        signed.replace(path)
    except C2paError as error:
        raise UnsignedError(" ".join(str(error).split())) from error
    finally:
        signed.unlink(missing_ok=True)


def _has_pages(path: Path) -> bool:
    with Image.open(path, formats=("TIFF",)) as image:
        return image.n_frames > 1


def check(credentials: Credentials) -> None:
    """Signs a picture of one point, to learn early whether C2PA accepts the certificate.

    Raises:
        UnsignedError: it does not.
    """
    _, picture = cv2.imencode(".png", np.zeros((1, 1), np.uint8))
    point = io.BytesIO(picture.tobytes())
    try:
        _sign(point, io.BytesIO(), "image/png", io.BytesIO(b""), "nothing", credentials, False)
    except C2paError as error:
        raise UnsignedError(" ".join(str(error).split())) from error


def read_manifest(path: Path) -> Manifest | None:
    """The active manifest of a file of any format, or None where it carries none.

    Raises:
        UnsignedError: there is one, but it cannot be read.
    """
    try:
        with Context(Settings.from_dict(_SETTINGS)) as context, path.open("rb") as file:
            reader = Reader.try_create(None, file, context=context)
            if reader is None:
                return None
            with reader:
                content = parse_json(reader.json(), _MOST_BYTES)
                return _summary(content, reader.get_validation_state() or "?")
    except C2paError.NotSupported:
        return None
    except C2paError as error:
        raise UnsignedError(" ".join(str(error).split())) from error
    # Whoever signed it decides what it holds.
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnsignedError(f"its manifest makes no sense ({error!r})") from error


def _sign(
    source: BinaryIO,
    result: BinaryIO,
    mime_type: str,
    parent: BinaryIO,
    parent_name: str,
    credentials: Credentials,
    is_watermarked: bool,
) -> None:
    info = C2paSignerInfo(credentials.algorithm, credentials.chain, credentials.key, None)
    with Signer.from_info(info) as signer, Context(Settings.from_dict(_SETTINGS)) as context:
        builder = Builder(_definition(is_watermarked), context)
        builder.set_intent(C2paBuilderIntent.EDIT)
        _add_parent(builder, parent, parent_name)
        builder.sign(signer, mime_type, source, result)


def _definition(is_watermarked: bool) -> dict:
    agent = {"name": "FaceDancer", "version": facedancer.__version__}
    actions = [
        {
            "action": "c2pa.edited",
            "digitalSourceType": SOURCE_TYPE,
            "softwareAgent": agent,
            "description": "Faces were replaced by a neural network.",
        }
    ]
    if is_watermarked:
        # "Unbound": the mark says that the file is synthetic, it does not point to this manifest.
        actions.append({"action": "c2pa.watermarked.unbound", "softwareAgent": agent})
    return {
        "claim_generator_info": [agent],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _add_parent(builder: Builder, parent: BinaryIO, name: str) -> None:
    description = {"title": name, "relationship": "parentOf"}
    mime_type = _recognised(parent.read(12))
    parent.seek(0)
    try:
        builder.add_ingredient(description, mime_type, parent)
    except C2paError:
        # Damaged where only the library looks: then it is named, but not read.
        parent.seek(0)
        builder.add_ingredient(description, _UNREAD, parent)


def _recognised(start: bytes) -> str:
    """The format that a file's first 12 bytes show, whatever its name."""
    for signature, mime_type in _SIGNATURES:
        if start.startswith(signature):
            return mime_type
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "video/mp4")
    if start.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"AVI ": "video/avi"}.get(start[8:12], _UNREAD)
    return _UNREAD


def _summary(store: dict, state: str) -> Manifest:
    manifest = store["manifests"][store["active_manifest"]]
    info = manifest.get("signature_info") or {}
    names = (info.get("common_name"), info.get("issuer"))
    generators = manifest.get("claim_generator_info") or [{}]
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    types = [action["digitalSourceType"] for action in actions if "digitalSourceType" in action]
    return Manifest(
        state,
        tuple(one["code"] for one in store.get("validation_status", [])),
        ", ".join(name for name in names if name) or "unknown",
        " ".join(str(generators[0].get(key, "")) for key in ("name", "version")).strip(),
        tuple(dict.fromkeys(one.removeprefix(SOURCE_TYPES) for one in types)),
        tuple(_parent_line(one) for one in manifest.get("ingredients", [])),
    )


def _parent_line(ingredient: dict) -> str:
    kept = "with its own manifest" if ingredient.get("active_manifest") else "without a manifest"
    return f"{ingredient.get('title', 'untitled')} ({kept})"
