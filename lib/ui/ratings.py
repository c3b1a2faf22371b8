"""The ratings: 自评, 测评 and 评定 of every organization side by side, filtered by the address, counted by grade."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.core import targets
from lib.core.grading import half_up
from lib.core.model import Grade, Kind, Role
from lib.core.program import Program
from lib.core.workflow import State
from lib.ui import charts, downloads, figures, filters, overview, search, shared, tables
from lib.ui.session import Run
from lib.ui.text import gray, percent, plain, t

SIDES = ("missing", "counted", "all")
DEFAULTS = {"side": "missing"}
GRADES = (*(grade.value for grade in Grade), "not_graded", "not_submitted")
COLUMNS = ("name", "kind", "township", "state", "self_score", "satisfaction", "review_score", "gap", "flag", "final_score", "grade", "class_now")
FILTERS = ("township", "kind", "state", "grade", "gap", "name", "figure", "side")
KEPT = 32


def filtered(cases: pd.DataFrame, chosen: Mapping[str, str], program: Program) -> pd.DataFrame:
    """The rows that all filters let through, in the cases' order. `chosen` maps FILTERS to codes, "" for off."""
    rows = cases
    if township := chosen["township"]:
        rows = rows[rows["township"].isna()] if township == overview.COUNTY_LEVEL else rows[rows["township"] == township]
    if figure := chosen["figure"]:
        rows = targets.names(rows, figure, {"missing": False, "counted": True}.get(chosen["side"]))
    if kind := chosen["kind"]:
        rows = rows[rows["kind"] == kind]
    if state := chosen["state"]:
        rows = rows[rows["state"] == state]
    if grade := chosen["grade"]:
        rows = rows[targets.grade_column(rows) == grade]
    if chosen["gap"]:
        rows = rows[tables.flagged(rows, program)]
    if name := chosen["name"].strip():
        rows = rows[search.matches(rows["name"], rows["code"], name)]
    return rows


@dataclass(frozen=True)
class Listing:
    """The rows of one choice of filters, what is counted over them, and the figure that they stand behind."""

    rows: pd.DataFrame
    shown: pd.DataFrame
    grades: pd.DataFrame
    chart: go.Figure | None
    said: str
    figure: targets.Figure | None


def listing(run: Run, chosen: Mapping[str, str]) -> Listing:
    return _listing(*figures.scope(run), run.actor.organization, tuple(sorted(chosen.items())), run)


@shared.once(KEPT)
def _listing(home: str, revision: int, townships: tuple[str, ...], language: str, own: str | None, chosen: tuple, _run: Run) -> Listing:
    cases, chosen = figures.cases(_run), dict(chosen)
    rows = filtered(cases, chosen, _run.program)
    kinds = targets.grades_by_kind(rows)
    figure = None
    if chosen["figure"]:
        place = filtered(cases, dict.fromkeys(FILTERS, "") | {"township": chosen["township"]}, _run.program)
        figure = targets.figure(place, chosen["figure"], _run.program)
    chart = charts.grades_by_kind(kinds) if rows["grade"].notna().any() else None
    return Listing(rows, tables.cut(_run, rows, COLUMNS), counts(kinds), chart, overview.grades_said(kinds), figure)


def counts(kinds: pd.DataFrame) -> pd.DataFrame:
    """Counts by grade and their shares of those graded, as the county publishes them: two rows, in words."""
    sums = kinds.sum()
    graded = int(sums[[grade.value for grade in Grade]].sum())
    table = {t("ratings.grade"): (t("ratings.count"), t("ratings.share"))}
    table |= {t(f"grade.{grade}"): (str(int(sums[grade])), percent(half_up(10000 * int(sums[grade]), graded) if graded else None)) for grade in Grade}
    table[t("ratings.graded")] = (str(graded), percent(10000 if graded else None))
    table |= {t(f"grade.{column}"): (str(int(sums[column])), "") for column in ("not_graded", "not_submitted")}
    return pd.DataFrame(table)


def ask(run: Run) -> dict[str, str]:
    """Draw the filters and give their codes; they stand in the address."""
    names = overview.township_names(run) | {overview.COUNTY_LEVEL: t("ranking.county_level")}
    sees_scores = run.actor.role != Role.ORGANIZATION
    options = {"township": tuple(names), "kind": tuple(Kind), "state": tuple(State), "grade": GRADES, "gap": ("1",) if sees_scores else (),
               "name": None, "figure": tuple(code for code in overview.listed(run) if code in targets.GRADING), "side": SIDES}
    filters.read("ratings", options, DEFAULTS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.select("ratings", "township", options["township"], names.get)
        filters.select("ratings", "kind", options["kind"], lambda code: t(f"kind.{code}"))
        filters.select("ratings", "state", options["state"], lambda code: t(f"state.{code}"))
        filters.select("ratings", "grade", options["grade"], lambda code: t(f"grade.{code}"))
        if sees_scores:
            filters.select("ratings", "gap", options["gap"], lambda code: t("filter.flagged"))
        filters.search("ratings", "name")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.select("ratings", "figure", options["figure"], lambda code: t(f"measure.{code}"), width=260)
        figure = st.session_state["ratings.figure"]
        if figure:
            st.segmented_control(t("filter.side"), SIDES, format_func=lambda side: t(f"side.{side}_{figure}" if side != "all" else "side.all"),
                                 key="ratings.side", required=True, label_visibility="collapsed")
        st.button(t("filter.clear"), key="ratings.clear", type="tertiary", icon=":material/filter_alt_off:", on_click=filters.clear,
                  args=("ratings",))
    chosen = {name: st.session_state[f"ratings.{name}"] or "" for name in FILTERS}
    if not chosen["figure"]:
        chosen["side"] = DEFAULTS["side"]
    filters.write("ratings", chosen, DEFAULTS)
    return chosen


def counted(shown: Listing, chosen: Mapping[str, str]) -> str:
    """The line that says how many rows there are and, behind a figure, how they make it up."""
    line = t("ratings.rows", count=len(shown.rows))
    if shown.figure is None:
        return line
    figure = shown.figure
    parts = t("ratings.behind", measure=t(f"measure.{figure.code}"), rate=percent(figure.rate), of=overview.denominator(figure), among=figure.among,
              counted_name=t(f"side.counted_{figure.code}"), counted=figure.met, missing_name=t(f"side.missing_{figure.code}"),
              missing=figure.among - figure.met)
    others = any(chosen[name] for name in FILTERS if name not in ("figure", "side", "township"))
    return f"{line}　{parts}{t('ratings.narrowed') if others else ''}"


def show(run: Run) -> None:
    """Filters, counts, the table and its distribution."""
    chosen = ask(run)
    shown = listing(run, chosen)
    st.markdown(f"**{plain(counted(shown, chosen))}**")
    if not len(shown.rows):
        st.info(t("table.empty"), icon=":material/search_off:")
        return
    st.table(shown.grades, border="horizontal", hide_index=True)
    downloads.cases(run, "ratings", t("page.ratings"), shown.shown)
    tables.show(run, shown.rows, shown.shown, "ratings.table", chosen)
    if shown.chart is not None:
        st.space("small")
        st.subheader(t("chart.grades"), anchor=False)
        st.markdown(gray(plain(shown.said)))
        charts.show(shown.chart, "ratings.grades", shown.said)
