"""A run cut into calls: nothing that is due is passed over."""

import pytest

from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.watching.cadence import Cadence


@pytest.mark.parametrize("steps_per_call", [1, 4, 1_000])
@pytest.mark.parametrize("profile_steps", [0, 1, 5])
def test_a_profile_records_just_the_steps_that_it_should(steps_per_call, profile_steps):
    config = TrainConfig(
        data="a",
        run_dir="b",
        total_steps=120,
        log_every=50,
        steps_per_call=steps_per_call,
        profile_steps=profile_steps,
    )
    first_step = 7
    cadence, step, recorded, looked_at = Cadence(config, first_step), first_step, [], []
    while step < config.total_steps:
        count = cadence.call_length(step)
        assert 1 <= count <= steps_per_call
        if cadence.profiles(step):
            recorded += range(step, step + count)
        step += count
        looked_at += [step] if cadence.has_due(step) else []
    assert step == config.total_steps
    # From the eleventh of this start on; the device has done them where the profile ends.
    assert recorded == list(range(17, 17 + profile_steps))
    ends = [17, 17 + profile_steps] if profile_steps else []
    assert looked_at == [*ends, 50, 100, 120]
