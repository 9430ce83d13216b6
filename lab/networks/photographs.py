"""The files of model_zoo/photographs/: a generator in float16, and its model card."""

from collections.abc import Mapping
from pathlib import Path

from facedancer.arcface_model.lite_encoder import load_embedder
from facedancer.arcface_model.pairing import check_encoder
from facedancer.evaluation.photographs.table import photograph_table
from facedancer.inference.identity_networks import IdentityNetworks
from facedancer.inference.int8_gate import psnr_to
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import load_detector
from facedancer.training.runs.folder import read_parts
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, read_json, write_text, written_whole
from facedancer.utils.weights.half_precision import pack

from ..reports.groups import group_table

_MOST_BYTES = 25_000_000
_GENERATOR, _CARD = "generator.keras", "README.md"
# In dB, on the photographs that ship: what rounding the weights may cost is not seen.
_LEAST_PSNR = 50.0

_TEXT = """\
# A generator for photographs, trained on rendered people

Written by `lab/ship_photographs.py`: every figure was read from the run, and from results of
`evaluation/judge_photographs.py` and `lab/judge_groups.py` on this very generator.

| file | what | parameters | MB | sha256 |
|---|---|---:|---:|---|
| `{name}` | generator, {side} px | {parameters:,} | {megabytes:.1f} | `{sha256}` |

It belongs to `{encoder}` ({encoder_megabytes:.1f} MB, sha256
`{encoder_sha256}`). Weights are in float16: on the
photographs that ship, its swaps lie {psnr:.0f} dB from those of the weights as they were trained.

## Data

The generator saw rendered people ([docs/lab.md](../../docs/lab.md)) and no photograph. It was
trained for {steps:,} steps ({versions});
`flags/photographs/` has the settings, and says from which weights it started. Its identity encoder
is another matter: it was trained on photographs of people ([model_zoo/README.md](../README.md)),
and the generator learnt by its word.

## Terms

The heads behind the rendered people are CC0, and so is the encoder: the generator is under this
project's own licence. Swap faces of people who agreed, and keep the marks that say so.

## On photographs

{photographs}
`output = ...` swap nothing: they are the ends of each scale.

## Whom it serves, on rendered people

{groups}
A row has the pairs whose source, or target, is of that group. `id_top1`: how often the source is
found first among all sources, in per cent; `nearer`: how often it is nearer than the target;
`pose`: the change in degrees. Where intervals overlap, groups may not differ.
`right answer`: the targets with their sources' faces, drawn by the renderer. A perfect swap would
get these marks; even its pose seems to change, as the judge sees it through the face's shape.

## What it is not

It swaps at {side} px. Fine detail of the target lies over its swaps
([docs/faces.md](../../docs/faces.md#putting-back)), so that larger faces are not blurred. Of the
source it shows nothing finer: that comes from the photograph itself, whose skin the commands fit in
([how](../../docs/faces.md#the-sources-own-skin)); a saved identity has none. It is smaller than
swappers that learnt from millions of photographs.
"""


def ship_photographs(run: Path, encoder: Path, judged: Path, groups: Path, folder: Path) -> int:
    """Writes the generator and its card.

    Args:
        run: the folder of a training.
        encoder: by which it learnt.
        judged: what `evaluation/judge_photographs.py` wrote of it.
        groups: what `lab/judge_groups.py` wrote of it.
        folder: where to.

    Returns:
        The bytes of generator and encoder.

    Raises:
        UserError: something is missing or belongs to another generator or encoder, both are too
            large together, or float16 does not suit the generator.
    """
    source, target = run / _GENERATOR, folder / _GENERATOR
    needed = (source, encoder, judged / "results.json", groups / "groups.json")
    missing = [path for path in needed if not path.is_file()]
    if missing:
        raise UserError(f"no such file: {missing[0]}; --help names the commands that make it")
    check_encoder(source, encoder)
    results = {path: read_json(path) for path in needed[2:]}
    origins = [results[needed[2]]["protocol"]["swapper"], results[needed[3]]["swapper"]]
    for path, origin in zip(results, origins, strict=True):
        if origin.get("sha256") != digest_of(source):
            raise UserError(
                f"{path} was measured with another generator than {source}: measure it again"
            )
    tables = {
        "photographs": photograph_table(results[needed[2]]),
        "groups": group_table(results[needed[3]]),
    }
    # Whole and with its card, or not at all: the card names its bytes, so it may come first.
    with written_whole(target, suffix=source.suffix) as packed:
        pack(source, packed)
        total = packed.stat().st_size + encoder.stat().st_size
        if total > _MOST_BYTES:
            raise UserError(
                f"generator and encoder have {total / 1e6:.1f} MB, more than "
                f"{_MOST_BYTES / 1e6:.0f}: train a narrower generator"
            )
        psnr = _psnr(source, packed, encoder)
        if not psnr >= _LEAST_PSNR:
            raise UserError(
                f"in float16 the pictures of {source} have a PSNR of {psnr:.0f} dB against "
                f"float32, below the required {_LEAST_PSNR:.0f} dB: it cannot be shipped"
            )
        write_text(
            folder / _CARD, _TEXT.format(**_facts(run, packed, encoder), psnr=psnr, **tables)
        )
    return total


def _psnr(source: Path, packed: Path, encoder: Path) -> float:
    """Measures the shipped file's swaps against the run's, see `psnr_to`."""
    networks = IdentityNetworks(load_embedder(encoder), load_detector())
    return psnr_to(load_generator(source), load_generator(packed), networks)


def _facts(run: Path, packed: Path, encoder: Path) -> Mapping[str, object]:
    """Gathers what the card says of the files and of the training."""
    generator = load_keras_generator(packed)
    side = generator.output_shape[1]
    versions = read_parts(run)[-1]["versions"]
    return {
        "name": _GENERATOR,
        "side": side,
        "parameters": generator.count_params(),
        "megabytes": packed.stat().st_size / 1e6,
        "sha256": digest_of(packed),
        "encoder": f"{encoder.parent.name}/{encoder.name}",
        "encoder_sha256": digest_of(encoder),
        "encoder_megabytes": encoder.stat().st_size / 1e6,
        "steps": max(int(row["step"]) for row in read_log(run) if "step" in row),
        "versions": ", ".join(f"{n} {v}" for n, v in versions.items() if n != "numpy"),
    }
