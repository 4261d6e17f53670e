"""A text is refused exactly if a figure in SVG, which is XML, could not hold it."""

from xml.parsers import expat

import pytest
import yaml

from configuration.shipped import with_change
from discern.configuration import check
from discern.configuration.characters import check_characters
from discern.errors import DiscernError

EDGES = [0x0, 0x8, 0x9, 0xA, 0xB, 0xD, 0xE, 0x1F, 0x20, 0x7F, 0x85, 0xD7FF, 0xD800, 0xDFFF, 0xE000]
EDGES += [0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF]


def is_xml(text):
    """Whether a parser of XML takes ``text``; half a surrogate pair is nothing that it can read."""
    try:
        expat.ParserCreate().Parse(f"<text>{text}</text>".encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


@pytest.mark.parametrize("number", EDGES, ids=hex)
def test_a_character_is_refused_if_xml_lacks_it(number):
    text = f"a{chr(number)}b"
    if is_xml(text):
        check_characters({"title": text})
    else:
        with pytest.raises(DiscernError, match=rf"title has the character U\+{number:04X}"):
            check_characters({"title": text})


@pytest.mark.parametrize(
    ("change", "key", "character"),
    [
        ('losses: {cosface: {title: "a%sb"}}', "losses.cosface.title", r"\0"),
        ('losses: {cosface: {title: "a%sb"}}', "losses.cosface.title", r"\ud83d"),
        ('data: {class_names: [a, "b%s", c, d, e, f, g, h, i, j]}', "data.class_names.1", r"\e"),
        ('data: {local: "da%sta"}', "data.local", r"\0"),
    ],
)
def test_its_key_is_named_and_without_it_the_text_passes(change, key, character):
    with pytest.raises(DiscernError, match=f"^the configuration: {key} has .*; leave it out$"):
        check.check(with_change(change % character))
    check.check(with_change(change % ""))


def test_letters_of_any_script_and_values_that_are_no_texts_pass():
    check_characters(yaml.safe_load("{a: [λ → 0, 数字, 😀, null, 1, true], b: {c: 'a\tb'}}"))
