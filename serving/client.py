"""Swaps aligned crops on a server: docs/serving.md.

python serving/client.py --target=crop.png --source=person.png --output=swapped.png \\
    --url=http://localhost:8501
python serving/client.py --target=crop.png --source=person.png --output=swapped.png \\
    --grpc=localhost:8500

The result is marked as synthetic, like that of `inference/swap.py` (docs/marking.md).
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedancer.inference.marking.marker import Marker, Marking
from facedancer.serving.rest_client import RestClient
from facedancer.serving.retrying import Patience
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.images import write_image
from facedancer.utils.suffixes import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from facedancer.serving.grpc_client import GrpcClient


@dataclasses.dataclass(frozen=True)
class Settings:
    """All flags of this command."""

    target: str = shared_flag("target", text="Aligned target crop, JPEG or PNG.")
    source: str = shared_flag(
        "source",
        default="",
        text="Aligned crop of the source person, whose identity the target gets.",
        aliases=(),
        needed=True,
    )
    output: str = shared_flag("output", text="File for the swapped crop.", needed=True)
    url: str = flag_field("", "Server address for REST: http://localhost:8501.")
    grpc: str = flag_field("", "Server address for gRPC, instead of --url: localhost:8500.")
    model: str = flag_field("facedancer", "The model's name on the server.")
    version: int | None = shared_flag(
        "version", text="The model's version; default: the server's choice."
    )
    timeout: float = shared_flag("timeout")
    attempts: int = flag_field(3, "Number of attempts if the server does not answer.", least=1)
    mark: bool = shared_flag("mark", text="Mark the result as synthetic.")


def main(settings: Settings) -> None:
    """Asks the server, marks and writes."""
    if bool(settings.url) == bool(settings.grpc):
        raise UserError("give --url, a server over REST, or --grpc, one over gRPC; not both")
    output = Path(settings.output)
    if output.suffix.lower() not in IMAGE_SUFFIXES:
        raise UserError(f"--output={output}: use one of {', '.join(IMAGE_SUFFIXES)}")
    if output.resolve() in (Path(settings.target).resolve(), Path(settings.source).resolve()):
        raise UserError(f"--output={output} is one of the inputs; give the result another name")
    target, source = _read(settings.target), _read(settings.source)
    (answer,) = _client(settings).swap([target], [source])
    picture = cv2.imdecode(np.frombuffer(answer, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UserError(
            "the server did not return a picture: give the --model of an exported FaceDancer "
            "generator"
        )
    for line in _write(picture[..., ::-1], output, settings):
        print(line)


def _client(settings: Settings) -> "RestClient | GrpcClient":
    patience = Patience(settings.timeout, settings.attempts)
    if settings.url:
        return RestClient(settings.url, settings.model, settings.version, patience)
    from facedancer.serving.grpc_client import GrpcClient  # It imports TensorFlow.

    return GrpcClient(settings.grpc, settings.model, settings.version, patience)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UserError(f"no such file: {path}") from None


def _write(picture: np.ndarray, output: Path, settings: Settings) -> list[str]:
    """Writes under another name, marks, and renames."""
    marker = Marker(Marking(is_on=settings.mark))
    with written_whole(output, output.suffix) as unfinished:
        write_image(unfinished, marker.mark_picture(picture, np.zeros((0, 4))))
        marks = marker.mark_file(unfinished, output.suffix.lower(), Path(settings.target))
    return [*marks, f"written: {output}"]


if __name__ == "__main__":
    run(main, Settings)
