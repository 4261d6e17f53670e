"""The page's library is inside it, whole."""

from discern.page import libraries


def test_bokeh_is_there_and_can_stand_in_a_script_element():
    scripts = libraries.bokeh()
    assert [script.split(".min.js")[0] for script in scripts[:2]] == [
        "/* BEGIN bokeh",
        "/* BEGIN bokeh-widgets",
    ]
    assert not any("</script" in script.lower() for script in scripts)
