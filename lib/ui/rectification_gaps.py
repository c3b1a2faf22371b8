"""Backward organizations and their ledgers (W6): each needs a measure that stands, a leader who answers for it and a due date."""

import datetime as dt

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.access import Action
from lib.core.ledger import PLANNED, ItemState
from lib.core.model import Grade, VillageClass
from lib.store import ledger as store_ledger
from lib.store import organizations
from lib.ui import figures, overview, picking, rectification, rectification_card, rectification_forms, shared
from lib.ui.rectification import Asked
from lib.ui.session import Run
from lib.ui.text import gray, percent, plain, t

PAGE = "rectification.gaps"
LACKS = ("ledger", "leader", "due")
WIDTHS = {"township": 84, "name": 170, "why": 120, "ledger": 84, "leader": 84, "due": 84, "drafts": 76}


def backward(run: Run) -> pd.DataFrame:
    """Backward organizations with what each has (LACKS) and its items not yet confirmed, those that lack something first; never change it."""
    return _backward(*figures.scope(run), run.today, run)


@shared.once(rectification.KEPT)
def _backward(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, _run: Run) -> pd.DataFrame:
    tables = figures.tables(_run)
    rows = tables["organizations"][tables["organizations"]["backward"].astype(bool)]
    items = tables["items"][tables["items"]["organization"].isin(rows["code"])]
    planned = items[items["state"].isin(PLANNED)]
    has = {"ledger": planned, "leader": planned[planned["leader"].astype(bool)], "due": planned[planned["due_on"].astype(bool)]}
    drafts = items[~items["state"].isin(PLANNED)].groupby("organization").size()
    found = rows.assign(**{name: rows["code"].isin(own["organization"]) for name, own in has.items()},
                        drafts=rows["code"].map(drafts).fillna(0).astype(int))
    found["lacking"] = ~found[list(LACKS)].all(axis=1)
    return found.sort_values(["lacking", "ledger", "code"], ascending=[False, True, True], kind="stable").reset_index(drop=True)


def why(row: pd.Series) -> str:
    """Why an organization is backward: graded 较差, in the fourth class, or both."""
    reasons = [t("grade.poor")] if row["grade"] == Grade.POOR else []
    return t("rectification.comma").join([*reasons, *([t(f"class.{row['class_now']}")] if row["class_now"] == VillageClass.FOURTH else [])])


def show(run: Run, asked: Asked) -> str | None:
    """How many have what is asked of them, the list of those that do not; gives the organization that is open."""
    rows = rectification.narrowed(run, backward(run), asked.chosen)
    lacking = rows[rows["lacking"]]
    figure = targets.figure(rows, "backward_ledger", run.program)
    st.markdown(t("rectification.gaps", total=len(rows), done=len(rows) - len(lacking), rate=percent(figure.rate), lacking=len(lacking)))
    rectification.choice("gap", {code: t(f"rectification.gap_{code}") for code in rectification.GAPS}, {"lacking": len(lacking), "all": len(rows)})
    asked.chosen["gap"] = st.session_state["rectification.gap"]
    listed = lacking if asked.chosen["gap"] == "lacking" else rows
    here = rectification.page(PAGE, listed, asked.chosen, "organization")
    asked.open["organization"] = picking.pick(PAGE, _shown(run, here), _columns(), asked.chosen, "organization")
    if not len(rows):
        st.info(t("rectification.no_backward"), icon=":material/check:")
    elif not len(listed):
        st.success(t("rectification.no_gap"), icon=":material/check:")
    return asked.open["organization"]


def _shown(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    names = overview.township_names(run)
    return pd.DataFrame({
        "code": list(rows["code"]), "name": list(rows["name"]), "why": [why(row) for _, row in rows.iterrows()],
        "township": [names.get(code, code) if isinstance(code, str) else t("ranking.county_level") for code in rows["township"]],
        **{name: [t("rectification.has") if has else t("rectification.lacks") for has in rows[name]] for name in LACKS},
        "drafts": list(rows["drafts"])}, columns=["code", *WIDTHS])


def _columns() -> dict[str, object]:
    kinds = {"drafts": st.column_config.NumberColumn}
    return {name: kinds.get(name, st.column_config.TextColumn)(t(f"rectification.column_{name}"), width=width) for name, width in WIDTHS.items()}


def card(run: Run, code: str) -> None:
    """One backward organization: its items, each a way to confirm it or to name a leader, and a new one."""
    about = organizations.get(run.db, code)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(about.name)}**　{gray(plain(about.committee_name))}")
        if not run.may(Action.LOOK_AT_ORGANIZATION, about.whose):
            st.info(t("table.not_yours"), icon=":material/lock:")
            return
        found = backward(run)
        row = next(iter(found[found["code"] == code].to_dict("records")), None)
        if row:
            lacks = [name for name in LACKS if not row[name]]
            st.markdown(t("rectification.still_lacks", what=t("rectification.comma").join(t(f"rectification.lack_{name}") for name in lacks))
                        if lacks else t("rectification.lacks_nothing"))
        items = [item for item in store_ledger.every(run.db, organization=code) if item.state != ItemState.DISMISSED]
        for item in items:
            with st.container(gap=None):
                st.markdown(f"{rectification_card.badge(run, item)}　{gray(rectification_forms.number(item.number))}　{plain(item.plan.problem)}")
                st.button(t(f"item_state.{item.state}") + (f" · {plain(item.leader_name)}" if item.leader_name else ""), type="tertiary",
                          key=f"rectification.open.{item.id}", icon=":material/arrow_forward:", on_click=_open, args=(item.id,))
        if not items:
            st.markdown(gray(t("rectification.no_items")))
        rectification_forms.raise_button(run, code, "rectification.raise_here")


def _open(item: str) -> None:
    """Go over to the list, with one item open."""
    for name in ("view", "gap", "organization"):
        st.query_params.pop(name, None)
    st.query_params["item"] = item
