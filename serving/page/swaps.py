"""A visitor's swap: begun, watched, ended; pictures at once, films as jobs."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facedancer.inference.swap_run import swap_settings
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_text
from facedancer.utils.suffixes import WRITTEN_AS

from ..work.errors import NoSuchJobError, for_strangers
from ..work.job_record import DONE, JobStatus
from ..work.jobs import Jobs
from .controls import chosen_options
from .engine import PageEngine, roles_option
from .report_rows import count_rows, face_rows
from .visits import Visit, Visitors, report_name


@dataclasses.dataclass(frozen=True)
class Swaps:
    """Does visitors' swaps.

    Attributes:
        engine: of pictures.
        jobs: of films and animations, one after the other.
        visitors: whose files they are.
    """

    engine: PageEngine
    jobs: Jobs
    visitors: Visitors

    def begin(self, token: str, values: Mapping[str, Any]) -> Visit:
        """Swaps a picture, or begins with a film.

        Args:
            token: the visitor's.
            values: of the controls, by their flags.

        Raises:
            UserError: something is missing, too many films wait, or nobody was swapped.
        """
        visit = self.visitors.visit(token)
        if not visit.has_agreed:
            raise UserError("read and accept the notice first: reload the page")
        if not visit.target:
            raise UserError("add a picture or a film first")
        if visit.job:
            raise UserError("a film is being swapped: wait for it, or cancel it")
        names, roles = roles_option(visit)
        options = {**chosen_options(values, self.engine.defaults), **roles}
        place = self.visitors.place(token)
        target, sources = place / visit.target, [place / name for name in names]
        self.visitors.drop(token, visit.result, report_name(visit.result))
        cleared = {"result": "", "lines": (), "report": (), "face_report": ()}
        if visit.kind != "picture":
            self.visitors.change(token, **cleared)
            status = self.jobs.submit(target, sources, (), options, visit.target)
            return self.visitors.change(token, job=status.id)
        self.visitors.change(token, **cleared)
        suffix = WRITTEN_AS.get(target.suffix, target.suffix)
        output = self.visitors.fresh(token, f"swapped{suffix}")
        outcome = self.engine.swap_file(target, sources, output, (), options)
        settings = swap_settings(self.engine.read_options(options))
        return self.visitors.change(
            token,
            result=output.name,
            lines=tuple(map(for_strangers, outcome.marks + outcome.notes)),
            report=count_rows(outcome.to_json(settings)),
            face_report=face_rows(_lines(outcome.report)),
        )

    def watch(self, token: str) -> tuple[Visit, JobStatus | None]:
        """Tells how far a visitor's film is; once it is done, takes its result.

        Returns:
            What the visitor has, and the status of what runs or has ended just now; None: nothing.
        """
        self.visitors.touch(token)
        visit = self.visitors.visit(token)
        if not visit.job:
            return visit, None
        try:
            status = self.jobs.status(visit.job)
        except NoSuchJobError:
            return self.visitors.change(token, job=""), None
        if not status.has_ended:
            return visit, status
        changes: dict[str, Any] = {"job": "", "lines": (status.error,) if status.error else ()}
        if status.state == DONE:
            result = self.jobs.result(visit.job)
            lines = self.jobs.report(visit.job)
            report = lines[-1]["summary"]
            own = self.visitors.take(token, result, f"swapped{result.suffix}")
            text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
            write_text(self.visitors.place(token) / report_name(own), text)
            said = [*report["marks"], *report["notes"]]
            changes |= {
                "result": own,
                "lines": tuple(map(for_strangers, said)),
                "report": count_rows(report),
                "face_report": face_rows(lines),
            }
        after = self.visitors.change(token, **changes)
        self.jobs.remove(visit.job)
        return after, status

    def cancel(self, token: str) -> Visit:
        """Ends the visitor's film, with all that was made of it."""
        self.leave(self.visitors.visit(token))
        return self.visitors.change(token, job="", lines=("cancelled",))

    def leave(self, visit: Visit) -> None:
        """Ends what a visitor who goes has left behind."""
        if visit.job:
            try:
                self.jobs.remove(visit.job)
            except NoSuchJobError:
                return


def verified(engine: PageEngine, file: Path) -> list[tuple[str, str]]:
    """Tells what a file says about itself, in rows of two.

    Raises:
        UserError: it is no picture and no film, or damaged.
    """
    found = engine.verify(file)
    answer = (
        "yes: marked as made or changed by a machine"
        if found["is_marked"]
        else "no mark was found; that does not prove that nobody changed it"
    )
    return [
        ("Is it marked?", answer),
        ("What it says of itself", ", ".join(found["source_types"]) or "nothing"),
        ("Signed record (C2PA)", _manifest_words(found)),
        ("Invisible watermark", _watermark_words(found)),
    ]


def _manifest_words(found: Mapping[str, Any]) -> str:
    if found["manifest_error"]:
        return "there is one that cannot be read"
    manifest = found["manifest"]
    if manifest is None:
        return "none"
    state = {
        "Trusted": "valid, and its signer is trusted",
        "Valid": "valid, but nobody trusted vouches for its signer",
        "Invalid": "not valid: the file was changed after it was signed",
    }.get(manifest["state"], manifest["state"])
    return f"{state}; signed by {manifest['signer']}"


def _watermark_words(found: Mapping[str, Any]) -> str:
    if found["readings"] or found["together"]:
        return f"found in {max(1, len(found['readings']))} of {found['pictures']} pictures"
    if not found["is_large_enough"]:
        return "none; pictures as small as this carry none"
    return f"none in {found['pictures']} pictures"


def _lines(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
