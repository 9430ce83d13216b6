"""LiteRT (TensorFlow Lite) files, of built-in operations alone.

What a file says about itself is its ``description``, and a metadata buffer of its own name that
holds JSON: read by `read_metadata`, and shown by Netron.
"""

import json

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.weights.lite_files import LiteFile
from facedancer.utils.weights.lite_making import convert

from .conversion import Form

# What LiteRT stores and computes in; each with the least PSNR to float32 that is accepted, in dB.
PRECISIONS = {"float32": 80.0, "float16": 50.0, "int8_dynamic": 35.0, "int8": 28.0}

METADATA = "facedancer.json"


def add_metadata(content: bytes, description: str, facts: dict[str, object]) -> bytes:
    """A LiteRT file's bytes with a description and facts, as JSON can hold them, in it."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    model.description = description
    buffer = schema.BufferT()
    buffer.data = list(json.dumps(facts, indent=1).encode())
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def read_metadata(content: bytes) -> dict[str, object]:
    """The facts in a LiteRT file; none where it has none of ours."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    for entry in model.metadata or []:
        if entry.name.decode() == METADATA:
            return parse_json(bytes(model.buffers[entry.buffer].data))
    return {}


LITE = Form(".tflite", PRECISIONS, convert, LiteFile, add_metadata)
