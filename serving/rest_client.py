"""A served swap over HTTP: TF Serving's REST interface, port 8501."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np
import requests

from .errors import RefusedError, reason_of
from .retrying import MayPassError, Patience, retried

# Too many requests; a gateway, or the server itself, that has not come up.
_MAY_PASS = {429, 502, 503, 504}
# The last of them: the server went away in the middle of its answer.
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


class RestClient:
    """One model on one server.

    Args:
        url: of the server, ``http://localhost:8501``.
        model: its name there.
        version: of the model; None: the one that the server takes.
        patience: see `Patience`.
    """

    def __init__(
        self,
        url: str,
        model: str = "facedancer",
        version: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        number = "" if version is None else f"/versions/{version}"
        self._url = f"{url.rstrip('/')}/v1/models/{model}{number}:predict"
        self._patience = patience or Patience()
        self._session = requests.Session()

    def predict(self, signature: str, inputs: Mapping[str, np.ndarray | Sequence[bytes]]) -> object:
        """Asks a signature.

        Args:
            signature: its name.
            inputs: numbers as arrays, files as lists of bytes.

        Returns:
            Of its one output: numbers as nested lists, files as a list of bytes.

        Raises:
            RefusedError: the server found the request wrong.
            UnreachableError: there was no answer.
        """
        request = {
            "signature_name": signature,
            "inputs": {name: _to_json(value) for name, value in inputs.items()},
        }
        return retried(lambda: self._ask(request), self._url, self._patience)

    def swap(self, targets: Sequence[bytes], sources: Sequence[bytes]) -> list[bytes]:
        """Aligned crops as JPEG or PNG files -> swapped crops as PNG; see `predict`."""
        answer = self.predict("swap_encoded", {"target": targets, "source": sources})
        try:
            return [base64.b64decode(one["b64"]) for one in answer]
        except (TypeError, KeyError, ValueError) as error:
            raise RefusedError(
                f"{self._url} returned no pictures: give the --model of an exported FaceDancer "
                "generator"
            ) from error

    def _ask(self, request: dict[str, object]) -> object:
        try:
            answer = self._session.post(self._url, json=request, timeout=self._patience.timeout_s)
        except _BROKEN as error:
            raise MayPassError(type(error).__name__) from error
        except requests.exceptions.InvalidJSONError as error:
            raise RefusedError("numbers must be finite: JSON has no NaN or infinity") from error
        except requests.RequestException as error:
            raise RefusedError(f"{self._url} is not a server's address: {error}") from error
        if answer.status_code in _MAY_PASS:
            raise MayPassError(f"status {answer.status_code}")
        try:
            content = answer.json()
        except requests.JSONDecodeError:
            content = {}
        content = content if isinstance(content, dict) else {}
        if answer.status_code != requests.codes.ok or "outputs" not in content:
            reason = content.get("error", answer.text[:200])
            raise RefusedError(
                f"{self._url} refused, status {answer.status_code}: {reason_of(str(reason))}"
            )
        return content["outputs"]


def _to_json(value: np.ndarray | Sequence[bytes]) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [{"b64": base64.b64encode(one).decode()} for one in value]
