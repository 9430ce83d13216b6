"""Reads a network by a table: the form in which it was given -> who reads that form."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from ..errors import UserError
from .kinds import Kind, ModelFile, reason, recognise

# The forms of a Keras model, which say themselves how it is built.
KERAS_FORMS = (Kind.KERAS, Kind.RUN, Kind.CHECKPOINT, Kind.SAVED_MODEL)
# What readers raise for a file that is damaged or of another network; the latter two come
# of a published file's malformed graph.
_NOT_THIS = (ValueError, TypeError, KeyError)
_Network = TypeVar("_Network")


@dataclasses.dataclass(frozen=True)
class NetworkReader(Generic[_Network]):
    """The way to read one kind of network, whatever form it has.

    Attributes:
        network: what it is, for messages: ``"identity encoder"``.
        accepted: what could be given instead of a file that is refused, for messages.
        forms: for each form that is taken, what reads a file of it.
        refused: for others, what is said of such a file.
    """

    network: str
    accepted: str
    forms: Mapping[Kind, Callable[[ModelFile], _Network]]
    refused: Mapping[Kind, str] = dataclasses.field(default_factory=dict)

    def find(self, path: str | Path) -> ModelFile:
        """Tells what lies at a path; see `recognise`.

        Raises:
            UserError: nothing that could be a network.
        """
        return recognise(path, self.network, self.accepted)

    def read(self, found: ModelFile) -> _Network:
        """The network of a file.

        Raises:
            UserError: the file is damaged, of a form that is not taken, or of another network.
        """
        is_not = f"is not {'an' if self.network[0] in 'aeio' else 'a'} {self.network}"
        reader = self.forms.get(found.kind)
        if reader is None:
            said = self.refused.get(found.kind, f"{is_not}; {self.accepted}")
            raise UserError(f"{found} {said}")
        try:
            return reader(found)
        except _NOT_THIS as error:
            raise UserError(f"{found.path} {is_not} ({reason(error)}); {self.accepted}") from error
