"""Example requests to a served model: asked of it and of Python, and kept as its warm-up."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.interface import input_side
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

from .measures import Measure, full_float32
from .signatures import IDENTITY

WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"
_PEOPLE = 2


def example_requests(
    generator: keras.Model | None, encoder: keras.Model | None
) -> dict[str, dict[str, np.ndarray]]:
    """An example of each signature's inputs, of two smooth random pictures."""
    requests: dict[str, dict[str, np.ndarray]] = {}
    if encoder is not None:
        sources = _pictures(input_side(encoder), seed=1)
        requests["embed"] = {"source": sources}
    if generator is None:
        return requests
    targets = _pictures(generator.inputs[0].shape[1], seed=0)
    identity = np.random.default_rng(2).standard_normal((_PEOPLE, 512)).astype(np.float32)
    requests["swap_with_identity"] = {"target": targets, "identity": identity}
    if encoder is not None:
        requests["swap"] = {"target": targets, "source": sources}
        requests["swap_encoded"] = {"target": _files(targets), "source": _files(sources)}
    return requests


def signature_differences(
    folder: Path,
    generator: keras.Model | None,
    encoder: keras.Model | None,
    requests: Mapping[str, Mapping[str, np.ndarray]],
    measure: Measure,
) -> dict[str, float]:
    """Measures how far each signature's answer lies from what Keras and OpenCV compute in Python.

    Returns:
        Signature -> ``measure`` of the differences, over the answer's largest magnitude; a
        picture's is 255.
    """
    exported = tf.saved_model.load(str(folder))  # owns the variables: to be kept while in use
    differences = {}
    for name, inputs in requests.items():
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        with full_float32():
            answer = exported.signatures[name](**tensors)
            expected = _in_python(generator, encoder, inputs).numpy().astype(np.float64)
        (found,) = answer.values()
        magnitude = np.abs(expected).max() if IDENTITY in answer else 255.0
        found = _pixels(found.numpy()).astype(np.float64)
        differences[name] = measure(found - expected) / magnitude
    return differences


def write_warmup(folder: Path, requests: dict[str, dict[str, np.ndarray]]) -> None:
    """Writes a request for each signature, which TF Serving answers itself before it takes others.

    Args:
        folder: of the SavedModel.
        requests: signature -> inputs by name.
    """
    path = folder / WARMUP_FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests.items():
            request = predict_pb2.PredictRequest(
                model_spec=model_pb2.ModelSpec(name="facedancer", signature_name=signature),
                inputs={name: tf.make_tensor_proto(value) for name, value in inputs.items()},
            )
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())


def _in_python(
    generator: keras.Model | None, encoder: keras.Model | None, inputs: Mapping[str, np.ndarray]
) -> tf.Tensor:
    pixels = {name: _pixels(value) for name, value in inputs.items()}
    identity = pixels.get("identity")
    if identity is None:
        identity = encode(encoder, uint8_to_signed(pixels["source"]))["embedding"]
    if "target" not in inputs:
        return identity
    identity = tf.convert_to_tensor(identity)
    return signed_to_uint8(generator([uint8_to_signed(pixels["target"]), identity], training=False))


def _pictures(side: int, seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (_PEOPLE, 8, 8, 3), np.uint8)
    return np.stack(
        [cv2.resize(one, (side, side), interpolation=cv2.INTER_LINEAR) for one in coarse]
    )


def _files(pictures: np.ndarray) -> np.ndarray:
    """PNG, which loses nothing."""
    return np.array(
        [cv2.imencode(".png", one[..., ::-1])[1].tobytes() for one in pictures], dtype=object
    )


def _pixels(value: np.ndarray) -> np.ndarray:
    if value.dtype != object:
        return value
    return np.stack(
        [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR)[..., ::-1] for one in value]
    )
