"""The server's description: for OpenAPI, and as a plain page that needs no script."""

import html
from collections.abc import Mapping
from typing import Any

from facedancer.inference.faces.choosing import NOBODY

from ..work.options import option_schemas

SUMMARY = (
    "Puts the identity of a source face onto the faces of photographs and films. Results are "
    'marked as synthetic. Errors are one line: {"error": "..."}.'
)
_FILE = {"type": "string", "format": "binary"}
_BASE64 = {"type": "string", "format": "byte"}
_BOOLEAN = {"type": "boolean", "default": False}


def _body(
    files: Mapping[str, str], several: Mapping[str, str], needed: list[str], words: dict[str, Any]
) -> dict[str, Any]:
    """A request's body: by form's words (JSON's) -> what each file is."""
    form = {name: {**_FILE, "description": text} for name, text in files.items()}
    form |= {name: _several(name, _FILE, text) for name, text in several.items()}
    plural = {"source": "sources"}
    encoded = {name: {**_BASE64, "description": text} for name, text in files.items()}
    encoded |= {
        plural.get(name, name): _several(name, _BASE64, text) for name, text in several.items()
    }
    kinds = {
        "multipart/form-data": (form, needed),
        "application/json": (encoded, [plural.get(name, name) for name in needed]),
    }
    content = {
        kind: {"schema": {"type": "object", "properties": {**found, **words}, "required": required}}
        for kind, (found, required) in kinds.items()
    }
    return {"requestBody": {"required": True, "content": content}}


def _several(name: str, one: Mapping[str, str], text: str) -> dict[str, Any]:
    """The field of a person: files, or as a source nobody."""
    files = {"type": "array", "items": one}
    if name != "source":
        return {**files, "description": text}
    return {"oneOf": [files, {"type": "string", "enum": [NOBODY]}], "description": text}


_PEOPLE = {
    "source": (
        "Photographs of the person whose identity the faces get, or saved identities (.identity); "
        "or the word nobody, to anonymise: seed says which one."
    ),
    "reference": (
        "Photographs of the person who alone is swapped, or saved identities; none: everybody."
    ),
}
SWAP = _body(
    {"target": "The photograph."},
    _PEOPLE,
    ["target", "source"],
    {"report": {**_BOOLEAN, "description": "Answer JSON with the report."}, **option_schemas()},
)
JOBS = _body(
    {"target": "The picture, animation or film."},
    _PEOPLE,
    ["target", "source"],
    option_schemas(),
)
FACES = _body(
    {"picture": "The photograph."},
    {},
    ["picture"],
    {"crops": {**_BOOLEAN, "description": "Also give each aligned face, a PNG in base64."}},
)
VERIFY = _body({"file": "A picture, an animation or a film."}, {}, ["file"], {})

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em .2em 0;text-align:left;"
    "vertical-align:top}code{background:#eee;padding:0 .2em}"
)


def page(schema: Mapping[str, Any]) -> str:
    """A plain page of an OpenAPI schema."""
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>FaceDancer</title>"
        f"<style>{_STYLE}</style><h1>FaceDancer {html.escape(schema['info']['version'])}</h1>"
        f"<p>{html.escape(schema['info']['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a>.</p>'
    ]
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            title = f"<code>{method.upper()} {html.escape(path)}</code>"
            parts.append(f"<h2>{title}</h2><p>{html.escape(one['summary'])}.</p>")
            parts.append(_fields(one))
    return "".join(parts)


def _fields(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" not in content:
        return ""
    schema = content["multipart/form-data"]["schema"]
    rows = []
    for name, field in schema["properties"].items():
        kind = _kind(field)
        default = "needed" if name in schema["required"] else field.get("default", "")
        cells = (f"<code>{name}</code>", kind, html.escape(str(default)))
        text = html.escape(field.get("description", ""))
        rows.append("".join(f"<td>{cell}" for cell in (*cells, text)))
    head = "".join(f"<th>{one}" for one in ("field", "kind", "default", ""))
    return f"<table><tr>{head}{''.join(f'<tr>{row}' for row in rows)}</table>"


def _kind(field: Mapping[str, Any]) -> str:
    if "oneOf" in field:
        return ", or ".join(map(_kind, field["oneOf"]))
    if field.get("enum") == [NOBODY]:
        return NOBODY
    if field["type"] == "array":
        return f"several: {_kind(field['items'])}"
    return "file" if field.get("format") == "binary" else field["type"]
