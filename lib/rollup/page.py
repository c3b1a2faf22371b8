"""An overview as one page that needs nothing else: each figure over all counties, and the counties ranked as bars. Every name is escaped."""

from collections.abc import Iterator
from html import escape

from lib.core import words
from lib.core.phrases import text
from lib.core.targets import Figure
from lib.exchange import colours, standings
from lib.rollup.overview import GRADES, Overview

FULL = 10_000
STYLE = f"""
body{{font:16px/1.5 {colours.FONT};color:{colours.INK};background:{colours.PAGE};max-width:1180px;margin:0 auto;padding:24px 16px}}
h1{{font-size:28px;margin:0}} h2{{font-size:20px;margin:0 0 2px}} p{{margin:0 0 8px}} .quiet{{color:{colours.MUTED}}}
.board{{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:20px 28px;margin-top:20px}}
section{{border-top:2px solid {colours.HAIRLINE};padding-top:10px;break-inside:avoid}}
.now{{font-size:30px;font-weight:700;font-variant-numeric:tabular-nums}} .now small{{font-size:15px;font-weight:400;color:{colours.MUTED}}}
ol{{list-style:none;margin:0;padding:0}}
li{{display:grid;grid-template-columns:2.2em 6.5em 1fr 8.5em;gap:6px;align-items:center;font-size:14px;padding:2px 0}}
li .name{{overflow-wrap:anywhere}} li .rank{{text-align:right;color:{colours.MUTED}}} li .said{{text-align:right;font-variant-numeric:tabular-nums}}
.track{{background:{colours.TRACK};height:14px;position:relative;display:block}} .track i{{display:block;height:14px;box-sizing:border-box}}
.track b{{position:absolute;top:-2px;bottom:-2px;width:2px;background:{colours.INK}}}
table{{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}} .wide{{overflow-x:auto}}
th,td{{text-align:right;padding:4px 8px;border-bottom:1px solid {colours.HAIRLINE}}} th:first-child,td:first-child{{text-align:left}}
"""


def html(overview: Overview, language: str) -> bytes:
    """The page."""
    title = text("rollup.title", language)
    told = text("rollup.told", language, counties=len(overview.counties), organizations=f"{overview.organizations():,}")
    board = "".join(_section(overview, code, language) for code in overview.codes)
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8>"
            f"<meta name=viewport content='width=device-width'><title>{escape(title)}</title><style>{STYLE}</style>"
            f"<h1>{escape(title)}</h1><p class=quiet>{escape(told)}</p>"
            f"<h2>{escape(text('rollup.grades', language))}</h2>{_grades(overview, language)}<div class=board>{board}</div></html>").encode()


def _section(overview: Overview, code: str, language: str) -> str:
    figure, counties = overview.totals[code]
    head = f"<h2>{escape(text(f'measure.{code}', language))}</h2>"
    if figure is None:
        return f"<section>{head}<p class=now>{words.DASH} <small>{escape(text('rollup.nobody', language))}</small></p></section>"
    target = text("rollup.target", language, target=standings.target_of(figure), gap=standings.gap_of(figure, language))
    left_out = len(overview.counties) - counties
    note = f"<p class=quiet>{escape(text('rollup.left_out', language, count=left_out))}</p>" if left_out else ""
    return (f"<section>{head}<p class=now>{words.percent(figure.rate)} <small>{escape(standings.denominator(figure, language))}</small></p>"
            f"<p class=quiet>{escape(target)}</p>{note}<ol>{''.join(_bars(overview, code, language))}</ol></section>")


def _bars(overview: Overview, code: str, language: str) -> Iterator[str]:
    """A bar for each county, the best first; those that have nothing to divide, or no such figure, last and without one."""
    order = sorted(overview.counties, key=lambda given: (overview.ranks[given.county][code] or len(overview.counties) + 1, given.county))
    for given in order:
        figure, rank = overview.figures[given.county][code], overview.ranks[given.county][code]
        yield (f"<li><span class=rank>{rank or ''}</span><span class=name>{escape(given.name)}</span>{_bar(figure)}"
               f"<span class=said>{escape(_said(figure, language))}</span></li>")


def _bar(figure: Figure | None) -> str:
    if figure is None or figure.rate is None:
        return "<span></span>"
    fill, edge, _ = colours.shades(figure.status or "none")
    width, mark = min(figure.rate, FULL) / 100, min(figure.target, 100)
    return f"<span class=track><i style='width:{width:.2f}%;background:{fill};border:1px solid {edge}'></i><b style='left:{mark:g}%'></b></span>"


def _said(figure: Figure | None, language: str) -> str:
    if figure is None:
        return f"{words.DASH} {text('rollup.not_available', language)}"
    if figure.rate is None:
        return words.DASH
    return f"{words.percent(figure.rate)} {text(f'status.{figure.status}', language)}"


def _grades(overview: Overview, language: str) -> str:
    head = "".join(f"<th scope=col>{escape(text(f'report_column.{grade}', language))}</th>" for grade in GRADES)
    rows = "".join(
        f"<tr><th scope=row>{escape(text(f'kind.{kind}', language))}</th>"
        + "".join(f"<td>{overview.grade(kind, grade):,}</td>" for grade in GRADES) + "</tr>" for kind in overview.kinds)
    return f"<div class=wide><table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
