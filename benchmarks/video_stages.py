"""Stages of a film's swap: what each takes of the processor alone, and what a whole run takes."""

import dataclasses
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from facedancer.inference.video.reader import open_video

if TYPE_CHECKING:
    from facedancer.inference.swapper import Swapper

Done = TypeVar("Done")

_RUN, _READING = "run", "reading"


@dataclasses.dataclass(frozen=True)
class Spent:
    """Milliseconds a frame.

    Attributes:
        stages: of the processor, by each stage alone.
        run: of the processor, by a whole run.
        wall: that passed in that run.
    """

    stages: dict[str, float]
    run: float
    wall: float

    def busy(self, cores: int) -> float:
        """The share of all cores' time in which the run had them compute."""
        return self.run / (self.wall * cores)


def measure_stages(
    swapper: "Swapper", clip: Path, swap: Callable[["Swapper", Path, Path], None]
) -> Spent:
    """Measures each stage of one film's swap by itself, then all of it.

    Args:
        swapper: warm.
        clip: with one face in each frame.
        swap: swaps the clip into a file.
    """
    from facedancer.benchmarks.plain_swap import IDENTITY
    from facedancer.inference.blending.blender import Blender, Blending
    from facedancer.inference.core.frames import Frame, PlannedFace
    from facedancer.inference.core.looking import LOOK_BATCH, Look
    from facedancer.inference.core.pipeline import Batches
    from facedancer.inference.marking.marker import Marker, Marking
    from facedancer.inference.video.chunks import ChunkWriter
    from facedancer.inference.video.encoding import VideoSettings, plan

    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder, open_video(clip) as video:
        # What is not wanted is decoded alone.
        decode = clock.time("decoding", lambda: list(video.frames(0, lambda number: False)))
        read = clock.time(_READING, lambda: list(video.frames()))
        clock.spent["to RGB"] = clock.spent.pop(_READING) - clock.spent["decoding"]
        frames = [Frame(one.image, one.number, one.pts, one) for one in read]
        look = Look(swapper.detector, None, is_video=True)
        seen = clock.time(
            "detection",
            lambda: [
                one
                for first in range(0, len(frames), LOOK_BATCH)
                for one in look(frames[first : first + LOOK_BATCH])
            ],
        )
        planned = [
            (frame, one, tuple(PlannedFace(face, IDENTITY) for face in one.faces))
            for frame, one in zip(frames, seen, strict=True)
        ]
        batches = Batches(swapper.generator, 8)
        swapped = clock.time("alignment, generator", lambda: list(batches.swap(planned)))
        blender, marker = Blender(Blending()), Marker(Marking(c2pa=False))
        blended = clock.time(
            "blending", lambda: [blender(one.frame.image, one.faces) for one in swapped]
        )
        marked = clock.time("marking", lambda: [marker.mark_picture(image) for image in blended])
        encoding = plan(video.info, ".mp4", VideoSettings())
        clock.time("from RGB", lambda: [encoding.frame(image, 0, 1) for image in marked])

        def encode() -> None:
            with ChunkWriter(Path(folder), 0, video.info, ".mp4", VideoSettings()) as writer:
                for one, image in zip(read, marked, strict=True):
                    writer.write(image, one.pts, one.duration)

        clock.time("encoding", encode)
        clock.spent["encoding"] -= clock.spent["from RGB"]
        begun = time.perf_counter()
        clock.time(_RUN, lambda: swap(swapper, clip, Path(folder) / "swapped.mp4"))
        wall = time.perf_counter() - begun
    each = {name: 1000 * seconds / len(decode) for name, seconds in clock.spent.items()}
    return Spent(stages=each, run=each.pop(_RUN), wall=1000 * wall / len(decode))


def stage_rows(spent: dict[tuple[int, int], Spent], cores: int) -> list[str]:
    """The table's lines: a row for each stage, a column for each size of frames."""
    columns = list(spent.values())
    lines = [
        "| processor's time, ms a frame of | " + " | ".join(f"{w} x {h}" for w, h in spent) + " |",
        "|---|" + "---:|" * len(spent),
    ]
    lines += [
        f"| {stage} | " + " | ".join(f"{one.stages[stage]:.1f}" for one in columns) + " |"
        for stage in columns[0].stages
    ]
    totals = {
        "all of these, one by one": [f"{sum(one.stages.values()):.0f}" for one in columns],
        "the run, all at the same time": [f"{one.run:.0f}" for one in columns],
        "ms that pass": [f"{one.wall:.0f}" for one in columns],
        f"{cores} cores busy": [f"**{one.busy(cores):.0%}**" for one in columns],
    }
    return lines + [f"| {name} | {' | '.join(row)} |" for name, row in totals.items()]


class _Clock:
    """Notes the processor's seconds, of all threads, that work takes."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Done]) -> Done:
        begun = time.process_time()
        done = work()
        self.spent[name] = time.process_time() - begun
        return done
