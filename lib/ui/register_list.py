"""The list of all registers of the round: a register that is added to the pack as a data file appears here by itself.

Session keys: `registers.list`, `registers.shown`: the table and the names of its rows, in order.
"""

import pandas as pd
import streamlit as st

from lib.core.model import Role
from lib.core.registers import Register
from lib.store import records
from lib.ui import figures, picking, register_words, shared, text
from lib.ui.session import Run
from lib.ui.text import gray, t

KEPT = 256


def _readable(run: Run) -> list[Register]:
    found = (records.register(run.db, name) for name in records.names(run.db))
    return [kept for kept in found if kept.may_see(run.actor)]


def asked(run: Run) -> Register | None:
    """The register that the address names, if there is one of that name to see."""
    name = st.query_params.get("register")
    return next((kept for kept in _readable(run) if kept.name == name), None)


def show(run: Run) -> None:
    """The list; a chosen row opens its register."""
    found = _readable(run)
    if not found:
        st.info(t("register.none_published"), icon=":material/inventory_2:")
        return
    rows = _rows(*figures.scope(run), run.actor.role, run.actor.organization or run.actor.committee, run)
    st.markdown(gray(t("registers.note", count=len(found))))
    st.session_state["registers.shown"] = [kept.name for kept in found]
    config = st.column_config
    st.dataframe(rows, hide_index=True, key="registers.list", on_select=_open, placeholder=text.DASH,
                 selection_mode=("single-row", "single-cell"), row_height=picking.ROW_HEIGHT, height=(len(found) + 1) * picking.ROW_HEIGHT + 2,
                 column_config={
                     "name": config.TextColumn(t("registers.name"), width=260), "about": config.TextColumn(t("registers.about"), width=150),
                     "count": config.NumberColumn(t("registers.count"), width=90), "waiting": config.NumberColumn(t("registers.waiting"), width=90),
                     "changed": config.TextColumn(t("registers.changed"), width=170), "write": config.TextColumn(t("registers.write"), width=110)})


@shared.once(KEPT)
def _rows(home: str, revision: int, townships: tuple[str, ...], language: str, role: Role, unit: str | None, _run: Run) -> pd.DataFrame:
    """The registers as the list shows them; shared, so never change them."""
    rows = []
    for kept in _readable(_run):
        held = register_words.table(_run, kept)
        rows.append({"name": kept.form.label[language], "about": t(f"register.about_{kept.about}"), "count": len(held),
                     "waiting": int((held["state"] == "nominated").sum()) if kept.approve else None,
                     "changed": text.moment(held["changed_at"].max(), year=True) if len(held) else text.DASH,
                     "write": t("registers.yours") if kept.may_write(_run.actor) else ""})
    return pd.DataFrame(rows).astype({"waiting": "Int64"})


def _open() -> None:
    """Open the register whose row was ticked, or any of whose cells was clicked."""
    selection, shown = st.session_state["registers.list"]["selection"], st.session_state["registers.shown"]
    row = next((row for row, _ in selection["cells"]), next(iter(selection["rows"]), None))
    if row is not None and row < len(shown):
        st.query_params["register"] = shown[row]
