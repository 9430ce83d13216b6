"""One word for a concept in all commands: the common words, their older names, and nothing twice.

A flag is defined once: by `utils.flags.shared`, by a group of flags that scripts share, or by the
script that takes it. Others take it over, with one kind of value wherever it is taken.
"""

import collections
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.utils.flags.fields import definer_of, fields_of
from facedancer.utils.flags.shared import SharedFlags

from .scripts import SCRIPTS, module_of, settings_of

# Older names of common words, which some script takes in their place.
OLDER = {
    "batch_size": ("batch",),
    "data": ("data_dir", "train_data", "shards"),
    "detector": ("retina_path",),
    "encoder": ("arcface_path",),
    "generator": ("facedancer_path",),
    "image_size": ("im_size", "side"),
    "min_face": ("min_size",),
    "output": ("target_dir", "out_dir", "export_dir", "output_dir", "img_output", "vid_output"),
    "package": ("wheel",),
    "people": ("identities",),
    "source": ("swap_source",),
}
# Words that two groups of scripts use in two senses, each defined once: by these classes.
TWO_SENSES = {
    "target": {
        "facedancer.training.settings.regressor.RegressorConfig",
        "facedancer.utils.flags.shared.SharedFlags",
    },
    "scale": {
        "facedancer.inference.swap_flags.ExcerptFlags",
        "facedancer.training.settings.encoder.EncoderConfig",
    },
}
# Older names that meant different things in different scripts, and the words for these now.
TWO_MEANINGS = {
    "identities": {"identity_folders", "people"},
    "min_size": {"min_photograph", "min_face"},
}
Uses = dict[str, dict[str, tuple[type, tuple[str, ...], str]]]


@pytest.fixture(scope="module")
def uses() -> Uses:
    """By flag and the class that has it: its kind, its other names, the class that defines it."""
    found: Uses = collections.defaultdict(dict)
    for script in SCRIPTS:
        if (settings := settings_of(script)) is None:
            continue
        kinds = {field.name: kind for field, kind in fields_of(settings)}
        for field in dataclasses.fields(settings):
            place = definer_of(settings, field.name)
            definer = field.metadata["origin"] or place
            found[field.name][place] = kinds[field.name], field.metadata["aliases"], definer
    return found


def test_a_flag_is_defined_once(uses):
    definers = {name: {each[2] for each in places.values()} for name, places in uses.items()}
    several = {name: places for name, places in definers.items() if len(places) > 1}
    assert several == TWO_SENSES


def test_a_common_word_has_one_kind_of_value(uses):
    # A path, or several.
    texts = (str, tuple[Path, ...], tuple[str, ...])
    kinds = {
        name: {"text" if kind in texts else kind for kind, _, _ in places.values()}
        for name, places in uses.items()
    }
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_older_names_stand_for_one_word_and_are_no_flags(uses):
    older = {old: name for name, names in OLDER.items() for old in names}
    assert sorted(older.keys() & uses.keys()) == []
    taken = collections.defaultdict(set)
    for name, places in uses.items():
        for _, aliases, _ in places.values():
            for alias in aliases:
                taken[alias].add(name)
    assert {alias: names for alias, names in taken.items() if len(names) > 1} == TWO_MEANINGS
    assert sorted(taken.keys() & uses.keys()) == []
    one = {alias: names for alias, names in taken.items() if alias not in TWO_MEANINGS}
    assert {a: n for a, n in one.items() if a in older and n != {older[a]}} == {}
    common_words = {field.name for field in dataclasses.fields(SharedFlags)}
    common = {alias: names for alias, names in taken.items() if names & common_words}
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
