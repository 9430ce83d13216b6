"""Loads a server with 16 clients at once, and measures response times and memory.

python benchmarks/server_load.py [--write]

It starts `facedancer serve` with the shipped networks, on this machine only, with room for ten
requests. Besides clients that swap a photograph of 512 px there are four slow ones, which send half
a request or a body byte by byte, and 200 files that are damaged or not pictures.
"""

import dataclasses
from pathlib import Path

from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, verdict, write_section
from facedancer.benchmarks.server_clients import Load, as_jpeg, run_load
from facedancer.benchmarks.server_process import ServerProcess
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.images import read_image

_PHOTOS = Path(__file__).resolve().parents[1] / "assets" / "photos"
# Fewer than there are clients: some are told to come again.
_FLAGS = ("--workers=2", "--queue=8")
_MOST_GROWTH = 0.05


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    seconds: float = flag_field(180.0, "Duration of the load, in seconds.", least=1)
    clients: int = flag_field(16, "Number of clients that swap.", least=1)


def main(settings: Settings) -> None:
    """Asks, prints the table and writes it if asked."""
    target = as_jpeg(read_image(_PHOTOS / "eileen_collins" / "astronaut.png"))
    source = as_jpeg(read_image(_PHOTOS / "grace_hopper" / "grace_hopper.jpg"))
    with ServerProcess(*_FLAGS) as server:
        load = run_load(server.url, target, source, settings.seconds, settings.clients)
        text = markdown(load, server, settings)
    print(text)
    if settings.write:
        write_section(README, "server load", text)


def markdown(load: Load, server: ServerProcess, settings: Settings) -> str:
    """The table of a load.

    Args:
        load: what the clients got.
        server: still running.
        settings: how it was asked.
    """
    answered = ", ".join(f"{status}: {count}" for status, count in sorted(load.hostile.items()))
    faults = ", ".join(f"{status}: {count}" for status, count in load.faults.items())
    rate = len(load.seconds) / settings.seconds
    is_flat = server.growth() <= _MOST_GROWTH
    is_well = server.is_up() and not load.faults
    rows = (
        ("swaps answered", f"{load.statuses[200]}, {rate:.1f} a second"),
        ("half of them within", f"{load.percentile(50):.2f} s"),
        ("99 of 100 within", f"{load.percentile(99):.2f} s"),
        ("told to come again (503)", f"{load.statuses[503]}"),
        ("hostile files", f"{sum(load.hostile.values())} ({answered})"),
        ("other errors, or no answer", f"{faults or 'none'}: none wanted, {verdict(is_well)}"),
        (
            "memory",
            f"{max(server.megabytes):.0f} MB at most; from the second tenth of the time to the "
            f"last {server.growth():+.1%}: 5 % wanted, {verdict(is_flat)}",
        ),
    )
    head = (
        f"{settings.clients} clients for {settings.seconds:g} s "
        "(`python benchmarks/server_load.py --write`)."
    )
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"{head} {machine()}\n\n| | |\n|---|---|\n{table}"


if __name__ == "__main__":
    run(main, Settings)
