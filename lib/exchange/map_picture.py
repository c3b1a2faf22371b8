"""The township map as a PNG picture for a Word file: filled by status, a number in each township. Digits alone are written into it, in the
font that Pillow carries, so that a server needs no Chinese font.
"""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from lib.core.targets import Figure
from lib.exchange import map_drawing

SCALE, FINER = 2.4, 2
"""Pixels for each of the map's units; drawn so many times finer and made smaller, for smooth edges."""
MARGIN, NUMBER, MARK = 6, 26, 7
"""Units: around the map, height of a number, half the width of the mark of a township that is far behind."""


def png(shapes: Mapping, numbers: Mapping[str, str], figures: Mapping[str, Figure]) -> bytes:
    """The map; `numbers` by township code, a township without one is not drawn. The same map gives the same bytes."""
    cells = [cell for cell in map_drawing.cells(shapes) if cell.code in numbers]
    corners = [point for cell in cells for ring in cell.rings for point in ring] or [(0, 0), (1, 1)]
    west, north = (min(axis) - MARGIN for axis in zip(*corners, strict=True))
    east, south = (max(axis) + MARGIN for axis in zip(*corners, strict=True))
    fine = SCALE * FINER

    def place(point: map_drawing.Point) -> map_drawing.Point:
        return (point[0] - west) * fine, (point[1] - north) * fine

    image = Image.new("RGB", (round((east - west) * fine), round((south - north) * fine)), "white")
    canvas, font = ImageDraw.Draw(image), ImageFont.load_default(NUMBER * fine)
    for cell in cells:
        fill, edge, ink = map_drawing.shades(figures.get(cell.code))
        for ring in cell.rings:
            canvas.polygon([place(point) for point in ring], fill=fill)
            canvas.line([place(point) for point in ring], fill=edge, width=round(1.5 * fine), joint="curve")
        x, y = place(map_drawing.room(cell, 2 * NUMBER) or cell.at)
        canvas.text((x, y), numbers[cell.code], fill=ink, font=font, anchor="mm")
        if cell.code in figures and figures[cell.code].status == "far":
            top = y + 0.7 * NUMBER * fine
            canvas.polygon([(x - MARK * fine, top), (x + MARK * fine, top), (x, top + 1.4 * MARK * fine)], fill=ink)
    image = image.resize((image.width // FINER, image.height // FINER), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()
