"""Two snapshots, or one and now, beside each other: what came, went and changed, by table, record and field.

A comparison goes through every table, so it is made when it is asked for; the last few are kept for everybody. Session key
`snapshots.compared`: which one this tab asked for (from, to, and how many events there were then); its button sets it.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

import pandas as pd
import streamlit as st

from lib.core.differences import KINDS
from lib.exchange import comparison, spreadsheet
from lib.exchange.comparison import Compared, Line
from lib.store import db as store
from lib.store import events, snapshots
from lib.ui import paging, session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

PART = "snapshots.part"
FILTERS = ("from", "to", "table")
KEY = "snapshots.compared"
KEPT = 4
ROW, HEAD, LONGEST = 35, 38, 640
MEDIA = {"xlsx": spreadsheet.MEDIA, "csv": "text/csv", "zip": "application/zip"}
WIDTHS = {"change": 72, "about": 260, "field": 130, "before": 260, "after": 260, "key": 180}
Key = tuple[str, str, str, int]


def options(rows: Sequence[Mapping]) -> dict[str, Collection[str]]:
    """The codes that the address may name."""
    states = (snapshots.NOW, *(row["id"] for row in rows))
    return {"from": states, "to": states, "table": tuple(comparison.LAYOUTS)}


def defaults(rows: Sequence[Mapping]) -> dict[str, str]:
    """The newest snapshot and now."""
    return {"from": rows[0]["id"] if rows else "", "to": snapshots.NOW}


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict[Key, Compared]:
    return OrderedDict()


def show(run: Run, rows: Sequence[Mapping]) -> None:
    """Which two, the button, and what differs."""
    if not rows:
        st.info(t("comparison.none"), icon=":material/inventory_2:")
        return
    names = {snapshots.NOW: t("comparison.now"), **{row["id"]: f"{text.moment(row['created_at'], year=True)}　{row['label']}" for row in rows}}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for side in ("from", "to"):
            st.selectbox(t(f"comparison.{side}"), list(names), format_func=names.get, key=f"{PART}.{side}", width=320)
        before, after = (st.session_state[f"{PART}.{side}"] for side in ("from", "to"))
        asked = st.button(t("comparison.do"), key="snapshots.compare", type="primary", icon=":material/difference:", disabled=before == after)
    if before == after:
        st.info(t("comparison.same"), icon=":material/info:")
        return
    compared = _make(run, before, after) if asked else _kept().get(st.session_state.get(KEY, ()))
    if compared is None or (compared.before.code, compared.after.code) != (before, after):
        st.markdown(gray(t("comparison.note")))
        return
    _differences(run, compared)


def _make(run: Run, before: str, after: str) -> Compared | None:
    """Compare, saying how far it is; what is known already is not done again."""
    with store.session() as live:
        key = (str(store.home().absolute()), before, after, events.head(live)[0] if snapshots.NOW in (before, after) else 0)
    found = _kept().get(key)
    if found is None:
        bar = st.progress(0.0, t("comparison.doing"))

        def tell(done: int, of: int, table: str) -> None:
            bar.progress(done / of, t("comparison.step", table=t(f"sheet.{table}"), done=done, of=of))

        with session.attempt():
            found = comparison.make(run.actor, before, after, tell)
        bar.empty()
        if found is None:
            return None
        _kept()[key] = found
        while len(_kept()) > KEPT:
            _kept().popitem(last=False)  # its files go with the last reader
    st.session_state[KEY] = key
    return found


# ---- what differs


def _differences(run: Run, compared: Compared) -> None:
    same = len(compared.counts) - sum(any(counts.values()) for counts in compared.counts.values())
    st.markdown(f"**{plain(_said(compared))}**　{gray(t('comparison.unchanged', count=same))}")
    with st.container(horizontal=True, gap="small"):
        for ending, media in MEDIA.items():
            st.download_button(t(f"comparison.take_{ending}"), lambda ending=ending: comparison.data(compared, ending, run.language),
                               comparison.name(compared, ending, run.language), mime=media, key=f"snapshots.compare_{ending}",
                               icon=":material/download:", on_click="ignore")
    st.table({t("comparison.column.table_label"): [t(f"sheet.{table}") for table, counts in compared.counts.items() if any(counts.values())],
              **{t(f"comparison.{kind}"): [f"{counts[kind]:,}" for counts in compared.counts.values() if any(counts.values())] for kind in KINDS}},
             border="horizontal", hide_index=True)
    if not compared.differing:
        return
    table = st.session_state[f"{PART}.table"]
    if table not in compared.differing:
        table = st.session_state[f"{PART}.table"] = compared.differing[0]
    labels = {name: t("comparison.lines", table=t(f"sheet.{name}"), count=compared.lines[name]) for name in compared.differing}
    st.selectbox(t("comparison.column.table_label"), compared.differing, format_func=labels.get, key=f"{PART}.table", width=360)
    _list(run, compared, st.session_state[f"{PART}.table"])


def _said(compared: Compared) -> str:
    """From when to when, and how many records came, went and changed in all tables but the events."""
    total = {kind: sum(counts[kind] for table, counts in compared.counts.items() if table != comparison.COUNTED) for kind in KINDS}
    return t("comparison.said", before=compared.before.at[:16], after=compared.after.at[:16],
             **{kind: f"{count:,}" for kind, count in total.items()})


def _list(run: Run, compared: Compared, table: str) -> None:
    """The lines of one table, a page at a time: only that page's are read."""
    made_of = (compared.before.code, compared.after.code, table)
    here = paging.cut(pd.DataFrame(index=range(compared.lines[table])), "snapshots.differences", made_of).index
    lines = list(islice(compared.of(table, run.language), here[0], here[-1] + 1))
    frame = pd.DataFrame([_cells(line, run.language) for line in lines], columns=list(WIDTHS))
    st.dataframe(frame, hide_index=True, key="snapshots.differences", height=min(HEAD + ROW * len(frame), LONGEST), row_height=ROW,
                 column_config={name: st.column_config.TextColumn(t(f"comparison.of_{name}"), width=width) for name, width in WIDTHS.items()},
                 placeholder=text.DASH)


def _cells(line: Line, language: str) -> tuple[str | None, ...]:
    def told(value: str, label: str) -> str | None:
        return (t("comparison.labelled", label=label, code=value) if label else value) or None

    field = comparison.title(line.table, line.field, language) if line.field else None
    before, after = told(line.before, line.before_label), told(line.after, line.after_label)
    return t(f"comparison.{line.change}"), line.about or None, field, before, after, line.key
