"""Published FaceDancer generators: the weights of a Keras 2 file in our architecture."""

from dataclasses import dataclass

import keras

from facedancer.utils.weights.keras_description import SPARE_NUMBERS, check_results, limited_weights
from facedancer.utils.weights.legacy_graph import GraphError, read_graph
from facedancer.utils.weights.legacy_h5 import LegacyFile
from facedancer.utils.weights.mapping import Assignment, assign_all

from .generator import get_generator
from .published_graph import GeneratorGraph, recognise_generator

_AFFA3 = ("no_skip", "no_skip", "no_skip", "affa", "affa", "affa")
_AFFA5 = ("affa", "affa", "affa", "affa", "affa", "concat")
# The paper's configurations by what tells them apart; A lacks only B's loss term.
CONFIGURATIONS = {
    (("no_skip", "no_skip", "no_skip", "concat", "concat", "concat"), 4): "baseline 1",
    (("no_skip", "no_skip", "no_skip", "add", "add", "add"), 4): "baseline 2",
    (_AFFA3, 4): "A or B (one network, trained without or with IFSR)",
    (("no_skip", "no_skip", "affa", "affa", "affa", "concat"), 4): "C",
    (_AFFA5, 4): "D",
    (_AFFA5, 0): "E",
}
# Weights of an AdaIN in its file's order: the addons-era layer made its scale first.
_ADAIN = ("scale/kernel", "scale/bias", "shift/kernel", "shift/bias")


@dataclass(frozen=True, eq=False)
class PublishedGenerator:
    """A generator out of a published file.

    Attributes:
        model: ours, ``[target, identity]`` -> changed, with the file's weights.
        graph: what the file describes: configuration, mapping depth, sizes.
        assignments: where each weight went.
    """

    model: keras.Model
    graph: GeneratorGraph
    assignments: tuple[Assignment, ...]

    @property
    def configuration(self) -> str:
        """The paper's name for it, or the fusions where the paper has none."""
        key = (self.graph.up_types, self.graph.mapping_depth)
        return CONFIGURATIONS.get(key, f"of its own ({', '.join(self.graph.up_types)})")


def import_generator(file: LegacyFile) -> PublishedGenerator:
    """Builds the generator that a file describes and sets all its weights.

    Raises:
        ValueError: the file describes another network, or a weight is missing, left over or of
            another shape; the message does not name the file.
    """
    if file.model_config is None:
        raise GraphError("it holds weights without the graph that tells what they are of")
    graph = recognise_generator(read_graph(file.model_config))
    # The largest published width is 64; a file that claims more would only fill the memory.
    if graph.base_width > 256 or graph.mapping_size > 4096:
        raise GraphError(
            f"it claims {graph.base_width} channels and a mapping of {graph.mapping_size}"
        )
    numbers = sum(values.size for values in file.weights.values())
    with limited_weights(numbers + SPARE_NUMBERS):
        model = get_generator(
            graph.up_types,
            graph.mapping_depth,
            graph.mapping_size,
            graph.image_size,
            graph.base_width,
        )
    check_results(model)
    _check_groups(graph, file)
    pairs = [
        (f"{theirs}/{source}", f"{ours}/{leaf}")
        for ours, theirs in graph.layers.items()
        for source, leaf in _leaves(ours, list(file.layers.get(theirs, ())))
    ]
    return PublishedGenerator(model, graph, assign_all(model.weights, file.weights, pairs))


def _check_groups(graph: GeneratorGraph, file: LegacyFile) -> None:
    for name, groups in graph.groups.items():
        channels = {values.size for values in file.layers.get(name, {}).values()}
        if groups != -1 and channels and channels != {groups}:
            raise GraphError(
                f"{name} has {groups} groups for {max(channels)} channels: that is no instance "
                "normalisation"
            )


def _leaves(ours: str, names: list[str]) -> list[tuple[str, str]]:
    """Pairs a layer's weights, as its file names them, with our names within the layer."""
    leaves = [name.rsplit("/", 1)[-1] for name in names]
    if ours.endswith("_adain"):
        # Numbered by Keras as it went, the two dense layers' own names say nothing.
        if leaves != [name.rsplit("/", 1)[-1] for name in _ADAIN]:
            raise GraphError(f"an AdaIN holds {leaves}, not two dense layers' weights")
        leaves = list(_ADAIN)
    return list(zip(names, leaves, strict=True))
