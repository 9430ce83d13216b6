"""The gate: the page's own requests pass, all else is refused, and browsers are kept at home."""

import asyncio
import json

import pytest

from facedancer.serving.page.gate import Gate


@pytest.fixture
def files(tmp_path):
    (tmp_path / "files" / "visitors").mkdir(parents=True)
    (tmp_path / "files" / "photo.png").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "files" / "link.png").symlink_to(tmp_path / "secret.txt")
    return tmp_path / "files"


def asked(gate, path, method="GET", body=b"", host="localhost:7860"):
    """The status, the headers and the body that the page behind the gate got."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    sent = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "headers": [(b"host", host.encode())],
    }
    asyncio.run(gate(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def echo(scope, receive, send):
    """A page that takes everything."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


PLACES = ["/", "/config", "/assets/index.js", "/gradio_api/queue/data", "/gradio_api/upload"]


@pytest.mark.parametrize("path", PLACES)
def test_the_page_gets_what_it_needs(files, path):
    status, headers, _ = asked(Gate(echo, files), path)
    assert status == 200
    assert headers[b"x-content-type-options"] == b"nosniff"
    policy = headers[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://example.com/",
        "/gradio_api/deep_link",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/run/begin",
        "/gradio_api/run-history/records",
        "/gradio_api/stream/x",
        "/runs",
        "/docs",
        "/svelte/x",
        "/monitoring",
    ],
)
def test_the_rest_of_gradio_is_not_there(files, path):
    assert asked(Gate(echo, files), path)[0] == 404


def test_files_of_visitors_are_served(files):
    assert asked(Gate(echo, files), f"/gradio_api/file={files / 'photo.png'}")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{files}/../secret.txt",
        "{files}/link.png",
        "{files}",
        "{files}_other/x",
        "http://example.com/x",
        "//example.com/x",
        "file:///etc/passwd",
        "photo.png",
        "",
        "\0",
    ],
)
def test_no_other_file_is(files, path):
    place = path.format(files=files)
    gate = Gate(echo, files)
    assert asked(gate, f"/gradio_api/file={place}")[0] == 403
    body = json.dumps({"data": [[{"path": place, "meta": {"_type": "gradio.FileData"}}]]})
    assert asked(gate, "/gradio_api/queue/join", "POST", body.encode())[0] == 403


def test_an_event_that_names_a_visitors_file_passes_whole(files):
    event = {"data": [{"path": str(files / "photo.png")}, {"path": None}, 0.5], "fn_index": 3}
    body = json.dumps(event).encode()
    status, _, got = asked(Gate(echo, files), "/gradio_api/queue/join", "POST", body)
    assert (status, got) == (200, body)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b" " * (2**20 + 1)])
def test_an_event_that_is_none_is_refused(files, body):
    assert asked(Gate(echo, files), "/gradio_api/queue/join", "POST", body)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost", "[::1]:7860"])
def test_this_machine_may_come_in(files, host):
    assert asked(Gate(echo, files), "/", host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "localhost.example", ""])
def test_a_page_whose_name_leads_here_may_not(files, host):
    assert asked(Gate(echo, files), "/", host=host)[0] == 403
    assert asked(Gate(echo, files, hosts=()), "/", host=host)[0] == 200
