"""Writes HDF5 files as Keras 2 does: the layout of the published ones, at any size."""

import json
import re

import h5py
import numpy as np

CONV = {
    "strides": [1, 1],
    "padding": "same",
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "groups": 1,
    "activation": "linear",
    "use_bias": True,
}
INITIALIZERS = {
    "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform"},
    "kernel_regularizer": None,
    "bias_constraint": None,
}


class Keras2Model:
    """A functional model in the making.

    Attributes:
        layers: the JSON of each layer.
        weights: {layer: {weight name: values}}; change them at will before `write`.
    """

    def __init__(self, name="model"):
        self.name = name
        self.layers = []
        self.weights = {}
        self.inputs = []
        self.outputs = []
        self._count = {}

    def add(self, kind, inputs, weights=(), name=None, **config):
        """A layer behind ``inputs``; ``weights`` are (name in the layer, values). Its name."""
        if name is None:
            base = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", kind.split(">")[-1])
            base = re.sub("([a-z])([A-Z])", r"\1_\2", base).lower()
            number = self._count.setdefault(base, 0)
            self._count[base] += 1
            name = f"{base}_{number}" if number else base
        inbound = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        config = {"name": name, "trainable": True, "dtype": "float32", **config}
        self.layers.append(
            {"class_name": kind, "config": config, "name": name, "inbound_nodes": inbound}
        )
        self.weights[name] = {f"{name}/{leaf}:0": values for leaf, values in weights}
        return name

    def input(self, shape, name=None):
        name = self.add("InputLayer", (), name=name, batch_input_shape=[None, *shape])
        self.inputs.append(name)
        return name

    def description(self):
        return {
            "class_name": "Functional",
            "config": {
                "name": self.name,
                "trainable": True,
                "layers": self.layers,
                "input_layers": [[name, 0, 0] for name in self.inputs],
                "output_layers": [[name, 0, 0] for name in self.outputs],
            },
        }

    def layer(self, name):
        """The JSON of a layer, to be changed."""
        return next(layer for layer in self.layers if layer["name"] == name)

    def write(self, path):
        write_file(path, self.weights, self.description())


def write_file(path, layers, description=None, version="2.15.0", root="model_weights"):
    """``layers``: {group: {weight name: values}}."""
    with h5py.File(path, "w") as file:
        if description is not None:
            file.attrs["model_config"] = json.dumps(description)
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        top = file.require_group(root)
        top.attrs["layer_names"] = np.array([name.encode() for name in layers], dtype="S")
        for name, weights in layers.items():
            group = top.create_group(name)
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, values in weights.items():
                group.create_dataset(weight, data=values)


def generator_file(generator, up_types, mapping_depth, image_size):
    """The Keras 2 model, in the published layout, with the weights of one of our generators.

    The layers are numbered in another order than the published ones': names must not matter.
    """
    ours = {variable.path: variable.numpy() for variable in generator.weights}
    model = Keras2Model()

    def take(layer, *leaves):
        return [(leaf, ours[f"{layer}/{leaf}"]) for leaf in leaves]

    def conv(x, layer, size, activation="linear", name=None):
        config = {**CONV, **INITIALIZERS, "kernel_size": [size, size], "activation": activation}
        weights = take(layer, "kernel", "bias")
        config["filters"] = weights[1][1].size
        return model.add("Conv2D", [x], weights, name=name, **config)

    def norm(x, layer):
        weights = take(layer, "gamma", "beta")
        return model.add(
            "Addons>InstanceNormalization",
            [x],
            weights,
            groups=weights[0][1].size,
            axis=-1,
            epsilon=0.001,
            center=True,
            scale=True,
        )

    def relu(x):
        return model.add("LeakyReLU", [x], alpha=0.20000000298023224)

    def resample(x, kind):
        if kind == "AveragePooling2D":
            return model.add(kind, [x], pool_size=[2, 2], padding="valid", strides=[2, 2])
        return model.add(kind, [x], size=[2, 2], interpolation="bilinear") if kind else x

    def block(x, layer, kind, w=None):
        residual = norm(x, f"{layer}_norm")
        if w:
            scale, shift = (
                take(f"{layer}_adain/{p}", "kernel", "bias") for p in ("scale", "shift")
            )
            leaves = [(f"dense/{leaf}", v) for leaf, v in scale]
            leaves += [(f"dense_1/{leaf}", v) for leaf, v in shift]
            residual = model.add("AdaIN", [residual, w], leaves)
        residual = resample(conv(relu(residual), f"{layer}_residual", 3), kind)
        shortcut = resample(conv(x, f"{layer}_shortcut", 1), kind)
        return model.add("Add", [residual, shortcut])

    def fuse(kind, z_a, h, layer, leads_to):
        if kind == "no_skip":
            return h
        if kind == "add":
            return model.add("Add", [z_a, h])
        both = model.add("Concatenate", [z_a, h], axis=-1)
        if kind == "concat":
            return both
        squeezed = norm(relu(conv(both, f"{layer}/squeeze", 3)), f"{layer}/norm")
        mask = conv(squeezed, f"{layer}/expand", 1, "sigmoid", name=leads_to)
        return model.add("AdaptiveAttention", [mask, z_a, h])

    w = identity = model.input([512])
    target = model.input([image_size, image_size, 3])
    for number in range(1, mapping_depth + 1):
        w = relu(w) if number > 1 else w
        weights = take(f"mapping_{number}", "kernel", "bias")
        units = weights[1][1].size
        w = model.add("Dense", [w], weights, units=units, activation="linear", use_bias=True)
    x, side = conv(target, "stem", 3), image_size
    features = [x]
    while f"down_{side // 2}_norm/gamma" in ours:
        side //= 2
        x = block(x, f"down_{side}", "AveragePooling2D")
        features.append(x)
    x = block(x, "bottleneck_down", None)
    x = block(x, "bottleneck_up", None, w)
    for kind in up_types[:-1]:
        side *= 2
        x = fuse(kind, features.pop(), x, f"{side}x{side}", f"{side}x{side}")
        x = block(x, f"up_{side}", "UpSampling2D", w)
    x = fuse(up_types[-1], features.pop(), x, "final", "final")
    model.outputs = [block(x, "up_final", None, w)]
    model.inputs = [target, identity]
    return model
