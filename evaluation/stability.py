"""Does a swapped video flicker: ``python evaluation/stability.py --target=A.mp4 --result=B.mp4``.

Of any system: the two files are all that is needed.
"""

import json
from pathlib import Path

from absl import flags

from facedancer.evaluation.encoders.registry import SHIPPED, load_measure
from facedancer.evaluation.files import plain, write_json
from facedancer.evaluation.stability_job import compare_videos
from facedancer.retinaface.detector import load_detector
from facedancer.utils.cli import run

FLAGS = flags.FLAGS
flags.DEFINE_string("target", None, "the video before the swap", required=True)
flags.DEFINE_string("result", None, "the same video, swapped", required=True)
flags.DEFINE_string("identity_encoder", SHIPPED["identity"], "FILE, NAME or NAME:FILE")
flags.DEFINE_string("output", "", "a JSON file to write as well")


def main() -> None:
    """Reads the flags, compares, and prints the numbers."""
    encoder = load_measure("identity", FLAGS.identity_encoder)
    numbers = compare_videos(Path(FLAGS.target), Path(FLAGS.result), load_detector(), encoder)
    content = {"encoder": {"name": encoder.name, **encoder.origin}, **numbers}
    if FLAGS.output:
        write_json(Path(FLAGS.output), content)
    print(json.dumps(plain(content), indent=1))


if __name__ == "__main__":
    run(main)
