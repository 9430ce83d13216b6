"""What a LiteRT file says about itself: read by `read_metadata`, and shown by Netron.

The file's ``description``, and a metadata buffer of its own name that holds JSON.
"""

import json

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

NAME = "facedancer.json"


def add_metadata(content: bytes, description: str, facts: dict[str, object]) -> bytes:
    """A LiteRT file's bytes with a description and facts, as JSON can hold them, in it."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    model.description = description
    buffer = schema.BufferT()
    buffer.data = list(json.dumps(facts, indent=1).encode())
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = NAME, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def read_metadata(content: bytes) -> dict[str, object]:
    """The facts in a LiteRT file; none where it has none of ours."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    for entry in model.metadata or []:
        if entry.name.decode() == NAME:
            return json.loads(bytes(model.buffers[entry.buffer].data))
    return {}
