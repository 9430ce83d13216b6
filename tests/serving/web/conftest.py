"""An app with a client in the same process, and what clients send."""

import pytest
from starlette.testclient import TestClient

from facedancer.serving.web.app import Capacity, create_app
from facedancer.serving.web.guard import Rules
from facedancer.serving.work.jobs import Jobs
from facedancer.serving.work.limits import Limits

HERE = "http://localhost"


@pytest.fixture
def open_client(make_engine, small_parts, tmp_path):
    """``open_client(swap, rules=, capacity=, **limits)``: a client of an app that runs."""
    opened = []

    def make(
        swap=lambda target, identity: -target,
        rules=Rules(),  # noqa: B008 - frozen
        capacity=Capacity(),  # noqa: B008 - frozen
        headers=None,
        **limits,
    ):
        engine = make_engine(swap, limits=Limits(**limits))
        app = create_app(engine, Jobs(engine, tmp_path / f"jobs_{len(opened)}"), rules, capacity)
        opened.append(TestClient(app, HERE, headers=headers))
        return opened[-1].__enter__()

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def form(photographs):
    """A target and a source, as a form's files."""
    target, source, _ = photographs
    return [("target", target.read_bytes()), ("source", source.read_bytes())]
