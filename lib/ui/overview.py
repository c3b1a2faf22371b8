"""The overview: the year's phases, six figures against their targets, the map and the ranking of the townships, charts below.

Everything drawn is kept per revision of the store, so a run that nothing has changed only places it.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.core import targets
from lib.core.access import Action
from lib.core.grading import half_up
from lib.core.model import Grade, Role
from lib.core.targets import Figure
from lib.core.trend import LINES
from lib.exchange import standings, tiles
from lib.exchange.standings import COUNTY_LEVEL as COUNTY_LEVEL
from lib.exchange.standings import target_of
from lib.store import organizations, pack, trend
from lib.ui import charts, drawn, figures, filters, later, places, ranking, search, shared, strip, text, township_map
from lib.ui.session import Run
from lib.ui.text import gray, percent, plain, t

ORDERS = ("worst", "best")
PHASE = "classification"
KEPT = 24
_tiles = drawn.Piece("tiles", tiles.CSS)


# ---- words about figures, used by the township and rating pages too


def denominator(figure: Figure) -> str:
    """What a rate is a share of: 540/585, 21,436 ballots, the average of 533."""
    return standings.denominator(figure, text.language())


def gap_of(figure: Figure) -> str:
    """How far a figure is from its target, in words."""
    return standings.gap_of(figure, text.language())


def township_names(run: Run) -> dict[str, str]:
    """Names of the townships in the session's language, by code, in the county's order."""
    return {row["code"]: row["name_en"] if run.language == "en" else row["name"] for row in organizations.townships(run.db)}


# ---- headline


@dataclass(frozen=True)
class Summary:
    """What the overview shows of all cases together, ready to be placed."""

    total: int
    committees: int
    figures: Mapping[str, Figure]
    phases: str
    grades: go.Figure
    grades_said: str
    classes: go.Figure
    classes_said: str
    progress: go.Figure
    progress_said: str


def summary(run: Run) -> Summary:
    return _summary(*figures.scope(run), run.today, run)


@shared.once(KEPT)
def _summary(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, _run: Run) -> Summary:
    cases, program = figures.cases(_run), _run.program
    tables = figures.tables(_run)
    found = {code: targets.figure(targets.rows_of(tables, code), code, program) for code in targets.shown(program)}
    submitted, graded = found["submitted"], found["graded"]
    line = t("phase.classification", submitted=submitted.count, total=submitted.total, graded=graded.count)
    lines = {PHASE: line}
    if held := found.get("committees_mobilized"):
        lines["mobilization"] = t("phase.mobilization", held=held.count, total=held.total)
    if {"signed_off", "overdue"} <= found.keys():
        signed = found["signed_off"]
        lines["advance"] = t("phase.advance", open=signed.total - signed.count, overdue=found["overdue"].count)
    phases = strip.html(strip.phases(program, today, lines, language), t("phase.title"), brief=True)
    kinds, classes, days = targets.grades_by_kind(cases), targets.village_classes(cases), targets.by_day(cases, program.timezone)
    upper, fourth = program.target("village_upper"), program.target("village_fourth")
    return Summary(
        len(cases), cases["committee"].nunique(), {code: found[code] for code in program.headline}, phases,
        charts.grades_by_kind(kinds), grades_said(kinds),
        charts.village_classes(classes, upper.value, fourth.value), _classes_said(classes, found),
        charts.progress(days, len(cases), program, today),
        t("chart.progress_said", submitted=submitted.count, graded=graded.count, total=len(cases)))


def grades_said(kinds: pd.DataFrame) -> str:
    """The finding of the grade distribution: shares of those graded, who is not, and the kind with most poor ones."""
    sums = kinds.sum()
    graded = int(sums[[grade.value for grade in Grade]].sum())
    rest = t("chart.rest", not_graded=int(sums["not_graded"]), not_submitted=int(sums["not_submitted"]))
    if not graded:
        return t("chart.nothing_graded", rest=rest)
    shares = t("ranking.comma").join(t("chart.share", grade=t(f"grade.{grade}"), share=percent(half_up(10000 * int(sums[grade]), graded)))
                                     for grade in Grade)
    said = t("chart.grades_said", graded=graded, shares=shares, rest=rest)
    worst = charts.worst_first(kinds)[0]
    if poor := int(kinds.at[worst, Grade.POOR]):
        of = int(kinds.loc[worst, [grade.value for grade in Grade]].sum())
        said += t("chart.worst_kind", kind=t(f"kind.{worst}"), poor=poor, graded=of)
    return said


def _classes_said(classes: pd.DataFrame, found: Mapping[str, Figure]) -> str:
    upper, fourth = found["village_upper"], found["village_fourth"]
    if not upper.total:
        return t("chart.no_villages")
    return t("chart.classes_said", upper=upper.count, total=upper.total, rate=percent(upper.rate), before=charts.upper(classes, "start"),
             fourth=fourth.count, fourth_rate=percent(fourth.rate))


def listed(run: Run) -> tuple[str, ...]:
    """Figures whose names somebody may see: an organization does not see how the others were appraised."""
    return tuple(code for code in targets.shown(run.program) if code != "satisfaction" or run.actor.role != Role.ORGANIZATION)


@dataclass(frozen=True)
class Way:
    """The page with the names behind a figure, what its address asks for, and the words of the link."""

    page: str
    query: Mapping[str, str]
    said: str


def way(figure: Figure, township: str = "") -> Way:
    """To the organizations that a figure still lacks (or, for a share to be small, has)."""
    side, count = ("counted", figure.met) if figure.at_most else ("missing", figure.among - figure.met)
    return Way("ratings" if figure.code in targets.GRADING else "targets",
               {"figure": figure.code, "side": side, **({"township": township} if township else {})}, f"{t(f'side.{side}_{figure.code}')} {count}")


def headline(run: Run, found: Mapping[str, Figure], township: str = "") -> None:
    """The figures side by side; each leads to the names behind it."""
    show_tiles(run, [list(found.values())], "township.figures" if township else "overview.figures", township, apart=True)


def show_tiles(run: Run, rows: Sequence[Sequence[Figure]], key: str, township: str = "", *, apart: bool = False) -> None:
    """Figures in rows, each with the way to the names behind it where there are some and the reader may see them."""
    ways = {figure.code: way(figure, township) for row in rows for figure in row if figure.among and figure.code in listed(run)}

    def link(figure: Figure) -> tuple[str, str] | None:
        to = ways.get(figure.code)
        return to and (drawn.href(to.page, run.language, **to.query), to.said)

    chosen = _tiles.show(tiles.html(rows, run.program, run.today, run.language, link, apart=apart), key)
    if chosen in ways:
        places.go(ways[chosen].page, **ways[chosen].query)


# ---- what is asked for


def _defaults(run: Run) -> dict[str, str]:
    return {"measure": run.program.mapped[0], "order": ORDERS[0]}


def ask(run: Run) -> None:
    """Seed the page's filters from the address; `map_and_ranking` draws two of them and puts all back."""
    filters.read("overview", {"measure": run.program.mapped, "order": ORDERS, "find": None}, _defaults(run))


def find(run: Run) -> Callable[[], None] | None:
    """The search field for the page's head, at first only its place; an organization has nothing to search for but itself."""
    if run.actor.role == Role.ORGANIZATION:
        return None
    return (lambda: search.field("overview.find")) if later.known("overview") else search.place


def answered(run: Run) -> None:
    """The organizations that answer to what is searched for."""
    search.answered(run, st.session_state.get("overview.find") or "", "overview.found")


# ---- map and ranking


@dataclass(frozen=True)
class Townships:
    """Map and ranking of one measure, as HTML."""

    picture: str
    tables: Mapping[str, str]


def townships_by(run: Run, measure: str) -> Townships:
    return _townships(*figures.scope(run), measure, run)


@shared.once(KEPT)
def _townships(home: str, revision: int, townships: tuple[str, ...], language: str, measure: str, _run: Run) -> Townships:
    tables, program = figures.tables(_run), _run.program
    rows_, names = targets.rows_of(tables, measure), township_names(_run)
    found = targets.by_township(rows_, measure, program)
    rows = standings.rows(tables, program, measure, names, organizations.committees(_run.db), held_back(_run), language)
    target = target_of(targets.figure(rows_, measure, program))
    picture = township_map.html(pack.township_shapes(), names, found, measure, target, language)
    return Townships(picture, {order: ranking.html(rows, measure, target, order == "best", language) for order in ORDERS})


def held_back(run: Run) -> dict[str, tuple[str, str]]:
    """What holds each township back (`shortfall`), by code; COUNTY_LEVEL for the organizations that belong to none."""
    return _held_back(*figures.scope(run), run)


@shared.once(KEPT)
def _held_back(home: str, revision: int, townships: tuple[str, ...], language: str, _run: Run) -> dict[str, tuple[str, str]]:
    return standings.held_back(figures.tables(_run), _run.program, language)


def map_and_ranking(run: Run) -> None:
    """The map beside the ranking, each with its switch; a township chosen in either opens its page."""
    mapped = run.program.mapped
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.subheader(t("map.head"), anchor=False, width="content")
        measure = st.segmented_control(t("map.measure"), mapped, format_func=lambda code: t(f"short.{code}"), required=True,
                                       label_visibility="collapsed", key="overview.measure")
    with right, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.subheader(t("ranking.head", measure=t(f"measure.{measure}")), anchor=False, width="content")
        order = st.segmented_control(t("ranking.order"), ORDERS, format_func=lambda code: t(f"ranking.{code}"), required=True,
                                     label_visibility="collapsed", key="overview.order")
    filters.write("overview", {"measure": measure, "order": order, "find": st.session_state.get("overview.find") or ""}, _defaults(run))
    if not later.known("overview"):
        st.session_state.pop("overview.find", None)  # a seed that no field has taken would outlast the field, and stand there on the way back
    townships = townships_by(run, measure)
    with left:
        chosen = township_map.show(townships.picture, "overview.map")
    with right:
        chosen = ranking.show(townships.tables[order], "overview.ranking") or chosen
        places.link("side_by_side", t("page.side_by_side"), icon=":material/compare_arrows:")
    if chosen:
        places.go("township", township=chosen)


# ---- charts


@dataclass(frozen=True)
class Year:
    """The year's progress as a chart, and in words."""

    chart: go.Figure
    said: str


def year_of(run: Run) -> Year:
    return _year(*figures.scope(run), run.today, run)


@shared.once(KEPT)
def _year(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, _run: Run) -> Year:
    cases, program = figures.cases(_run), _run.program
    days = trend.days(_run.db, frozenset(cases["code"]) if townships else None)
    now = days.iloc[-1] if len(days) else dict.fromkeys(LINES, 0)
    names = t("targets.between").join(phase.name[language] for phase in program.phases_on(today))
    said = t("chart.year_said", total=len(cases), **{line: int(now[line]) for line in LINES})
    said += t("chart.year_phases", names=names) if names else ""
    return Year(charts.year(days, len(cases), program, today, language), said)


def below(run: Run, shown: Summary) -> None:
    """The charts, each under a line that says what it shows."""
    left, right = st.columns(2, gap="large")
    with left:
        _chart("chart.grades", shown.grades, shown.grades_said, "overview.grades")
    with right:
        _chart("chart.classes", shown.classes, shown.classes_said, "overview.classes")
    _chart("chart.progress", shown.progress, shown.progress_said, "overview.progress")
    year = year_of(run)
    _chart("chart.year", year.chart, year.said, "overview.year")


def _chart(title: str, chart: go.Figure, said: str, key: str) -> None:
    st.subheader(t(title), anchor=False)
    st.markdown(gray(plain(said)))
    charts.show(chart, key, said)


def meta(shown: Summary) -> str:
    return t("overview.meta", committees=shown.committees, total=shown.total)


def empty(run: Run) -> None:
    """What stands instead of figures while there is no organization."""
    st.info(t("overview.empty"), icon=":material/info:")
    if run.may(Action.EDIT_REGISTRY):
        places.link("registry", t("page.registry"), icon=":material/upload:")
