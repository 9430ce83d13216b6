"""Starting: who may come in, and what is told before any network is loaded."""

import asyncio
import http.client
import socket
import threading

import pytest

from facedancer.serving.page.starting import bound, check_access, import_gradio, make_server
from facedancer.serving.ui import Settings
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags


def test_this_machine_alone_needs_no_password():
    settings, _ = parse_flags(Settings, [])
    assert check_access(settings.host, settings.password_file) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org"])
def test_others_come_in_by_a_password_alone(tmp_path, host):
    with pytest.raises(UserError, match="--password_file"):
        check_access(host, "")
    file = tmp_path / "password"
    file.write_text("correct horse\nnot this\n")
    assert check_access(host, str(file)) == "correct horse"


@pytest.mark.parametrize("content", [b"", b"short\n", b"\nlong enough\n", b"\xff long enough"])
def test_a_poor_password_is_refused(tmp_path, content):
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(UserError, match="password"):
        check_access("127.0.0.1", str(file))


def test_a_password_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        check_access("127.0.0.1", str(tmp_path / "nowhere"))


def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="give another --port"):
            bound("127.0.0.1", taken.getsockname()[1])


def test_a_page_that_still_loads_its_networks_has_its_port():
    with bound("127.0.0.1", 0) as door:
        address = door.getsockname()
        with pytest.raises(UserError, match="give another --port"):
            bound(*address)
        socket.create_connection(address, 5).close()  # It waits.


def test_a_page_that_is_open_does_not_keep_the_process(caplog):
    async def endless(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"beat", "more_body": True})
                await asyncio.sleep(0.05)

    server = make_server(endless)
    door = bound("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    browser = http.client.HTTPConnection("127.0.0.1", door.getsockname()[1], timeout=10)
    browser.request("GET", "/")
    assert browser.getresponse().read(4) == b"beat"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    assert caplog.text == ""
    browser.close()


def test_where_gradio_is_missing_the_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gradio", None)
    with pytest.raises(UserError, match=r"pip install .*facedancer-tf\[ui\]"):
        import_gradio()
