"""Draws AFFA's attention masks, as in the paper's Figure 7.

python evaluation/attention.py --generators=runs/config_c,runs/config_d \\
    --encoder=ArcFace-Res50.h5 --targets=SHARDS --output=results/masks

Each decoder stage takes some features from the target (black) and some from the path that carries
the source's identity (white). The masks are those of random swaps (--targets) or of the frames of
one video (--video). Writes attention.png, attention.npz and, for a video, attention.mp4.
"""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.pairing import PairingSettings
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings(PairingSettings):
    """One drawing."""

    generators: tuple[Path, ...] = shared_flag("generators")
    encoder: str = shared_flag("encoder", needed=True)
    output: str = shared_flag("output", aliases=("out_dir",), needed=True)
    targets: str = shared_flag(
        "targets",
        text="faces to swap: a folder of shards, or of photographs and videos",
        needed=False,
    )
    video: str = flag_field("", "video to use instead of --targets; its largest face is followed")
    sources: str = shared_flag("sources")
    pairs: int = shared_flag(
        "pairs", default=3, text="number of swaps or video frames to show", least=1
    )
    frames: int = shared_flag(
        "frames", default=100, text="number of frames to use, from the start of --video"
    )
    seed: int = shared_flag("seed", text="random seed of the pairs, or of the video's source")


def main(settings: Settings) -> None:
    """Swaps, and writes the files."""
    if bool(settings.targets) == bool(settings.video):
        raise UserError("give either --targets or --video")
    if settings.video and not settings.sources:
        raise UserError(
            "--sources is missing: give the faces whose identity the face of --video gets"
        )

    from facedancer.arcface_model.encoder import encode, load_encoder
    from facedancer.arcface_model.pairing import check_encoder
    from facedancer.evaluation.reports.attention_figure import attend, draw_attention
    from facedancer.evaluation.reports.attention_video import write_attention_video
    from facedancer.evaluation.swaps.followed_face import aligned_face_of_video
    from facedancer.evaluation.swaps.pairs import draw_pairs
    from facedancer.evaluation.swaps.task import open_faces
    from facedancer.networks.loading.keras_generator import load_keras_generator
    from facedancer.retinaface.detector import load_detector
    from facedancer.utils.files import write_arrays
    from facedancer.utils.images import uint8_to_signed, write_image

    folder = Path(settings.output)
    for path in settings.generators:
        check_encoder(path, settings.encoder, settings.any_encoder)
    generators = [load_keras_generator(path) for path in settings.generators]
    side = generators[0].inputs[0].shape[1]
    targets = sources = None
    if settings.targets:
        targets = sources = open_faces(settings.targets, side, folder / "targets")
    if settings.sources:
        sources = open_faces(settings.sources, side, folder / "sources")
    if targets is not None:
        pairs = draw_pairs(targets, sources, settings.seed, settings.pairs)
        target, source = targets.read(pairs.targets), sources.read(pairs.sources)
    else:
        target, rate = aligned_face_of_video(settings.video, load_detector(), side, settings.frames)
        draw = np.random.default_rng(settings.seed)
        source = sources.read([int(draw.integers(sources.count))])
    encoder = load_encoder(settings.encoder)
    identities = encode(encoder, uint8_to_signed(source))["embedding"].numpy()
    if targets is None:  # One source for all frames.
        source, identities = (np.repeat(x, len(target), axis=0) for x in (source, identities))
    stems = [path.stem for path in settings.generators]
    names = [
        stem if stems.count(stem) == 1 else str(path)
        for stem, path in zip(stems, settings.generators, strict=True)
    ]
    attentions = [
        attend(generator, name, target, identities)
        for generator, name in zip(generators, names, strict=True)
    ]
    shown = np.linspace(0, len(target) - 1, min(settings.pairs, len(target))).round().astype(int)
    page = draw_attention(target[shown], source[shown], [a.rows(shown) for a in attentions])
    write_image(folder / "attention.png", page)
    arrays = {"target": target, "source": source}
    for attention in attentions:
        arrays[f"{attention.name}/changed"] = attention.changed
        for mask_side, mask in attention.masks.items():
            arrays[f"{attention.name}/mask_{mask_side}"] = mask
    write_arrays(folder / "attention.npz", arrays)
    written = ["attention.png", "attention.npz"]
    if settings.video:
        write_attention_video(folder / "attention.mp4", target, source, attentions, rate)
        written.append("attention.mp4")
    print(f"masks: {', '.join(str(folder / name) for name in written)}")


if __name__ == "__main__":
    run(main, Settings)
