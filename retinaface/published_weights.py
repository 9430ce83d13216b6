"""The published RetinaFace-Res50.h5: the weights of a Keras 2 file in our detector.

Around its network the file's graph holds anchors, decoding and suppression as TensorFlow calls that
current Keras can't load; ours are in `anchors` and `detector`.
"""

import keras
import numpy as np

from facedancer.utils.weights.legacy_graph import Graph, GraphError, Node, read_graph
from facedancer.utils.weights.legacy_h5 import LegacyFile
from facedancer.utils.weights.mapping import Assignment, assign_all

from .backbones import BACKBONES
from .model import get_retinaface

_BACKBONE = "resnet50"
# Convolution units in the order in which the file's layers made, and so list, them.
_PYRAMID = ("fpn0_lateral", "fpn1_lateral", "fpn2_lateral", "fpn0_merge", "fpn1_merge")
_CONTEXT = ("3x3", "5x5_1", "5x5_2", "7x7_2", "7x7_3")
_HEADS = {"ClassHead": "class_head", "BboxHead": "box_head", "LandmarkHead": "landmark_head"}


def import_detector(file: LegacyFile) -> tuple[keras.Model, tuple[Assignment, ...]]:
    """Our detector with the weights of the file, and where each went.

    Raises:
        ValueError: the file describes another network, or a weight is missing, left over or of
            another shape; the message does not name the file.
    """
    if file.model_config is None:
        raise GraphError("it holds weights without the graph that tells what they are of")
    graph = read_graph(file.model_config)
    _check_mean(graph)
    pairs = [
        (f"{layer}/{name}", ours)
        for layer, prefix in _our_parts(graph).items()
        for name, ours in _pairs_of_layer(list(file.layers.get(layer, ())), prefix)
    ]
    model = get_retinaface(_BACKBONE)
    return model, assign_all(model.weights, file.weights, pairs)


def _our_parts(graph: Graph) -> dict[str, tuple[str, ...]]:
    """By layer of the file with weights: the names of its parts in ours; none for the backbone."""
    kinds: dict[str, list[Node]] = {}
    for node in graph.nodes.values():
        kinds.setdefault(node.kind, []).append(node)
    backbone, pyramid = (_only(kinds, kind) for kind in ("Functional", "FPN"))
    parts: dict[str, tuple[str, ...]] = {backbone.name: (), pyramid.name: _PYRAMID}
    levels = {}
    for node in kinds.get("SSH", []):
        if node.inputs != (pyramid.name,):
            raise GraphError(f"{node} must take a level of {pyramid}")
        levels[node.name] = node.takes[0]
        parts[node.name] = tuple(f"ssh{node.takes[0]}_{field}" for field in _CONTEXT)
    for kind, ours in _HEADS.items():
        for node in kinds.get(kind, []):
            if len(node.inputs) != 1 or node.inputs[0] not in levels:
                raise GraphError(f"{node} must take the context of a level")
            parts[node.name] = (f"{ours}{levels[node.inputs[0]]}",)
    return parts


def _only(kinds: dict[str, list[Node]], kind: str) -> Node:
    nodes = kinds.get(kind, [])
    if len(nodes) != 1:
        raise GraphError(f"a RetinaFace has one {kind} layer, this has {len(nodes)}")
    return nodes[0]


def _pairs_of_layer(names: list[str], parts: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name in the layer, path of our variable)."""
    if not parts:  # ResNet50: keras.applications fixes the names.
        return [(name, name) for name in names]
    if len(parts) == 1:
        return [(name, f"{parts[0]}/{name.rsplit('/', 1)[-1]}") for name in names]
    # "fpn/conv_unit_3/conv2d_3/kernel": the numbers count over the whole program that wrote it.
    units = list(dict.fromkeys(name.rsplit("/", 2)[0] for name in names))
    if len(units) != len(parts):
        raise GraphError(f"{len(units)} convolution units stand where there are {len(parts)}")
    ours = dict(zip(units, parts, strict=True))
    pairs = []
    for name in names:
        unit, _, leaf = name.rsplit("/", 2)
        pairs.append((name, f"{ours[unit]}_{'conv' if leaf == 'kernel' else 'bn'}/{leaf}"))
    return pairs


def _check_mean(graph: Graph) -> None:
    for node in graph.nodes.values():
        for options in node.options:
            mean = options.get("bias")
            if mean is not None and not np.allclose(
                mean, np.negative(BACKBONES[_BACKBONE].mean), atol=1e-3
            ):
                raise GraphError(f"it subtracts {mean} from the picture, and ours another colour")
