"""The server under load: nothing but answers, whatever is sent."""

import pytest

from facedancer.benchmarks.server_clients import as_jpeg, hostile_files, run_load
from facedancer.benchmarks.server_process import ServerProcess
from facedancer.utils.images import read_image

from ...inference.jobs.conftest import COLLINS, HOPPER

FILES = 20


def test_hostile_files_are_answered_in_a_line(open_client, form):
    client = open_client()
    for number, rubbish in zip(range(FILES), hostile_files(form[1][1]), strict=False):
        path, files = (
            ("/v1/swap", [("target", rubbish), form[1]]),
            ("/v1/swap", [form[0], ("source", rubbish)]),
            ("/v1/faces", [("picture", rubbish)]),
            ("/v1/verify", [("file", rubbish)]),
        )[number % 4]
        answer = client.post(path, files=files)
        assert answer.status_code in (200, 413, 422), (number, answer.text)
        if answer.status_code != 200:
            assert set(answer.json()) == {"error"} and "/tmp" not in answer.text
    assert client.post("/v1/swap", files=form).status_code == 200


@pytest.mark.long
def test_a_crowd_with_slow_and_hostile_ones_gets_answers_or_503():
    target, source = (as_jpeg(read_image(path)) for path in (COLLINS, HOPPER))
    with ServerProcess("--workers=2", "--queue=8") as server:
        load = run_load(server.url, target, source, seconds=180)
        assert server.is_up() and load.faults == {}
        assert load.statuses[200] > 100 and load.statuses[503] > 0
        assert sum(load.hostile.values()) == 200
        assert server.growth() < 0.05
