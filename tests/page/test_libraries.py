"""The page's libraries are inside it, whole."""

import base64

from discern.page import libraries


def test_bokeh_is_there_and_can_stand_in_a_script_element():
    scripts = libraries.bokeh()
    assert [script.split(".min.js")[0] for script in scripts[:2]] == [
        "/* BEGIN bokeh",
        "/* BEGIN bokeh-widgets",
    ]
    assert not any("</script" in script.lower() for script in scripts)


def test_data_tables_are_a_module_with_a_default_export():
    head, _, data = libraries.data_tables().partition(",")
    module = base64.b64decode(data, validate=True).decode()
    assert head == "data:text/javascript;base64"
    assert "as default" in module
