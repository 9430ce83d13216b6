"""model_zoo/download.py against a stand-in hub: what it fetches, keeps, checks and refuses."""

import hashlib
import random
import signal
import socket
import time

import pytest

from facedancer.utils.weights.published import PUBLISHED, TERMS

# Not a multiple of any block size.
CONTENT = random.Random(0).randbytes(300_007)
ARCFACE = {"felixrosberg/ArcFace": {"README.md": b"a card", "ArcFace-Res50.h5": CONTENT}}


def assert_refused(finished, *parts: str) -> None:
    """One line on stderr, exit status 2, and these words in it."""
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.strip().splitlines()
    assert line.startswith("error: ")
    for part in parts:
        assert part in line


def test_without_a_name_it_lists_what_there_is(hub, download):
    finished = download()
    assert finished.returncode == 0
    for entry in PUBLISHED.values():
        assert entry.name in finished.stdout
        assert entry.files[0] in finished.stdout
    assert TERMS in finished.stdout
    assert not hub.requests


def test_an_unknown_name(hub, download):
    assert_refused(download("config_f"), "'config_f'", "config_c_hq", "arcface")
    assert not hub.requests


def test_fetches_and_says_what_it_is(hub, download, tmp_path):
    hub.files = ARCFACE
    finished = download("arcface")
    assert finished.returncode == 0, finished.stderr
    path = tmp_path / "zoo" / "ArcFace-Res50.h5"
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [path.name], "no leavings"
    assert hashlib.sha256(CONTENT).hexdigest() in finished.stdout
    assert f"--encoder={path}" in finished.stdout
    assert "licence by its model card: cc-by-nc-4.0" in finished.stdout
    assert "here" in download().stdout

    hub.requests.clear()
    again = download("arcface")
    assert again.returncode == 0
    assert "there already" in again.stdout
    assert not [request for request in hub.requests if "/content/" in request]


def test_several_names(hub, download, tmp_path):
    hub.files = {**ARCFACE, "felixrosberg/RetinaFace": {"RetinaFace-Res50.h5": CONTENT[:100]}}
    assert download("arcface", "retinaface", "arcface").returncode == 0
    assert (tmp_path / "zoo" / "RetinaFace-Res50.h5").read_bytes() == CONTENT[:100]
    assert len(hub.starts) == 2


@pytest.mark.parametrize("stored", ["FaceDancer_config_a_HQ.h5", "facedancer_CONFIG_A.h5"])
def test_looks_up_the_names_that_are_not_certain(hub, download, tmp_path, stored):
    hub.files = {"felixrosberg/FaceDancer": {"FaceDancer_config_c_HQ.h5": b"x", stored: CONTENT}}
    assert download("config_a").returncode == 0
    assert (tmp_path / "zoo" / stored).read_bytes() == CONTENT


def test_a_repository_without_the_file(hub, download):
    hub.files = {"felixrosberg/FaceDancer": {"Renamed.h5": CONTENT}}
    assert_refused(download("config_a"), "FaceDancer_config_a.h5", "Renamed.h5", "/tree/main")


def test_a_cut_connection_goes_on_within_one_run(hub, download, tmp_path):
    """The hub's client writes in pieces of 10 MiB: a break costs the piece that was on its way."""
    piece = 10 << 20
    content = random.Random(1).randbytes(int(2.4 * piece))
    hub.files = {"felixrosberg/ArcFace": {"ArcFace-Res50.h5": content}}
    hub.cuts = [piece + 1000, piece + 2000]
    assert download("arcface").returncode == 0
    assert (tmp_path / "zoo" / "ArcFace-Res50.h5").read_bytes() == content
    assert hub.starts == [0, piece, 2 * piece]
    assert hub.sent == len(content) + 3000


def test_what_came_before_a_breakdown_is_kept(hub, download, tmp_path):
    """The connection breaks and the hub is gone; the next run begins where that one ended."""
    piece = 10 << 20
    content = random.Random(2).randbytes(int(1.2 * piece))
    hub.files = {"felixrosberg/ArcFace": {"ArcFace-Res50.h5": content}}
    hub.cuts, hub.transfers = [piece + 1000], 1
    assert_refused(download("arcface"), "answered 503", f"{piece:,} bytes are kept", "run it again")
    hub.transfers = None
    assert download("arcface").returncode == 0
    assert (tmp_path / "zoo" / "ArcFace-Res50.h5").read_bytes() == content
    assert hub.starts == [0, piece]


def test_a_silent_connection_is_given_up_and_taken_up_again(hub, download, tmp_path):
    piece = 10 << 20
    content = random.Random(3).randbytes(int(1.2 * piece))
    hub.files = {"felixrosberg/ArcFace": {"ArcFace-Res50.h5": content}}
    hub.stalls = [piece + 1000]
    finished = download("arcface", HF_HUB_DOWNLOAD_TIMEOUT="1")
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "zoo" / "ArcFace-Res50.h5").read_bytes() == content
    assert hub.starts == [0, piece]


@pytest.mark.long
def test_a_hub_that_stays_silent(hub, download, tmp_path):
    piece = 10 << 20
    content = random.Random(4).randbytes(int(1.2 * piece))
    hub.files = {"felixrosberg/ArcFace": {"ArcFace-Res50.h5": content}}
    hub.stalls, hub.silent = [piece + 1000], True
    finished = download("arcface", HF_HUB_DOWNLOAD_TIMEOUT="1")
    assert_refused(finished, "ReadTimeout", f"{piece:,} bytes are kept", "run it again")
    hub.silent = False
    hub.starts.clear()
    assert download("arcface").returncode == 0
    assert (tmp_path / "zoo" / "ArcFace-Res50.h5").read_bytes() == content
    assert hub.starts == [piece]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_goes_on_in_the_next(hub, download, tmp_path, sent):
    piece = 10 << 20
    content = random.Random(5).randbytes(int(1.2 * piece))
    hub.files = {"felixrosberg/ArcFace": {"ArcFace-Res50.h5": content}}
    hub.stalls = [piece + 1000]
    zoo = tmp_path / "zoo"
    with download.start("arcface") as process:
        while not any(path.stat().st_size >= piece for path in zoo.glob(".unfinished-*")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(sent)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == (130 if sent == signal.SIGINT else -sent)
    assert "Traceback" not in complaints
    assert not (zoo / "ArcFace-Res50.h5").exists()
    assert download("arcface").returncode == 0
    assert [path.name for path in zoo.iterdir()] == ["ArcFace-Res50.h5"]
    assert (zoo / "ArcFace-Res50.h5").read_bytes() == content
    assert hub.starts == [0, piece]


def test_a_broken_off_run_goes_on_in_the_next(hub, download, tmp_path):
    hub.files = ARCFACE
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    digest = hashlib.sha256(CONTENT).hexdigest()
    partial = zoo / f".unfinished-ArcFace-Res50.h5-{digest[:12]}"
    partial.write_bytes(CONTENT[:120_001])
    hub.body_refusal = 503
    assert_refused(download("arcface"), "503", "120,001 bytes are kept", "run it again")
    assert partial.read_bytes() == CONTENT[:120_001]

    hub.body_refusal = None
    finished = download("arcface")
    assert finished.returncode == 0
    assert "120,001 of 300,007" in finished.stdout
    assert hub.starts == [120_001]
    assert (zoo / "ArcFace-Res50.h5").read_bytes() == CONTENT
    assert not partial.exists()


@pytest.mark.parametrize("size", [299_000, 310_000])
def test_another_size_than_promised(hub, download, tmp_path, size):
    hub.files, hub.promised_size = ARCFACE, size
    assert_refused(download("arcface"), f"promised {size:,}", "/resolve/main/ArcFace-Res50.h5")
    assert not list((tmp_path / "zoo").iterdir())


def test_another_content_than_promised(hub, download, tmp_path):
    hub.files, hub.tampered = ARCFACE, True
    assert_refused(download("arcface"), "sha256", hashlib.sha256(CONTENT).hexdigest())
    assert not list((tmp_path / "zoo").iterdir())


def test_another_file_of_the_name_is_left_alone(hub, download, tmp_path):
    hub.files = ARCFACE
    path = tmp_path / "zoo" / "ArcFace-Res50.h5"
    path.parent.mkdir()
    path.write_bytes(b"somebody's own")
    assert_refused(download("arcface"), str(path), "move it away")
    assert path.read_bytes() == b"somebody's own"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_a_hub_that_refuses(hub, download, tmp_path, status):
    hub.refusal = status
    assert_refused(
        download("config_c_hq"),
        f"answered {status}",
        "https://huggingface.co/felixrosberg/FaceDancer/resolve/main/FaceDancer_config_c_HQ.h5",
        f"put it into {tmp_path / 'zoo'}/",
    )


def test_something_else_at_the_address(hub, download):
    hub.not_a_hub = True
    assert_refused(download("arcface"), "does not answer as the hub does", "by hand")


def test_offline(hub, download, tmp_path):
    assert_refused(download("arcface", HF_HUB_OFFLINE="1"), "HF_HUB_OFFLINE", "by hand")
    assert not hub.requests
    # A file that was put there by hand serves, and it is said that nobody compared it.
    path = tmp_path / "zoo" / "ArcFace-Res50.h5"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(CONTENT)
    finished = download("arcface", HF_HUB_OFFLINE="1")
    assert finished.returncode == 0
    assert "unchecked: HF_HUB_OFFLINE is set" in finished.stdout


def test_nobody_listens(download):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert_refused(
            download("arcface", HF_ENDPOINT=address), "no connection (ConnectError", "by hand"
        )


@pytest.mark.parametrize("offline", ["0", "1"])
def test_takes_what_the_hubs_own_cache_holds(hub, download, tmp_path, offline):
    hub.files = ARCFACE
    stored = tmp_path / "hf" / "hub" / "models--felixrosberg--ArcFace"
    for name, content in {
        "refs/main": b"7" * 40,
        f"snapshots/{'7' * 40}/ArcFace-Res50.h5": CONTENT,
    }.items():
        (stored / name).parent.mkdir(parents=True)
        (stored / name).write_bytes(content)
    assert download("arcface", HF_HUB_OFFLINE=offline).returncode == 0
    assert (tmp_path / "zoo" / "ArcFace-Res50.h5").read_bytes() == CONTENT
    assert not hub.starts


def test_no_access_to_the_folder(hub, download, tmp_path):
    hub.files = ARCFACE
    (tmp_path / "zoo").write_text("a file where the folder should be")
    assert_refused(download("arcface"), str(tmp_path / "zoo"))
