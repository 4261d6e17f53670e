"""A page read strictly, and what is found on it."""

import base64
import gzip
import io
from html.parser import HTMLParser

from PIL import Image

from page_inputs import KINDS, colour_of

VOID = {"meta", "img", "br", "hr", "link", "input", "base", "source", "embed"}


class Element:
    """An element of a page: its name, attributes, children, and the text within."""

    def __init__(self, name, attributes):
        self.name = name
        self.attributes = attributes
        self.children = []

    @property
    def text(self):
        if self.name in ("script", "style"):
            return ""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(parts).split())

    def all(self, *names):
        """The elements below of one of ``names``, of any name without."""
        below = []
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    below.append(child)
                below += child.all(*names)
        return below

    def one(self, name):
        (only,) = self.all(name)
        return only

    @property
    def tables(self):
        """The cells of each table, its head first."""
        return [
            [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
            for table in self.all("table")
        ]

    @property
    def sections(self):
        return [each for each in self.all("details") if each.attributes.get("class") == "row"]

    @property
    def terms(self):
        """The names and values of the only list of them."""
        names, values = ([each.text for each in self.one("dl").all(kind)] for kind in ("dt", "dd"))
        assert len(names) == len(set(names))
        return dict(zip(names, values, strict=True))

    @property
    def pictures(self):
        """Each picture's alternative text, and what figure it is by its colour."""
        return [(image.attributes["alt"], figure_in(image)) for image in self.all("img")]

    @property
    def downloads(self):
        """The content of each file that can be saved, by its name."""
        contents = {}
        for link in self.all("a"):
            if "download" in link.attributes:
                name, address = link.attributes["download"], link.attributes["href"]
                content = base64.b64decode(address.partition(",")[2], validate=True)
                contents[name] = gzip.decompress(content) if name.endswith(".gz") else content
        return contents


def figure_in(image):
    """The kind and number of the figure that an image shows."""
    head, _, data = image.attributes["src"].partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as opened:
        assert opened.size == tuple(int(image.attributes[side]) for side in ("width", "height"))
        seen = opened.convert("RGB").getpixel((5, 5))
    (figure,) = (
        (kind, number)
        for kind in KINDS
        for number in range(10)
        if max(abs(a - b) for a, b in zip(colour_of(kind, number), seen, strict=True)) < 6
    )
    return figure


class Reader(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order, and each attribute comes once."""

    def __init__(self, page):
        super().__init__()
        self.open = [Element("page", {})]
        self.feed(page)
        self.close()
        assert [element.name for element in self.open] == ["page"], "not closed"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(page):
    """The root of a page."""
    return Reader(page).open[0]
