"""Contrast (WCAG 2, AA): text 4.5 to 1, graphics 3 to 1, over every colour that the theme, the palette and the drawn pieces use."""

import re
import tomllib
from pathlib import Path

import pytest

from lib.exchange import colours
from lib.ui import charts, palette

ROOT = Path(__file__).resolve().parents[1]
TEXT, GRAPHICS = 4.5, 3.0
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
PAGE = THEME["backgroundColor"]
STYLED = [*sorted((ROOT / "lib" / "ui").glob("*.py")), *sorted((ROOT / "lib" / "exchange").glob("*.py")),
          *sorted((ROOT / "lib" / "ui" / "static").glob("*.css"))]
RULE = re.compile(r"([^{};\"'`]+)\{([^{}]*)\}")
COLOUR = re.compile(r"(?<![\w-])color:\s*(#[0-9A-Fa-f]{3,6})")
GROUND = re.compile(r"(?<![\w-])background(?:-color)?:\s*(#[0-9A-Fa-f]{3,6})")


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * each for each in digits) if len(digits) == 3 else digits
    red, green, blue = (int(digits[place:place + 2], 16) / 255 for place in (0, 2, 4))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faded(colour: str, ground: str, share: float) -> str:
    """A colour of which only a share covers the ground, as Streamlit fades its body text in descriptions."""
    mixed = [round(share * int(colour[place:place + 2], 16) + (1 - share) * int(ground[place:place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{value:02X}" for value in mixed)


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#FFF", "#FFFFFF", 1.0)])
def test_the_measure_is_that_of_the_standard(one, other, ratio):
    assert round(contrast(one, other), 2) == ratio


@pytest.mark.parametrize("code", [*palette.STATUS, "good", "fairly_good", "average", "poor", *palette.NOTHING])
def test_text_on_every_grade_and_status_is_legible_and_its_edge_is_seen(code):
    fill, edge, on = palette.shades(code)
    assert contrast(on, fill) >= TEXT
    assert max(contrast(edge, PAGE), contrast(fill, PAGE)) >= GRAPHICS  # the pale fills are seen by their outline


@pytest.mark.parametrize("code", palette.CLASS)
def test_text_on_every_class_is_legible(code):
    fill, edge, on = palette.CLASS[code]
    assert contrast(on, fill) >= TEXT
    assert contrast(edge, PAGE) >= GRAPHICS


def test_the_scale_goes_from_light_to_dark_in_grey_too():
    light = [luminance(colour) for colour in palette.SCALE]
    assert light == sorted(light, reverse=True)
    assert all(contrast(one, other) >= 1.5 for one, other in zip(palette.SCALE, palette.SCALE[1:], strict=False))


@pytest.mark.parametrize("name", ["INK", "MUTED", "TEAL", "RED", "GOLD_TEXT"])
def test_every_colour_of_words_is_legible_on_the_page(name):
    for ground in (PAGE, colours.SAND, palette.WHITE):
        assert contrast(getattr(colours, name), ground) >= TEXT


@pytest.mark.parametrize(("fill", "edge"), charts.STAGES.values(), ids=charts.STAGES)
def test_the_years_bands_are_seen_and_their_names_legible(fill, edge):
    assert contrast(palette.INK, fill) >= TEXT
    assert contrast(edge, PAGE) >= GRAPHICS


def test_lines_of_charts_are_seen():
    for _, lines in charts.YEAR_LINES:
        for _, line, words in lines:
            assert contrast(line["color"], PAGE) >= GRAPHICS
            assert contrast(words, PAGE) >= TEXT


def test_the_theme_is_legible():
    ink, sand = THEME["textColor"], THEME["secondaryBackgroundColor"]
    assert contrast(ink, PAGE) >= TEXT
    assert contrast(ink, sand) >= TEXT
    assert contrast(faded(ink, PAGE, 0.6), PAGE) >= TEXT  # metric descriptions
    assert contrast(THEME["linkColor"], PAGE) >= TEXT
    assert contrast("#FFFFFF", THEME["primaryColor"]) >= TEXT  # primary buttons
    assert contrast(THEME["borderColor"], PAGE) >= GRAPHICS
    assert contrast(THEME["dataframeHeaderTextColor"], THEME["dataframeHeaderBackgroundColor"]) >= TEXT
    for name in ("red", "orange", "yellow", "green", "blue", "violet", "gray"):
        words, tint = THEME[f"{name}TextColor"], THEME[f"{name}BackgroundColor"]
        assert min(contrast(words, tint), contrast(words, PAGE)) >= TEXT, name


def pairs() -> list[tuple[str, str, str]]:
    """Place, colour of the words and ground of every rule of a style sheet; without a ground of its own it stands on the page."""
    found = []
    for path in STYLED:
        for selector, body in RULE.findall(path.read_text(encoding="utf-8")):
            if colour := COLOUR.search(body):
                ground = GROUND.search(body)
                found.append((f"{path.name} {selector.strip()[-40:]}", colour[1], ground[1] if ground else PAGE))
    return found


def test_every_rule_of_a_style_sheet_is_legible():
    assert len(pairs()) > 40
    assert [f"{place} {colour} on {ground}: {contrast(colour, ground):.2f}" for place, colour, ground in pairs()
            if contrast(colour, ground) < TEXT] == []
