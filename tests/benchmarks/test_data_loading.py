"""The benchmark of the data pipeline at a toy size: it runs, and its table judges by the bars."""

import pytest

from facedancer.benchmarks.data_loading import Waiting, markdown, measure_rates, measure_waiting
from facedancer.benchmarks.sample_crops import write_crops
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.training.settings.train_config import TrainConfig


# TensorFlow tells that the pipeline is traced all the same.
@pytest.mark.filterwarnings("ignore:Even though the:UserWarning")
@pytest.mark.usefixtures("untraced")
def test_it_measures_and_judges(tmp_path):
    write_crops(tmp_path / "crops", 12, 64, identities=4)
    index = shard_folder(tmp_path / "crops", tmp_path / "shards", "some")
    assert (index.count, index.side, index.identities) == (12, 64, 4)
    rates = measure_rates(tmp_path / "shards", 4, 3, sampling="identity")
    config = TrainConfig(
        data=str(tmp_path / "shards"),
        run_dir="unused",
        up_types=("affa", "concat", "affa", "no_skip", "concat"),
        image_size=64,
        base_width=8,
        batch_size=2,
        mapping_depth=1,
        mapping_size=16,
        encoder="untrained_small",
        perceptual_weight=0.0,
        cycle_weight=0.0,
        ifsr_weight=0.0,
    )
    waiting = measure_waiting(config, 2)
    assert len(waiting.waited) == len(waiting.stepped) == 2
    assert min(rates) > 0 and 0 < waiting.share < 1
    table = markdown(index, 12 * 1024, 4, {"by identity": rates}, 2, {"small": waiting})
    assert "12 JPEG crops of 64 px, 1 KiB each" in table


def test_the_verdicts(tmp_path):
    write_crops(tmp_path / "crops", 2, 64, identities=1)
    index = shard_folder(tmp_path / "crops", tmp_path / "shards", "some")
    fast, slow = {"some": [149.0, 151.0, 170.0]}, {"some": [149.0, 151.0, 100.0]}
    short, long = Waiting((0.01, 0.03), (1.0, 1.0)), Waiting((0.04, 0.04), (1.0, 1.0))
    assert markdown(index, 1, 4, fast, 2, {"some": short}).count(": met") == 2
    assert markdown(index, 1, 4, slow, 2, {"some": long}).count(": missed") == 2
