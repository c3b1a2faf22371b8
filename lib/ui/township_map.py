"""The township map: inline SVG, visible before any chart, with a link, a spoken label and a number for every township.

Shapes come from the pack's GeoJSON, names from the store. Labels that do not fit into their cell stand outside, on a leader
line; where, is worked out from the shapes, so that an office can put an official file in place of the schematic one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from lib.core.targets import STATUSES, Figure
from lib.ui import drawn, palette
from lib.ui.text import percent, t

HEIGHT = 460
NAME_SIZE, VALUE_SIZE, LINE = 16, 18, 18
LABEL_HEIGHT = 44
Point = tuple[float, float]

CSS = """
.frame{display:flex;justify-content:center}
svg{width:100%;height:min(clamp(380px,44vh,480px),112cqw);display:block;overflow:visible}
path{stroke:#FBFAF7;stroke-width:2;fill-rule:evenodd} .lead{fill:none;stroke:#5F584D;stroke-width:1} .lead,circle{pointer-events:none}
a{cursor:pointer;outline:none} a:hover path,a:focus-visible path{stroke:#171410;stroke-width:3}
text{font:600 16px var(--st-font);text-anchor:middle;pointer-events:none}
text .v{font-weight:700;font-size:18px;font-variant-numeric:tabular-nums}
.foot{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 16px;font-size:13px;color:#5F584D;margin-top:8px}
.legend{display:flex;flex-wrap:wrap;gap:4px 12px;color:#171410}
.legend i{display:inline-block;width:14px;height:14px;box-sizing:border-box;vertical-align:-2px;margin-right:5px}
.undrawn a{color:#1F635F;margin-right:.8em}
"""
_piece = drawn.Piece("township_map", CSS)


@dataclass(frozen=True)
class Cell:
    """One township's shape in the picture's units, largest ring first, and where its label would stand."""

    code: str
    rings: tuple[tuple[Point, ...], ...]
    at: Point


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


def _room(cell: Cell, width: float) -> Point | None:
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


def _outside(all_cells: tuple[Cell, ...], small: list[Cell], side: int) -> dict[str, Point]:
    """Where the labels of cells stand on one side of the county, by township code."""
    ordered = sorted(small, key=lambda cell: cell.at[1])
    heights = _stacked([cell.at[1] for cell in ordered])
    return {cell.code: (_edge(all_cells, y - 20, y + 26, side) + 14 * side, y) for cell, y in zip(ordered, heights, strict=True)}


def html(shapes: Mapping, names: Mapping[str, str], figures: Mapping[str, Figure], measure: str, target: str, language: str) -> str:
    """The map of one measure. `names` are the townships by code, in the county's order; each is there, drawn or as a link below."""
    drawn_cells = tuple(cell for cell in cells(shapes) if cell.code in names)
    values = {code: _value(figures.get(code)) for code in names}
    widths = {cell.code: _width(names[cell.code], values[cell.code]) for cell in drawn_cells}
    rooms = {cell.code: _room(cell, widths[cell.code]) for cell in drawn_cells}
    sides = {cell.code: _side(drawn_cells, cell) for cell in drawn_cells if rooms[cell.code] is None}
    beside = {side: _outside(drawn_cells, [cell for cell in drawn_cells if sides.get(cell.code) == side], side) for side in (-1, 1)}
    shapes_, labels = [], []
    for cell in drawn_cells:
        code, figure = cell.code, figures.get(cell.code)
        shapes_.append(_shape(cell, names[code], figure, measure, language))
        ink = _shades(figure)[2]
        if room := rooms[code]:
            labels.append(_text(room, "middle", ink, names[code], values[code]))
        else:
            labels.append(_leader(cell.at, beside[sides[code]][code], sides[code], ink) + _text(
                beside[sides[code]][code], "end" if sides[code] < 0 else "start", palette.INK, names[code], values[code]))
    right_edge = max((p[0] for cell in drawn_cells for p in cell.rings[0]), default=1)
    left = min([0, *(x - widths[code] for code, (x, _) in beside[-1].items())]) - 4
    right = max([right_edge, *(x + widths[code] for code, (x, _) in beside[1].items())]) + 4
    title = escape(t("map.title", measure=t(f"measure.{measure}")))
    undrawn = [code for code in names if code not in widths]
    links = "".join(f'<a data-id="{escape(code)}" href="{drawn.href("township", language, township=code)}">{escape(names[code])} {values[code]}</a>'
                    for code in undrawn)
    return (f'<div class="frame"><svg viewBox="{left:.0f} -4 {right - left:.0f} {HEIGHT + 8}" xmlns="http://www.w3.org/2000/svg" role="group" '
            f'aria-label="{title}">{"".join(shapes_)}<g aria-hidden="true">{"".join(labels)}</g></svg></div>'
            f'{f"<div class=undrawn>{links}</div>" if links else ""}'
            f'<div class="foot"><div class="legend">{_legend(figures, names)}</div><div>{t("map.note", target=escape(target))}</div></div>')


def _value(figure: Figure | None) -> str:
    return percent(figure.rate if figure else None) + (" ▼" if figure and figure.status == "far" else "")


def _shades(figure: Figure | None) -> tuple[str, str, str]:
    return palette.shades(figure.status) if figure and figure.status else (palette.TRACK, palette.BORDER, palette.INK)


def said(name: str, figure: Figure | None, measure: str) -> str:
    """What a screen reader says of a township: name, figure with its denominator, status."""
    if figure is None or figure.rate is None:
        return t("map.said_nothing", name=name, measure=t(f"measure.{measure}"))
    return t("map.said", name=name, measure=t(f"measure.{measure}"), rate=percent(figure.rate), count=figure.count, total=figure.total,
             status=t(f"status.{figure.status}"))


def _shape(cell: Cell, name: str, figure: Figure | None, measure: str, language: str) -> str:
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in cell.rings)
    words = escape(said(name, figure, measure))
    return (f'<a data-id="{escape(cell.code)}" href="{drawn.href("township", language, township=cell.code)}" aria-label="{words}">'
            f'<path d="{path}" fill="{_shades(figure)[0]}"/><title>{words}</title></a>')


def _leader(at: Point, to: Point, side: int, ink: str) -> str:
    (x, y), (tx, ty) = at, to
    return (f'<polyline class="lead" points="{x:.0f},{y:.0f} {tx - 4 * side:.0f},{ty:.0f}"/>'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.5" fill="{ink}"/>')


def _text(at: Point, anchor: str, ink: str, name: str, value: str) -> str:
    x, y = at
    return (f'<text x="{x:.0f}" y="{y - 1:.0f}" style="text-anchor:{anchor}" fill="{ink}">{escape(name)}'
            f'<tspan class="v" x="{x:.0f}" dy="{LINE}">{value}</tspan></text>')


def _legend(figures: Mapping[str, Figure], names: Mapping[str, str]) -> str:
    entries = [(t(f"status.{status}"), *palette.shades(status)[:2]) for status in STATUSES]
    if any(code not in figures or figures[code].rate is None for code in names):
        entries.append((t("map.nothing"), palette.TRACK, palette.BORDER))
    return "".join(f'<span><i style="background:{fill};border:1px solid {edge}"></i>{escape(label)}</span>' for label, fill, edge in entries)


def show(picture: str, key: str) -> str | None:
    """Draw the map; the township just chosen by click or Enter, None in every other run."""
    return _piece.show(picture, key)
