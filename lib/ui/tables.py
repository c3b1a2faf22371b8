"""Tables of organizations: one row each, scores side by side, a click opens the organization."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core.access import Action, Whose
from lib.core.model import Role
from lib.core.program import Program
from lib.core.workflow import State
from lib.ui import figures, overview, paging, places, shared
from lib.ui.session import Run
from lib.ui.text import DASH, gray, t

ROW, HEAD, LONGEST = 35, 38, 640
KEPT = 12
SCORES = ("self_score", "satisfaction", "review_score", "final_score", "gap")


def masked(cases: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The cases as somebody may see them one by one: an organization sees of the others what is public, not their scores.

    A proposed grade is public from its notice on.
    """
    if run.actor.role != Role.ORGANIZATION:
        return cases
    own = cases["code"] == run.actor.organization
    noticed = cases["state"].isin((State.NOTICED, State.APPROVED))
    shown = cases.copy()
    for column in ("self_score", "satisfaction", "review_score", "final_score"):
        shown[column] = shown[column].where(own & (noticed | (column in ("self_score", "satisfaction"))))
    shown["proposed_grade"] = shown["proposed_grade"].where(noticed)
    return shown


def grade_words(grade: object, proposed: object, state: str) -> str:
    """An approved grade, or the one proposed, said to be so; empty before."""
    if isinstance(grade, str):
        return t(f"grade.{grade}")
    if isinstance(proposed, str) and state in (State.PROPOSED, State.NOTICED):
        return t("table.proposed", grade=t(f"grade.{proposed}"))
    return ""


def flagged(cases: pd.DataFrame, program: Program) -> pd.Series:
    """Whether a self-assessment stands out above the review (grading.is_gap)."""
    return ((cases["self_score"] - cases["review_score"]) > program.gap).fillna(False).astype(bool)


def display(run: Run) -> pd.DataFrame:
    """All cases in words and points, by code; shared, so never change it."""
    return _display(*figures.scope(run), run.actor.organization, run)


@shared.once(KEPT)
def _display(home: str, revision: int, townships: tuple[str, ...], language: str, own: str | None, _run: Run) -> pd.DataFrame:
    cases = masked(figures.cases(_run), _run)
    names = overview.township_names(_run)
    gap = cases["self_score"] - cases["review_score"]
    return pd.DataFrame({
        "name": cases["name"], "kind": cases["kind"].map(lambda code: t(f"kind.{code}")),
        "township": cases["township"].map(lambda code: names.get(code, "") if isinstance(code, str) else t("ranking.county_level")),
        "committee": cases["committee_name"], "state": cases["state"].map(lambda code: t(f"state.{code}")),
        **{column: cases[column].astype("Float64") / 100 for column in SCORES[:-1]}, "gap": gap.astype("Float64") / 100,
        "flag": flagged(cases, _run.program).map({True: t("table.flagged"), False: ""}),
        "grade": [grade_words(*row) for row in zip(cases["grade"], cases["proposed_grade"], cases["state"], strict=True)],
        "class_now": cases["class_now"].map(lambda code: t(f"class.{code}") if isinstance(code, str) else ""),
    }).set_axis(cases["code"], axis="index")


def cut(run: Run, rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The part of `display` that a table of `rows` (cases) shows."""
    return display(run).loc[rows["code"], list(columns)]


def show(run: Run, rows: pd.DataFrame, shown: pd.DataFrame, key: str, chosen: Mapping[str, str]) -> None:
    """A table of the organizations of `rows` (cases), `shown` as `cut` gives it, a page at a time; a chosen row opens its organization.

    `chosen` are the filters that the rows were found by.
    """
    if not len(rows):
        st.info(t("table.empty"), icon=":material/search_off:")
        return
    count = len(rows)
    rows = paging.cut(rows, key, tuple(chosen.items()))
    shown = shown.loc[rows["code"]]
    height = min(HEAD + ROW * len(rows), LONGEST)
    selected = st.dataframe(shown, hide_index=True, column_config=_columns(tuple(shown.columns), run.language), height=height, row_height=ROW,
                            key=key, placeholder=DASH, on_select="rerun", selection_mode=["single-row", "single-cell"],
                            alt=t("table.alt", count=count))["selection"]
    place = next(iter(selected["rows"]), next((cell[0] for cell in selected["cells"]), None))
    if place is None or place >= len(rows):
        st.markdown(gray(t("table.hint")))
        return
    row = rows.iloc[place]
    if run.may(Action.LOOK_AT_ORGANIZATION, Whose(row["code"], row["committee"], row["township"] if isinstance(row["township"], str) else None)):
        places.go("organization", organization=row["code"])
    st.info(t("table.not_yours"), icon=":material/lock:")


WIDTHS = {"name": 220, "committee": 150, "flag": 76, "gap": 88, "satisfaction": 92, "self_score": 68, "review_score": 68, "final_score": 68}
WIDER = {"kind": 148, "state": 120, "grade": 148}
"""Columns whose English words are longer."""
FORMATS = {"gap": "%+.1f", "satisfaction": "%.1f%%"}


def _columns(names: tuple[str, ...], language: str) -> dict[str, object]:
    """How each column is headed and written."""
    found = {}
    for name in names:
        width = WIDER[name] if name in WIDER and language == "en" else WIDTHS.get(name, 88)
        if name in SCORES:
            found[name] = st.column_config.NumberColumn(t(f"table.{name}"), format=FORMATS.get(name, "%.1f"), width=width)
        else:
            found[name] = st.column_config.TextColumn(t(f"table.{name}"), width=width)
    return found
