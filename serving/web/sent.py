"""The content of a request, files in a folder and words: of a form, or JSON with base64."""

import base64
import binascii
import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from facedancer.inference.faces.choosing import NOBODY
from facedancer.inference.faces.identity_file import IDENTITY_SUFFIX
from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError

from ..work.limits import Limits
from .refusals import RefusedError

# By a form's word: the same in JSON, and whether there may be several.
_FILES = {
    "target": ("target", False),
    "picture": ("picture", False),
    "file": ("file", False),
    "source": ("sources", True),
    "reference": ("reference", True),
}
# Those that may be photographs of a person, or what was saved of them.
_PEOPLE = ("source", "reference")
_MOST_FIELDS, _MOST_WORDS = 64, 4096


@dataclasses.dataclass
class Sent:
    """A request's content.

    Attributes:
        folder: holds the files; `close` removes it.
        files: by the words of forms.
        words: all else.
        name: what the client calls the target.
    """

    folder: Path
    files: dict[str, list[Path]]
    words: dict[str, Any]
    name: str = ""

    def __enter__(self) -> "Sent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def one(self, word: str) -> Path:
        """The file of a word.

        Raises:
            UserError: there is none, or several.
        """
        files = self.files.get(word, [])
        if len(files) != 1:
            raise UserError(f"send one file as {word}, not {len(files)}")
        return files[0]

    def some(self, word: str) -> list[Path]:
        """The files of a word.

        Raises:
            UserError: there is none.
        """
        if not self.files.get(word):
            raise UserError(f"send at least one file as {word}")
        return self.files[word]

    def flag(self, word: str) -> bool:
        """Takes a word that is true or false out of the words; false where it is not there.

        Raises:
            UserError: it is something else.
        """
        value = self.words.pop(word, False)
        if str(value).lower() not in ("true", "false", "1", "0"):
            raise UserError(f"{word} must be true or false")
        return str(value).lower() in ("true", "1")


async def read_sent(request: Request, limits: Limits) -> Sent:
    """Reads a request's body.

    Raises:
        RefusedError: it is neither a form nor JSON.
        UserError: it is one, and wrong.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = Sent(Path(tempfile.mkdtemp(prefix="facedancer_")), {}, {})
    try:
        if kind == "multipart/form-data":
            await _read_form(request, sent, limits)
        elif kind == "application/json":
            body = await request.body()
            await run_in_threadpool(_read_json, body, sent)
        else:
            raise RefusedError(415, "send multipart/form-data, or application/json with base64")
    except BaseException:
        sent.close()
        raise
    return sent


async def _read_form(request: Request, sent: Sent, limits: Limits) -> None:
    most = 2 * limits.most_photographs + 1
    form = request.form(max_files=most, max_fields=_MOST_FIELDS, max_part_size=_MOST_WORDS)
    async with form as fields:
        for word, value in fields.multi_items():
            if isinstance(value, UploadFile):
                place = _place(sent, word, value.filename or "")
                with place.open("wb") as file:
                    await run_in_threadpool(shutil.copyfileobj, value.file, file)
                if word == "target":
                    sent.name = value.filename or ""
            elif (word, value) == ("source", NOBODY):
                _take_nobody(sent)
            elif word in _FILES:
                raise UserError(f"send {word} as a file, with a name (curl -F {word}=@FILE)")
            elif word in sent.words:
                raise UserError(f"{word[:40]!r} is given twice")
            else:
                sent.words[word] = value


def _read_json(body: bytes, sent: Sent) -> None:
    try:
        content = parse_json(body, len(body))
    except ValueError as error:
        raise UserError(f"the body is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise UserError("send a JSON object")
    for word, (key, has_several) in _FILES.items():
        if (value := content.pop(key, None)) is None:
            continue
        values = value if has_several and isinstance(value, list) else [value]
        for one in values:
            if (word, one) == ("source", NOBODY):
                _take_nobody(sent)
                continue
            data = _decoded(one, key)
            # It has no name here that would tell; no picture begins like JSON.
            is_saved = word in _PEOPLE and data.lstrip().startswith(b"{")
            _place(sent, word, IDENTITY_SUFFIX if is_saved else "").write_bytes(data)
    name, options = content.pop("name", ""), content.pop("options", {})
    if not isinstance(name, str) or not isinstance(options, dict):
        raise UserError("name must be a string and options an object")
    sent.name = name
    if twice := sorted(options.keys() & content.keys()):
        raise UserError(f"{twice[0][:40]!r} is given twice")
    sent.words = {**content, **options}


def _place(sent: Sent, word: str, name: str = "") -> Path:
    """The place of one more file of a word; a saved identity is told by its sender's name."""
    if word not in _FILES:
        raise UserError(f"no file is called {word[:40]!r}: use {', '.join(_FILES)}")
    files = sent.files.setdefault(word, [])
    if files and files[0].name == NOBODY:
        raise UserError(f"{NOBODY} cannot be combined with other sources: send it alone as {word}")
    if files and not _FILES[word][1]:
        raise UserError(f"send one file as {word}, not several")
    suffix = IDENTITY_SUFFIX if name.lower().endswith(IDENTITY_SUFFIX) else ""
    files.append(sent.folder / f"{word}_{len(files) + 1}{suffix}")
    return files[-1]


def _take_nobody(sent: Sent) -> None:
    """Takes a source that belongs to nobody: by its name, where there is no such file."""
    if sent.files.get("source"):
        raise UserError(f"{NOBODY} cannot be combined with other sources: send it alone as source")
    sent.files["source"] = [sent.folder / NOBODY]


def _decoded(text: object, key: str) -> bytes:
    if not isinstance(text, str):
        raise UserError(f"{key} must be base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError(f"{key} must be base64: {error}") from error
