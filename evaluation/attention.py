"""Draws AFFA's masks: ``python evaluation/attention.py --generators=RUN,RUN --out_dir=DIR ...``.

The paper's Figure 7: which features each decoder stage takes from the target (black) and which from
the path that carries the source's identity (white). Writes ``attention.png`` and ``attention.npz``.
"""

from pathlib import Path

from absl import flags

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.evaluation.files import write_arrays
from facedancer.evaluation.reports.attention_figure import attend, draw_attention
from facedancer.evaluation.swaps.swap_pairs import draw_pairs
from facedancer.evaluation.swaps.task import open_faces
from facedancer.inference.loading import load_keras_generator
from facedancer.utils.cli import run
from facedancer.utils.images import uint8_to_signed, write_image

FLAGS = flags.FLAGS
flags.DEFINE_list("generators", None, "generators or run folders, one block of rows each")
flags.DEFINE_string("arcface_path", None, "the encoder they were trained with", required=True)
flags.DEFINE_string(
    "targets", None, "folder of shards, or of photographs and videos: the faces", required=True
)
flags.DEFINE_string("sources", "", "the same, of those who lend identity; empty: --targets")
flags.DEFINE_integer("pairs", 3, "swaps to show", lower_bound=1)
flags.DEFINE_integer("seed", 0, "of the pairs", lower_bound=0)
flags.DEFINE_string("out_dir", None, "folder of what is written", required=True)
flags.mark_flag_as_required("generators")


def main() -> None:
    """Reads the flags, swaps, and writes both files."""
    out_dir = Path(FLAGS.out_dir)
    generators = [load_keras_generator(path) for path in FLAGS.generators]
    side = generators[0].inputs[0].shape[1]
    sources = targets = open_faces(FLAGS.targets, side, out_dir / "targets")
    if FLAGS.sources:
        sources = open_faces(FLAGS.sources, side, out_dir / "sources")
    pairs = draw_pairs(targets, sources, sources is targets, FLAGS.seed, FLAGS.pairs)
    target, source = targets.read(pairs.targets), sources.read(pairs.sources)
    encoder = load_encoder(FLAGS.arcface_path)
    identities = encode(encoder, uint8_to_signed(source))["embedding"].numpy()
    stems = [Path(path).stem for path in FLAGS.generators]
    names = [s if stems.count(s) == 1 else p for s, p in zip(stems, FLAGS.generators, strict=True)]
    attentions = [
        attend(generator, name, target, identities)
        for generator, name in zip(generators, names, strict=True)
    ]
    write_image(out_dir / "attention.png", draw_attention(target, source, attentions))
    arrays = {"target": target, "source": source}
    for attention in attentions:
        arrays[f"{attention.name}/changed"] = attention.changed
        for side, mask in attention.masks.items():
            arrays[f"{attention.name}/mask_{side}"] = mask
    write_arrays(out_dir / "attention.npz", arrays)
    print(f"masks: {out_dir / 'attention.png'}, {out_dir / 'attention.npz'}")


if __name__ == "__main__":
    run(main)
