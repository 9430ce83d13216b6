"""The fusions by name: what a configuration's ``--up_types`` lists, without TensorFlow."""

# Up type -> the file of this folder, a dot, its function: a `fusions.Fusion`.
UP_TYPES: dict[str, str] = {
    "no_skip": "fusions.no_skip",
    "concat": "fusions.concat",
    "add": "fusions.add",
    "affa": "fusions.affa",
}
