"""The benchmark of the photograph's skin: its table, and one round of the measurement."""

from facedancer.benchmarks import texture_time
from facedancer.benchmarks.texture_time import Settings, main, markdown


def test_the_table_tells_the_ratio():
    table = markdown({"a": {"off": [0.1, 0.3, 0.2], "on": [0.3, 0.3, 0.3]}})
    assert "medians of 3 rounds" in table and table.endswith("| a | 200 | 300 | 1.50 |")


def test_what_is_measured_is_printed(monkeypatch, capsys):
    taken = {"b": {"off": [0.1], "on": [0.2]}}
    monkeypatch.setattr(texture_time, "measure", lambda rounds: taken)
    main(Settings(rounds=1))
    assert "| b | 100 | 200 | 2.00 |" in capsys.readouterr().out


def test_both_photographs_are_swapped():
    taken = texture_time.measure(1)
    assert len(taken) == 2
    assert all(len(ways[way]) == 1 for ways in taken.values() for way in ("off", "on"))
