"""The page's parts, without what they do; one file, which reads as the page does, from the top."""

import dataclasses
from collections.abc import Callable
from typing import Any

import gradio as gr

from facedancer.inference.faces.identity_file import IDENTITY_SUFFIX
from facedancer.inference.swap_flags import SwapFlags

from ..work.options import NO_FLAGS
from .control_parts import control_part
from .controls import CONTROLS
from .pictures import ALL_VIEWS, FACES_FOUND
from .presets import Preset
from .report_rows import FACE_HEADINGS
from .visits import MOST_PEOPLE
from .words import AGREE, FACES_HINT, LIKENESS_HINT

KEEP = "Stays as it is"
PERSONS = [f"Person {number}" for number in range(1, MOST_PEOPLE + 1)]
_MEDIA = ["image", "video"]
_MOST_SEED = 10**6  # More nobodies than anybody looks through.
# Small things that the library's own looks lack.
CSS = """
.progress { padding: 0.5em 0; } .progress progress { width: 100%; height: 1.2em; }
footer { display: none !important; }
#message { position: sticky; top: 0; z-index: 100; }
#message:not(:has([role=alert])) { display: none; }
#faces .caption-label { right: 0; bottom: 0; max-width: 100%; padding: 1px 6px; }
#message [role=alert], .alarm { background: #b42318; color: white; }
#message [role=alert], .alarm, .past { padding: 0.7em 1em; border-radius: 6px; margin-top: 0.5em; }
.alarm * { color: white; } .past { background: #8883; } .wide img { width: 100%; }
"""


@dataclasses.dataclass
class Parts:
    """The components, by what they are for; see `build_parts`."""

    message: gr.HTML
    browser: gr.BrowserState
    token: gr.State
    timer: gr.Timer
    alive: gr.Timer
    notice: gr.Column
    agree: gr.Button
    main: gr.Column
    tabs: list[gr.Tab]
    target: gr.File
    photographs: gr.Column
    people: list[gr.File]
    nobody: gr.Checkbox
    which_nobody: gr.Column
    seed: gr.Number
    faces: gr.Gallery
    faces_hint: gr.Markdown
    person: gr.Radio
    everybody: gr.Button
    preset: gr.Radio
    controls: list[gr.components.Component]
    moment: gr.Slider
    view: gr.Radio
    slider: gr.ImageSlider
    sheet: gr.Image
    sheet_hint: gr.Markdown
    preview: gr.Button
    swap: gr.Button
    cancel: gr.Button
    progress: gr.HTML
    results: gr.Column
    picture: gr.Image
    film: gr.Video
    download: gr.DownloadButton
    download_report: gr.DownloadButton
    report: gr.Dataframe
    face_table: gr.Column
    face_report: gr.Dataframe
    lines: gr.Markdown
    forget: gr.Button
    verify: gr.File
    verified: gr.Dataframe


def build_parts(
    presets: list[Preset],
    notice: str,
    defaults: SwapFlags = NO_FLAGS,
    build_more: Callable[[], None] | None = None,
) -> Parts:
    """Lays the page out; within ``with gr.Blocks()``.

    Args:
        presets: settings by name.
        notice: what a visitor accepts before all else.
        defaults: what the settings begin with.
        build_more: adds further tabs.
    """
    parts: dict[str, Any] = {
        # Readable to this page alone; it names the visitor, and holds nothing else.
        "browser": gr.BrowserState("", storage_key="facedancer_visitor", secret="facedancer"),
        "token": gr.State(""),
        "timer": gr.Timer(1.0, active=False),
        "alive": gr.Timer(30.0),
    }
    gr.Markdown("# FaceDancer\nPuts a person's face into pictures and films.")
    parts["message"] = gr.HTML("", elem_id="message")
    with gr.Column(visible=False, elem_id="notice") as parts["notice"]:
        gr.Markdown(notice)
        parts["agree"] = gr.Button(AGREE, variant="primary", elem_id="agree")
    with gr.Column(visible=False, elem_id="main") as parts["main"], gr.Tabs():
        with gr.Tab("Swap") as swapping, gr.Row():
            with gr.Column(scale=2, min_width=320):
                _inputs(parts, presets, defaults)
            with gr.Column(scale=3, min_width=420):
                _outputs(parts)
        with gr.Tab("Check a file") as checking:
            gr.Markdown("Tells whether a picture or a film is marked as made by a machine.")
            parts["verify"] = gr.File(
                label="Picture or film", file_types=_MEDIA, height=140, elem_id="verify"
            )
            parts["verified"] = _table(["", "Found"], "verified", visible=False)
        if build_more is not None:
            build_more()
    parts["tabs"] = [swapping, checking]
    return Parts(**parts)


def _inputs(parts: dict[str, Any], presets: list[Preset], defaults: SwapFlags) -> None:
    gr.Markdown("### 1. The picture or film to change")
    parts["target"] = gr.File(
        label="Picture, film or animation", file_types=_MEDIA, height=140, elem_id="target"
    )
    gr.Markdown("### 2. The person whose face is put in")
    with gr.Column() as parts["photographs"]:
        people = [_person(0)]
    parts["nobody"] = gr.Checkbox(
        label="Nobody: a face that belongs to no person, to hide who it is", elem_id="nobody"
    )
    with gr.Column(visible=False) as parts["which_nobody"]:
        parts["seed"] = gr.Number(
            0,
            minimum=0,
            maximum=_MOST_SEED,
            precision=0,
            label="Which nobody",
            info="Another number, another face.",
            elem_id="seed",
        )
    with gr.Accordion("More people", open=False):
        people += [_person(number) for number in range(1, MOST_PEOPLE)]
    parts["people"] = people
    gr.Markdown("### 3. Whose face goes where")
    parts["faces_hint"] = gr.Markdown(FACES_HINT)
    parts["faces"] = gr.Gallery(
        label="Faces found",
        show_label=False,  # It would hide half of the first face.
        columns=3,
        height=190,
        object_fit="contain",
        allow_preview=False,
        fit_columns=False,
        interactive=False,
        buttons=[],
        elem_id="faces",
    )
    parts["person"] = gr.Radio([*PERSONS, KEEP], label="This face", visible=False, elem_id="person")
    parts["everybody"] = gr.Button("Give everybody the face of person 1", size="sm")
    with gr.Accordion("Settings", open=False):
        names = [(f"{one.name}: {one.help}", one.name) for one in presets]
        parts["preset"] = gr.Radio(names, label="Ready-made", elem_id="preset")
        parts["controls"] = [control_part(one, getattr(defaults, one.flag)) for one in CONTROLS]


def _outputs(parts: dict[str, Any]) -> None:
    parts["moment"] = gr.Slider(
        0,
        1,
        0,
        step=0.04,
        label="Moment of the film, in seconds",
        visible=False,
        buttons=[],
        elem_id="moment",
    )
    parts["view"] = gr.Radio(list(ALL_VIEWS), value=FACES_FOUND, label="Show", elem_id="view")
    parts["slider"] = gr.ImageSlider(
        label="Before and after: drag the line",
        type="filepath",
        interactive=False,
        buttons=["fullscreen"],
        slider_position=20,
        elem_id="slider",
    )
    parts["sheet_hint"] = gr.Markdown(
        "The network's attention, coarse to fine. Black: it keeps the old face. White: it takes "
        "the new one.",
        visible=False,
    )
    parts["sheet"] = gr.Image(
        show_label=False,
        type="filepath",
        interactive=False,
        visible=False,
        buttons=["fullscreen"],
        elem_id="sheet",
    )
    with gr.Row():
        parts["preview"] = gr.Button("Preview", elem_id="preview")
        parts["swap"] = gr.Button("Swap", variant="primary", elem_id="swap")
        parts["cancel"] = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel")
    parts["progress"] = gr.HTML("", elem_id="progress", elem_classes="progress")
    with gr.Column(visible=False, elem_id="results") as parts["results"]:
        gr.Markdown("### Result")
        parts["picture"] = gr.Image(
            label="New picture", type="filepath", interactive=False, buttons=["fullscreen"]
        )
        parts["film"] = gr.Video(label="New film", interactive=False, buttons=[])
        with gr.Row():
            parts["download"] = gr.DownloadButton(
                "Download the result", variant="primary", elem_id="download"
            )
            parts["download_report"] = gr.DownloadButton("Download the full report")
        parts["report"] = _table(["Report", "Number"], "report")
        with gr.Column(visible=False) as parts["face_table"]:
            parts["face_report"] = _table(
                list(FACE_HEADINGS), "face_report", column_widths=["18%", "30%", "26%", "26%"]
            )
            gr.Markdown(LIKENESS_HINT)
    parts["lines"] = gr.Markdown("", elem_id="lines")
    parts["forget"] = gr.Button("Delete my files", size="sm", elem_id="forget")


def _person(number: int) -> gr.File:
    return gr.File(
        label=f"Photographs of person {number + 1}",
        file_count="multiple",
        file_types=["image", IDENTITY_SUFFIX],
        height=140,
        elem_id=f"person_{number + 1}",
    )


def _table(headers: list[str], name: str, **more: Any) -> gr.Dataframe:
    return gr.Dataframe(
        headers=headers,
        datatype="str",
        interactive=False,
        wrap=True,
        column_count=len(headers),
        buttons=[],
        elem_id=name,
        **more,
    )
