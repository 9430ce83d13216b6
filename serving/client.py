"""Swaps aligned crops on a server: docs/serving.md.

python serving/client.py --target=crop.png --source=person.png --output=swapped.png \
    --url=http://localhost:8501
python serving/client.py --target=crop.png --source=person.png --output=swapped.png \
    --grpc=localhost:8500

The result is marked as synthetic, as `inference/swap.py` marks: docs/marking.md.
"""

from pathlib import Path

import cv2
import numpy as np
from absl import flags

from facedancer.inference.marking.marker import Marker, Marking
from facedancer.serving.grpc_client import GrpcClient
from facedancer.serving.rest_client import RestClient
from facedancer.serving.retrying import Patience
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import written_whole
from facedancer.utils.images import write_image
from facedancer.utils.suffixes import IMAGE_SUFFIXES

FLAGS = flags.FLAGS

flags.DEFINE_string("target", None, "An aligned crop, JPEG or PNG.", required=True)
flags.DEFINE_string(
    "source", None, "An aligned crop of the person whose identity it gets.", required=True
)
flags.DEFINE_string("output", None, "The swapped crop.", required=True)
flags.DEFINE_string("url", "", "The server over REST: http://localhost:8501.")
flags.DEFINE_string("grpc", "", "Instead of it the server over gRPC: localhost:8500.")
flags.DEFINE_string("model", "facedancer", "The model's name on the server.")
flags.DEFINE_integer("version", None, "Of the model; default: the one that the server takes.", 1)
flags.DEFINE_float("timeout", 30.0, "Seconds to wait for an answer.", 0.001)
flags.DEFINE_integer("attempts", 3, "How often to ask where there is none.", 1)
flags.DEFINE_bool("mark", True, "Mark the result as synthetic.")


def main() -> None:
    """Reads the flags, asks the server, marks and writes."""
    if bool(FLAGS.url) == bool(FLAGS.grpc):
        raise UserError("give --url, a server over REST, or --grpc, one over gRPC; not both")
    output = Path(FLAGS.output)
    if output.suffix.lower() not in IMAGE_SUFFIXES:
        raise UserError(f"--output={output}: use one of {', '.join(IMAGE_SUFFIXES)}")
    if output.resolve() in (Path(FLAGS.target).resolve(), Path(FLAGS.source).resolve()):
        raise UserError(f"--output={output} is one of the inputs; give the result another name")
    target, source = _read(FLAGS.target), _read(FLAGS.source)
    (answer,) = _client().swap([target], [source])
    picture = cv2.imdecode(np.frombuffer(answer, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UserError("the server's answer is no picture: is --model a facedancer?")
    for line in _write(picture[..., ::-1], output):
        print(line)


def _client() -> RestClient | GrpcClient:
    patience = Patience(FLAGS.timeout, FLAGS.attempts)
    if FLAGS.url:
        return RestClient(FLAGS.url, FLAGS.model, FLAGS.version, patience)
    return GrpcClient(FLAGS.grpc, FLAGS.model, FLAGS.version, patience)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UserError(f"no such file: {path}") from None


def _write(picture: np.ndarray, output: Path) -> list[str]:
    """Writes beside the final name, marks, and renames."""
    marker = Marker(Marking(is_on=FLAGS.mark))
    with written_whole(output, output.suffix) as unfinished:
        write_image(unfinished, marker.mark_picture(picture, np.zeros((0, 4))))
        marks = marker.mark_file(unfinished, output.suffix.lower(), Path(FLAGS.target))
    return [*marks, f"written: {output}"]


if __name__ == "__main__":
    run(main)
