"""One township: its figures against their targets, and its organizations, those who are late first."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.model import Kind
from lib.core.targets import Figure
from lib.core.workflow import State
from lib.store import organizations
from lib.ui import downloads, figures, filters, overview, places, shared, tables
from lib.ui.session import Run
from lib.ui.text import plain, t

COLUMNS = ("name", "state", "kind", "self_score", "satisfaction", "review_score", "final_score", "grade", "class_now", "committee")
ORDER = {state: place for place, state in enumerate(State)}
"""The procedure's order: who has not submitted stands first, then who must correct."""
FILTERS = ("township", "kind", "state")
KEPT = 32


@dataclass(frozen=True)
class Township:
    """The cases of one township (or of the county level), late ones first, and its figures."""

    cases: pd.DataFrame
    figures: Mapping[str, Figure]
    short: tuple[str, str]


def choices(run: Run) -> dict[str, str]:
    """Townships by code, and the county level for organizations that belong to none."""
    return overview.township_names(run) | {overview.COUNTY_LEVEL: t("ranking.county_level")}


def asked(run: Run) -> str | None:
    """The township that the address names, None for none or an unknown one."""
    code = filters.asked("township", FILTERS)["township"]
    return code if code in choices(run) else None


def choose(run: Run) -> None:
    """The townships to choose from, when the address names none."""
    st.markdown(t("township.choose"))
    with st.container(horizontal=True, gap="small"):
        for code, name in choices(run).items():
            places.link("township", plain(name), icon=":material/place:", township=code)


def of(run: Run, code: str) -> Township:
    return _of(*figures.scope(run), code, run)


@shared.once(KEPT)
def _of(home: str, revision: int, townships: tuple[str, ...], language: str, code: str, _run: Run) -> Township:
    cases = figures.cases(_run)
    own = cases[cases["township"].isna()] if code == overview.COUNTY_LEVEL else cases[cases["township"] == code]
    own = own.sort_values("state", key=lambda states: states.map(ORDER), kind="stable")
    tables = targets.within(figures.tables(_run), township="" if code == overview.COUNTY_LEVEL else code)
    found = {measure: targets.figure(targets.rows_of(tables, measure), measure, _run.program) for measure in _run.program.headline}
    return Township(own, found, overview.held_back(_run).get(code, ("", "")))


@dataclass(frozen=True)
class Listing:
    """The organizations of a township that the filters let through, and how many stand where."""

    rows: pd.DataFrame
    shown: pd.DataFrame
    said: str


def listing(run: Run, code: str, kind: str, state: str) -> Listing:
    return _listing(*figures.scope(run), run.actor.organization, code, kind, state, run)


@shared.once(KEPT)
def _listing(home: str, revision: int, townships: tuple[str, ...], language: str, own: str | None, code: str, kind: str, state: str,
             _run: Run) -> Listing:
    rows = of(_run, code).cases
    rows = rows[rows["kind"] == kind] if kind else rows
    rows = rows[rows["state"] == state] if state else rows
    return Listing(rows, tables.cut(_run, rows, COLUMNS), t("township.rows", count=len(rows), states=states(rows)))


def meta(run: Run, code: str, shown: Township) -> str:
    """Who answers for the township, and how many organizations it has."""
    answering = [row["name"] for row in organizations.committees(run.db) if row["township"] == code][:1]
    return plain(" · ".join([*answering, t("township.count", count=len(shown.cases))]))


def states(cases: pd.DataFrame) -> str:
    """How many stand where, late ones first."""
    counts = cases["state"].value_counts()
    return t("ranking.comma").join(t("ranking.part", label=t(f"state.{state}"), count=counts[state]) for state in State if counts.get(state))


def show(run: Run, code: str, shown: Township) -> None:
    """Figures, what holds the township back, and its organizations by kind and state."""
    if not len(shown.cases):
        st.info(t("township.empty"), icon=":material/info:")
        return
    overview.headline(run, shown.figures, code)
    name, words = shown.short
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("township.short", name=plain(name), words=plain(words)) if name else t("township.all_reached"), width="content")
        if code != overview.COUNTY_LEVEL:
            places.link("side_by_side", t("side_by_side.open_with"), icon=":material/compare_arrows:", towns=code)
    st.subheader(t("township.organizations"), anchor=False)
    filters.read("township", {"township": (code,), "kind": tuple(Kind), "state": tuple(State)})
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.select("township", "kind", tuple(Kind), lambda kind: t(f"kind.{kind}"))
        filters.select("township", "state", tuple(State), lambda state: t(f"state.{state}"))
    chosen = {name: st.session_state[f"township.{name}"] for name in FILTERS}
    filters.write("township", chosen)
    found = listing(run, code, chosen["kind"], chosen["state"])
    st.markdown(plain(found.said))
    downloads.cases(run, "township", choices(run)[code], found.shown)
    tables.show(run, found.rows, found.shown, "township.table", chosen)
