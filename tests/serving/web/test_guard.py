"""The door: tokens, names, sizes, slowness, and the line behind it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from facedancer.serving.web.app import Capacity
from facedancer.serving.web.guard import Rules, is_loopback_name
from facedancer.serving.web.running import check_door
from facedancer.utils.errors import UserError

TOKEN = "a token that nobody guesses"
PATHS = ("/v1/jobs/" + "0" * 32, "/metrics", "/nowhere")


def test_a_token_opens_all_and_nothing_else_does(open_client):
    client = open_client(rules=Rules(TOKEN))
    wrong = (
        None,
        "",
        "Bearer",
        "Bearer x",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer é",
    )
    for given in wrong:
        headers = {} if given is None else {"Authorization": given.encode("latin-1")}
        for path in PATHS:
            answer = client.get(path, headers=headers)
            assert (answer.status_code, set(answer.json())) == (401, {"error"})
            assert answer.headers["www-authenticate"] == "Bearer"
    for path in PATHS:
        for host in ("localhost", "swaps.example.org"):
            headers = {"Authorization": f"bearer {TOKEN}", "Host": host}
            assert client.get(path, headers=headers).status_code in (200, 404)
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "evil.example.org"}, 403),
        ({"Host": "localhost.example.org"}, 403),
        ({"Host": "127.0.0.1.example.org:80"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://localhost:7860"}, 200),
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_without_a_token_no_page_elsewhere_may_ask(open_client, headers, status):
    answer = open_client().get("/healthz", headers=headers)
    assert answer.status_code == status
    assert status == 200 or "only this machine may" in answer.json()["error"]


def test_names_of_this_machine():
    assert all(map(is_loopback_name, ("localhost", "LOCALHOST:1", "127.8.8.8", "[::1]", "[::1]:2")))
    assert not any(map(is_loopback_name, ("", "10.0.0.1", "[::2]", "a:b:c", "localhost@x", "0")))


@pytest.mark.parametrize(
    ("host", "token", "words"),
    [
        ("0.0.0.0", "", "lets other machines in"),
        ("::", "", "lets other machines in"),
        ("swaps.example.org", "", "lets other machines in"),
        ("127.0.0.1", "short", "at least 16"),
    ],
)
def test_an_open_door_is_refused(host, token, words):
    with pytest.raises(UserError, match=words):
        check_door(host, token)


def test_a_closed_door_is_taken():
    for host, token in (("127.0.0.1", ""), ("::1", ""), ("localhost", ""), ("0.0.0.0", TOKEN)):
        check_door(host, token)


def test_too_much_is_refused_by_its_head_and_while_it_comes(open_client):
    client = open_client(most_bytes=1000)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    told = client.post("/v1/swap", content=bytes(2**21), headers=headers)
    untold = client.post("/v1/swap", content=iter([bytes(2**20)] * 3), headers=headers)
    for answer in (told, untold):
        assert answer.status_code == 413 and "more than 1 MiB" in answer.json()["error"]
    wrong = client.post("/v1/swap", content=b"", headers={**headers, "Content-Length": "-1"})
    assert wrong.status_code == 413


def test_what_comes_too_slowly_is_refused(open_client):
    client = open_client(rules=Rules(idle_s=0.05))

    async def ask():
        sent, answer = False, []

        async def receive():
            nonlocal sent
            if sent:
                await anyio.sleep(60)
            sent = True
            return {"type": "http.request", "body": b"--x\r\n", "more_body": True}

        async def send(message):
            answer.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"multipart/form-data; boundary=x")]
        scope = {"type": "http", "method": "POST", "path": "/v1/swap", "headers": headers}
        scope |= {"query_string": b"", "root_path": "", "http_version": "1.1", "scheme": "http"}
        await client.app(scope, receive, send)
        return answer

    begun, body = client.portal.call(ask)
    assert begun["status"] == 408 and b"too slowly" in body["body"]
    assert (b"connection", b"close") in begun["headers"]


def test_a_full_line_says_when_to_come_again(open_client, form):
    begun, go = threading.Event(), threading.Event()

    def held(target, identity):
        begun.set()
        go.wait(60)
        return -target

    client = open_client(held, capacity=Capacity(workers=1, most_waiting=1))
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(client.post, "/v1/swap", files=form)]
        begun.wait(60)
        asked.append(pool.submit(client.post, "/v1/swap", files=form))
        while "facedancer_requests_waiting 2.0" not in client.get("/metrics").text:
            time.sleep(0.01)
        refused = client.post("/v1/swap", files=form)
        go.set()
        assert [one.result().status_code for one in asked] == [200, 200]
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 1
    assert refused.json() == {"error": "2 requests are at work or wait: ask again later"}


def test_what_takes_too_long_is_given_up(open_client, form):
    begun, go = threading.Event(), threading.Event()

    def held(target, identity):
        begun.set()
        go.wait(60)
        return -target

    client = open_client(held, capacity=Capacity(workers=1, most_waiting=1, timeout_s=0.2))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.post, "/v1/swap", files=form)
        begun.wait(60)
        waited = client.post("/v1/swap", files=form)
        assert running.result().status_code == 504
    assert waited.status_code == 503 and "its turn did not come" in waited.json()["error"]
    go.set()
