"""Tests what the report tells of a swapped face: whom it looks like now."""

import json

import numpy as np
import pytest
import tensorflow as tf

from facedancer.inference.core.frames import Frame, Observation, PlannedFace, SwappedFrame
from facedancer.inference.core.likeness import likeness_of, measured
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.jobs.reports import frame_record
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template

SOURCE = np.eye(512, dtype=np.float32)[0]


class Channels:
    """An encoder whose identity is the mean colour."""

    input_shape = (None, 16, 16, 3)

    def __call__(self, images, training=False):
        return {"embedding": tf.pad(tf.reduce_mean(images, (1, 2)), [[0, 0], [0, 509]])}


def face(before, after):
    found = Face(np.array([0, 0, 16, 16], np.float32), template(16), 0.9)
    crops = (np.full((16, 16, 3), colour, np.uint8) for colour in (before, after))
    return SwappedFace(found, np.eye(2, 3), *crops)


def test_cosines_to_source_and_to_target():
    faces = [face((0, 200, 0), (200, 0, 0)), face((0, 200, 0), (100, 100, 0))]
    told = likeness_of(faces, [3 * SOURCE, SOURCE], Channels())
    assert told[0].to_source == pytest.approx(1) and told[0].to_target == pytest.approx(0)
    half = np.sqrt(0.5)
    assert told[1].to_source == pytest.approx(half) and told[1].to_target == pytest.approx(half)


def test_the_report_tells_of_swapped_faces_alone():
    one = face((0, 200, 0), (200, 0, 0))
    # Of a swap of half the strength it tells how like the source it is, not how like the half.
    planned = (
        PlannedFace(one.face, None, "not the chosen face"),
        PlannedFace(one.face, np.ones(512, np.float32), source=SOURCE),
    )
    frame = Frame(np.zeros((16, 16, 3), np.uint8), 0)
    before = SwappedFrame(frame, Observation.of(frame, [one.face] * 2), planned, (None, one), None)
    [after] = measured([before], Channels())
    left, swapped = frame_record(after)["faces"]
    assert "cosine_to_source" not in left
    assert (swapped["cosine_to_source"], swapped["cosine_to_target"]) == (1.0, 0.0)
    assert "cosine" not in json.dumps(frame_record(before))
