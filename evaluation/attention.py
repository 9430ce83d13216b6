"""Draws AFFA's masks: ``python evaluation/attention.py --generators=RUN,RUN --out_dir=DIR ...``.

The paper's Figure 7: which features each decoder stage takes from the target (black) and which from
the path that carries the source's identity (white). Of random swaps (--targets) or of the frames of
one video (--video). Writes ``attention.png`` and ``attention.npz``, of a video ``attention.mp4``.
"""

from pathlib import Path

import numpy as np
from absl import flags

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.pairing import ANY_ENCODER_HELP, check_encoder
from facedancer.evaluation.files import write_arrays
from facedancer.evaluation.reports.attention_figure import attend, draw_attention
from facedancer.evaluation.reports.attention_video import write_attention_video
from facedancer.evaluation.swaps.followed_face import aligned_face_of_video
from facedancer.evaluation.swaps.swap_pairs import draw_pairs
from facedancer.evaluation.swaps.task import open_faces
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import load_detector
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed, write_image
from facedancer.utils.path_flags import DEFINE_paths

FLAGS = flags.FLAGS
DEFINE_paths("generators", None, "generators or run folders, one block of rows each")
flags.DEFINE_string("arcface_path", None, "the encoder they were trained with", required=True)
flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
flags.DEFINE_string("targets", "", "folder of shards, or of photographs and videos: the faces")
flags.DEFINE_string("video", "", "in their place one video, whose largest face is followed")
flags.DEFINE_string("sources", "", "as --targets, of those who lend identity; empty: --targets")
flags.DEFINE_integer("pairs", 3, "swaps to show, or frames of the video", lower_bound=1)
flags.DEFINE_integer("frames", 100, "of the video, from its beginning", lower_bound=1)
flags.DEFINE_integer("seed", 0, "of the pairs, or of the video's source", lower_bound=0)
flags.DEFINE_string("out_dir", None, "folder of what is written", required=True)
flags.mark_flag_as_required("generators")


def main() -> None:
    """Reads the flags, swaps, and writes the files."""
    out_dir = Path(FLAGS.out_dir)
    if bool(FLAGS.targets) == bool(FLAGS.video):
        raise UserError("give one of --targets and --video")
    if FLAGS.video and not FLAGS.sources:
        raise UserError("--sources is missing: who lends identity to the face of --video")
    for path in FLAGS.generators:
        check_encoder(path, FLAGS.arcface_path, FLAGS.any_encoder)
    generators = [load_keras_generator(path) for path in FLAGS.generators]
    side = generators[0].inputs[0].shape[1]
    targets = open_faces(FLAGS.targets, side, out_dir / "targets") if FLAGS.targets else None
    sources = open_faces(FLAGS.sources, side, out_dir / "sources") if FLAGS.sources else targets
    if targets is not None:
        pairs = draw_pairs(targets, sources, FLAGS.seed, FLAGS.pairs)
        target, source = targets.read(pairs.targets), sources.read(pairs.sources)
    else:
        target, rate = aligned_face_of_video(FLAGS.video, load_detector(), side, FLAGS.frames)
        source = sources.read([int(np.random.default_rng(FLAGS.seed).integers(sources.count))])
    encoder = load_encoder(FLAGS.arcface_path)
    identities = encode(encoder, uint8_to_signed(source))["embedding"].numpy()
    if targets is None:  # One source for all frames.
        source, identities = (np.repeat(x, len(target), axis=0) for x in (source, identities))
    stems = [Path(path).stem for path in FLAGS.generators]
    names = [s if stems.count(s) == 1 else p for s, p in zip(stems, FLAGS.generators, strict=True)]
    attentions = [
        attend(generator, name, target, identities)
        for generator, name in zip(generators, names, strict=True)
    ]
    shown = np.linspace(0, len(target) - 1, min(FLAGS.pairs, len(target))).round().astype(int)
    page = draw_attention(target[shown], source[shown], [a.rows(shown) for a in attentions])
    write_image(out_dir / "attention.png", page)
    arrays = {"target": target, "source": source}
    for attention in attentions:
        arrays[f"{attention.name}/changed"] = attention.changed
        for mask_side, mask in attention.masks.items():
            arrays[f"{attention.name}/mask_{mask_side}"] = mask
    write_arrays(out_dir / "attention.npz", arrays)
    written = ["attention.png", "attention.npz"]
    if FLAGS.video:
        write_attention_video(out_dir / "attention.mp4", target, source, attentions, rate)
        written.append("attention.mp4")
    print(f"masks: {', '.join(str(out_dir / name) for name in written)}")


if __name__ == "__main__":
    run(main)
