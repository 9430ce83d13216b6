"""The sheet of AFFA's masks, at the generator's own size whatever the crops' size is."""

from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.networks.generator import get_generator
from facedancer.serving.page.attention import AttentionView


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    path = tmp_path_factory.mktemp("generator") / "generator.keras"
    up_types = ("no_skip", "no_skip", "no_skip", "no_skip", "affa", "concat")
    get_generator(up_types, mapping_depth=1, image_size=64, base_width=4).save(path)
    return AttentionView(SimpleNamespace(recipe=SimpleNamespace(path=path)))


@pytest.mark.parametrize("side", [64, 128], ids=["own", "pixel boost"])
def test_crops_of_both_sizes_are_drawn(view, side):
    crop = np.full((side, side, 3), 90, np.uint8)
    face = SimpleNamespace(crop=crop, changed=255 - crop)
    planned = SimpleNamespace(identity=np.ones(512, np.float32))
    alone = SimpleNamespace(identity=None)
    sheet = view.draw(SimpleNamespace(faces=[face], planned=[alone, planned]))
    # Old face, new face, one mask.
    assert sheet.shape[1] > 3 * 160 and sheet.dtype == np.uint8
