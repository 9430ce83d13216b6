"""A served swap over gRPC: TF Serving's PredictionService, port 8500.

Its messages hold TensorFlow's tensors, so this imports TensorFlow; `rest_client` does not.
"""

from collections.abc import Callable, Mapping, Sequence

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    model_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from .errors import RefusedError, reason_of
from .retrying import MayPassError, Patience, retried

_Request = predict_pb2.PredictRequest | get_model_metadata_pb2.GetModelMetadataRequest
_Response = predict_pb2.PredictResponse | get_model_metadata_pb2.GetModelMetadataResponse

# gRPC's own bound of 4 MB is below a batch of crops.
_MOST_BYTES = 256 * 2**20
# A full queue is UNAVAILABLE; RESOURCE_EXHAUSTED is a message that is too large, and stays so.
_MAY_PASS = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


class GrpcClient:
    """One model on one server; to be closed, or used by ``with``.

    Args:
        address: of the server, ``localhost:8500``; the connection is not encrypted.
        model: its name there.
        version: of the model; None: the one that the server takes.
        patience: see `Patience`.
    """

    def __init__(
        self,
        address: str,
        model: str = "facedancer",
        version: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._address, self._patience = address, patience or Patience()
        self._spec = model_pb2.ModelSpec(name=model)
        if version is not None:
            self._spec.version.value = version
        sizes = ("grpc.max_receive_message_length", "grpc.max_send_message_length")
        self._channel = grpc.insecure_channel(
            address, options=[(name, _MOST_BYTES) for name in sizes]
        )
        self._service = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def __enter__(self) -> "GrpcClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray | Sequence[bytes]]
    ) -> np.ndarray:
        """Asks a signature.

        Args:
            signature: its name.
            inputs: numbers as arrays, files as lists of bytes.

        Returns:
            Its one output; files as an array of bytes.

        Raises:
            RefusedError: the server found the request wrong.
            UnreachableError: there was no answer.
        """
        request = predict_pb2.PredictRequest(
            inputs={name: tf.make_tensor_proto(value) for name, value in inputs.items()}
        )
        request.model_spec.CopyFrom(self._spec)
        request.model_spec.signature_name = signature
        (answer,) = retried(
            lambda: self._ask(request, self._service.Predict), self._address, self._patience
        ).outputs.values()
        return tf.make_ndarray(answer)

    def swap(self, targets: Sequence[bytes], sources: Sequence[bytes]) -> list[bytes]:
        """Aligned crops as JPEG or PNG files -> swapped crops as PNG; see `predict`."""
        answer = self.predict("swap_encoded", {"target": targets, "source": sources})
        return list(answer)

    def side_of(self, signature: str, name: str) -> int:
        """The height of the pictures that a signature takes, in pixels.

        Args:
            signature: its name.
            name: its input's, ``[B, H, W, 3]``.

        Raises:
            RefusedError: the model has no such signature.
            UnreachableError: there was no answer.
        """
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.CopyFrom(self._spec)
        answer = retried(
            lambda: self._ask(request, self._service.GetModelMetadata),
            self._address,
            self._patience,
        )
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        if signature not in signatures.signature_def:
            raise RefusedError(f"{self._address}: its model has no signature {signature}")
        return signatures.signature_def[signature].inputs[name].tensor_shape.dim[1].size

    def _ask(self, request: _Request, method: Callable[..., _Response]) -> _Response:
        try:
            return method(request, timeout=self._patience.timeout_s)
        except grpc.RpcError as error:
            if error.code() in _MAY_PASS:
                raise MayPassError(f"{error.code().name}: {error.details()}") from error
            raise RefusedError(
                f"{self._address} refused, {error.code().name}: {reason_of(error.details() or '')}"
            ) from error
