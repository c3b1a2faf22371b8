"""The township map as inline SVG, for the screen and for paper: shapes, labels, legend.

Shapes come from the pack's GeoJSON, names from the store. Labels that do not fit into their cell stand outside, on a leader
line; where, is worked out from the shapes, so that an office can put an official file in place of the schematic one.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from lib.core.phrases import text
from lib.core.targets import STATUSES, Figure
from lib.core.words import percent
from lib.exchange import colours

HEIGHT = 460
NAME_SIZE, VALUE_SIZE, LINE = 16, 18, 18
LABEL_HEIGHT = 44
Point = tuple[float, float]

CSS = """
path{stroke:#FBFAF7;stroke-width:2;fill-rule:evenodd} .lead{fill:none;stroke:#5F584D;stroke-width:1} .lead,circle{pointer-events:none}
text{font-weight:600;font-size:16px;text-anchor:middle;pointer-events:none}
text .v{font-weight:700;font-size:18px;font-variant-numeric:tabular-nums}
.legend{display:flex;flex-wrap:wrap;gap:4px 12px;color:#171410}
.legend i{display:inline-block;width:14px;height:14px;box-sizing:border-box;vertical-align:-2px;margin-right:5px}
"""


@dataclass(frozen=True)
class Cell:
    """One township's shape in the picture's units, largest ring first, and where its label would stand."""

    code: str
    rings: tuple[tuple[Point, ...], ...]
    at: Point


@dataclass(frozen=True)
class Picture:
    """The map of one measure: the SVG, and the townships that have no shape in it."""

    svg: str
    undrawn: tuple[str, ...]


def cells(shapes: Mapping) -> tuple[Cell, ...]:
    """Shapes of a GeoJSON of polygons (longitude, latitude), drawn HEIGHT high; a feature's code is its property or its id."""
    found = []
    for feature in shapes["features"]:
        geometry, properties = feature["geometry"], feature["properties"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        rings = sorted((ring for polygon in polygons for ring in polygon), key=_area, reverse=True)
        at = (properties.get("label_lon"), properties.get("label_lat"))
        found.append((str(properties.get("code", feature.get("id"))), rings, _middle(rings[0]) if None in at else at))
    points = [point for _, rings, _ in found for ring in rings for point in ring]
    west, north = min(p[0] for p in points), max(p[1] for p in points)
    south = min(p[1] for p in points)
    scale = HEIGHT / (north - south)
    narrow = math.cos(math.radians((north + south) / 2))

    def project(point: Point) -> Point:
        return (point[0] - west) * narrow * scale, (north - point[1]) * scale

    return tuple(Cell(code, tuple(tuple(project(p) for p in ring) for ring in rings), project(at)) for code, rings, at in found)


def _area(ring: Iterable[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def _middle(ring: Iterable[Point]) -> Point:
    xs, ys = zip(*((p[0], p[1]) for p in ring), strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _inside(point: Point, ring: tuple[Point, ...]) -> bool:
    x, y = point
    crossings = sum((a[1] > y) != (b[1] > y) and x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
                    for a, b in pairwise(ring))
    return crossings % 2 == 1


def _width(name: str, value: str) -> float:
    def width(text: str, size: int) -> float:
        return sum(size * (1 if ord(c) > 0x2000 else 0.66 if c.isalpha() else 0.58) for c in text)

    return max(width(name, NAME_SIZE), width(value, VALUE_SIZE))


def _fits(place: Point, cell: Cell, width: float) -> bool:
    x, y = place
    corners = [(x + dx * width / 2, y + dy) for dx in (-1, 0, 1) for dy in (-17, 4, 20)]
    return all(_inside(corner, cell.rings[0]) for corner in corners)


def room(cell: Cell, width: float) -> Point | None:
    """The place nearest to the wanted one where a label fits into its cell, None where none does."""
    moves = sorted(((dx, dy) for dx in range(-36, 37, 6) for dy in range(-36, 37, 6)), key=lambda move: move[0] ** 2 + move[1] ** 2)
    places = ((cell.at[0] + dx, cell.at[1] + dy) for dx, dy in moves)
    return next((place for place in places if _fits(place, cell, width)), None)


def _edge(all_cells: Iterable[Cell], top: float, bottom: float, side: int) -> float:
    """How far the county reaches to the left (-1) or right (1) between two heights."""
    reach = []
    for cell in all_cells:
        for a, b in pairwise(cell.rings[0]):
            low, high = min(a[1], b[1]), max(a[1], b[1])
            if high < top or low > bottom:
                continue
            for y in (max(low, top), min(high, bottom)):
                reach.append(a[0] if a[1] == b[1] else a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]))
    return (min if side < 0 else max)(reach, default=0.0)


def _side(all_cells: Iterable[Cell], cell: Cell) -> int:
    """On which side (-1 left, 1 right) the way out of the county is shorter."""
    x, y = cell.at
    left, right = (_edge(all_cells, y - 20, y + 26, side) for side in (-1, 1))
    return -1 if x - left <= right - x else 1


def _stacked(heights: list[float]) -> list[float]:
    """The heights wanted (ascending), moved apart so that no label covers another."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + LABEL_HEIGHT) if placed else height)
    limit = HEIGHT - LABEL_HEIGHT / 2
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - LABEL_HEIGHT
    return placed


def outside(all_cells: tuple[Cell, ...], small: list[Cell], side: int) -> dict[str, Point]:
    """Where the labels of cells stand on one side of the county, by township code."""
    ordered = sorted(small, key=lambda cell: cell.at[1])
    heights = _stacked([cell.at[1] for cell in ordered])
    return {cell.code: (_edge(all_cells, y - 20, y + 26, side) + 14 * side, y) for cell, y in zip(ordered, heights, strict=True)}


def draw(shapes: Mapping, names: Mapping[str, str], figures: Mapping[str, Figure], measure: str, language: str,
         href: Callable[[str], str] | None = None) -> Picture:
    """The map of one measure. `names` are the townships by code, in the county's order. With `href` (escaped) every township is a link."""
    drawn = tuple(cell for cell in cells(shapes) if cell.code in names)
    values = {code: value(figures.get(code)) for code in names}
    widths = {cell.code: _width(names[cell.code], values[cell.code]) for cell in drawn}
    rooms = {cell.code: room(cell, widths[cell.code]) for cell in drawn}
    sides = {cell.code: _side(drawn, cell) for cell in drawn if rooms[cell.code] is None}
    beside = {side: outside(drawn, [cell for cell in drawn if sides.get(cell.code) == side], side) for side in (-1, 1)}
    shown, labels = [], []
    for cell in drawn:
        code, figure = cell.code, figures.get(cell.code)
        shown.append(_shape(cell, said(names[code], figure, measure, language), figure, href))
        ink = shades(figure)[2]
        if place := rooms[code]:
            labels.append(_text(place, "middle", ink, names[code], values[code]))
        else:
            labels.append(_leader(cell.at, beside[sides[code]][code], sides[code], ink) + _text(
                beside[sides[code]][code], "end" if sides[code] < 0 else "start", colours.INK, names[code], values[code]))
    right_edge = max((p[0] for cell in drawn for p in cell.rings[0]), default=1)
    left = min([0, *(x - widths[code] for code, (x, _) in beside[-1].items())]) - 4
    right = max([right_edge, *(x + widths[code] for code, (x, _) in beside[1].items())]) + 4
    title = escape(text("map.title", language, measure=text(f"measure.{measure}", language)))
    svg = (f'<svg viewBox="{left:.0f} -4 {right - left:.0f} {HEIGHT + 8}" xmlns="http://www.w3.org/2000/svg" role="{"group" if href else "img"}" '
           f'aria-label="{title}">{"".join(shown)}<g aria-hidden="true">{"".join(labels)}</g></svg>')
    return Picture(svg, tuple(code for code in names if code not in widths))


def value(figure: Figure | None) -> str:
    """What stands under a township's name: its rate, marked where it is far behind."""
    return percent(figure.rate if figure else None) + (" ▼" if figure and figure.status == "far" else "")


def shades(figure: Figure | None) -> tuple[str, str, str]:
    """Fill, edge and text colour of a township."""
    return colours.shades(figure.status) if figure and figure.status else (colours.TRACK, colours.BORDER, colours.INK)


def said(name: str, figure: Figure | None, measure: str, language: str) -> str:
    """What a screen reader says of a township: name, figure with its denominator, status."""
    if figure is None or figure.rate is None:
        return text("map.said_nothing", language, name=name, measure=text(f"measure.{measure}", language))
    return text("map.said", language, name=name, measure=text(f"measure.{measure}", language), rate=percent(figure.rate), count=figure.count,
                total=figure.total, status=text(f"status.{figure.status}", language))


def _shape(cell: Cell, words: str, figure: Figure | None, href: Callable[[str], str] | None) -> str:
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in cell.rings)
    words = escape(words)
    shape = f'<path d="{path}" fill="{shades(figure)[0]}"/><title>{words}</title>'
    if href is None:
        return f"<g>{shape}</g>"
    return f'<a data-id="{escape(cell.code)}" href="{href(cell.code)}" aria-label="{words}">{shape}</a>'


def _leader(at: Point, to: Point, side: int, ink: str) -> str:
    (x, y), (tx, ty) = at, to
    return (f'<polyline class="lead" points="{x:.0f},{y:.0f} {tx - 4 * side:.0f},{ty:.0f}"/>'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.5" fill="{ink}"/>')


def _text(at: Point, anchor: str, ink: str, name: str, value: str) -> str:
    x, y = at
    return (f'<text x="{x:.0f}" y="{y - 1:.0f}" style="text-anchor:{anchor}" fill="{ink}">{escape(name)}'
            f'<tspan class="v" x="{x:.0f}" dy="{LINE}">{value}</tspan></text>')


def shades_shown(figures: Mapping[str, Figure], names: Iterable[str], language: str) -> list[tuple[str, str, str]]:
    """What the colours mean: word, fill and edge of every status, and of no data where that occurs."""
    entries = [(text(f"status.{status}", language), *colours.shades(status)[:2]) for status in STATUSES]
    if any(code not in figures or figures[code].rate is None for code in names):
        entries.append((text("map.nothing", language), *shades(None)[:2]))
    return entries


def legend(figures: Mapping[str, Figure], names: Iterable[str], language: str) -> str:
    return "".join(f'<span><i style="background:{fill};border:1px solid {edge}"></i>{escape(label)}</span>'
                   for label, fill, edge in shades_shown(figures, names, language))
