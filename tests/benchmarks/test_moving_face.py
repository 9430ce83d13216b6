"""The film of a face that moves."""

import av

from facedancer.benchmarks.moving_face import write_moving_face


def test_three_seconds_that_move(tmp_path):
    write_moving_face(tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 25
    assert len(frames) == 75
    assert frames[0].shape == (240, 320, 3)
    assert abs(frames[0].astype(int) - frames[15]).mean() > 5
