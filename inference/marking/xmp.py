"""The IPTC's digital source type in a file's XMP, in every format of ours that has a place for it.

Where XMP lies in a file: Adobe's XMP specification, part 3 (ISO 16684-1 is part 1). The property:
IPTC Photo Metadata Standard, `Iptc4xmpExt:DigitalSourceType`.
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# "The compositing of trained algorithmic media with some other media": a photograph, one face new.
SOURCE_TYPE = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"

_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
# The whole packet, for those who write it as they write a file.
PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_EXTENSION}">
   <Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()

_QUICKTIME_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_WEBP_HAS_XMP = 0x04
_TIFF_XMP, _TIFF_BYTE = 700, 1


class NoPlaceError(ValueError):
    """The file has no place for XMP, or is built in a way that we do not extend."""


def add_source_type(path: Path, suffix: str) -> None:
    """Writes the source type into a finished file, in place; its pictures and sounds stay as is.

    Args:
        path: the file, without XMP yet; of a video only the end is touched.
        suffix: names the format, ``".jpg"``, ``".mp4"``, ...

    Raises:
        NoPlaceError: the format (BMP, Matroska, WebM), or this file, cannot carry XMP.
    """
    suffix = suffix.lower()
    if suffix in _APPENDING:
        with path.open("r+b") as file:
            _APPENDING[suffix](file)
    elif suffix in _REWRITING:
        path.write_bytes(_REWRITING[suffix](path.read_bytes()))
    else:
        raise NoPlaceError(f"{suffix.removeprefix('.')} files have no place for XMP")


def read_source_types(path: Path) -> list[str]:
    """Every digital source type that the XMP packets of a file state, without its vocabulary's URI.

    Packets are found by their text, as XMP is made to be, so this works for any format.
    """
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return [found for packet in _packets(data) for found in _source_types(packet)]


def _packets(data: mmap.mmap) -> Iterator[bytes]:
    end_tag = b"</x:xmpmeta>"
    start = data.find(b"<x:xmpmeta")
    while start >= 0:
        end = data.find(end_tag, start)
        if end < 0:
            return
        yield data[start : end + len(end_tag)]
        start = data.find(b"<x:xmpmeta", end)


def _source_types(packet: bytes) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(packet)
    except ElementTree.ParseError:
        return
    name = f"{{{_EXTENSION}}}DigitalSourceType"
    for element in root.iter():
        # RDF allows a simple property as an element and as an attribute.
        for value in (element.get(name), element.text if element.tag == name else None):
            if value:
                yield value.strip().removeprefix(SOURCE_TYPES)


def _jpeg(data: bytes) -> bytes:
    segment = b"http://ns.adobe.com/xap/1.0/\0" + PACKET
    place = 2  # after the start marker, and after JFIF's segment, which wants to be first
    if data[2:4] == b"\xff\xe0":
        place += 2 + int.from_bytes(data[4:6], "big")
    return data[:place] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[place:]


def _png(data: bytes) -> bytes:
    body = b"iTXt" + b"XML:com.adobe.xmp" + b"\0" * 5 + PACKET
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    header = 8 + 12 + int.from_bytes(data[8:12], "big")
    return data[:header] + chunk + data[header:]


def _gif(data: bytes) -> bytes:
    # Wherever a reader lands that takes the packet for blocks, the "magic trailer" leads it out.
    trailer = bytes([1, *range(255, -1, -1), 0])
    extension = b"\x21\xff\x0bXMP DataXMP" + PACKET + trailer
    if not data.endswith(b";"):
        raise NoPlaceError("the GIF has no end marker")
    return data[:-1] + extension + b";"


def _webp(data: bytes) -> bytes:
    chunks = data[12:]
    if not chunks.startswith(b"VP8X"):
        chunks = _extended_header(chunks) + chunks
    flags = chunks[8] | _WEBP_HAS_XMP
    chunks = chunks[:8] + bytes([flags]) + chunks[9:] + _riff_chunk(b"XMP ", PACKET)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _extended_header(chunks: bytes) -> bytes:
    """The VP8X chunk of a simple WebP: what it holds, and its size."""
    if chunks.startswith(b"VP8 "):
        width, height = struct.unpack("<HH", chunks[14:18])
        width, height, alpha = width & 0x3FFF, height & 0x3FFF, 0
    else:
        bits = int.from_bytes(chunks[9:13], "little")
        width, height, alpha = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _riff_chunk(b"VP8X", bytes([alpha << 4, 0, 0, 0]) + size)


def _riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _tiff(data: bytes) -> bytes:
    """Appends the packet and a copy of the first directory with one entry more."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        raise NoPlaceError("BigTIFF files are not extended")
    (at,) = struct.unpack(f"{order}I", data[4:8])
    (count,) = struct.unpack(f"{order}H", data[at : at + 2])
    raw = data[at + 2 : at + 2 + 12 * count]
    rest = data[at + 2 + 12 * count : at + 6 + 12 * count]
    data += b"\0" * (len(data) % 2)
    entry = struct.pack(f"{order}HHII", _TIFF_XMP, _TIFF_BYTE, len(PACKET), len(data))
    entries = sorted(
        [entry, *(raw[i : i + 12] for i in range(0, len(raw), 12))],
        key=lambda one: struct.unpack(f"{order}H", one[:2]),
    )
    data += PACKET + b"\0" * (len(PACKET) % 2)
    directory = struct.pack(f"{order}H", count + 1) + b"".join(entries) + rest
    return data[:4] + struct.pack(f"{order}I", len(data)) + data[8:] + directory


def _quicktime(file: BinaryIO) -> None:
    """A box of its own at the end: no offset within the file changes."""
    end = file.seek(0, 2)
    at = 0
    while at < end:
        file.seek(at)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            raise NoPlaceError("its last box has no size, so nothing can follow it")
        at += size
    file.seek(end)
    body = b"uuid" + _QUICKTIME_UUID + PACKET
    file.write(struct.pack(">I", len(body) + 4) + body)


def _avi(file: BinaryIO) -> None:
    """The chunk ``_PMX`` at the end of the first RIFF list; later lists would have to move."""
    end = file.seek(0, 2)
    file.seek(4)
    size = int.from_bytes(file.read(4), "little")
    chunk = _riff_chunk(b"_PMX", PACKET)
    if 8 + size != end or size + len(chunk) >= 1 << 32:
        raise NoPlaceError("AVI files of several parts are not extended")
    file.seek(end)
    file.write(chunk)
    file.seek(4)
    file.write(struct.pack("<I", size + len(chunk)))


_REWRITING = {
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".png": _png,
    ".gif": _gif,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
}
_APPENDING = {".mp4": _quicktime, ".mov": _quicktime, ".m4v": _quicktime, ".avi": _avi}
