"""Starts a web page for swapping faces in pictures and films.

python serving/ui.py
python serving/ui.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 --port=8080
python serving/ui.py --run=runs   # with a tab that shows the trainings in runs/

Then open the address that it prints. Only this machine can open it; --host=0.0.0.0 lets other
machines in, and needs --password_file. Requires `pip install facedancer-tf[ui]`. See docs/page.md.
"""

import dataclasses
import os
from pathlib import Path

from facedancer.inference.swap_flags import NetworkFlags, SpeedFlags
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

_PAGE = "page"
_VISITORS = "visitors"


@dataclasses.dataclass(frozen=True)
class Settings(NetworkFlags, TrustSettings, SpeedFlags):
    """All flags of this command."""

    host: str = shared_flag(
        "host", text="Address to listen on; 0.0.0.0: all addresses of this machine.", group=_PAGE
    )
    port: int = shared_flag("port", default=7860, text="Port to listen on.", group=_PAGE)
    password_file: str = flag_field(
        "", "File whose first line is the password that visitors must enter.", group=_PAGE
    )
    files_dir: str = flag_field(
        "",
        "Folder for visitors' files; default: facedancer/page in the user's data folder.",
        group=_PAGE,
    )
    keep_minutes: float = flag_field(
        30.0, "Minutes to keep a visitor's files after the page was closed.", least=1, group=_PAGE
    )
    most_megabytes: int = shared_flag(
        "most_megabytes",
        default=1024,
        text="Largest total size of one visitor's files, in MiB.",
        group=_PAGE,
    )
    most_minutes: float = shared_flag("most_minutes", text="Longest film, in minutes.", group=_PAGE)
    run: str = flag_field(
        "",
        "Folder of a training run, or of several: a tab shows their progress to everybody who can "
        "open the page.",
        group=_PAGE,
    )


def main(settings: Settings) -> None:
    """Loads the networks, and answers until it is stopped."""
    from facedancer.serving.page.starting import check_access, import_gradio, serve
    from facedancer.serving.page.uploads import confine

    password = check_access(settings.host, settings.password_file)
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folder = Path(settings.files_dir) if settings.files_dir else data / "facedancer" / "page"
    files = folder.absolute() / "files"
    confine(files)
    import_gradio()
    serve(settings, folder.absolute(), files, password)


if __name__ == "__main__":
    run(main, Settings)
