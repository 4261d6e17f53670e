"""A document within a page depends on what it draws and on nothing else."""

import json

from bokeh.models import ColumnDataSource, Div

from discern.page.document import embedded_document


def drawn(text="a < b"):
    return embedded_document({"page.a": Div(text=text), "page.b": Div(text="other")})


def test_the_same_has_the_same_bytes_whatever_was_drawn_before():
    first = drawn()
    ColumnDataSource()
    assert drawn() == first
    assert drawn("more") != first


def test_no_end_of_the_script_element_is_within():
    document = drawn("</script><script>alert(1)</script>")
    assert "<" not in document.content + document.items
    (root, _) = json.loads(document.content)["maps"]["roots"]
    assert root["attributes"]["text"] == "</script><script>alert(1)</script>"


def test_each_root_has_its_element():
    document = drawn()
    roots = json.loads(document.content)["maps"]["roots"]
    (items,) = json.loads(document.items)
    assert items["roots"] == {roots[0]["id"]: "page.a", roots[1]["id"]: "page.b"}
    assert items["root_ids"] == [root["id"] for root in roots]
