"""Counts which marks of a swapped file survive everyday handling of files.

python benchmarks/mark_handling.py [--write]

Twenty pictures and three clips are marked like swaps, changed as ordinary programs do (Pillow for
pictures, FFmpeg for clips), and read in the way of `inference/verify.py`. 200 unmarked pictures are
read too. No face is swapped, because the marks do not depend on faces.
"""

import dataclasses
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from facedancer.benchmarks.handled_files import CLIP_HANDLINGS, HANDLINGS, write_clip
from facedancer.benchmarks.readme_section import write_section
from facedancer.benchmarks.sample_photographs import write_photographs
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.inference.marking.findings import Findings, find_marks
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.marking.message import message_bits
from facedancer.inference.marking.watermark import embed
from facedancer.lab.pictures.render import render
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.images import encode_image, read_image
from facedancer.utils.progress import progress_bar

PAGE = Path(__file__).resolve().parents[1] / "docs" / "marking.md"
SECTION = "mark_handling"
_SUFFIXES = (".jpg", ".png", ".webp")
_SIZES = ((1280, 960), (1600, 1200), (800, 600), (640, 480))
# Frames of a clip that `verify.py` looks at by default.
_FRAMES = 8
_TAG = 4711


@dataclasses.dataclass
class Tally:
    """The number of files, of those that were handled alike, that still carry each mark.

    Attributes:
        files: how many there are.
        source_type: XMP or a container's tag states that a machine changed the file.
        c2pa: the C2PA manifest is there and valid.
        invalid: it is there, and says that the file was changed after it was signed.
        watermark: read, from one picture or from several together, with the right tag.
        marked: `verify.py` says "marked".
    """

    files: int = 0
    source_type: int = 0
    c2pa: int = 0
    invalid: int = 0
    watermark: int = 0
    marked: int = 0

    def add(self, found: Findings) -> None:
        """Counts one file."""
        readings = [*found.readings, *([found.together] if found.together else [])]
        state = found.manifest.state if found.manifest else ""
        self.files += 1
        self.source_type += bool(found.source_types)
        self.c2pa += state in ("Valid", "Trusted")
        self.invalid += state == "Invalid"
        self.watermark += any(one.tag == _TAG for one in readings)
        self.marked += found.is_marked

    def row(self, name: str) -> str:
        """A line of the table."""
        manifest = f"{self.c2pa} of {self.files}"
        if self.invalid:
            manifest += f", {self.invalid} called invalid"
        counts = (self.source_type, manifest, self.watermark, self.marked)
        cells = (one if isinstance(one, str) else f"{one} of {self.files}" for one in counts)
        return f"| {name} | {' | '.join(cells)} |"


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    pictures: int = flag_field(20, "Number of marked pictures.", least=2)
    unmarked: int = flag_field(200, "Number of unmarked pictures.", least=0)
    clips: int = flag_field(3, "Number of marked clips.", least=0, most=3)
    clip_frames: int = flag_field(48, "Frames per clip.", least=2)


def main(settings: Settings) -> None:
    """Measures, prints the tables and writes them if asked."""
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(measure(Path(folder), settings))
    print(text)
    if settings.write:
        write_section(PAGE, SECTION, text)


def measure(folder: Path, settings: Settings) -> Iterator[str]:
    """The tables' lines.

    Args:
        folder: an empty one.
        settings: how much of each is measured.
    """
    marker = Marker(Marking(tag=_TAG))
    yield "| pictures | source type | C2PA, valid | watermark | `verify.py`: marked |"
    yield "|---|---:|---:|---:|---:|"
    files = [
        mark(marker, picture, folder / f"marked_{number}{_SUFFIXES[number % len(_SUFFIXES)]}")
        for number, picture in enumerate(pictures(folder / "plain", settings.pictures))
    ]
    for name, handle in progress_bar(HANDLINGS.items(), unit="handling"):
        yield tally(files, handle, folder).row(name)
    if settings.clips:
        yield ""
        yield "| clips, 1080p | source type | C2PA, valid | watermark | `verify.py`: marked |"
        yield "|---|---:|---:|---:|---:|"
        frames = settings.clip_frames
        clips = [mark_clip(marker, number, folder, frames) for number in range(settings.clips)]
        for name, handle in progress_bar(CLIP_HANDLINGS.items(), unit="handling"):
            yield tally(clips, handle, folder).row(name)
    if settings.unmarked:
        wrong = sum(
            find_marks(path, _FRAMES).is_marked for path in unmarked(folder, settings.unmarked)
        )
        yield ""
        yield f"Of {settings.unmarked} pictures without a mark, `verify.py` called {wrong} marked."


def tally(files: list[Path], handle: Callable[[Path, Path], Path], folder: Path) -> Tally:
    """Handles all files and looks at what is left of their marks."""
    counts = Tally()
    for path in files:
        handled = handle(path, folder / f"handled_{path.stem}")
        counts.add(find_marks(handled, _FRAMES))
        if handled != path:
            handled.unlink()
    return counts


def pictures(folder: Path, count: int) -> Iterator[np.ndarray]:
    """``[H, W, 3]`` uint8 RGB: in turn a photograph of some size, and a rendered person."""
    for number in range(count):
        if number % 2:
            yield render(0, 5_000_000 + number, 0, 512)[0]
            continue
        place = folder / str(number)
        write_photographs(place, 1, _SIZES[number // 2 % len(_SIZES)], seed=number)
        yield read_image(next(place.rglob("*.jpg")))


def mark(marker: Marker, picture: np.ndarray, path: Path) -> Path:
    """Writes a picture as the swap does, marked."""
    parent = path.with_name(f"parent_{path.stem}.png")
    parent.write_bytes(encode_image(picture, ".png"))
    path.write_bytes(encode_image(marker.mark_picture(picture), path.suffix))
    marker.mark_file(path, path.suffix, parent)
    return path


def mark_clip(marker: Marker, number: int, folder: Path, frames: int) -> Path:
    """A marked clip of 1920 x 1080: a pan over a picture, each frame watermarked."""
    width, height = 1920, 1080
    picture = Image.fromarray(next(pictures(folder / f"clip_{number}", 1)))
    wide = np.asarray(picture.resize((width + 2 * frames, height + frames)))
    steps = range(frames)
    # The first rests, the second pans, the third pans faster.
    shown = [wide[number * n // 2 :][:height, number * n :][:, :width] for n in steps]
    path = folder / f"clip_{number}.mp4"
    bits = message_bits(_TAG)
    write_clip(path, [embed(np.ascontiguousarray(frame), bits) for frame in shown], crf=18)
    parent = folder / f"parent_{number}.png"
    parent.write_bytes(encode_image(shown[0], ".png"))
    marker.mark_file(path, ".mp4", parent)
    return path


def unmarked(folder: Path, count: int) -> Iterator[Path]:
    """Files without a mark: photographs and rendered people of many sizes, in three formats."""
    draw = np.random.default_rng(1)
    for number, picture in enumerate(pictures(folder / "unmarked", count)):
        side = int(draw.integers(160, 900))
        height, width = picture.shape[:2]
        size = (side, max(round(side * height / width), 128))
        path = folder / f"unmarked_{number}{_SUFFIXES[number % len(_SUFFIXES)]}"
        small = np.asarray(Image.fromarray(picture).resize(size))
        path.write_bytes(encode_image(small, path.suffix))
        yield path
        path.unlink()


if __name__ == "__main__":
    run(main, Settings)
