"""The text of `--help`: what a command does, how it is called, and its flags by groups."""

import dataclasses
import textwrap
from typing import Any

from .fields import fields_of, flag_text

_WIDTH = 88
_COLUMN = 26  # where the flags' explanations begin
_NEEDED, _OPTIONS = "needed", "options"
_METAVARS = {int: "N", float: "X", str: "..."}
_COMMON = {
    "--flagfile=...": "Read flags from this file, one per line. Later flags override earlier ones.",
    "--verbosity=N": "Log level of TensorFlow and other libraries: -1 warnings, 0 info, 1 debug.",
    "--help": "Show this help.",
}


def help_text(settings: type, docstring: str, program: str, positional: str = "") -> str:
    """Writes the help of one command.

    Args:
        settings: a dataclass of `fields.flag_field`.
        docstring: the script's; its first paragraph says what it does, the rest, with the examples,
            is shown as it stands.
        program: what the user types to start it, such as ``python dataset/crop_align.py``.
        positional: words for the arguments that are no flags, such as ``PICTURES...``.

    Returns:
        Lines of text, the last one ended.
    """
    summary, _, rest = docstring.strip().partition("\n\n")
    paragraphs = [summary, usage_line(settings, program, positional)]
    if rest.strip():
        paragraphs.append(rest.strip())
    groups: dict[str, list[str]] = {_NEEDED: [], _OPTIONS: []}
    for field, kind in _own_first(settings):
        heading = _NEEDED if field.metadata["needed"] else field.metadata["group"] or _OPTIONS
        groups.setdefault(heading, []).append(_entry(field, kind))
    groups["every command"] = [_aligned(name, text) for name, text in _COMMON.items()]
    paragraphs += ["\n".join([f"{name}:", *rows]) for name, rows in groups.items() if rows]
    return "\n\n".join(paragraphs) + "\n"


def usage_line(settings: type, program: str, positional: str = "") -> str:
    """Shows how a command is called: its arguments and the flags that it needs."""
    needed = [
        f"--{field.name}={_metavar(field, kind)}"
        for field, kind in fields_of(settings)
        if field.metadata["needed"]
    ]
    words = filter(None, ["usage:", program, positional, *needed, "[--FLAG=VALUE ...]"])
    return textwrap.fill(" ".join(words), _WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def _own_first(settings: type) -> list[tuple[dataclasses.Field, Any]]:
    """Fields in the order of the classes that define them: a script's own, then what it shares."""
    classes = settings.__mro__

    def place(name: str) -> int:
        return next(
            n for n, one in enumerate(classes) if name in vars(one).get("__annotations__", ())
        )

    return sorted(fields_of(settings), key=lambda pair: place(pair[0].name))


def _entry(field: dataclasses.Field, kind: Any) -> str:
    name = f"--[no]{field.name}" if kind is bool else f"--{field.name}={_metavar(field, kind)}"
    text = " ".join(field.metadata["help"].split())
    text = text[:1].upper() + text[1:].removesuffix(".")
    facts = [_range(field), _default(field, kind)]
    if aliases := field.metadata["aliases"]:
        facts.append(f"also {', '.join(f'--{alias}' for alias in aliases)}")
    facts = [fact for fact in facts if fact]
    return _aligned(name, f"{text} ({'; '.join(facts)})." if facts else f"{text}.")


def _aligned(name: str, text: str) -> str:
    lines = textwrap.wrap(text, _WIDTH - _COLUMN, break_on_hyphens=False)
    head = f"  {name}".ljust(_COLUMN)
    if len(head) > _COLUMN or not head.endswith(" "):
        return "\n".join([head, *(" " * _COLUMN + line for line in lines)])
    return "\n".join([head + lines[0], *(" " * _COLUMN + line for line in lines[1:])])


def _metavar(field: dataclasses.Field, kind: Any) -> str:
    choices = field.metadata["choices"]
    if choices:
        return "|".join(choices) if len("|".join(choices)) <= _COLUMN else "ONE"
    return _METAVARS.get(kind, "A,B")


def _range(field: dataclasses.Field) -> str:
    least, most, choices = (field.metadata[name] for name in ("least", "most", "choices"))
    if choices:
        return f"one of {', '.join(choices)}" if _metavar(field, str) == "ONE" else ""
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"at least {least}"
    return "" if most is None else f"at most {most}"


def _default(field: dataclasses.Field, kind: Any) -> str:
    if kind is bool:
        return f"default: {'yes' if field.default else 'no'}"
    # What is empty by default says so itself, in its help.
    return "" if field.default in (None, "", ()) else f"default: {flag_text(field.default)}"
