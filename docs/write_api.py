"""Writes docs/api.md from the docstrings of the names that users import.

python docs/write_api.py

It reads the code as text and imports nothing of it.
"""

import argparse
import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"

# Heading, folder, and the names in it, in the order of the page.
SECTIONS = (
    (
        "Swapping",
        "inference",
        (
            "Swapper",
            "SwapResult",
            "SwappedFace",
            "SwapSettings",
            "Choice",
            "Role",
            "Blending",
            "Marking",
            "VideoSettings",
            "Excerpt",
            "Outcome",
            "NoFaceError",
        ),
    ),
    (
        "Networks",
        "networks",
        (
            "get_generator",
            "attention_masks",
            "get_discriminator",
            "get_feature_extractor",
            "load_generator",
            "load_keras_generator",
            "InstanceNorm",
            "AdaIN",
            "AFFA",
        ),
    ),
    (
        "Losses",
        "losses",
        (
            "generator_objective",
            "discriminator_objective",
            "generator_adversarial_loss",
            "discriminator_real_loss",
            "discriminator_fake_loss",
            "gradient_penalty",
            "identity_loss",
            "reconstruction_loss",
            "perceptual_loss",
            "cycle_loss",
            "ifsr_loss",
        ),
    ),
    ("Identity encoders", "arcface_model", ("load_encoder", "encode")),
    ("Faces", "retinaface", ("load_detector", "Detector", "Face")),
    ("Pictures and alignment", "utils", ("read_image", "write_image", "align_face", "UserError")),
)
_HEAD = """# Python API

`python docs/write_api.py` wrote this page from the docstrings. Pictures are `[H, W, 3]` uint8 RGB
unless a line says otherwise. Bad input raises `UserError` with one line that says what to do.
"""
_LABELS = re.compile(r"^(Args|Attributes|Returns|Yields|Raises):$")
_ITEM = re.compile(r"^ {4}(\S[^:]*): ", re.MULTILINE)


def page() -> str:
    """The whole page as Markdown.

    Raises:
        LookupError: a name of `SECTIONS` is defined nowhere in its folder, or twice.
    """
    parts = [_HEAD]
    for heading, folder, names in SECTIONS:
        parts.append(f"\n## {heading}\n")
        parts += [_entry(folder, name) for name in names]
    return "".join(parts)


def find(folder: str, name: str) -> tuple[Path, ast.ClassDef | ast.FunctionDef]:
    """Finds the one file of a folder that defines a public name, and its definition."""
    found = [
        (path, node)
        for path in sorted((ROOT / folder).rglob("*.py"))
        if f" {name}" in (text := path.read_text())
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
    ]
    if len(found) != 1:
        raise LookupError(f"{len(found)} definitions of {name} in {folder}/, not one")
    return found[0]


def _entry(folder: str, name: str) -> str:
    path, node = find(folder, name)
    exports = ast.parse((ROOT / folder / "__init__.py").read_text())
    is_exported = any(isinstance(n, ast.Constant) and n.value == name for n in ast.walk(exports))
    module = folder if is_exported else ".".join(path.relative_to(ROOT).with_suffix("").parts)
    text = f"\n### {name}\n\n```python\nfrom facedancer.{module} import {name}\n"
    if isinstance(node, ast.FunctionDef):
        return f"{text}{_signature(node)}\n```\n\n{_markdown(node)}"
    methods = "".join(_method(name, one) for one in _methods(folder, node))
    return f"{text}```\n\n{_markdown(node)}{methods}"


def _methods(folder: str, node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yields public methods and properties, those of base classes in the same folder first."""
    for base in node.bases:
        if isinstance(base, ast.Name):
            try:
                yield from _methods(folder, find(folder, base.id)[1])
            except LookupError:
                continue  # It is defined elsewhere, and no part of what is told here.
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            yield one


def _method(owner: str, node: ast.FunctionDef) -> str:
    decorators = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    if decorators & {"property", "cached_property"}:
        return f"\n**`{owner}.{node.name}`** (property)\n\n{_markdown(node)}"
    return f"\n**`{owner}.{node.name}`**\n\n```python\n{_signature(node)}\n```\n\n{_markdown(node)}"


def _signature(node: ast.FunctionDef) -> str:
    given = ast.unparse(node.args)
    arguments = re.sub(r"^(self|cls)(, )?", "", given)
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{node.name}({arguments}){returned}"
    if len(line) <= 100:
        return line
    arguments = re.sub(r", (?=\w+: )", ",\n    ", arguments)
    return f"{node.name}(\n    {arguments},\n){returned}"


def _markdown(node: ast.ClassDef | ast.FunctionDef) -> str:
    """A docstring's text, with a list for its arguments, results and errors."""
    text = inspect.cleandoc(ast.get_docstring(node) or "").replace("``", "`")
    paragraphs, label, block = [], "", []
    for line in [*text.split("\n"), ""]:
        if _LABELS.match(line):
            label = line
        elif line:
            block.append(line)
        elif block:
            paragraphs.append(_section(label, block) if label else "\n".join(block))
            label, block = "", []
    return "\n\n".join(paragraphs) + "\n"


def _section(label: str, lines: list[str]) -> str:
    body = "\n".join(lines)
    if label in ("Returns:", "Yields:"):
        return f"*{label[:-1]}* " + " ".join(line.strip() for line in lines)
    items = re.split(r"\n(?= {4}\S)", body)
    shown = [" ".join(_ITEM.sub(r"`\1`: ", item).split()) for item in items]
    return f"*{label[:-1]}*\n\n" + "\n".join(f"- {item}" for item in shown)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    PAGE.write_text(page())
    print(PAGE)
