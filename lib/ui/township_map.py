"""The township map on the screen: visible before any chart, with a link, a spoken label and a number for every township."""

from collections.abc import Mapping
from html import escape

from lib.core.targets import Figure
from lib.exchange import map_drawing
from lib.ui import drawn
from lib.ui.text import t

CSS = map_drawing.CSS + """
.frame{display:flex;justify-content:center}
svg{width:100%;height:min(clamp(380px,44vh,480px),112cqw);display:block;overflow:visible}
a{cursor:pointer;outline:none} a:hover path,a:focus-visible path{stroke:#171410;stroke-width:3}
.foot{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 16px;font-size:13px;color:#5F584D;margin-top:8px}
.undrawn a{color:#1F635F;margin-right:.8em}
@media print{.frame{break-inside:avoid} svg{height:300px}}
"""
_piece = drawn.Piece("township_map", CSS)


def html(shapes: Mapping, names: Mapping[str, str], figures: Mapping[str, Figure], measure: str, target: str, language: str) -> str:
    """The map of one measure. `names` are the townships by code, in the county's order; each is there, drawn or as a link below."""

    def href(code: str) -> str:
        return drawn.href("township", language, township=code)

    picture = map_drawing.draw(shapes, names, figures, measure, language, href)
    links = "".join(f'<a data-id="{escape(code)}" href="{href(code)}">{escape(names[code])} {map_drawing.value(figures.get(code))}</a>'
                    for code in picture.undrawn)
    return (f'<div class="frame">{picture.svg}</div>{f"<div class=undrawn>{links}</div>" if links else ""}'
            f'<div class="foot"><div class="legend">{map_drawing.legend(figures, names, language)}</div>'
            f'<div>{t("map.note", target=escape(target))}</div></div>')


def show(picture: str, key: str) -> str | None:
    """Draw the map; the township just chosen by click or Enter, None in every other run."""
    return _piece.show(picture, key)
