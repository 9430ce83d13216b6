"""The benchmark of one picture: its table; running it starts whole commands."""

from facedancer.benchmarks import one_picture
from facedancer.benchmarks.one_picture import Round, Settings, main, markdown


def test_the_table_tells_the_bar_and_where_the_time_goes():
    taken = [{"importing": 1.0, "loading": 2.0}, {"importing": 3.0, "loading": 2.0}]
    table = markdown([Round(3.0, 5.0), Round(4.5, 7.0)], taken)
    assert "**3.75 s** (3.00 to 4.50); 4 wanted: met. Of the processor 6.00 s" in table
    assert "| importing | 2.00 |" in table
    assert table.endswith("the end | 2.00 |")
    assert "missed" in markdown([Round(4.01, 5.0)], taken)


def test_what_is_measured_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(one_picture, "swap_once", lambda: Round(1.0, 2.0))
    monkeypatch.setattr(one_picture, "stages_apart", lambda: {"loading": 0.5})
    main(Settings(rounds=2))
    assert "| loading | 0.50 |" in capsys.readouterr().out
