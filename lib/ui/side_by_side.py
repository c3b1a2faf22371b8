"""Two to four townships side by side (乡镇对比): every figure against its target, the best and the worst of them, the names behind each.

The last column is the county, or what a view link sees of it. The townships stand in the address (`towns=a,b,c`). Session keys:
`side_by_side.towns` (the widget), `address.side_by_side` (lib.ui.filters).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.model import Grade
from lib.core.targets import Figure
from lib.ui import drawn, figures, filters, overview, palette, places, shared, target_board
from lib.ui.session import Run
from lib.ui.text import DASH, plain, t

PAGE = "side_by_side"
LEAST, MOST = 2, 4
KEPT = 32
GRADES = (*(grade.value for grade in Grade), "not_graded", "not_submitted")

CSS = target_board.SHARED_CSS + """
table{table-layout:fixed} th{white-space:normal} thead th{color:#171410;font-weight:700;font-size:16px;vertical-align:bottom}
thead th:first-child{width:24%}
tr.part th{color:#5F584D;padding:14px 0 4px;border-bottom:1px solid #DDD6C9} td.what b{font-weight:400;display:block}
.tag{white-space:nowrap;font-size:13px} .tag i{display:inline-block;width:12px;height:12px;box-sizing:border-box;vertical-align:-1px;margin-right:4px}
.mark{font-size:13px;margin-left:8px;padding:0 5px;border-radius:3px} .best{background:#DDEBE8;color:#1B5753} .worst{background:#F6E4E0;color:#8F2522}
td a{display:inline-block;font-size:14px} td.sum{background:#F2EEE6;padding-left:10px} th.sum{padding-left:10px}
.stack{display:flex;height:24px;font-size:13px;margin-top:2px}
.stack i{font-style:normal;box-sizing:border-box;text-align:center;overflow:hidden;line-height:22px}
ul{list-style:none;margin:4px 0 0;padding:0;font-size:13px;line-height:1.5;color:#5F584D} li{display:inline-block;margin-right:10px}
@container (max-width:760px){thead{display:none}table,tbody{display:block} tr{display:block;padding:8px 0;border-bottom:1px solid #DDD6C9}
 tr.part{border:0;padding:12px 0 0} tr.part th{display:block;padding:0;border:0}
 td{display:grid;grid-template-columns:6.5em 1fr;border:0;padding:3px 0}
 td.what{display:block}
 td:not(.what)::before{content:attr(data-head);font-weight:600;grid-row:span 9} td.sum{padding:3px 0}}
@media print{tr{break-inside:avoid} a{color:#171410;text-decoration:none}}
"""
_piece = drawn.Piece("side_by_side", CSS)


def choices(run: Run) -> dict[str, str]:
    """Townships by code that somebody sees."""
    return {code: name for code, name in overview.township_names(run).items() if not run.actor.townships or code in run.actor.townships}


def ask(run: Run) -> tuple[str, ...]:
    """Draw the choice of townships and give their codes, in the order chosen; they stand in the address."""
    names, key = choices(run), f"{PAGE}.towns"
    given = filters.asked(PAGE, ("towns",))
    if st.session_state.get(f"address.{PAGE}") != given or key not in st.session_state:
        st.session_state[key] = list(dict.fromkeys(code for code in given["towns"].split(",") if code in names))[:MOST]
    chosen = tuple(st.multiselect(t("side_by_side.choose"), tuple(names), format_func=names.get, key=key, max_selections=MOST,
                                  placeholder=t("side_by_side.choose")))
    filters.write(PAGE, {"towns": ",".join(chosen)})
    return chosen


def show(run: Run, towns: Sequence[str]) -> None:
    """The table; a link in it leads to names, or to a township."""
    if len(towns) < LEAST:
        st.info(t("side_by_side.fewer"), icon=":material/compare_arrows:")
        return
    if chosen := _piece.show(table(run, towns), "side_by_side.table"):
        kind, _, rest = chosen.partition(":")
        places.go("township", township=rest) if kind == "township" else places.go("targets", **target_board.chosen(rest))
    if fixed := [t(f"measure.{code}") for code in targets.shown(run.program) if targets.MEASURES[code].fixed]:
        st.markdown(plain(t("side_by_side.fixed", names=t("targets.between").join(fixed))))


def table(run: Run, towns: Sequence[str]) -> str:
    """The table as HTML."""
    return _table(*figures.scope(run), overview.listed(run), run.today, tuple(towns), run)


@shared.once(KEPT)
def _table(home: str, revision: int, townships: tuple[str, ...], language: str, listed: tuple[str, ...], today: dt.date, towns: tuple[str, ...],
           _run: Run) -> str:
    tables, program, names = figures.tables(_run), _run.program, overview.township_names(_run)
    whole = t("side_by_side.seen" if townships else "side_by_side.county")
    heads = [f'<th scope="col"><a data-id="township:{escape(code)}" href="{drawn.href("township", language, township=code)}">'
             f"{escape(names[code])}</a></th>" for code in towns]
    head = f'<tr><th>{escape(t("targets.part"))}</th>{"".join(heads)}<th scope="col" class="sum">{escape(whole)}</th></tr>'
    titles = [names[code] for code in towns]
    rows = [_words_row(_run, towns, titles), _grades_row(tables["organizations"], towns, [*titles, whole])]
    for part, codes in target_board.parts(program):
        own = [code for code in codes if not targets.MEASURES[code].fixed]
        if own:
            rows.append(f'<tr class="part"><th colspan="{len(towns) + 2}" scope="rowgroup">{escape(t(f"clause.{part}"))}</th></tr>')
        for code in own:
            counted = targets.rows_of(tables, code)
            found = targets.by_township(counted, code, program)
            shown = [found.get(town) for town in towns]
            marks = extremes(shown) if program.begun(code, today) else {}
            cells = [_cell(_run, each, town, marks.get(place), code in listed, title)
                     for place, (each, town, title) in enumerate(zip(shown, towns, titles, strict=True))]
            figure = targets.figure(counted, code, program)
            rows.append(f'<tr><td class="what"><b>{escape(t(f"measure.{code}"))}</b><small>'
                        f'{escape(t("figure.target", target=overview.target_of(figure)))}</small></td>{"".join(cells)}'
                        f"{_cell(_run, figure, '', None, code in listed, whole)}</tr>")
    return f'<table aria-label="{escape(t("page.side_by_side"))}"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def extremes(shown: Sequence[Figure | None]) -> dict[int, str]:
    """Which of the places are `best` and `worst`, by their position; none where all are equal or only one has a rate."""
    rates = {place: -each.rate if each.at_most else each.rate for place, each in enumerate(shown) if each and each.rate is not None}
    if len(set(rates.values())) < 2:
        return {}
    best, worst = max(rates.values()), min(rates.values())
    return {place: "best" if rate == best else "worst" for place, rate in rates.items() if rate in (best, worst)}


def _cell(run: Run, figure: Figure | None, town: str, mark: str | None, listed: bool, title: str) -> str:
    """A figure of one place: bar with the target's tick, status in words, best or worst, and the way to the names."""
    css = ' class="rate"' if town else ' class="rate sum"'
    if figure is None:
        return f'<td{css} data-head="{escape(title)}"><b>{DASH}</b><small>{escape(t("map.nothing"))}</small></td>'
    standing = target_board.standing_of(figure, run.program, run.today)
    side, count = target_board.to_list(figure)
    words = f"{escape(t(f'side.{side}_{figure.code}'))} {count}"
    names = target_board.link(words, run.language, figure.code, side, town).replace('data-id="', 'data-id="names:', 1) if listed and count else ""
    told = f'<span class="mark {mark}">{escape(t(f"side_by_side.{mark}"))}</span>' if mark else ""
    tag = f'<div class="tag">{target_board.swatch(standing)}{escape(target_board.standing_words(figure, run.program, run.today))}{told}</div>'
    return f'<td{css} data-head="{escape(title)}"><div>{target_board.bar(figure, judged=standing in palette.STATUS)}</div>{tag}{names}</td>'


def _words_row(run: Run, towns: Sequence[str], titles: Sequence[str]) -> str:
    """What holds each township back; the county has no such word of its own."""
    held = overview.held_back(run)
    cells = []
    for town, title in zip(towns, titles, strict=True):
        name, words = held.get(town, ("", t("map.nothing")))
        cells.append(f'<td data-head="{escape(title)}"><div><b>{escape(name)}</b> {escape(words)}</div></td>')
    return f'<tr><td class="what"><b>{escape(t("ranking.short"))}</b></td>{"".join(cells)}<td class="sum" data-head=""></td></tr>'


def _grades_row(cases: pd.DataFrame, towns: Sequence[str], titles: Sequence[str]) -> str:
    """How the grades are spread: a stacked bar with its counts in words below."""
    cells = []
    for place, title in enumerate(titles):
        own = cases[cases["township"] == towns[place]] if place < len(towns) else cases
        counts = targets.grade_column(own).value_counts()
        cells.append(f'<td{"" if place < len(towns) else " class=sum"} data-head="{escape(title)}"><div>{_stack(counts)}</div></td>')
    return f'<tr><td class="what"><b>{escape(t("side_by_side.grades"))}</b></td>{"".join(cells)}</tr>'


def _stack(counts: Mapping[str, int]) -> str:
    total = int(sum(counts.get(code, 0) for code in GRADES))
    if not total:
        return DASH
    bars, lines = [], []
    for code in GRADES:
        count = int(counts.get(code, 0))
        if count:
            fill, edge, on = palette.shades(code)
            share = 100 * count / total
            hatch = f"repeating-linear-gradient(135deg,{palette.HATCH} 0 1px,{fill} 1px 5px)" if code == "not_submitted" else fill
            bars.append(f'<i style="width:{share:.2f}%;background:{hatch};border:1px solid {edge};color:{on}">{count if share >= 12 else ""}</i>')
            lines.append(f"<li>{escape(t(f'grade.{code}'))} {count}</li>")
    return f'<div class="stack" aria-hidden="true">{"".join(bars)}</div><ul>{"".join(lines)}</ul>'

