"""Settings as parts of the page."""

from typing import Any

import gradio as gr

from .controls import Control


def control_part(one: Control, value: Any) -> gr.components.Component:
    """The part that fits a setting, and the value that it begins with; within ``gr.Blocks()``."""
    shared: dict[str, Any] = {
        "value": value,
        "label": one.label,
        "info": one.help or None,
        "elem_id": f"set_{one.flag}",
    }
    if one.kind is bool:
        return gr.Checkbox(**shared)
    if one.choices:
        shown = [(one.words.get(name, name), name) for name in one.words or one.choices]
        if one.is_list:
            return gr.CheckboxGroup(shown, **{**shared, "value": list(value)})
        return gr.Radio(shown, **shared)
    if one.kind is str:
        return gr.Textbox(max_lines=1, **shared)
    least, most = one.range
    if least is not None and most is not None:
        return gr.Slider(least, most, step=one.step, **shared)
    return gr.Number(minimum=least, maximum=most, step=one.step, **shared)
