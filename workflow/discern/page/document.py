"""Bokeh's drawings as JSON that a page can contain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bokeh.document import Document
from bokeh.models import Model


@dataclass(frozen=True)
class EmbeddedDocument:
    """A Bokeh document within a page.

    Attributes:
        content: everything that is drawn, JSON.
        items: the root of the document for each element id, JSON.
    """

    content: str
    items: str


def embedded_document(roots: Mapping[str, Model]) -> EmbeddedDocument:
    """The document with these ``roots``, by the ids of the elements that show them."""
    document = Document()
    with document.models.freeze():  # or each root would number all models anew
        for model in roots.values():
            document.add_root(model)
    numbers: dict[str, str] = {}
    content = _renumbered(document.to_json(deferred=False), numbers)
    elements = {numbers[model.id]: element for element, model in roots.items()}
    items = [{"docid": "maps", "roots": elements, "root_ids": list(elements)}]
    return EmbeddedDocument(_json({"maps": content}), _json(items))


def _renumbered(value: Any, numbers: dict[str, str]) -> Any:
    """The same JSON with models numbered in their order.

    Bokeh numbers all models since the process began, so its numbers depend on earlier drawings.
    """
    if isinstance(value, dict):
        return {
            key: numbers.setdefault(part, f"m{len(numbers)}")
            if key == "id"
            else _renumbered(part, numbers)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renumbered(part, numbers) for part in value]
    return value


def _json(value: Any) -> str:
    """JSON that a script element can contain: without end tags."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")
