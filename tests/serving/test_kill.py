"""A server that is killed with a film half done: the next one goes on, to the same file."""

import time

import av
import pytest
import requests

from facedancer.benchmarks.server_process import ServerProcess

from ..inference.jobs.conftest import COLLINS, moving_face

FRAMES, PART = 240, 48
PATIENCE_S = 240


def write_film(path):
    faces = moving_face(40)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 120, 144, "yuv420p"
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(faces[number % 40], format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def begin(server, film):
    files = {"target": ("film.mkv", film.read_bytes()), "source": COLLINS.read_bytes()}
    return requests.post(f"{server.url}/v1/jobs", files=files, timeout=60).json()["id"]


def finish(server, job):
    end = time.monotonic() + PATIENCE_S
    while (status := requests.get(f"{server.url}/v1/jobs/{job}", timeout=60).json()) and status[
        "state"
    ] in ("queued", "running"):
        assert time.monotonic() < end, status
        time.sleep(0.2)
    assert status["state"] == "done", status
    return requests.get(f"{server.url}/v1/jobs/{job}/result", timeout=60).content


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)]


@pytest.mark.long
def test_a_killed_server_goes_on(tmp_path):
    film, jobs = write_film(tmp_path / "film.mp4"), tmp_path / "jobs"
    with ServerProcess(folder=jobs) as server:
        job = begin(server, film)
        end = time.monotonic() + PATIENCE_S
        while not list((jobs / job).rglob("part_000001.jsonl")):
            assert time.monotonic() < end
            time.sleep(0.02)
        server.kill()
    with ServerProcess(folder=jobs) as server:
        (tmp_path / "resumed.mkv").write_bytes(finish(server, job))
        text = requests.get(f"{server.url}/metrics", timeout=60).text
        faces = float(text.partition("facedancer_generator_faces_sum ")[2].split()[0])
        # One more for the call before anybody asks.
        assert faces <= FRAMES - 2 * PART + 1, "what was whole is not made again"
        (tmp_path / "whole.mkv").write_bytes(finish(server, begin(server, film)))
    resumed, whole = pictures(tmp_path / "resumed.mkv"), pictures(tmp_path / "whole.mkv")
    assert len(resumed) == FRAMES and resumed == whole
