"""A video through the whole core: what comes out, and how a run goes on."""

import dataclasses
import itertools
import json
import re

import av
import cv2
import numpy as np
import pytest
import tensorflow as tf

from facedancer.inference.blending.blender import Blending
from facedancer.inference.faces.choosing import ALL, LARGEST, Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.sources import identity_from
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.jobs.work_folder import WorkFolder
from facedancer.inference.marking.marker import Marking
from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.excerpt import Excerpt
from facedancer.networks.generator import get_generator
from facedancer.utils.errors import UserError

UNMARKED = SwapSettings(
    marking=Marking(is_on=False), video=VideoSettings(preset="veryfast"), part_frames=4
)
MARKED = SwapSettings(marking=Marking(c2pa=False), video=VideoSettings(crf=10), part_frames=4)
# So that a negative stays one.
OWN_COLOURS = Blending(colour="off")


def swap(swapper, target, output, settings=UNMARKED, which=ALL):
    tasks = find_tasks([target], output)
    choice = Choice([Role(np.ones(512, np.float32))], which=which)
    (outcome,) = swap_all(swapper, tasks, choice, settings)
    return outcome


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def sound(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_the_faces_of_a_video_change_and_its_sound_is_copied(make_swapper, clip, tmp_path):
    settings = dataclasses.replace(MARKED, blending=OWN_COLOURS)
    outcome = swap(make_swapper(), clip, tmp_path / "new" / "out.mp4", settings)
    before, after = pictures(clip), pictures(outcome.output)
    assert len(after) == len(before) == 24
    assert sound(outcome.output) == sound(clip)
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        record = json.loads(outcome.report.read_text().splitlines()[number])
        left, top, right, bottom = (round(n) for n in record["faces"][0]["box"])
        x, y = (left + right) // 2, (top + bottom) // 2
        nose = np.s_[y - 4 : y + 12, x - 8 : x + 8]
        assert np.abs(new[nose].astype(int) - (255 - old[nose].astype(int))).mean() < 16
        corner = np.s_[:24, -24:]
        assert np.abs(new[corner].astype(int) - old[corner]).mean() < 4


def test_the_report_has_a_line_a_frame_and_a_summary(make_swapper, clip, tmp_path):
    outcome = swap(make_swapper(), clip, tmp_path / "out.mkv")
    *records, last = map(json.loads, outcome.report.read_text().splitlines())
    assert [record["frame"] for record in records] == list(range(24))
    assert all(record["found"] == record["swapped"] == 1 for record in records)
    summary = last["summary"]
    assert (summary["frames"], summary["swapped"], summary["unchanged"]) == (24, 24, 0)
    assert summary["marking_on"] is False
    assert summary["marks"] == ["not marked: switched off"]
    assert {path.name for path in tmp_path.iterdir()} == {"out.mkv", "out.mkv.report.jsonl"}


def test_a_video_tells_of_likeness_where_it_is_asked_for(make_swapper, short_clip, tmp_path):
    settings = dataclasses.replace(UNMARKED, likeness=True)
    for name, given in (("with", settings), ("without", UNMARKED)):
        outcome = swap(make_swapper(), short_clip, tmp_path / f"{name}.mp4", given)
        *records, _ = map(json.loads, outcome.report.read_text().splitlines())
        told = ["cosine_to_source" in face for one in records for face in one["faces"]]
        assert told == [name == "with"] * 3


class StopAfter:
    """A generator's function that is interrupted by Ctrl-C after a number of calls."""

    def __init__(self, calls):
        self.calls = calls

    def __call__(self, target, identity):
        if not self.calls:
            raise KeyboardInterrupt
        self.calls -= 1
        return -target


def test_an_excerpt_of_a_video_is_swapped_with_its_sound(make_swapper, clip, tmp_path):
    settings = dataclasses.replace(UNMARKED, excerpt=Excerpt("6f", "1.25", scale=0.5))
    output = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        swap(make_swapper(StopAfter(1)), clip, output, settings)
    outcome = swap(make_swapper(), clip, output, settings)
    before, after = pictures(clip), pictures(outcome.output)
    assert outcome.summary.frames == len(after) == 9 and after[0].shape == (72, 60, 3)
    # Beside the face it is the same picture: of frame 6, the first.
    corner = np.s_[:12, -12:]
    small = cv2.resize(before[6], (60, 72), interpolation=cv2.INTER_AREA)
    assert np.abs(after[0][corner].astype(int) - small[corner]).mean() < 4
    assert sound(outcome.output) == sound(clip)[23:55]
    assert json.loads(outcome.report.read_text().splitlines()[0])["frame"] == 0


# Whoever is chosen is known by their identity, from frames that the second run does not see.
@pytest.mark.parametrize(("calls", "which"), [(3, LARGEST), (5, ALL)])
def test_an_interrupted_run_goes_on_to_the_same_file(
    make_swapper, clip, tmp_path, capsys, calls, which
):
    whole = swap(make_swapper(), clip, tmp_path / "whole.mp4", which=which)
    output = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        swap(make_swapper(StopAfter(calls)), clip, output, which=which)
    assert not output.exists()
    kept = int(re.search(r"(\d+) frames are kept", capsys.readouterr().err)[1])
    assert 4 <= kept < 4 * calls and kept % 4 == 0

    seen = []

    def remember(target, identity):
        seen.append(len(target))
        return -target

    resumed = swap(make_swapper(remember), clip, output, which=which)
    assert sum(seen) == 24 - kept, "only what was missing goes through the generator"
    assert output.read_bytes() == whole.output.read_bytes()
    first, second = (one.report.read_text().splitlines() for one in (whole, resumed))
    assert first[:-1] == second[:-1]
    assert not list(tmp_path.glob(".*"))


def test_a_steadied_run_goes_on_to_the_same_file(make_swapper, clip, tmp_path):
    def flickers(calls):
        def swap_some(target, identity):
            if not next(calls):
                raise KeyboardInterrupt
            # What it adds depends on the picture, not on how often it was called.
            return -target + 0.2 * tf.sin(300 * tf.reduce_mean(target, (1, 2, 3), keepdims=True))

        return swap_some

    settings = dataclasses.replace(UNMARKED, steady=True)
    always = itertools.repeat(True)
    whole = swap(make_swapper(flickers(always)), clip, tmp_path / "whole.mp4", settings)
    output = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        swap(make_swapper(flickers(iter([True] * 4 + [False]))), clip, output, settings)
    resumed = swap(make_swapper(flickers(always)), clip, output, settings)
    assert output.read_bytes() == whole.output.read_bytes()
    plain = swap(make_swapper(flickers(always)), clip, tmp_path / "plain.mp4")
    assert plain.output.read_bytes() != resumed.output.read_bytes()


def test_other_settings_begin_anew_and_say_so(make_swapper, clip, tmp_path):
    output = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        swap(make_swapper(StopAfter(3)), clip, output)
    outcome = swap(make_swapper(), clip, output, MARKED)
    assert "begun again: an earlier run was of other marking, video" in outcome.lines
    assert outcome.summary.frames == 24


def test_the_result_does_not_depend_on_the_batch_size(make_swapper, clip, tmp_path):
    up_types = ("no_skip", "no_skip", "add", "affa", "affa", "concat")
    model = get_generator(up_types, mapping_depth=1, image_size=64, base_width=4)
    files = []
    for size in (1, 5, 16):
        settings = dataclasses.replace(UNMARKED, batch_size=size)
        swapper = make_swapper(lambda target, identity: model([target, identity]))
        files.append(swap(swapper, clip, tmp_path / f"{size}.mp4", settings).output.read_bytes())
    assert files[0] == files[1] == files[2]


def test_a_generator_that_does_nothing_is_told(make_swapper, clip, tmp_path):
    output = tmp_path / "out.mp4"
    outcome = swap(make_swapper(lambda target, identity: target), clip, output)
    assert outcome.output is None and not output.exists()
    assert (outcome.summary.matched, outcome.summary.swapped) == (24, 0)
    assert any("24 of 24 swapped faces equal their input" in line for line in outcome.lines)
    assert json.loads(outcome.report.read_text().splitlines()[-1])["summary"]["unchanged"] == 24


def test_a_gif_is_swapped_into_a_gif(make_swapper, clip, tmp_path):
    settings = dataclasses.replace(UNMARKED, blending=OWN_COLOURS)
    gif = swap(make_swapper(), clip, tmp_path / "one.gif", settings).output
    again = swap(make_swapper(), gif, tmp_path / "two.gif", settings)
    assert len(pictures(again.output)) == 24
    middle = np.s_[60:80, 50:70]
    # Twice the negative is the original, as far as a GIF's 256 colours go.
    difference = pictures(again.output)[10][middle].astype(int) - pictures(clip)[10][middle]
    assert np.abs(difference).mean() < 24


def test_two_runs_on_one_output_are_refused(make_swapper, clip, tmp_path):
    output = tmp_path / "out.mp4"
    with WorkFolder(output, {}), pytest.raises(UserError, match="another run is writing"):
        swap(make_swapper(), clip, output)


def test_the_identity_of_a_person_is_that_of_all_photographs(make_swapper):
    from .conftest import PHOTOS

    swapper = make_swapper()
    both = identity_from(swapper, [PHOTOS])
    single = [identity_from(swapper, [path]) for path in sorted(PHOTOS.glob("*/*.*g"))]
    lengths = [np.linalg.norm(one) for one in single]
    direction = sum(one / length for one, length in zip(single, lengths, strict=True))
    expected = direction / np.linalg.norm(direction) * np.mean(lengths)
    np.testing.assert_allclose(both, expected, rtol=1e-4, atol=1e-5)


def test_of_several_videos_one_that_cannot_be_read_is_skipped_with_the_reason(
    make_swapper, clip, tmp_path
):
    album = tmp_path / "album"
    album.mkdir()
    whole, cut = album / "whole.mp4", album / "cut.mp4"
    whole.write_bytes(clip.read_bytes())
    cut.write_bytes(clip.read_bytes()[:300])
    tasks = find_tasks([album], tmp_path / "out")
    choice = Choice([Role(np.ones(512, np.float32))])
    skipped, swapped = swap_all(make_swapper(), tasks, choice, UNMARKED)
    assert swapped.output == tmp_path / "out/whole.mp4" and swapped.summary.swapped == 24
    assert skipped.output is None
    assert not (tmp_path / "out/cut.mp4").exists()
    summary = json.loads(skipped.report.read_text().splitlines()[-1])["summary"]
    assert str(cut) in json.dumps(summary), summary
    assert len(list((tmp_path / "out").iterdir())) == 3, "a result and two reports"


def test_a_single_video_that_cannot_be_read_is_an_error(make_swapper, clip, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:300])
    with pytest.raises(UserError, match=r"cut\.mp4"):
        swap(make_swapper(), cut, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == [cut]
