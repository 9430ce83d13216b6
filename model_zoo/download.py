"""Downloads published model files into model_zoo/, from the Hugging Face hub and (VGG16) Keras.

python model_zoo/download.py                       # lists what there is
python model_zoo/download.py config_c_hq arcface   # what a swap needs

No other part of the project downloads anything. An interrupted download resumes, and files in the
hub's or Keras's cache are copied from there. Size and hash are checked against the published ones.
The variables of huggingface_hub apply: HTTPS_PROXY, HF_ENDPOINT (a mirror), HF_TOKEN, HF_HOME (its
cache), HF_HUB_OFFLINE.
"""

import dataclasses
import os
import shutil
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_url, logging, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, put_in_place, written_whole
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.weights.published import MODEL_ZOO, PUBLISHED, HubFile, PublishedFile, WebFile


@dataclasses.dataclass(frozen=True)
class Settings:
    """The place of the files."""

    output: str = shared_flag(
        "output",
        default=str(MODEL_ZOO),
        text="Output folder for the files.",
        aliases=("target_dir",),
    )


# What fails on the way: HTTPError from the hub and its transport (HfHubHTTPError is one), OSError
# from the disk and from what the hub calls a connection error.
_FAILURES = (HTTPError, OSError)
_PATIENCE_SECONDS = 20


@dataclasses.dataclass(frozen=True)
class Promise:
    """The size and hash that are promised of a file before it is fetched.

    Attributes:
        file: its name.
        size: in bytes.
        digest: its hash, hexadecimal; None where the hub gives none.
        algorithm: of that hash.
        address: where this version of it is.
        by: who says so.
        headers: to be sent when asking for it.
        licence: what the model card names; None where there is no card.
    """

    file: str
    size: int
    digest: str | None
    algorithm: str
    address: str
    by: str
    headers: dict[str, str] | None = None
    licence: str | None = None

    def broken_by(self, path: Path) -> str | None:
        """Describes how a file differs from what was promised; None where it does not."""
        size = path.stat().st_size
        if size != self.size:
            return f"it has {size:,} bytes, {self.by} promised {self.size:,}"
        if self.digest and (digest := digest_of(path, self.algorithm)) != self.digest:
            return f"its {self.algorithm} is {digest}, {self.by} promised {self.digest}"
        return None


def fetch(entry: PublishedFile, folder: Path) -> Path:
    """Makes sure that ``folder`` holds a published file; where it lies.

    Raises:
        UserError: the hub cannot be reached or refuses, or another file of the name is there.
    """
    if isinstance(entry, WebFile):
        promise = Promise(entry.files[0], entry.size, entry.md5, "md5", entry.page, by="Keras")
    else:
        try:
            promise = ask_hub(entry)
        except _FAILURES as error:
            return _without_hub(entry, folder, error)
    path = folder / promise.file
    if path.exists():
        if difference := promise.broken_by(path):
            raise UserError(f"{path} is not the published file: {difference}; move it away first")
        print(f"{path} is there already, {_described(path)}")
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Named after the content: what is left of another version is never gone on with.
    mark = (promise.digest or str(promise.size))[:12]
    partial = folder / f".unfinished-{promise.file}-{mark}"
    try:
        _fill(partial, entry, promise)
    except _FAILURES as error:
        raise UserError(_by_hand(entry, folder, _reason(error) + _kept(partial))) from error
    if difference := promise.broken_by(partial):
        partial.unlink()
        raise UserError(
            _by_hand(entry, folder, f"the download is damaged, {difference}, and was deleted")
        )
    put_in_place(partial, path)
    print(f"{path} is there, {_described(path)}")
    if promise.licence:
        print(f"  licence by its model card: {promise.licence}")
    return path


def ask_hub(entry: HubFile) -> Promise:
    """Asks the hub about a file.

    Raises:
        UserError: the repository has no such file.
        HTTPError, OSError: there is no answer, or none that could be a hub's.
    """
    api = HfApi()
    try:
        info = api.model_info(entry.repository, files_metadata=True, timeout=_PATIENCE_SECONDS)
        files = {item.rfilename.lower(): item for item in info.siblings}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OSError(f"{api.endpoint} does not answer as the hub does") from error
    found = next((files[name.lower()] for name in entry.files if name.lower() in files), None)
    if found is None:
        models = ", ".join(item.rfilename for item in files.values() if ".h5" in item.rfilename)
        raise UserError(
            f"{entry.repository} has no {' or '.join(entry.files)}; its models are: "
            f"{models or 'none'}; see {entry.page}"
        )
    if found.size is None:
        raise OSError("the hub names no size for the file")
    return Promise(
        file=found.rfilename,
        size=found.size,
        digest=found.lfs.sha256 if found.lfs else None,
        algorithm="sha256",
        address=hf_hub_url(entry.repository, found.rfilename, revision=info.sha),
        by="the hub",
        headers=build_hf_headers(),
        licence=(info.card_data.license if info.card_data else None) or "none named",
    )


def _fill(partial: Path, entry: PublishedFile, promise: Promise) -> None:
    """Completes ``partial``: from a cache, or from where it is, going on where it ends."""
    cached = _cached(entry, promise.file)
    if cached and promise.broken_by(cached) is None:
        shutil.copyfile(cached, partial)
        return
    with partial.open("ab") as file:
        if file.tell() > promise.size:
            file.truncate(0)
        if 0 < file.tell() < promise.size:
            print(f"{promise.file}: {file.tell():,} of {promise.size:,} bytes are here, going on")
        if file.tell() < promise.size:
            # Breaks are bridged within; without expected_size, since the judgement is `broken_by`.
            http_get(
                promise.address,
                file,
                resume_size=file.tell(),
                headers=promise.headers,
                displayed_filename=promise.file,
            )


def _cached(entry: PublishedFile, name: str) -> Path | None:
    """Finds the copy of a file that the hub's library, or Keras, keeps, if it does."""
    if isinstance(entry, HubFile):
        cached = try_to_load_from_cache(entry.repository, name)
        return Path(cached) if isinstance(cached, str) else None
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return path if (path := home / "models" / name).is_file() else None


def _without_hub(entry: HubFile, folder: Path, error: Exception) -> Path:
    """The file as it lies here or in the hub's cache, where the hub cannot be asked about it."""
    for name in entry.files:
        path = folder / name
        if not path.exists() and (cached := _cached(entry, name)):
            folder.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as unfinished:
                shutil.copyfile(cached, unfinished)
        if path.exists():
            print(f"{path} is there, {_described(path)}, unchecked: {_reason(error)}")
            return path
    raise UserError(_by_hand(entry, folder, _reason(error))) from error


def _described(path: Path) -> str:
    return f"{path.stat().st_size:,} bytes, sha256 {digest_of(path)}"


def _reason(error: Exception) -> str:
    """Explains in a few words why it failed."""
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        refused = {401: ", sign-in needed", 403: ", refused", 404: ", not found"}
        return f"{error.response.url.host} answered {status}{refused.get(status, '')}"
    if isinstance(error, HTTPError):
        # Raised by the transport: its class says more than its text, which may be empty.
        detail = f": {error}" if str(error) else ""
        return f"no connection ({type(error).__name__}{detail})"
    return getattr(error, "strerror", None) or str(error)


def _kept(partial: Path) -> str:
    if not partial.exists() or not partial.stat().st_size:
        partial.unlink(missing_ok=True)
        return ""
    return f" ({partial.stat().st_size:,} bytes are kept: run it again to resume)"


def _by_hand(entry: PublishedFile, folder: Path, reason: str) -> str:
    file = entry.files[0] if entry.certain else "it"
    return (
        f"cannot download {entry.files[0]}: {reason}; by hand, get {file} from "
        f"{entry.page} and put it into {folder}/"
    )


def listing(folder: Path) -> str:
    """Lists what can be fetched, what it is for, and whether it is here already."""
    lines = []
    for entry in PUBLISHED.values():
        here = any((folder / name).exists() for name in entry.files)
        flag = f"--{entry.flag}" if entry.flag else ""
        row = f"{entry.name:<12} {entry.files[0]:<26} {'here' if here else '-':<5} {flag:<18}"
        lines.append(f"{row} {entry.what}")
    return "\n".join([*lines, "", *dict.fromkeys(entry.terms for entry in PUBLISHED.values())])


def main(settings: Settings, names: list[str]) -> None:
    """Lists the files, or fetches those that are named."""
    folder = Path(settings.output)
    if unknown := [name for name in names if name not in PUBLISHED]:
        raise UserError(f"unknown file {unknown[0]!r}: choose from {', '.join(PUBLISHED)}")
    if not names:
        print(listing(folder))
        return
    # What failed is told in our one line; the hub's advice on tokens and retries would bury it.
    logging.set_verbosity_error()
    for name in dict.fromkeys(names):
        path = fetch(PUBLISHED[name], folder)
        if flag := PUBLISHED[name].flag:
            print(f"  use it: --{flag}={path}")
    for terms in dict.fromkeys(PUBLISHED[name].terms for name in names):
        print(terms)


if __name__ == "__main__":
    run(main, Settings, positional="NAMES...")
