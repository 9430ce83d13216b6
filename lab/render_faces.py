"""Renders a data set of faces with exact labels.

python lab/render_faces.py --target_dir=/tmp/faces --identities=100 --images=20

Pictures are TARGET/IDENTITY/NUMBER.jpg, labels TARGET/labels.jsonl, as dataset/crop_align.py reads
them. The same flags make the same pictures, whatever the number of workers; a run that was stopped
goes on when it is started again.
"""

import os
from pathlib import Path

from absl import flags

from facedancer.lab.pictures.rendering_job import Settings, render_faces
from facedancer.utils.cli import run

FLAGS = flags.FLAGS

flags.DEFINE_string("target_dir", None, "Folder for the pictures.")
flags.DEFINE_integer("identities", 100, "How many people.", 1)
flags.DEFINE_integer("first_identity", 0, "The first one's number: others are other people.", 0)
flags.DEFINE_integer("images", 20, "Pictures of each.", 1)
flags.DEFINE_integer("side", 128, "The pictures' side in pixels.", 32, 1024)
flags.DEFINE_integer("seed", 0, "Another seed, other people.", 0)
flags.DEFINE_integer("workers", None, "Processes; all CPU cores if not given.", 1)
flags.mark_flag_as_required("target_dir")


def main() -> None:
    target = Path(FLAGS.target_dir).expanduser()
    settings = Settings(
        FLAGS.identities, FLAGS.first_identity, FLAGS.images, FLAGS.side, FLAGS.seed
    )
    render_faces(target, settings, FLAGS.workers or len(os.sched_getaffinity(0)))


if __name__ == "__main__":
    run(main)
