"""Opens a web page on which pictures and films are swapped.

python serving/ui.py
python serving/ui.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 --port=8080
python serving/ui.py --run=runs   # with a tab on the trainings there

Then open the address that it prints. It is of this machine alone; --host=0.0.0.0 lets others in,
and asks for --password_file. It needs `pip install facedancer-tf[ui]`. docs/page.md.
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
        "host", text="The address to listen on; 0.0.0.0: all of this machine's.", group=_PAGE
    )
    port: int = shared_flag("port", default=7860, text="Its port.", group=_PAGE)
    password_file: str = flag_field(
        "", "A file whose first line is the password that visitors give.", group=_PAGE
    )
    files_dir: str = flag_field(
        "",
        "Where visitors' files are kept; default: facedancer/page in the user's data folder.",
        group=_PAGE,
    )
    keep_minutes: float = flag_field(
        30.0,
        "How long a visitor's files are kept after the page was closed.",
        least=1,
        group=_PAGE,
    )
    most_megabytes: int = shared_flag(
        "most_megabytes", default=1024, text="Of one visitor's files together.", group=_PAGE
    )
    most_minutes: float = shared_flag("most_minutes", text="Of a film.", group=_PAGE)
    run: str = flag_field(
        "",
        "A training's folder, or one of several trainings: a tab shows how they go, to everybody "
        "who may open the page.",
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
