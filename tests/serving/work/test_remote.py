"""The generator on a server, and all else here: the same pictures, and clear errors."""

import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.inference.swap_flags import SwapFlags
from facedancer.serving.errors import UnreachableError
from facedancer.serving.retrying import Patience
from facedancer.serving.work.engine import Engine
from facedancer.serving.work.errors import BusyError
from facedancer.serving.work.remote import served_swapper
from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import MODEL_ZOO

GIVEN = SwapFlags(encoder=UNTRAINED_SMALL)
QUICK = Patience(timeout_s=30, attempts=2, pause_s=0.01)


@pytest.fixture
def engine(server):
    server.failures = server.requests = 0
    return Engine(served_swapper(server.grpc_address, GIVEN, QUICK))


def test_the_generator_is_asked_and_all_else_is_done_here(engine, server, photographs):
    target, source, _ = photographs
    asked = server.requests
    swapped = engine.swap_picture(target, [source])
    assert swapped.report["found"] == 1
    assert server.requests == asked + 1, "one call for the face, none for its identity"
    assert engine.swapper.generator.image_size == 64


def test_a_server_that_does_not_answer_is_asked_later(engine, server, photographs):
    target, source, _ = photographs
    server.failures = 9
    with pytest.raises(BusyError, match="does not answer") as refusal:
        engine.swap_picture(target, [source])
    assert refusal.value.retry_after_s > 0 and "localhost" not in str(refusal.value)
    server.failures = 0
    assert engine.swap_picture(target, [source]).report["found"] == 1


def test_what_it_refuses_is_a_fault_of_ours(engine, photographs, monkeypatch):
    target, source, _ = photographs
    monkeypatch.setattr("facedancer.serving.work.remote._SIGNATURE", "polish")
    with pytest.raises(RuntimeError, match="polish"):
        engine.swap_picture(target, [source])


def test_another_encoder_is_refused(server):
    server.failures = 0
    with pytest.raises(UserError, match="needs --encoder"):
        served_swapper(server.grpc_address, SwapFlags(), QUICK)
    other = SwapFlags(encoder=str(MODEL_ZOO / "lab" / "cosface.keras"))
    with pytest.raises(UserError, match="exported with another encoder"):
        served_swapper(server.grpc_address, other, QUICK)


def test_no_server_is_told_at_the_start():
    with pytest.raises(UnreachableError):
        served_swapper("localhost:9", GIVEN, Patience(2, 1, 0.01))
