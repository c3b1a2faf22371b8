"""What a page says where Streamlit has no element for it: the headline figures."""

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit


@dataclass
class Tile:
    """One headline figure as it is read: name and denominator, rate, distance to the target, and the way to the names."""

    name: str = ""
    rate: str = ""
    gap: str = ""
    target: str = ""
    link: str = ""
    page: str = ""
    asks: dict | None = None


WHERE = {"name": "name", "of": "name", "b": "rate", "em": "gap", "small": "target", "a": "link"}
"""Class or element → what its text is."""


class _Tiles(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.found, self.at = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if "tile" in (named.get("class") or "").split():
            self.found.append(Tile())
        self.at = WHERE.get(named.get("class") or "", WHERE.get(tag, self.at if tag in ("svg", "path") else ""))
        if tag == "a":
            address = urlsplit(named["href"])
            self.found[-1].page, self.found[-1].asks = address.path, {name: values[0] for name, values in parse_qs(address.query).items()}

    def handle_data(self, data):
        if self.found and self.at:
            setattr(self.found[-1], self.at, getattr(self.found[-1], self.at) + data)


def pieces(app, name: str) -> list[dict]:
    """What the components with a name were given."""
    return [json.loads(piece.proto.json or piece.proto.mixed.json) for piece in app.get("bidi_component")
            if piece.proto.component_name.rsplit(".", 1)[-1] == name]


def tiles(app) -> list[Tile]:
    """The headline figures of a page, as they stand."""
    return [tile for piece in pieces(app, "tiles") for tile in _Tiles(piece["html"]).found]


def rates(app) -> dict[str, str]:
    """Name and denominator of each headline figure → its rate."""
    return {tile.name: tile.rate for tile in tiles(app)}
