"""The image's steps: they are what compose.yaml starts, and they work in an empty environment."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = (ROOT / "serving" / "Dockerfile").read_text()
PHOTOS = ROOT / "assets" / "photos"
TOKEN = "a token that nobody guesses"


def steps():
    """The commands of the image's RUN lines that install something."""
    joined = re.sub(r"\\\n *", "", DOCKER)
    found = re.findall(r"^RUN (.*)$", joined, re.MULTILINE)
    return [one for one in found if not one.startswith("useradd")]


def test_compose_starts_the_image_beside_tf_serving():
    compose = yaml.safe_load((ROOT / "serving/compose.yaml").read_text())
    server, served = compose["services"]["server"], compose["services"]["tf_serving"]
    assert server["build"]["dockerfile"] == "serving/Dockerfile"
    assert "--tf_serving=tf_serving:8500" in server["command"]
    assert any(one.startswith("${ENCODER") for one in server["volumes"])
    assert ":?" in server["environment"]["FACEDANCER_TOKEN"], "it must be given"
    assert all(port.startswith("127.0.0.1:") for port in served["ports"])


def test_the_image_runs_without_rights_and_takes_the_extra():
    lines = DOCKER.splitlines()
    user, entry = lines.index("USER facedancer"), DOCKER.index("ENTRYPOINT")
    assert not [line for line in lines[user:] if line.startswith("RUN")]
    assert 'serve", "--host=0.0.0.0"' in DOCKER[entry:]
    assert any("[serve]" in step and "versions.txt" in step for step in steps())


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of an empty environment in which the image's steps were done."""
    folder = tmp_path_factory.mktemp("image")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith("tests/"):
            copy = folder / "source" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    names = {"/source": folder / "source", "/wheels": folder / "wheels"}
    path = f"{folder / 'venv' / 'bin'}:{os.environ['PATH']}"
    for step in steps():
        for name, place in names.items():
            step = step.replace(name, str(place))
        done = subprocess.run(
            ["sh", "-c", step.replace("--no-cache-dir ", "")],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{step}: {done.stderr[-2000:]}"
    yield folder
    shutil.rmtree(folder)


@pytest.mark.long
def test_the_steps_give_a_server_that_swaps(environment, tmp_path):
    entry = re.search(r"^ENTRYPOINT (.*)$", DOCKER, re.MULTILINE)[1]
    command = [*shlex.split(entry.strip("[]").replace(",", " ")), "--port=0"]
    bins = environment / "venv" / "bin"
    variables = {"PATH": str(bins), "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    refused = subprocess.run(
        [bins / command[0], *command[1:]], env=variables, capture_output=True, text=True
    )
    assert refused.returncode == 2 and "lets other machines in" in refused.stderr
    with subprocess.Popen(
        [bins / command[0], *command[1:]],
        env={**variables, "FACEDANCER_TOKEN": TOKEN},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = next(one for one in process.stdout if one.startswith("serving on"))
            url = f"http://127.0.0.1:{line.rpartition(':')[2].strip()}"
            end = time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    requests.get(f"{url}/healthz", timeout=5)
                    break
                except requests.ConnectionError:
                    time.sleep(0.2)
            files = {
                "target": (PHOTOS / "eileen_collins" / "astronaut.png").read_bytes(),
                "source": (PHOTOS / "grace_hopper" / "grace_hopper.jpg").read_bytes(),
            }
            headers = {"Authorization": f"Bearer {TOKEN}"}
            assert requests.post(f"{url}/v1/swap", files=files, timeout=60).status_code == 401
            swapped = requests.post(f"{url}/v1/swap", files=files, headers=headers, timeout=60)
            assert swapped.status_code == 200, swapped.text
            found = requests.post(
                f"{url}/v1/verify", files={"file": swapped.content}, headers=headers, timeout=60
            )
            assert found.json()["is_marked"]
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode in (0, -signal.SIGTERM), "as it was told"
