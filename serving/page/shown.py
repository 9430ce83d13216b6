"""A visitor's files as the page shows them."""

import html
from pathlib import Path
from typing import Any

import gradio as gr

from ..work.job_record import JobStatus
from .layout import Parts
from .visits import Visit, report_name
from .words import FACES_HINT, NO_FACES

# Formats that browsers play, and those that they show as pictures.
_PLAYED = (".mp4", ".webm", ".m4v", ".mov")
_SHOWN = (".jpg", ".png", ".webp", ".gif", ".avif", ".bmp")
# What a part of the page becomes, by the part.
Updates = dict[Any, Any]


def show_way_in(parts: Parts, has_agreed: bool) -> Updates:
    """The notice, or all that stands behind it.

    Apart from `show`: Gradio applies answers that come together step by step, and the earlier one
    may end last. One from before the visitor agreed would hide the page again.
    """
    return {
        parts.notice: gr.Column(visible=not has_agreed),
        parts.main: gr.Column(visible=has_agreed),
    }


def show(parts: Parts, place: Path, visit: Visit) -> Updates:
    """All other parts that tell what the visitor has.

    Args:
        parts: the page's.
        place: the visitor's folder.
        visit: what is in it.
    """
    is_moving = visit.kind in ("video", "animation")
    result = place / visit.result if visit.result else None
    is_picture = result is not None and result.suffix in _SHOWN
    is_played = result is not None and result.suffix in _PLAYED
    shown = str(result) if result else None
    return {
        parts.timer: gr.Timer(active=bool(visit.job)),
        parts.photographs: gr.Column(visible=not visit.has_nobody),
        parts.nobody: visit.has_nobody,
        parts.which_nobody: gr.Column(visible=visit.has_nobody),
        parts.faces: [
            (str(place / face.crop), _caption(visit, number))
            for number, face in enumerate(visit.faces)
        ],
        parts.faces_hint: FACES_HINT if visit.faces or not visit.target else NO_FACES,
        parts.moment: gr.Slider(
            maximum=max(0.04, round(visit.seconds, 2)), value=visit.moment, visible=is_moving
        ),
        parts.swap: gr.Button(interactive=not visit.job),
        parts.cancel: gr.Button(visible=bool(visit.job)),
        parts.progress: show_progress(None) if visit.job else "",
        parts.results: gr.Column(visible=result is not None),
        parts.picture: gr.Image(value=shown if is_picture else None, visible=is_picture),
        parts.film: gr.Video(value=shown if is_played else None, visible=is_played),
        parts.download: gr.DownloadButton(value=shown),
        parts.download_report: gr.DownloadButton(
            value=str(place / report_name(visit.result)) if result else None
        ),
        parts.report: [list(row) for row in visit.report],
        parts.face_table: gr.Column(visible=bool(visit.face_report)),
        parts.face_report: [list(row) for row in visit.face_report],
        parts.lines: "\n".join(f"- {html.escape(line)}" for line in visit.lines),
    }


def show_progress(status: JobStatus | None) -> str:
    """A bar, and words: pictures, rate, time left."""
    if status is None or not status.frames_done:
        return "<progress></progress><div>The film waits for its turn, or is being opened.</div>"
    words = [f"{status.frames_done} pictures done"]
    bar = "<progress></progress>"
    if status.frames:
        words = [f"{status.frames_done} of {status.frames} pictures done"]
        bar = f'<progress value="{status.frames_done}" max="{status.frames}"></progress>'
    if status.frames_a_second:
        words.append(f"{status.frames_a_second:.1f} a second")
    if status.seconds_left is not None:
        words.append(f"about {status.seconds_left:.0f} s left")
    return f"{bar}<div>{', '.join(words)}</div>"


def _caption(visit: Visit, number: int) -> str:
    person = visit.faces[number].person if visit.is_chosen else 0
    becomes = "stays" if person is None else f"person {person + 1}"
    if person == 0 and visit.has_nobody:
        becomes = "nobody"
    return f"{number + 1}: {becomes}"
