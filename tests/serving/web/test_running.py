"""uvicorn as we run it: addresses that are taken, and clients that connect and say nothing."""

import socket
import threading

import pytest
import requests
from fastapi import FastAPI

from facedancer.serving.serve import read_token
from facedancer.serving.web import running
from facedancer.utils.errors import UserError


@pytest.fixture
def address(monkeypatch):
    """The address of a server in a thread that waits 0.2 s for a request's head."""
    monkeypatch.setattr(running, "_HEAD_S", 0.2)
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.get("/")(lambda: "here")
    listening = running.listen("127.0.0.1", 0)
    server = running.make_server(app)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_whoever_says_nothing_is_let_go(address, head):
    with socket.create_connection(address, timeout=30) as client:
        client.sendall(head)
        assert client.recv(99) == b"", "the connection is closed"
    assert requests.get(f"http://127.0.0.1:{address[1]}", timeout=30).json() == "here"


def test_a_taken_address_is_told(address):
    with pytest.raises(UserError, match="cannot listen on 127.0.0.1:.* choose another --port"):
        running.listen("127.0.0.1", address[1])
    with pytest.raises(UserError, match="cannot listen on nowhere.invalid"):
        running.listen("nowhere.invalid", 0)


def test_tokens_come_from_a_file_or_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("FACEDANCER_TOKEN", raising=False)
    assert read_token("") == ""
    monkeypatch.setenv("FACEDANCER_TOKEN", " of the environment ")
    assert read_token("") == "of the environment"
    file = tmp_path / "token"
    file.write_text("of the file\n")
    assert read_token(str(file)) == "of the file"
    file.write_text("\n")
    for path, words in ((file, "is empty"), (tmp_path / "none", "cannot read --token_file")):
        with pytest.raises(UserError, match=words):
            read_token(str(path))
