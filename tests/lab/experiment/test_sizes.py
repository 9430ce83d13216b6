"""The sizes that docs/rivals.md tells: as the command counts them, and as the page has them."""

from types import SimpleNamespace

import pytest

from facedancer.lab.experiment import sizes
from facedancer.lab.experiment.sizes import Size, measure_sizes, sizes_table
from facedancer.lab.experiment.tasks import ROOT


@pytest.mark.long  # Nine networks are built and traced: 30 s.
def test_sizes_are_those_of_the_page():
    measured = {size.name: size for size in measure_sizes()}
    assert sizes_table(list(measured.values())) in (ROOT / "docs" / "rivals.md").read_text()
    c = measured["c"]
    for name in ("face_shifter", "sim_swap", "hifi_face"):
        assert measured[name].parameters == pytest.approx(c.parameters, rel=0.1)
    for size, share in (("quarter", 1 / 4), ("tenth", 1 / 10)):
        for signal in ("output", "ifsr"):
            assert measured[f"{size}_{signal}"].flops == pytest.approx(share * c.flops, rel=0.1)


def test_a_rival_is_built_as_its_flagfile_says(monkeypatch):
    built = []

    def build(*arguments):
        built.append(arguments)
        return SimpleNamespace(count_params=lambda: 7)

    # The real ones are counted in tests/lab/rivals/test_networks.py.
    monkeypatch.setattr(sizes, "build_rival", build)
    monkeypatch.setattr(sizes, "model_flops", lambda network: 9)
    assert measure_sizes(("sim_swap",)) == [Size("sim_swap", 7, 9)]
    assert built == [("sim_swap", 64, 16)]


def test_shares_are_of_the_first():
    table = sizes_table([Size("c", 2_000, 4_000_000), Size("sim_swap", 1_000, 1_000_000)])
    assert table.splitlines()[-1] == "| SimSwap | 1,000 | 0.50 | 1.0 | 0.25 |"
