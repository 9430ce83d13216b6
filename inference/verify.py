"""Reports whether pictures, animations and videos are marked as synthetic.

python inference/verify.py swapped.mp4 photo.jpg

It reads the marks that FaceDancer writes (docs/marking.md): the IPTC digital source type in XMP,
the C2PA manifest and the invisible watermark. Exit code 0: every file is marked; 1: at least one
is not; 2: at least one cannot be read.
"""

import dataclasses
import json
import sys
from pathlib import Path

from facedancer.inference.marking.content_credentials import Manifest
from facedancer.inference.marking.findings import Findings, find_marks
from facedancer.inference.marking.watermark import SMALLEST_SIDE
from facedancer.utils.cli import EXIT_BAD_INPUT, run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.naming import readable, shown

EXIT_UNMARKED = 1
_STATES = {
    "Trusted": "valid, and its signer is trusted",
    "Valid": "valid, but nobody trusted vouches for its signer",
    "Invalid": "INVALID: changed after it was signed, or not signed as it should be",
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """All flags of this command."""

    frames: int = shared_flag(
        "frames",
        default=8,
        text="Number of frames of a video or an animation to search for the watermark.",
    )
    json: bool = flag_field(False, "Print one JSON object per file and line, for programs.")


def main(settings: Settings, paths: list[str]) -> int:
    """Looks into each file, prints, and gives the exit code."""
    if not paths:
        raise UserError("name at least one file: python inference/verify.py FILE...")
    codes = {report(Path(path), settings.frames, settings.json) for path in paths}
    return max(codes)


def report(path: Path, frames: int, as_json: bool) -> int:
    """Looks into one file, prints what it says, and returns the exit code it asks for."""
    try:
        findings = find_marks(path, frames)
    except (UserError, PermissionError) as error:
        # The others are still worth a look.
        print(
            json.dumps({"file": shown(path), "error": readable(str(error))})
            if as_json
            else f"error: {error}",
            file=sys.stdout if as_json else sys.stderr,
        )
        return EXIT_BAD_INPUT
    print(_as_json(path, findings) if as_json else as_text(path, findings))
    return 0 if findings.is_marked else EXIT_UNMARKED


def _as_json(path: Path, findings: Findings) -> str:
    fields = {"file": shown(path), "is_marked": findings.is_marked, **dataclasses.asdict(findings)}
    return json.dumps(fields, ensure_ascii=False)


def as_text(path: Path, findings: Findings) -> str:
    """Says what was found, one mark a line."""
    lines = [
        "source type: " + (", ".join(findings.source_types) or "none stated"),
        "C2PA manifest: " + _manifest_text(findings),
        "watermark: " + _watermark_text(findings),
        "found: "
        + (
            "marked as made or changed by a machine"
            if findings.is_marked
            else "no mark; that does not prove that the file is untouched"
        ),
    ]
    return "\n  ".join([shown(path), *lines])


def _manifest_text(findings: Findings) -> str:
    if findings.manifest_error:
        return f"one that cannot be read ({findings.manifest_error})"
    manifest = findings.manifest
    if manifest is None:
        return "none"
    return "\n    ".join([_STATES.get(manifest.state, manifest.state), *_details(manifest)])


def _details(manifest: Manifest) -> list[str]:
    lines = [
        f"signed by {manifest.signer}; written by {manifest.generator or 'an unnamed program'}"
    ]
    if manifest.source_types:
        lines.append("states " + ", ".join(manifest.source_types))
    lines += [f"made from {parent}" for parent in manifest.parents]
    if manifest.problems:
        lines.append("the validator reports " + ", ".join(manifest.problems))
    return lines


def _watermark_text(findings: Findings) -> str:
    where = "the picture" if findings.pictures == 1 else f"{findings.pictures} frames"
    if findings.together is not None:
        return (
            f"found, but only in {where} read together; tag {findings.together.tag}, "
            f"{findings.together.agreement:.0%} of its coded bits intact"
        )
    if findings.readings:
        tags = ", ".join(str(tag) for tag in sorted({one.tag for one in findings.readings}))
        intact = sum(one.agreement for one in findings.readings) / len(findings.readings)
        counted = where if findings.pictures == 1 else f"{len(findings.readings)} of {where}"
        return f"found in {counted}; tag {tags}, {intact:.0%} of its coded bits intact"
    if not findings.is_large_enough:
        return f"none; pictures below {SMALLEST_SIDE} px a side carry none"
    return f"none in {where}"


if __name__ == "__main__":
    run(main, Settings, positional="FILES...")
