"""Tags, chapters and timecodes of the input that a written file lacks."""

import re
from collections.abc import Mapping
from pathlib import Path

import av

from .container import open_container

# What a container writes for itself, or says of the streams' own data.
_OWN = re.compile(
    "major_brand|minor_version|compatible_brands|encoder|duration|handler_name|vendor_id|bps|"
    "number_of_(bytes|frames)|_statistics_.*|source_id|alpha_mode|variant_bitrate|rotate"
)
TIMECODE = "timecode"
# MP4's are told with a language, too: location-eng.
_LANGUAGE = re.compile("-[a-z]{3}$")


def own_tags_left_out(metadata: Mapping[str, str]) -> dict[str, str]:
    """The tags that are worth copying."""
    return {name: text for name, text in metadata.items() if not _OWN.fullmatch(name.lower())}


def stream_tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """The same of a stream; what MP4's readers call its name, writers call its title."""
    tags = own_tags_left_out(metadata)
    name = tags.pop("name", None)
    return tags if name is None else {"title": name} | tags


def left_behind(
    source: av.container.InputContainer,
    path: Path,
    form: str,
    streams: Mapping[int, int],
    is_cut: bool = False,
) -> list[str]:
    """Reads what was written, and names what is not in it, a line each.

    Args:
        source: the input.
        path: the result.
        form: FFmpeg's name of its format, for people.
        streams: the index of each stream that was copied -> its index in the result.
        is_cut: whether it is an excerpt, which may lack chapters, and has no timecode.
    """
    with open_container(path) as written:
        held = [written.metadata, *(stream.metadata for stream in written.streams)]
        notes = []
        lost = _lost(source.metadata, written.metadata)
        if lost:
            notes.append(_line(f"the tags {', '.join(sorted(lost))}", form))
        for index, copied in streams.items():
            stream = source.streams[index]
            after = stream_tags(written.streams[copied].metadata)
            lost = _lost(stream_tags(stream.metadata), after)
            # When a stream was made is said of the whole file.
            lost -= {"creation_time"}
            if lost:
                notes.append(_line(f"stream {index}'s tags {', '.join(sorted(lost))}", form))
        if is_cut:
            return notes
        if has_timecode(source) and not any(TIMECODE in _names(each) for each in held):
            notes.append(_line("the timecode", form))
        if source.chapters() and not written.chapters():
            notes.append(_line("the chapters", form))
    return notes


def _lost(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    kept = _names(after)
    return {
        _base(name) if _base(name) in before else name
        for name, text in own_tags_left_out(before).items()
        if _base(name) not in kept | {TIMECODE} and (name.lower(), text) != ("language", "und")
    }


def _names(metadata: Mapping[str, str]) -> set[str]:
    return {_base(name) for name in metadata}


def _base(name: str) -> str:
    return _LANGUAGE.sub("", name.lower())


def has_timecode(source: av.container.InputContainer) -> bool:
    """Tells whether a file says, in any of its tags, at which timecode it begins."""
    every = [source.metadata, *(stream.metadata for stream in source.streams)]
    return any(TIMECODE in _names(metadata) for metadata in every)


def _line(what: str, form: str) -> str:
    return f"left out: {what}, which {form} does not hold"
