"""One evaluation, from data and a swapper to everything that is written about it."""

from pathlib import Path

import numpy as np
from absl import logging

from facedancer.retinaface.detector import load_detector
from facedancer.utils.files import read_json, write_arrays, write_json, write_text
from facedancer.utils.images import write_image

from .encoders.interface import FaceEncoder
from .encoders.registry import ROLES, load_measure
from .files import plain
from .flicker import measure_flicker, summarise_flicker
from .judges import judge_pairs, judge_table, judges_by_yaw, load_judges, summarise_judges
from .measurement import measure_gallery, measure_pairs, standard_comparisons
from .metrics.search import Gallery, IdentitySearch
from .reports.examples import draw_examples
from .reports.protocol import claim_folder, describe_protocol, versions
from .reports.summary import rows_by_yaw, score_pairs, summarise, summarise_by_yaw
from .reports.table import interval_table, markdown_table
from .runtime import NotMeasuredError, measure_runtime, share_gpus
from .settings import EvaluationSettings
from .stamps import code_of, stamp
from .swaps.picture_sets import write_fakes, write_inputs
from .swaps.swappers import RESULTS, PairSwapper
from .swaps.task import SwapTask, prepare
from .swaps.truths import load_truths


def evaluate(settings: EvaluationSettings) -> dict:
    """Measures, writes, and returns what ``results.json`` holds.

    Raises:
        UserError: data, models or pairs that cannot be had, or a folder of another evaluation.
    """
    share_gpus()  # with the process that measures time and memory
    folder = Path(settings.output)
    task = prepare(settings)
    targets, sources, pairs, swapper = task.targets, task.sources, task.pairs, task.swapper
    encoders = _load_encoders(settings, swapper)
    judges = load_judges(settings.judges, swapper)
    truths = None
    if settings.truths:
        truths = load_truths(settings.truths, targets, pairs, sources)
    protocol = describe_protocol(targets, sources, pairs, swapper, encoders)
    if truths:
        protocol["truths"] = truths.origin
    if judges:
        protocol["judges"] = {n: {"name": one.name, **one.origin} for n, one in judges.items()}
    if any(targets.videos):
        protocol["flicker_frames"] = settings.flicker_frames
    claim_folder(folder, protocol)

    # First, while this process itself has hardly taken memory.
    speed, no_speed = _measure_speed(settings, swapper)
    parts = folder / "parts"
    gallery = None
    if "identity" in encoders:
        embeddings = measure_gallery(sources, encoders["identity"], parts, settings.batch_size)
        gallery = Gallery(embeddings, sources.identity, pairs.sources)
    measured = measure_pairs(
        targets,
        sources,
        pairs,
        swapper,
        encoders | {f"judge_{number}": judge for number, judge in enumerate(judges.values())},
        standard_comparisons(),
        parts,
        settings.batch_size,
        truths,
    )
    # Of one set of faces people have one number.
    people_of_targets = targets.identity[pairs.targets] if sources is targets else None
    by_judge = {}
    for number, (name, judge) in enumerate(judges.items()):
        known = measure_gallery(sources, judge, parts / f"judge_{number}", settings.batch_size)
        by_judge[name] = IdentitySearch(
            np.nan_to_num(measured.pop(f"swap/judge_{number}")),
            measured.pop(f"target/judge_{number}"),
            Gallery(known, sources.identity, pairs.sources, people_of_targets),
        )
    flicker, no_flicker = _measure_flicker(settings, task, encoders.get("identity"))
    scores = score_pairs(measured, gallery)
    people = {
        "target_person": targets.identity[pairs.targets],
        "source_person": sources.identity[pairs.sources],
    }
    groupings = tuple(people.values())
    said = judge_pairs(by_judge)
    results = {
        "name": swapper.name,
        "metrics": {**summarise(scores, measured, groupings, settings.seed), **flicker, **speed},
        "judges": summarise_judges(said, groupings),
        "by_yaw": summarise_by_yaw(scores, measured, groupings),
        "judges_by_yaw": judges_by_yaw(said, rows_by_yaw(measured), groupings),
        "not_measured": {**no_flicker, **no_speed},
        "failures_told_by": [one.name for one in encoders.values() if one.finds_faces],
        "protocol": protocol,
        "code": code_of(evaluate),
        "versions": versions(),
    }
    results = plain(results)
    write_arrays(folder / "scores.npz", scores | people)
    page = draw_examples(scores, targets, sources, pairs, swapper)
    if page is not None:
        write_image(folder / "examples.png", page)
    if settings.write_inputs:
        write_inputs(task, folder / "inputs", settings.batch_size)
    if settings.write_fakes:
        write_fakes(task, folder / "fakes", settings.batch_size)
    write_text(folder / "table.md", report(results))
    write_json(folder / "results.json", results)
    return results


def report(results: dict) -> str:
    """The table in the paper's order, every metric with its interval, and the protocol in short."""
    protocol = results["protocol"]
    lines = [markdown_table([results]), interval_table(results)]
    if results.get("judges"):
        lines.append(judge_table(results["judges"]))
    for role, encoder in protocol["encoders"].items():
        lines.append(f"* {role}: {encoder['name']}, sha256 {encoder['sha256'][:12]}\n")
    lines.append(
        f"* {protocol['pairs']['count']} pairs, seed {protocol['pairs']['seed']}, of "
        f"{protocol['targets'].get('name')} onto {protocol['sources'].get('name')}\n"
    )
    if protocol["encoders"]:
        judges = ", ".join(results["failures_told_by"])
        lines.append(
            f"* whether a swap shows a face at all is told by: {judges}\n"
            if judges
            else "* no judge here can tell that a swap shows no face: a grey square has the "
            "numbers that they give it\n"
        )
    lines += [f"* no {name}: {why}\n" for name, why in results["not_measured"].items()]
    if protocol["not_as_the_paper"]:
        differences = "; ".join(protocol["not_as_the_paper"])
        lines.append(f"\nNot comparable with the paper's numbers: {differences}.\n")
    return "".join(f"{part}\n" if part.startswith("|") else part for part in lines)


def _load_encoders(settings: EvaluationSettings, swapper: PairSwapper) -> dict[str, FaceEncoder]:
    specs = {role: getattr(settings, f"{role}_encoder") for role in ROLES}
    encoders = {role: load_measure(role, spec) for role, spec in specs.items() if spec}
    if "identity" in encoders and swapper.was_trained_by(encoders["identity"].origin):
        logging.warning(
            "identity is measured by the encoder that the swapper was trained with: the numbers "
            "flatter it; give another --identity_encoder"
        )
    return encoders


def _measure_flicker(
    settings: EvaluationSettings, task: SwapTask, encoder: FaceEncoder | None
) -> tuple[dict[str, dict], dict[str, str]]:
    """Its metrics, and what could not be measured by the reason."""
    if not settings.flicker_frames or encoder is None or not any(task.targets.videos):
        return {}, {}
    if task.swapper.origin["kind"] == RESULTS:
        return {}, {"flicker": "single results tell nothing of it; see evaluation/stability.py"}
    measured = measure_flicker(
        task,
        load_detector(),
        encoder,
        settings.flicker_frames,
        Path(settings.output) / "parts",
        settings.batch_size,
    )
    return summarise_flicker(measured, settings.seed), {}


def _measure_speed(
    settings: EvaluationSettings, swapper: PairSwapper
) -> tuple[dict[str, dict], dict[str, str]]:
    """Its metrics, and what could not be measured by the reason."""
    if not settings.runtime or swapper.origin["kind"] != "generator":
        return {}, {}
    path = Path(settings.output) / "parts" / "runtime.json"
    made_by = stamp([swapper.origin, code_of(measure_runtime, swapper.swap)])
    stored = _stored(path)
    if stored.get("stamp") != made_by:
        if stored:
            logging.warning("%s: of other code or networks, so measured again", path)
        try:
            measured = measure_runtime(settings.swapper, settings.encoder)
            stored = plain({**measured, "stamp": made_by})
            write_json(path, stored)
        except NotMeasuredError as error:
            logging.warning("time and memory could not be measured: %s", error)
            return {}, {"time and memory": str(error)}
    note = {name: stored[name] for name in ("device", "batch", "timed_batches")}
    numbers = ("ms_per_batch", "ms_per_image", "memory_gb")
    return {name: {"value": stored[name], **note} for name in numbers}, {}


def _stored(path: Path) -> dict[str, object]:
    """Reads what was measured before; nothing where that is damaged."""
    try:
        return dict(read_json(path))
    except (FileNotFoundError, ValueError, TypeError):
        return {}
