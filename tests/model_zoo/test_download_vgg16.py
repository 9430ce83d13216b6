"""model_zoo/download.py where a file lies elsewhere than at the hub: VGG16."""

import dataclasses
import hashlib
import importlib.util
import inspect
import random
import sys

import pytest
from keras.src.applications import vgg16 as keras_vgg16

from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import PUBLISHED, VGG16

# Kept: absl takes a module of one name for another one only while their ids differ.
_LOADED = []
CONTENT = random.Random(0).randbytes(300_007)
NAME = VGG16.files[0]


@pytest.fixture
def script(pytestconfig, tmp_path, monkeypatch):
    """The script as a module, with nobody's own settings and caches."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    path = pytestconfig.rootpath / "model_zoo" / "download.py"
    spec = importlib.util.spec_from_file_location("model_zoo_download", path)
    module = importlib.util.module_from_spec(spec)
    _LOADED.append(module)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def entry(hub):
    """VGG16 at the stand-in."""
    hub.files = {"keras/vgg16": {NAME: CONTENT}}
    return dataclasses.replace(
        VGG16,
        page=f"{hub.address}/content/keras/vgg16/{NAME}",
        size=len(CONTENT),
        md5=hashlib.md5(CONTENT).hexdigest(),
    )


def test_it_is_what_keras_itself_would_fetch():
    assert PUBLISHED["vgg16"] is VGG16
    assert VGG16.page == keras_vgg16.WEIGHTS_PATH_NO_TOP
    assert f'file_hash="{VGG16.md5}"' in inspect.getsource(keras_vgg16.VGG16)


def test_the_list_names_its_terms(script, tmp_path):
    assert "--perceptual_features" in script.listing(tmp_path)
    assert "Creative Commons Attribution License" in script.listing(tmp_path)


def test_fetches_goes_on_and_checks(script, hub, entry, tmp_path, capsys):
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    partial = zoo / f".unfinished-{NAME}-{entry.md5[:12]}"
    partial.write_bytes(CONTENT[:120_001])
    assert script.fetch(entry, zoo) == zoo / NAME
    assert (zoo / NAME).read_bytes() == CONTENT
    assert hub.starts == [120_001]
    assert not partial.exists()
    script.fetch(entry, zoo)
    assert "is there already" in capsys.readouterr().out
    assert hub.starts == [120_001]


def test_another_content_is_refused(script, hub, entry, tmp_path):
    hub.tampered = True
    with pytest.raises(UserError, match=f"its md5 is .*, Keras promised {entry.md5}.* by hand"):
        script.fetch(entry, tmp_path / "zoo")
    assert not list((tmp_path / "zoo").iterdir())


def test_a_refusal_names_the_address(script, hub, entry, tmp_path):
    hub.refusal = 503
    with pytest.raises(UserError, match=f"127.0.0.1 answered 503.*get {NAME} from {entry.page}"):
        script.fetch(entry, tmp_path / "zoo")


def test_takes_what_keras_has_fetched_before(script, hub, entry, tmp_path):
    kept = tmp_path / "keras" / "models" / NAME
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT)
    script.fetch(entry, tmp_path / "zoo")
    assert (tmp_path / "zoo" / NAME).read_bytes() == CONTENT
    assert not hub.requests
