"""Pictures through the engine: marked, reported, and refused without a word about this machine."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.inference.jobs.sources import save_identity
from facedancer.serving.work.errors import TooLargeError, for_strangers
from facedancer.serving.work.limits import Limits
from facedancer.serving.work.media import check_media
from facedancer.utils.decoding import decode_image
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image


def test_a_picture_is_swapped_marked_and_reported(make_engine, photographs, tmp_path):
    target, source, _ = photographs
    engine = make_engine()
    swapped = engine.swap_picture(target, [source, source], options={"which": "largest"})
    assert (swapped.suffix, swapped.media_type) == (".png", "image/png")
    assert np.abs(decode_image(swapped.content).astype(int) - read_image(target)).max() > 100
    assert swapped.report["swapped"] == 1 and swapped.report["picture"] == "swapped.png"
    assert "/" not in json.dumps(swapped.report["faces"])
    result = tmp_path / "result"
    result.write_bytes(swapped.content)
    assert engine.verify(result)["is_marked"] and not engine.verify(target)["is_marked"]
    json.dumps(engine.verify(result))


def test_a_saved_identity_swaps_as_its_photographs_do(make_engine, photographs, tmp_path):
    target, source, _ = photographs
    engine = make_engine()
    engine.swapper.encoder_path = UNTRAINED_SMALL
    saved = tmp_path / "anna.identity"
    save_identity(engine.swapper, [source], saved)
    by_both = [engine.swap_picture(target, [one]).report["faces"] for one in (source, saved)]
    assert by_both[0] == by_both[1]


def test_the_reference_alone_is_swapped(make_engine, photographs):
    target, source, _ = photographs
    engine = make_engine()
    assert engine.swap_picture(target, [source], [source]).report["swapped"] == 1
    with pytest.raises(UserError, match="nobody was swapped: looks like nobody of the reference"):
        engine.swap_picture(target, [source], [source], {"match_threshold": 1})


def test_faces_are_listed_as_a_swap_counts_them(make_engine, photographs):
    engine = make_engine()
    (face,) = engine.find_faces(photographs[0], with_crops=True)
    left, top, right, bottom = face["box"]
    assert face["nth"] == 1 and face["score"] > 0.6 and len(face["landmarks"]) == 5
    assert 0 < left < right < 120 and 0 < top < bottom < 144
    assert len(face["crop"]) > 1000
    json.dumps(face)
    assert engine.find_faces(photographs[2]) == []


def bomb():
    """A PNG that claims 40,000 x 40,000 pixels."""
    file = io.BytesIO()
    Image.new("1", (8, 8)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    return bytes(data)


def cut_short():
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(
        file, "JPEG"
    )
    return file.getvalue()[:600]


HOSTILE = {
    "empty": b"",
    "text": b"no picture at all",
    "bomb": bomb(),
    "cut": cut_short(),
    "html": b"<html><body>hello</body></html>",
    "pdf": b"%PDF-1.7 and so on",
    "elf": b"\x7fELF" + bytes(200),
    "gif": b"GIF89a",
    "tiff": b"II*\0\xff\xff\xff\x7f",
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_line_without_a_path(
    make_engine, photographs, tmp_path, name
):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(HOSTILE[name])
    target, source, _ = photographs
    engine = make_engine()
    for ask in (
        lambda: engine.swap_picture(bad, [source]),
        lambda: engine.swap_picture(target, [bad]),
        lambda: engine.swap_picture(target, [source], [bad]),
        lambda: engine.find_faces(bad),
        lambda: engine.verify(bad),
    ):
        with pytest.raises(UserError) as refusal:
            ask()
        text = str(refusal.value)
        assert re.search(r"the (target|source|reference|picture|file)\b", text), text
        assert "\n" not in text and not re.search(r"/|\bbad", text), text


def test_too_much_is_refused(make_engine, photographs):
    target, source, _ = photographs
    engine = make_engine(limits=Limits(most_pixels=1000, most_photographs=2))
    with pytest.raises(TooLargeError, match="the target has 120x144 pixels: at most 0.001 million"):
        engine.swap_picture(target, [source])
    with pytest.raises(TooLargeError, match="the picture has"):
        engine.find_faces(target)
    engine = make_engine(limits=Limits(most_photographs=2))
    with pytest.raises(TooLargeError, match="3 pictures as source: at most 2"):
        engine.swap_picture(target, [source] * 3)


def test_what_moves_is_a_job(make_engine, photographs, clip):
    with pytest.raises(UserError, match="a moving picture .video.: send it as a job"):
        make_engine().swap_picture(clip, [photographs[1]])


def test_a_mask_that_the_generator_does_not_have_is_refused(make_engine, photographs):
    target, source, _ = photographs
    with pytest.raises(UserError, match="mask=attention needs a generator"):
        make_engine().swap_picture(target, [source], options={"mask": "attention"})


def test_messages_lose_paths_and_dashes():
    text = for_strangers("cannot read /tmp/ab/x.png:\n 'and/or' /srv/jobs/12/clip.mp4; give --nth")
    assert text == "cannot read x.png: 'and/or' clip.mp4; give nth"
    assert for_strangers("image/png of https://c2pa.org/a/b") == "image/png of https://c2pa.org/a/b"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keep": ["/etc/passwd"]}, "passwd|keep"),
        ({"mask_padding": [1, 2, 3]}, "padding"),
        ({"start": "soon"}, "start"),
        ({"scale": 99}, "scale must be at most"),
    ],
)
def test_options_that_go_wrong_together_are_refused_early(make_engine, options, words):
    with pytest.raises(UserError, match=words):
        make_engine().read_options(options)


def test_frames_are_not_enlarged_beyond_the_limit(film):
    small = Limits(most_pixels=120 * 144)
    assert check_media(film, "target", small)[0] == "video"
    with pytest.raises(TooLargeError, match="240x288 pixels"):
        check_media(film, "target", small, scale=2)
