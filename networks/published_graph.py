"""Recognises FaceDancer's generator in the graph of a Keras 2 file, whatever its layers are called.

The graph is walked from the output to the inputs, block by block; only how layers feed each other,
their classes and arguments count. What comes out is the configuration, and for each of our layers
the name of theirs.
"""

from dataclasses import dataclass, field

from facedancer.utils.weights.legacy_graph import Graph, GraphError, Node

from .published_settings import check_settings, whole_number


@dataclass
class GeneratorGraph:
    """A generator as its file describes it.

    Attributes:
        up_types: the fusion of each decoder stage, the lowest resolution first.
        mapping_depth: layers of the mapping network.
        mapping_size: their width; 512 where there are none.
        image_size: side of the pictures.
        base_width: channels of the stem.
        layers: ``{path of our layer: name of theirs}``, for every layer with weights.
        groups: by the name of their instance normalisation, its number of groups: all channels, or
            -1 for the same.
    """

    up_types: tuple[str, ...] = ()
    mapping_depth: int = 0
    mapping_size: int = 512
    image_size: int = 0
    base_width: int = 0
    layers: dict[str, str] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Block:
    """Names of a residual block's layers; ``x`` is what feeds it, ``w`` its style."""

    x: str
    layers: dict[str, str]
    resampled: bool
    w: str = ""


def recognise_generator(graph: Graph) -> GeneratorGraph:
    """The generator that a graph describes.

    Raises:
        GraphError: it describes anything else; the message names the first layer that differs.
    """
    return _Walk(graph).generator()


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._seen: set[str] = set()
        self._target, self._identity, self._side = _find_inputs(graph)
        # What the identity reaches is decoder, all else encoder.
        self._decoder = graph.depends_on(self._identity)
        self._found = GeneratorGraph(image_size=self._side)

    def generator(self) -> GeneratorGraph:
        found = self._found
        if len(self._graph.outputs) != 1:
            raise GraphError(f"it returns {len(self._graph.outputs)} results, a generator one")
        blocks, fused = self._decode(self._graph.outputs[0])
        features = self._encode(blocks[-1].x)
        if len(blocks) - 1 != len(features):
            raise GraphError(
                f"its encoder has {len(features)} resolutions, its decoder {len(blocks) - 1} stages"
            )
        for feature, z_a in zip(features, fused, strict=True):
            if z_a not in (None, feature):
                raise GraphError(f"a stage fuses {z_a} where {feature} has the stage's side")
        self._map(blocks[0].w)
        if any(block.w != blocks[0].w for block in blocks):
            raise GraphError("its decoder's blocks take their style from different layers")
        self._seen |= {self._target, self._identity}
        if unread := [name for name in self._graph.nodes if name not in self._seen]:
            raise GraphError(f"{self._graph.nodes[unread[0]]} is no part of a generator")
        found.up_types = found.up_types[::-1]
        return found

    def _decode(self, top: str) -> tuple[list[_Block], list[str | None]]:
        """Up blocks from the output down to the bottleneck, and what each stage fuses."""
        blocks: list[_Block] = []
        fused: list[str | None] = []
        x, side = top, self._side
        while True:
            block = self._block(x, "UpSampling2D", styled=True)
            at_bottom = block.x not in self._decoder
            if block.resampled != (bool(blocks) and not at_bottom):
                raise GraphError(f"{self._graph.nodes[x]} changes the side where it must not")
            name = "bottleneck_up" if at_bottom else f"up_{side}" if blocks else "up_final"
            self._take(name, block.layers)
            blocks.append(block)
            if at_bottom:
                return blocks, fused
            # The top stage keeps the side; the others, by their names, lead to it.
            x, z_a = self._fusion(block.x, f"{side}x{side}" if fused else "final")
            fused.append(z_a)
            side = side // 2 if len(fused) > 1 else side

    def _fusion(self, name: str, our_name: str) -> tuple[str, str | None]:
        """Finds what feeds a decoder stage: the decoder's feature, and the encoder's if fused."""
        node = self._graph.nodes[name]
        kind, z_a, h = "no_skip", None, name
        if node.kind == "AdaptiveAttention":
            mask, z_a, h = self._inputs(node, 3)
            kind = "affa"
            self._mask(mask, z_a, h, our_name)
        elif node.kind == "Concatenate":
            kind, (z_a, h) = "concat", self._inputs(self._check(node), 2)
        elif node.kind == "Add" and any(self._is_block(source) for source in node.inputs):
            kind = "add"
            z_a, h = sorted(self._inputs(node, 2), key=self._decoder.__contains__)
        if z_a is not None:
            self._seen.add(name)
            if z_a in self._decoder or h not in self._decoder:
                raise GraphError(f"{node} wants the encoder's feature first, then the decoder's")
        self._found.up_types += (kind,)
        return h, z_a

    def _is_block(self, name: str) -> bool:
        """Tells whether a layer ends an up block; what a block itself adds up are other layers."""
        return self._graph.nodes[name].kind == "Add" and name in self._decoder

    def _mask(self, name: str, z_a: str, h: str, our_name: str) -> None:
        expand = self._expect(name, "Conv2D", kernel_size=[1, 1], activation="sigmoid")
        norm = self._expect(self._inputs(expand, 1)[0], "InstanceNormalization")
        activation = self._expect(self._inputs(norm, 1)[0], "LeakyReLU")
        squeeze = self._expect(
            self._inputs(activation, 1)[0], "Conv2D", kernel_size=[3, 3], activation="linear"
        )
        both = self._expect(self._inputs(squeeze, 1)[0], "Concatenate")
        if both.inputs != (z_a, h):
            raise GraphError(f"{both} joins {', '.join(both.inputs)}, not {z_a} and {h}")
        layers = {"squeeze": squeeze.name, "norm": norm.name, "expand": expand.name}
        self._take(our_name, layers, "/")

    def _encode(self, bottom: str) -> list[str]:
        """Takes the down blocks; the encoder's features, the largest side first."""
        block = self._block(bottom, "AveragePooling2D", styled=False)
        if block.resampled:
            raise GraphError(f"{self._graph.nodes[bottom]} must keep the side")
        self._take("bottleneck_down", block.layers)
        features, blocks = [block.x], []
        while self._graph.nodes[features[-1]].kind == "Add":
            blocks.append(self._block(features[-1], "AveragePooling2D", styled=False))
            if not blocks[-1].resampled:
                raise GraphError(f"{self._graph.nodes[features[-1]]} must halve the side")
            features.append(blocks[-1].x)
        for level, block in enumerate(reversed(blocks), start=1):
            self._take(f"down_{self._side >> level}", block.layers)
        stem = self._expect(features[-1], "Conv2D", kernel_size=[3, 3], activation="linear")
        if stem.inputs != (self._target,):
            raise GraphError(f"{stem} must take the picture")
        self._found.layers["stem"] = stem.name
        self._found.base_width = whole_number(stem, "filters")
        return features[::-1]

    def _map(self, w: str) -> None:
        """The mapping network: dense layers with activations between, down to the identity."""
        chain: list[Node] = []
        while w != self._identity:
            if chain:
                w = self._inputs(self._expect(w, "LeakyReLU"), 1)[0]
            chain.append(self._expect(w, "Dense"))
            w = self._inputs(chain[-1], 1)[0]
        for number, dense in enumerate(reversed(chain), start=1):
            self._found.layers[f"mapping_{number}"] = dense.name
        self._found.mapping_depth = len(chain)
        if chain:
            self._found.mapping_size = whole_number(chain[0], "units")

    def _block(self, name: str, resampler: str, styled: bool) -> _Block:
        """A residual block by the name of its sum."""
        branches = self._inputs(self._expect(name, "Add"), 2)
        convolutions, resampled = {}, []
        for branch in branches:
            node = self._graph.nodes[branch]
            resampled.append(node.kind == resampler)
            if resampled[-1]:
                node = self._graph.nodes[self._inputs(self._expect(branch, resampler), 1)[0]]
            self._expect(node.name, "Conv2D", activation="linear")
            convolutions[tuple(node.config.get("kernel_size", ()))] = node
        if set(convolutions) != {(1, 1), (3, 3)} or len(set(resampled)) != 1:
            raise GraphError(f"{self._graph.nodes[name]} does not end a residual block")
        shortcut, residual = convolutions[1, 1], convolutions[3, 3]
        layers = {"shortcut": shortcut.name, "residual": residual.name}
        before = self._inputs(self._expect(self._inputs(residual, 1)[0], "LeakyReLU"), 1)[0]
        w = ""
        if styled:
            adain = self._expect(before, "AdaIN")
            before, w = self._inputs(adain, 2)
            layers["adain"] = adain.name
        norm = self._expect(before, "InstanceNormalization")
        layers["norm"] = norm.name
        (x,) = self._inputs(norm, 1)
        if shortcut.inputs != (x,):
            raise GraphError(f"{shortcut} must take {x}, as {norm} does")
        return _Block(x, layers, resampled[0], w)

    def _take(self, prefix: str, layers: dict[str, str], separator: str = "_") -> None:
        for part, name in layers.items():
            self._found.layers[f"{prefix}{separator}{part}"] = name

    def _inputs(self, node: Node, count: int) -> tuple[str, ...]:
        if len(node.inputs) != count or node.options:
            raise GraphError(f"{node} must have {count} plain inputs")
        return node.inputs

    def _expect(self, name: str, kind: str, **settings: object) -> Node:
        node = self._graph.nodes[name]
        if node.kind != kind:
            raise GraphError(f"{node} stands where a generator has a {kind}")
        self._seen.add(name)
        return self._check(node, **settings)

    def _check(self, node: Node, **settings: object) -> Node:
        """Refuses a layer whose arguments make it another function than ours."""
        check_settings(node, **settings)
        if node.kind == "InstanceNormalization":
            # The addons write the channels here once the layer is built.
            self._found.groups[node.name] = whole_number(node, "groups", -1)
        return node


def _find_inputs(graph: Graph) -> tuple[str, str, int]:
    """Names of the target and the identity, and the target's side."""
    shapes: dict[str, list] = {}
    for name in graph.inputs:
        config = graph.nodes[name].config
        shapes[name] = list(config.get("batch_input_shape") or config.get("batch_shape") or [])
    pictures = [name for name, shape in shapes.items() if len(shape) == 4]
    vectors = [name for name, shape in shapes.items() if shape == [None, 512]]
    if len(shapes) != 2 or len(pictures) != 1 or len(vectors) != 1:
        raise GraphError(f"a generator takes a picture and an identity; this takes {shapes}")
    side = shapes[pictures[0]][1]
    if not isinstance(side, int) or shapes[pictures[0]] != [None, side, side, 3]:
        raise GraphError(f"a generator takes square pictures; this takes {shapes[pictures[0]]}")
    return pictures[0], vectors[0], side
