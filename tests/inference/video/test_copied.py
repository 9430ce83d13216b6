"""Tests what is taken over with the pictures, and that the notes name what is not, and why."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.reader import open_video
from facedancer.inference.video.writer import VideoWriter

BEST = VideoSettings(crf=30, preset="ultrafast")
APPLE = {
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.location.ISO6709": "+48.1374+011.5755/",
    "com.apple.quicktime.creationdate": "2024-05-01T12:00:00+0200",
}


def _copy(source, path):
    with open_video(source) as reader, VideoWriter(path, reader.info, BEST, source) as writer:
        for frame in reader.frames():
            writer.write(frame.image, frame.pts, frame.duration)
    return writer.notes


def _cover():
    data = io.BytesIO()
    Image.fromarray(np.full((32, 32, 3), (200, 40, 60), np.uint8)).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def make_rich(make_clip):
    """``make_rich(name, ...)``: a clip with more in it than pictures and sound."""

    def make(
        name, *, tags=None, timecode=False, chapters=False, cover=None, second=False, options=None
    ):
        clip = make_clip(f"of_{name}.mp4", pixel_format="yuv420p", audio="aac")
        path = clip.with_name(name)
        with (
            av.open(str(clip)) as source,
            av.open(str(clip)) as other,
            av.open(str(path), "w", container_options=options or {}) as output,
        ):
            output.metadata.update(tags or {})
            if chapters:
                chapter = {"id": 1, "start": 0, "end": 200, "time_base": Fraction(1, 1000)}
                output.set_chapters([{**chapter, "metadata": {"title": "One"}}])
            copies = {
                (source, stream.index): output.add_stream_from_template(stream, opaque=True)
                for stream in source.streams
            }
            if timecode:
                copies[source, 0].codec_context.framerate = Fraction(24)
                copies[source, 0].metadata["timecode"] = "10:00:00:00"
            if second:
                copies[other, 0] = output.add_stream_from_template(
                    other.streams.video[0], opaque=True
                )
            if cover is not None:
                picture = output.add_stream("mjpeg", width=32, height=32, pix_fmt="yuvj420p")
                picture.disposition = av.stream.Disposition.attached_pic
                packet = av.Packet(cover)
                packet.pts = packet.dts = 0
                packet.stream = picture
                output.mux_one(packet)
            for container in (source, other):
                for packet in container.demux():
                    copy = copies.get((container, packet.stream_index))
                    if packet.size and copy is not None:
                        packet.stream = copy
                        output.mux(packet)
        return path

    return make


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv", ".avi"])
def test_a_telephones_tags_are_kept_or_named(make_rich, tmp_path, suffix):
    source = make_rich("in.mov", tags=APPLE, options={"movflags": "use_metadata_tags"})
    path = tmp_path / f"out{suffix}"
    notes = _copy(source, path)
    with av.open(str(path)) as container:
        kept = {name.lower(): text for name, text in container.metadata.items()}
    for name, text in APPLE.items():
        assert (kept.get(name.lower()) == text) == (suffix in (".mov", ".mkv"))
        assert any(name in note for note in notes) == (suffix in (".mp4", ".avi"))


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv", ".avi"])
def test_chapters_and_timecode_are_told_only_where_they_are_lost(make_rich, tmp_path, suffix):
    source = make_rich("in.mov", timecode=True, chapters=True)
    with av.open(str(source)) as container:
        data = [each for each in container.streams if each.type == "data"]
        assert len(data) == 2, "tracks of their own"
        (timecode,) = {each.metadata["timecode"] for each in data if "timecode" in each.metadata}
    path = tmp_path / f"out{suffix}"
    notes = _copy(source, path)
    with av.open(str(path)) as container:
        every = [container.metadata, *(each.metadata for each in container.streams)]
        kept = any(timecode in metadata.values() for metadata in every)
        chapters = len(container.chapters())
    assert kept == (suffix != ".avi") and chapters == (suffix != ".avi")
    if suffix == ".avi":
        expected = {
            f"left out: {what}, which avi does not hold"
            for what in ("the timecode", "the chapters")
        }
        assert expected <= set(notes)
    else:
        assert notes == []


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi"])
def test_the_cover_picture_is_kept_or_named(make_rich, tmp_path, suffix):
    cover = _cover()
    source = make_rich("in.mp4", cover=cover)
    path = tmp_path / f"out{suffix}"
    notes = _copy(source, path)
    with av.open(str(path)) as container:
        pictures = [
            each
            for each in container.streams.video
            if each.disposition & av.stream.Disposition.attached_pic
        ]
        found = [bytes(next(container.demux(each))) for each in pictures]
    if suffix in (".mp4", ".mkv"):
        assert found == [cover] and notes == []
        assert _copy(path, tmp_path / f"again{suffix}") == []
    else:
        assert found == []
        form = suffix[1:]
        assert notes == [
            f"left out: stream 2 (the cover picture, mjpeg), which {form} does not hold"
        ]


def test_a_second_video_is_left_out_for_what_it_shows(make_rich, tmp_path):
    source = make_rich("in.mp4", second=True)
    (note,) = _copy(source, tmp_path / "out.mp4")
    assert note.startswith("left out: stream 2 (a second video, h264), in which the faces would")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(container.streams.video) == 1


def test_sound_that_a_container_refuses_at_its_head_is_named(make_clip, packets, tmp_path):
    source = make_clip("in.mkv", audio="ac3")
    for suffix in (".mov", ".avi", ".mp4"):
        notes = _copy(source, tmp_path / f"out{suffix}")
        held = bool(packets(tmp_path / f"out{suffix}", "audio"))
        assert held == (notes == []), "left out and told, or kept"
