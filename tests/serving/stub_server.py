"""A stand-in for TF Serving, for tests alone.

It runs the SavedModel itself behind the real PredictionService messages and the real REST paths.
What TF Serving adds (batching, versions that come and go, warm-up) it has not.
"""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)


class BadRequestError(Exception):
    """The client's fault."""


class StubServer(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Serves one SavedModel on two free ports while used by ``with``.

    Attributes:
        failures: how many of the next requests are answered by "not available".
        delay: waited for before each answer; set it to let a client time out.
        requests: how many came.
    """

    def __init__(self, folder, name="facedancer", version=1):
        self._model = tf.saved_model.load(str(folder))
        self._name, self._version = name, version
        self.failures = self.requests = 0
        self.delay = None

    def __enter__(self):
        self._grpc = grpc.server(
            ThreadPoolExecutor(2), options=[("grpc.max_receive_message_length", -1)]
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self._grpc)
        self.grpc_address = f"localhost:{self._grpc.add_insecure_port('localhost:0')}"
        self._grpc.start()
        self._http = ThreadingHTTPServer(("localhost", 0), handler_of(self))
        self.url = f"http://localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._grpc.stop(None)
        self._http.shutdown()
        self._http.server_close()

    def is_failing(self):
        self.requests += 1
        if self.delay is not None:
            self.delay.wait()
        self.failures -= 1
        return self.failures >= 0

    def answer(self, name, version, signature, inputs):
        """Inputs by name, as arrays -> outputs; dtypes are cast only from JSON's own."""
        if name != self._name or version not in (None, self._version):
            raise BadRequestError(f"Servable not found for request: {name}")
        if signature not in self._model.signatures:
            raise BadRequestError(f"Serving signature name: {signature!r} not found")
        function = self._model.signatures[signature]
        specs = function.structured_input_signature[1]
        if set(inputs) != set(specs):
            raise BadRequestError(f"input keys {sorted(inputs)}, expected {sorted(specs)}")
        tensors = {}
        for key, spec in specs.items():
            try:
                tensors[key] = inputs[key](spec.dtype)
            except (ValueError, TypeError) as error:
                raise BadRequestError(f"{key}: {error}") from error
            if tensors[key].dtype != spec.dtype or not spec.shape.is_compatible_with(
                tensors[key].shape
            ):
                raise BadRequestError(f"{key} is to be {spec.dtype.name} {spec.shape}")
        try:
            return function(**tensors)
        except tf.errors.InvalidArgumentError as error:
            raise BadRequestError(error.message) from error

    def Predict(self, request, context):
        if self.is_failing():
            context.abort(grpc.StatusCode.UNAVAILABLE, "still loading")
        spec = request.model_spec
        version = spec.version.value if spec.HasField("version") else None
        inputs = {
            key: lambda dtype, proto=proto: tf.constant(tf.make_ndarray(proto))
            for key, proto in request.inputs.items()
        }
        try:
            outputs = self.answer(spec.name, version, spec.signature_name, inputs)
        except BadRequestError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return predict_pb2.PredictResponse(
            outputs={name: tf.make_tensor_proto(value) for name, value in outputs.items()}
        )

    def GetModelMetadata(self, request, context):
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, function in self._model.signatures.items():
            for key, spec in function.structured_input_signature[1].items():
                info = signatures.signature_def[name].inputs[key]
                info.tensor_shape.CopyFrom(spec.shape.as_proto())
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.metadata["signature_def"].Pack(signatures)
        return answer


def handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if server.is_failing():
                return self.reply(503, {"error": "still loading"})
            try:
                name, version = parse_path(self.path)
                request = json.loads(body)
                inputs = {
                    key: lambda dtype, value=value: tf.constant(decode_json(value), dtype)
                    for key, value in request["inputs"].items()
                }
                outputs = server.answer(name, version, request["signature_name"], inputs)
            except BadRequestError as error:
                return self.reply(400, {"error": str(error)})
            # A single output stands without its name.
            ((key, value),) = outputs.items()
            return self.reply(200, {"outputs": encode_json(value.numpy(), key)})

        def reply(self, status, content):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_):
            pass

    return Handler


def parse_path(path):
    parts = path.removesuffix(":predict").strip("/").split("/")
    if not path.endswith(":predict") or parts[:2] != ["v1", "models"]:
        raise BadRequestError(f"Malformed request: POST {path}")
    return parts[2], int(parts[4]) if parts[3:4] == ["versions"] else None


def decode_json(value):
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [base64.b64decode(one["b64"]) for one in value]
    return value


def encode_json(value, name):
    if value.dtype != object:
        return value.tolist()
    if name.endswith("_bytes"):
        return [{"b64": base64.b64encode(one).decode()} for one in value]
    return np.char.decode(value.astype(bytes), "utf-8").tolist()
