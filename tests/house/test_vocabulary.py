"""One word for a concept in all commands: the common words, their older names, and nothing twice.

A flag is either a common word, with one kind of value wherever it is taken, or belongs to one
script, or to one group of flags that scripts share.
"""

import collections
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.utils.flags.fields import fields_of

from .scripts import SCRIPTS, module_of, settings_of

# Each common word, and the older names that some script takes in its place.
WORDS = {
    "address": (),
    "any_encoder": (),
    "base_width": (),
    "batch_size": ("batch",),
    "checkpoint_every": (),
    "data": ("data_dir", "train_data", "shards"),
    "detector": ("retina_path",),
    "dry_run": (),
    "encoder": ("arcface_path",),
    "engine": (),
    "features_encoder": (),
    "first_identity": (),
    "format": (),
    "frames": (),
    "generator": ("facedancer_path",),
    "generators": (),
    "identity_encoder": (),
    "identity_weight": (),
    "image_size": ("im_size", "side"),
    "judges": (),
    "keep_checkpoints": (),
    "lab_dir": (),
    "learning_rate": (),
    "log_every": (),
    "mapping_depth": (),
    "mapping_size": (),
    "mark": (),
    "min_face": ("min_size",),
    "min_score": (),
    "output": ("target_dir", "out_dir", "export_dir", "output_dir", "img_output", "vid_output"),
    "package": ("wheel",),
    "pair_list": (),
    "pairs": (),
    "people": ("identities",),
    "precision": (),
    "resume": (),
    "rounds": (),
    "run_dir": (),
    "same_ratio": (),
    "sampling": (),
    "scale": (),
    "seed": (),
    "separable": (),
    "shrink_factor": (),
    "source": ("swap_source",),
    "sources": (),
    "swapper": (),
    "target": (),
    "targets": (),
    "timeout": (),
    "total_steps": (),
    "up_types": (),
    "validate_every": (),
    "validation_data": (),
    "version": (),
    "weight_decay": (),
    "workers": (),
}
# Older names that meant different things in different scripts, and the words for these now.
TWO_MEANINGS = {
    "identities": {"identity_folders", "people"},
    "min_size": {"min_photograph", "min_face"},
}
Uses = dict[str, dict[str, tuple[type, tuple[str, ...]]]]


@pytest.fixture(scope="module")
def uses() -> Uses:
    """By flag and by the class that defines it: its kind and its other names."""
    found: Uses = collections.defaultdict(dict)
    for script in SCRIPTS:
        if (settings := settings_of(script)) is None:
            continue
        kinds = {field.name: kind for field, kind in fields_of(settings)}
        for field in dataclasses.fields(settings):
            owner = next(
                (
                    one
                    for one in settings.__mro__
                    if field.name in vars(one).get("__annotations__", ())
                ),
                settings,
            )
            place = f"{owner.__module__}.{owner.__qualname__}"
            found[field.name][place] = kinds[field.name], field.metadata["aliases"]
    return found


def test_a_word_that_several_define_is_a_common_one(uses):
    several = {name: list(places) for name, places in uses.items() if len(places) > 1}
    assert {name: places for name, places in several.items() if name not in WORDS} == {}


def test_a_common_word_has_one_kind_of_value(uses):
    # A path, or several.
    texts = (str, tuple[Path, ...], tuple[str, ...])
    kinds = {
        name: {"text" if kind in texts else kind for kind, _ in uses[name].values()}
        for name in WORDS
        if name in uses
    }
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_older_names_stand_for_one_word_and_are_no_flags(uses):
    older = {old: name for name, names in WORDS.items() for old in names}
    assert sorted(older.keys() & uses.keys()) == []
    taken = collections.defaultdict(set)
    for name, places in uses.items():
        for _, aliases in places.values():
            for alias in aliases:
                taken[alias].add(name)
    assert {alias: names for alias, names in taken.items() if len(names) > 1} == TWO_MEANINGS
    assert sorted(taken.keys() & uses.keys()) == []
    one = {alias: names for alias, names in taken.items() if alias not in TWO_MEANINGS}
    assert {a: n for a, n in one.items() if a in older and n != {older[a]}} == {}
    common = {alias: names for alias, names in taken.items() if names & WORDS.keys()}
    assert sorted(common.keys() - older.keys()) == []


def test_settings_are_read_without_tensorflow():
    light = [module_of(name) for name in SCRIPTS]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    if found := {'tensorflow', 'keras'} & set(sys.modules):\n"
        "        sys.exit(f'{name} loads {sorted(found)}')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, *light], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
