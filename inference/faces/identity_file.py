"""Identities as small files: what an encoder makes of a person's photographs, and no picture."""

import base64
import binascii
import dataclasses
import json
from pathlib import Path

import numpy as np

from facedancer.arcface_model.sizes import EMBEDDING_SIZE
from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_text
from facedancer.utils.weights.origins import Origin

IDENTITY_SUFFIX = ".identity"
# The key that tells such a file from other JSON, and the form of what it holds.
_KEY, _FORM = "facedancer_identity", 1
_NUMBERS = np.dtype("<f4")
_MOST_BYTES = 65_536
_MOST_PICTURES = 10**6


@dataclasses.dataclass(frozen=True, eq=False)
class SavedIdentity:
    """A person's identity, and how it came about.

    Attributes:
        identity: ``[512]`` float32, as the encoder gives it; of several pictures as
            `choosing.mean_identity` does.
        encoder: the encoder's file; another encoder's numbers mean other people.
        pictures: how many it was made of.
    """

    identity: np.ndarray
    encoder: Origin
    pictures: int

    def check_encoder(self, encoder: Origin | None, path: Path) -> None:
        """Refuses the identity where another encoder is at work.

        Args:
            encoder: the one at work; None: nobody knows.
            path: of this identity, for the message.

        Raises:
            UserError: it is another one, or not known.
        """
        alike = encoder is not None and (
            self.encoder.name == encoder.name
            if None in (self.encoder.sha256, encoder.sha256)
            else self.encoder.sha256 == encoder.sha256
        )
        if not alike:
            now = "one that was not loaded from a file" if encoder is None else str(encoder)
            raise UserError(
                f"{path} was made by the identity encoder {self.encoder}, but {now} is in use: "
                "make it again from the photographs with this encoder"
            )


def is_identity_file(path: str | Path) -> bool:
    """Tells by the name whether a source is a saved identity: it ends with ``.identity``."""
    return Path(path).suffix.lower() == IDENTITY_SUFFIX


def write_identity(path: Path, saved: SavedIdentity) -> None:
    """Writes one, about 3 kB of JSON; whole or not at all.

    Raises:
        UserError: the name does not end with ``.identity``, or it cannot be written there.
    """
    if not is_identity_file(path):
        raise UserError(f"{path}: the name of a saved identity must end with {IDENTITY_SUFFIX}")
    content = {
        _KEY: _FORM,
        "encoder": dataclasses.asdict(saved.encoder),
        "pictures": saved.pictures,
        "identity": base64.b64encode(saved.identity.astype(_NUMBERS).tobytes()).decode(),
    }
    write_text(path, json.dumps(content, indent=1) + "\n")


def read_identity(path: Path) -> SavedIdentity:
    """Reads what `write_identity` wrote.

    Raises:
        UserError: it is not there, damaged, or something else.
    """
    try:
        with path.open("rb") as file:
            content = parse_json(file.read(_MOST_BYTES + 1), _MOST_BYTES)
        if content[_KEY] != _FORM:
            raise ValueError(f"of form {content[_KEY]!r}")
        return SavedIdentity(
            _vector(content["identity"]), _origin(content["encoder"]), _count(content["pictures"])
        )
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise UserError(
            f"{path} is not a saved identity, or is damaged ({error!r}): make it again with "
            "inference/save_identity.py"
        ) from error


def _vector(text: str) -> np.ndarray:
    vector = np.frombuffer(base64.b64decode(text, validate=True), _NUMBERS).astype(np.float32)
    if vector.shape != (EMBEDDING_SIZE,) or not np.isfinite(vector).all() or not vector.any():
        raise ValueError(f"wanted are {EMBEDDING_SIZE} finite numbers, not all 0")
    return vector


def _origin(note: dict[str, str | None]) -> Origin:
    name, sha256 = note["name"], note["sha256"]
    if not isinstance(name, str) or not isinstance(sha256, str | None):
        raise ValueError("the encoder's name and sha256 must be strings")
    return Origin(name, sha256)


def _count(pictures: int) -> int:
    if type(pictures) is not int or not 1 <= pictures <= _MOST_PICTURES:
        raise ValueError("pictures must be a number from 1 on")
    return pictures
