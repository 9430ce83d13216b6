"""Both clients against the SavedModel itself, served by the tests' own stub."""

import re
import socketserver
import threading
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from facedancer.serving.errors import RefusedError, UnreachableError
from facedancer.serving.grpc_client import GrpcClient
from facedancer.serving.rest_client import RestClient
from facedancer.serving.retrying import Patience

ROOT = Path(__file__).parents[2]
QUICK = Patience(timeout_s=30, attempts=3, pause_s=0.01)
SIDE = 64
DRAW = np.random.default_rng(0)
TARGETS = DRAW.integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)


def png(picture):
    return cv2.imencode(".png", picture[..., ::-1])[1].tobytes()


FILES = [png(one) for one in TARGETS]


CLIENTS = {
    "rest": lambda server, **kwargs: RestClient(server.url, **{"patience": QUICK, **kwargs}),
    "grpc": lambda server, **kwargs: GrpcClient(
        server.grpc_address, **{"patience": QUICK, **kwargs}
    ),
}


@pytest.fixture(params=CLIENTS)
def make_client(request, server):
    server.failures = server.requests = 0
    return lambda **kwargs: CLIENTS[request.param](server, **kwargs)


def test_both_clients_get_the_same_pictures(server):
    first, second = (make(server).swap(FILES, FILES[::-1]) for make in CLIENTS.values())
    assert first == second and len(first) == 2
    picture = cv2.imdecode(np.frombuffer(first[0], np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (SIDE, SIDE, 3)


def test_arrays_go_through_too(make_client):
    client = make_client(version=1)
    identity = np.asarray(client.predict("embed", {"source": TARGETS}), np.float32)
    assert identity.shape == (2, 512)
    changed = np.asarray(
        client.predict("swap_with_identity", {"target": TARGETS, "identity": identity})
    )
    swapped = np.asarray(client.predict("swap", {"target": TARGETS, "source": TARGETS}))
    # REST writes a float in decimals.
    assert np.abs(changed.astype(int) - swapped).max() <= 1


@pytest.mark.parametrize(
    ("signature", "inputs", "message"),
    [
        ("swap_encoded", {"target": [b"no picture" * 9], "source": FILES}, "not a JPEG or PNG"),
        ("swap_encoded", {"target": [FILES[0] + bytes(2**24)], "source": FILES}, "above 16777216"),
        ("swap_encoded", {"target": FILES[:1]}, "input keys"),
        ("embed", {"source": np.zeros((1, 2049, 2, 3), np.uint8)}, "source: height and width from"),
        ("swap", {"target": TARGETS[:, :32], "source": TARGETS}, "target is to be uint8"),
        ("embed", {"source": TARGETS[0]}, "source is to be uint8"),
        ("embed", {"source": np.full((1, 9, 9, 3), "a")}, "source"),
        ("polish", {"source": TARGETS}, "polish"),
    ],
)
def test_a_bad_request_is_refused_once_and_the_server_goes_on(
    make_client, server, signature, inputs, message
):
    client = make_client()
    with pytest.raises(RefusedError, match=message) as refusal:
        client.predict(signature, inputs)
    assert not re.search(r"\n|\{\{|assertion|Graph", str(refusal.value)), "the reason alone"
    assert server.requests == 1, "what is wrong is not asked again"
    assert len(client.swap(FILES, FILES)) == 2


def test_an_identity_of_nan_is_refused(make_client):
    identity = np.full((1, 512), np.nan, np.float32)
    with pytest.raises(RefusedError, match="NaN or infinity"):
        make_client().predict("swap_with_identity", {"target": TARGETS, "identity": identity})


def test_a_wrong_model_or_version_is_refused(make_client):
    for wrong in ({"model": "other"}, {"version": 7}):
        with pytest.raises(RefusedError, match="Servable not found"):
            make_client(**wrong).swap(FILES, FILES)


def test_what_may_pass_is_tried_again(make_client, server):
    server.failures = 2
    assert len(make_client().swap(FILES, FILES)) == 2
    assert server.requests == 3
    server.failures = 3
    with pytest.raises(UnreachableError, match="no answer in 3 attempts"):
        make_client().swap(FILES, FILES)


def test_a_message_above_grpcs_bound_is_refused_at_once(server):
    server.requests = 0
    with pytest.raises(RefusedError, match="RESOURCE_EXHAUSTED"):
        CLIENTS["grpc"](server).predict("embed", {"source": np.zeros(2**28 + 9, np.uint8)})
    assert server.requests == 0


@pytest.mark.parametrize("answer", [[1], "x", {"outputs": [[1, 2]]}, {"outputs": {"a": 1}}, {}])
def test_an_answer_of_something_else_is_one_clear_error(server, monkeypatch, answer):
    client = CLIENTS["rest"](server)
    reply = types.SimpleNamespace(status_code=200, text="", json=lambda: answer)
    monkeypatch.setattr(client._session, "post", lambda *args, **kwargs: reply)
    with pytest.raises(RefusedError, match="returned no pictures|refused, status 200"):
        client.swap(FILES, FILES)


def test_a_slow_server_is_given_up(make_client, server):
    server.delay = threading.Event()
    try:
        client = make_client(patience=Patience(timeout_s=0.3, attempts=2, pause_s=0.01))
        with pytest.raises(UnreachableError, match="no answer in 2 attempts"):
            client.swap(FILES, FILES)
    finally:
        server.delay.set()
        server.delay = None


@pytest.mark.parametrize("make", [lambda p: RestClient("http://localhost:9", patience=p),
                                  lambda p: GrpcClient("localhost:9", patience=p)])  # fmt: skip
def test_no_server_is_one_clear_error(make):
    patience = Patience(timeout_s=2, attempts=2, pause_s=0.01)
    with pytest.raises(UnreachableError, match="localhost:9.*see that the server runs"):
        make(patience).swap(FILES, FILES)


@pytest.mark.parametrize("head", ["Transfer-Encoding: chunked", "Content-Length: 99"])
def test_an_answer_that_breaks_off_is_asked_for_again(head):
    class BreaksOff(socketserver.StreamRequestHandler):
        asked = 0

        def handle(self):
            type(self).asked += 1
            self.request.recv(2**20)
            self.wfile.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + b'40\r\n{"out')

    with socketserver.TCPServer(("localhost", 0), BreaksOff) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = RestClient(f"http://localhost:{server.server_address[1]}", patience=QUICK)
        with pytest.raises(UnreachableError, match="no answer in 3 attempts"):
            client.swap(FILES, FILES)
        server.shutdown()
    assert BreaksOff.asked == 3


def test_the_command_writes_a_marked_picture(warm_python, server, tmp_path):
    for number, content in enumerate(FILES):
        (tmp_path / f"{number}.png").write_bytes(content)
    command = [
        ROOT / "serving/client.py",
        f"--target={tmp_path / '0.png'}",
        f"--source={tmp_path / '1.png'}",
        f"--output={tmp_path / 'swapped.png'}",
    ]
    done = warm_python(*command, f"--url={server.url}")
    assert done.returncode == 0, done.stderr
    assert "XMP: digital source type compositeWithTrainedAlgorithmicMedia" in done.stdout
    assert {p.name for p in tmp_path.iterdir()} == {"0.png", "1.png", "swapped.png"}
    done = warm_python(
        *command[:-1], f"--output={tmp_path / 'other.png'}", f"--url={server.url}/wrong"
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert not (tmp_path / "other.png").exists()


def test_the_configuration_is_what_tf_serving_reads():
    text = (ROOT / "serving/config/models.config").read_text()
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    (model,) = config.model_config_list.config
    assert (model.name, model.base_path) == ("facedancer", "/models/facedancer")
    compose = yaml.safe_load((ROOT / "serving/compose.yaml").read_text())
    service = compose["services"]["tf_serving"]
    docker = (ROOT / "serving/Dockerfile.tf_serving").read_text()
    for flag in service["entrypoint"][1:]:
        name = flag.partition("=")[0]
        assert name in docker or name == "--model_config_file_poll_wait_seconds"
    assert any(":/models/facedancer" in volume for volume in service["volumes"])


def test_the_batching_parameters_go_together():
    """As TF Serving demands: sizes rise, and the last is the largest batch."""
    text = (ROOT / "serving/config/batching.config").read_text()
    text = re.sub(r"#.*", "", text)
    (most,) = re.findall(r"max_batch_size \{ value: (\d+) \}", text)
    sizes = [int(size) for size in re.findall(r"allowed_batch_sizes: (\d+)", text)]
    assert sizes == sorted(set(sizes)) and sizes[-1] == int(most)
    names = set(re.findall(r"^(\w+)", text, re.MULTILINE))
    assert names == {
        "max_batch_size",
        "batch_timeout_micros",
        "max_enqueued_batches",
        "num_batch_threads",
        "allowed_batch_sizes",
    }
