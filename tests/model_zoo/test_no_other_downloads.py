"""Nothing but model_zoo/download.py fetches anything."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOWNLOADER = ROOT / "model_zoo" / "download.py"
# Asks the server that its user names.
CLIENT = ROOT / "serving" / "rest_client.py"
# Ask the server that they have started.
OWN_SERVERS = {ROOT / "benchmarks" / name for name in ("server_clients.py", "server_process.py")}
# Folders of code; tests run their own servers.
FOLDERS = sorted(path.parent for path in ROOT.glob("*/*.py") if path.parent.name != "tests")
FILES = sorted({path for folder in FOLDERS for path in folder.rglob("*.py")})

# What can open a connection to fetch something.
MODULES = {
    "aiohttp",
    "ftplib",
    "gdown",
    "http.client",
    "httpx",
    "huggingface_hub",
    "kagglehub",
    "requests",
    "tensorflow_datasets",
    "tensorflow_hub",
    "urllib.request",
    "urllib3",
}
CALLS = {"get_file", "urlopen", "urlretrieve", "from_pretrained", "snapshot_download"}
# Programs that a shell or a subprocess would call.
PROGRAMS = {"curl", "wget", "gsutil", "aws", "rclone"}


def downloads(source: str) -> list[str]:
    """Tells what in a file could fetch something, as written there."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if _fetches(alias.name)]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found += [name for name in names if _fetches(name)][:1]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.rpartition(".")[2] in CALLS or _takes_imagenet(name, node.keywords):
                found.append(name)
        elif isinstance(node, ast.List) and node.elts and _program(node.elts[0]):
            found.append(node.elts[0].value)
    return found


def _fetches(module: str) -> bool:
    return any(module == known or module.startswith(f"{known}.") for known in MODULES)


def _takes_imagenet(name: str, keywords: list[ast.keyword]) -> bool:
    """keras.applications download where ``weights`` is "imagenet", which is the default."""
    given = next((k.value for k in keywords if k.arg == "weights"), None)
    named = isinstance(given, ast.Constant) and given.value == "imagenet"
    return named or (given is None and re.search(r"\.applications\.\w+$", name) is not None)


def _program(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in PROGRAMS


def test_only_the_downloader_downloads():
    found = {path: names for path in FILES if (names := downloads(path.read_text()))}
    assert set(found) == {DOWNLOADER, CLIENT, *OWN_SERVERS}, found


def test_every_code_folder_is_looked_at():
    names = {folder.name for folder in FOLDERS}
    assert {"model_zoo", "utils", "networks", "inference", "training", "export"} <= names


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import requests", ["requests"]),
        ("import urllib.request as web", ["urllib.request"]),
        ("from urllib import request", ["urllib.request"]),
        ("from urllib.request import urlopen", ["urllib.request"]),
        ("from urllib.parse import quote", []),
        ("def load():\n    from huggingface_hub import hf_hub_download", ["huggingface_hub"]),
        ("keras.utils.get_file('x', 'y')", ["keras.utils.get_file"]),
        ("VGG16(weights='imagenet')", ["VGG16"]),
        ("keras.applications.VGG16(weights=None)", []),
        ("keras.applications.VGG16(weights=path)", []),
        ("keras.applications.VGG16(include_top=False)", ["keras.applications.VGG16"]),
        ("subprocess.run(['curl', address])", ["curl"]),
    ],
)
def test_the_rule_itself(source, found):
    assert downloads(source) == found
