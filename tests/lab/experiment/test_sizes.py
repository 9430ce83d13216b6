"""The sizes that docs/rivals.md tells: as the command counts them, and as the page has them."""

import pytest

from facedancer.lab.experiment.sizes import Size, measure_sizes, sizes_table
from facedancer.lab.experiment.tasks import ROOT


@pytest.mark.long  # Nine networks are built and traced: 30 s.
def test_sizes_are_those_of_the_page():
    sizes = {size.name: size for size in measure_sizes()}
    assert sizes_table(list(sizes.values())) in (ROOT / "docs" / "rivals.md").read_text()
    c = sizes["c"]
    for name in ("face_shifter", "sim_swap", "hifi_face"):
        assert sizes[name].parameters == pytest.approx(c.parameters, rel=0.1)
    for size, share in (("quarter", 1 / 4), ("tenth", 1 / 10)):
        for signal in ("output", "ifsr"):
            assert sizes[f"{size}_{signal}"].flops == pytest.approx(share * c.flops, rel=0.1)


def test_shares_are_of_the_first():
    table = sizes_table([Size("c", 2_000, 4_000_000), Size("sim_swap", 1_000, 1_000_000)])
    assert table.splitlines()[-1] == "| SimSwap | 1,000 | 0.50 | 1.0 | 0.25 |"
