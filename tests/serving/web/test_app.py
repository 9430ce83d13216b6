"""The server's paths: pictures, faces, marks and jobs, by forms and by JSON."""

import base64
import re
import time

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.arcface_model.origin import Origin, encoder_origin
from facedancer.inference.faces.identity_file import SavedIdentity, write_identity
from facedancer.inference.faces.nobody import draw_nobody
from facedancer.inference.marking.findings import find_marks
from facedancer.inference.swapper import Swapper
from facedancer.utils.decoding import decode_image


def encoded(path):
    return base64.b64encode(path.read_bytes()).decode()


def test_a_photograph_comes_back_swapped_and_marked(open_client, form, tmp_path):
    answer = open_client().post("/v1/swap", files=form, data={"which": "largest"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="swapped.png"'
    assert answer.headers["cache-control"] == "no-store"
    assert decode_image(answer.content).shape == (144, 120, 3)
    result = tmp_path / "result.png"
    result.write_bytes(answer.content)
    assert find_marks(result, 1).is_marked


def test_json_gives_the_same_with_its_report(open_client, form, photographs):
    client = open_client()
    target, source, _ = map(encoded, photographs)
    content = {"target": target, "sources": [source], "options": {"nth": 1}, "report": True}
    answer = client.post("/v1/swap", json=content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["report"]["swapped"] == 1
    by_form = client.post("/v1/swap", files=form, data={"report": "true"}).json()
    assert by_form["report"] == answer.json()["report"]
    pictures = [decode_image(base64.b64decode(one["picture"])) for one in (answer.json(), by_form)]
    assert (pictures[0] == pictures[1]).all()


def test_a_saved_identity_stands_for_photographs(open_client, form, photographs, tmp_path):
    client = open_client()
    origin = encoder_origin(UNTRAINED_SMALL)
    for name, encoder, status in (
        ("a", origin, 422),
        ("b", Origin("another.keras", "0" * 64), 422),
    ):
        file = tmp_path / f"{name}.identity"
        write_identity(file, SavedIdentity(np.ones(512, np.float32), encoder, 1))
        files = [form[0], ("source", (file.name, file.read_bytes()))]
        answer = client.post("/v1/swap", files=files)
        assert answer.status_code == status
        assert "the source was made by the identity encoder" in answer.json()["error"]
        content = {"target": encoded(photographs[0]), "sources": [encoded(file)]}
        by_json = client.post("/v1/swap", json=content)
        assert (by_json.status_code, by_json.json()) == (status, answer.json())
    damaged = client.post("/v1/swap", files=[form[0], ("source", ("a.IDENTITY", b"{}"))])
    assert damaged.status_code == 422 and "the source" in damaged.json()["error"]


def test_an_identity_that_was_saved_with_these_networks_is_taken(
    open_client, form, photographs, tmp_path, monkeypatch
):
    origin = encoder_origin(UNTRAINED_SMALL)
    monkeypatch.setattr(Swapper, "encoder_origin", origin)
    got = []
    client = open_client(lambda target, identity: got.append(np.array(identity)) or -target)
    file = tmp_path / "anna.identity"
    saved = np.random.default_rng(0).normal(size=512).astype(np.float32)
    write_identity(file, SavedIdentity(saved, origin, 3))
    source = ("source", (file.name, file.read_bytes()))
    assert client.post("/v1/swap", files=[form[0], source]).status_code == 200
    content = {"target": encoded(photographs[0]), "sources": [encoded(file)]}
    assert client.post("/v1/swap", json=content).status_code == 200
    np.testing.assert_array_equal([one[0] for one in got], [saved, saved])


def test_nobody_is_a_source(open_client, form, photographs, models):
    got = []
    client = open_client(lambda target, identity: got.append(np.array(identity)[0]) or -target)
    target = encoded(photographs[0])
    answers = [
        client.post("/v1/swap", files=form[:1], data={"source": "nobody", "seed": "7"}),
        client.post("/v1/swap", json={"target": target, "sources": ["nobody"], "seed": 7}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 2
    begun = client.post("/v1/jobs", files=form[:1], data={"source": "nobody", "seed": "7"})
    assert wait_for(client, begun.json()["id"])["state"] == "done"
    drawn = draw_nobody(models[0], 7)
    assert any(np.array_equal(got[0], one) for one in drawn)
    assert all(np.array_equal(got[0], one) for one in got[1:])


@pytest.mark.parametrize("path", ["/v1/swap", "/v1/jobs"])
@pytest.mark.parametrize(
    ("files", "words", "error"),
    [
        (["target", "source"], {"source": "nobody"}, "nobody cannot be combined"),
        (["target"], {"source": "anybody"}, "send source as a file"),
        (["source"], {"target": "nobody"}, "send target as a file"),
        (["target", "source"], {"reference": "nobody"}, "send reference as a file"),
        (["target"], {"source": "nobody", "seed": "-1"}, "seed must be at least 0"),
        (["target"], {"source": "nobody", "seed": "x"}, "seed must be a whole number"),
    ],
)
def test_what_nobody_is_not(open_client, photographs, path, files, words, error):
    data = photographs[0].read_bytes()
    answer = open_client().post(path, files=[(name, data) for name in files], data=words)
    assert answer.status_code == 422 and set(answer.json()) == {"error"}
    assert error in answer.json()["error"] and "\n" not in answer.json()["error"]


def test_faces_and_marks_are_told(open_client, form):
    client = open_client()
    picture = form[0][1]
    (face,) = client.post("/v1/faces", files={"picture": picture}, data={"crops": "1"}).json()[
        "faces"
    ]
    assert face["nth"] == 1 and base64.b64decode(face["crop"]).startswith(b"\x89PNG")
    told = client.post("/v1/verify", files={"file": picture}).json()
    assert told["is_marked"] is False


def wait_for(client, job):
    end = time.monotonic() + 60
    while (status := client.get(f"/v1/jobs/{job}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < end
        time.sleep(0.05)
    return status


def test_a_film_is_a_job(open_client, short_clip, form):
    client = open_client()
    files = [("target", ("clip.mkv", short_clip.read_bytes())), form[1]]
    begun = client.post("/v1/jobs", files=files, data={"which": "largest"})
    job = begun.json()["id"]
    assert begun.status_code == 202 and begun.headers["location"] == f"/v1/jobs/{job}"
    status = wait_for(client, job)
    assert (status["state"], status["frames_done"], status["frames"]) == ("done", 3, 3)
    result = client.get(f"/v1/jobs/{job}/result")
    assert result.headers["content-type"] == "video/x-matroska"
    assert result.content.startswith(b"\x1aE\xdf\xa3")
    part = client.get(f"/v1/jobs/{job}/result", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"\x1aE\xdf\xa3")
    assert len(client.get(f"/v1/jobs/{job}/report").json()["report"]) == 4
    assert client.delete(f"/v1/jobs/{job}").json() == {"id": job, "state": "removed"}
    for path in ("", "/result", "/report"):
        gone = client.get(f"/v1/jobs/{job}{path}")
        assert gone.status_code == 404 and set(gone.json()) == {"error"}


def test_a_job_is_cancelled(open_client, form):
    client = open_client(lambda target, identity: time.sleep(0.2) or -target)
    jobs = [client.post("/v1/jobs", files=form).json()["id"] for _ in range(2)]
    assert client.delete(f"/v1/jobs/{jobs[1]}").json()["state"] == "cancelled"
    refused = client.get(f"/v1/jobs/{jobs[1]}/result")
    assert refused.status_code == 409
    assert refused.json() == {"error": "the job is cancelled, and has no result"}
    assert wait_for(client, jobs[0])["state"] == "done"


def test_the_descriptions_need_nothing_from_elsewhere(open_client):
    client = open_client()
    page = client.get("/docs")
    assert "<code>POST /v1/swap</code>" in page.text and "match_threshold" in page.text
    assert not re.search(r"(src|href)=.?https?:|<script|@import", page.text)
    assert "<code>source</code><td>several: file, or nobody" in page.text
    assert "<code>seed</code><td>integer" in page.text
    assert "<code>track</code><td>several: integer" in page.text
    assert client.get("/redoc").status_code == 404
    schema = client.get("/openapi.json").json()
    form = schema["paths"]["/v1/swap"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["properties"]["which"]["enum"] == ["all", "largest", "nth"]
    _, nobody = form["schema"]["properties"]["source"]["oneOf"]
    assert nobody["enum"] == ["nobody"]
    assert client.get("/healthz").json()["status"] == "ok"


def test_figures_are_told(open_client, form):
    client = open_client()
    client.post("/v1/swap", files=form)
    client.get("/nowhere")
    text = client.get("/metrics").text
    assert 'facedancer_answers_total{route="/v1/swap",status="200"} 1.0' in text
    assert 'facedancer_answers_total{route="other",status="404"} 1.0' in text
    assert 'facedancer_answer_seconds_count{route="/v1/swap"} 1.0' in text
    assert 'facedancer_jobs{state="queued"} 0.0' in text
    assert "facedancer_requests_waiting 0.0" in text


@pytest.mark.parametrize(
    ("files", "words", "error"),
    [
        (["target"], {}, "send at least one file as source"),
        (["source"], {}, "send one file as target, not 0"),
        (["target", "target", "source"], {}, "send one file as target, not several"),
        (["target", "source", "model"], {}, "no file is called 'model'"),
        (["target", "source"], {"nth": "0"}, "nth must be at least 1, not 0"),
        (["target", "source"], {"mask": "/etc/passwd"}, "mask must be one of"),
        (["target", "source"], {"mark": "false"}, "no option 'mark'"),
        (["target", "source"], {"nth": ["1", "2"]}, "'nth' is given twice"),
        (["target", "source"], {"report": "maybe"}, "report must be true or false"),
        (["source"], {"target": "/etc/passwd"}, "send target as a file"),
        (["target", "source"], {"which": "x" * 5000}, "maximum size"),
        (["target"] + ["source"] * 40, {}, "Too many files"),
    ],
)
def test_a_wrong_form_is_refused_in_a_line(open_client, photographs, files, words, error):
    client = open_client()
    data = photographs[0].read_bytes()
    answer = client.post("/v1/swap", files=[(name, data) for name in files], data=words)
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error"} and error in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "not valid JSON"),
        (b"[]", "send a JSON object"),
        (b"[" * 10_000, "not valid JSON"),
        (b'{"target": "!!!"}', "target must be base64"),
        (b'{"target": 7}', "target must be base64"),
        (b'{"target": "AAAA", "sources": "nobody"}', "the target"),
        (b'{"target": "AAAA", "sources": ["AAAA", "nobody"]}', "nobody cannot be combined"),
        (b'{"target": "AAAA", "sources": ["nobody", "AAAA"]}', "nobody cannot be combined"),
        (b'{"target": "AAAA", "sources": ["anybody"]}', "sources must be base64"),
        (b'{"target": "AAAA", "sources": ["e30="]}', "the target"),
        (b'{"target": "AAAA", "options": []}', "options an object"),
        (b'{"target": "AAAA", "target": "AAAA"}', "twice"),
        (b'{"target": "AAAA", "sources": ["AAAA"], "nth": 1, "options": {"nth": 1}}', "twice"),
        (b'{"target": "AAAA", "sources": ["AAAA"], "name": 7}', "name must be a string"),
        (b'{"target": "AAAA", "sources": ["AAAA"]}', "the target"),
        (b'{"target": "AAAA", "sources": ["AAAA"], "x": 1}', "the target"),
    ],
)
def test_wrong_json_is_refused_in_a_line(open_client, body, error):
    headers = {"Content-Type": "application/json"}
    answer = open_client().post("/v1/swap", content=body, headers=headers)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"} and error in answer.json()["error"]


def test_other_requests_are_refused_in_a_line(open_client):
    client = open_client()
    for answer, status in (
        (client.post("/v1/swap", content=b"x"), 415),
        (client.get("/v1/swap"), 405),
        (client.get("/v1/jobs/..%2f..%2fetc"), 404),
        (client.get("/etc/passwd"), 404),
        (client.get(f"/v1/jobs/{'0' * 32}"), 404),
    ):
        assert answer.status_code == status
        assert set(answer.json()) == {"error"}


def test_a_fault_of_ours_is_a_line_and_a_log(open_client, form, caplog):
    client = open_client(lambda target, identity: 1 / 0)
    answer = client.post("/v1/swap", files=form)
    assert answer.status_code == 500
    assert answer.json() == {"error": "the server failed at it; its log says more"}
    assert "ZeroDivisionError" in caplog.text
