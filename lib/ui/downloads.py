"""A list as it is filtered on the screen, to take away as XLSX or CSV.

The file is made when it is asked for, by a run of its own: by then the page's connection is somebody else's. Without telephone numbers,
unless an office gives a reason, which is recorded before the file is made. Session keys, by list: `<key>.phones`, `<key>.reason`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from lib.core.model import Refused
from lib.exchange import safe_csv, spreadsheet
from lib.exchange.spreadsheet import Cell, Sheet
from lib.store import db as store
from lib.store import downloads, snapshots
from lib.ui import text
from lib.ui.session import Run
from lib.ui.text import gray, t

MEDIA = {"xlsx": spreadsheet.MEDIA, "csv": "text/csv"}
ORGANIZATION = {
    "code": "column.code", "name": "column.name", "kind": "column.kind", "committee_name": "column.committee", "township_name": "column.township",
    "members": "column.members", "secretary": "column.secretary", "phone": "column.phone", "closed_on": "field.closed_on"}
"""Columns of the registry's list, each with the phrase that heads it."""
REASON_LIMIT = 200
Rows = Callable[[Run], Iterable[Sequence[Cell]]]


def offer(run: Run, key: str, name: str, columns: Sequence[str], rows: Rows, count: int, *,
          phones: tuple[Sequence[str], Rows] | None = None) -> None:
    """A small button with both formats of a list: `name` it is called, its columns' titles, and what gives its rows.

    `phones` are the columns and rows of the list with telephone numbers, where there are any. Nothing is drawn for an empty list.
    """
    if not count:
        return
    with st.popover(t("downloads.download"), icon=":material/download:", width="content", key=f"{key}.download"):
        st.markdown(t("downloads.what", count=count))
        reason = None
        if phones and downloads.may_have_phones(run.actor) and st.checkbox(t("downloads.phones"), key=f"{key}.phones"):
            reason = st.text_input(t("downloads.reason"), key=f"{key}.reason", max_chars=REASON_LIMIT, placeholder=t("downloads.reason_example"))
        elif phones:
            st.markdown(gray(t("downloads.no_phones")))
        header, wanted = phones if phones and reason is not None else (columns, rows)
        missing = reason is not None and not _says_something(reason)
        with st.container(horizontal=True, gap="small"):
            for ending, media in MEDIA.items():
                st.download_button(t(f"downloads.{ending}"), _made(run, key, name, header, wanted, ending, count, reason),
                                   file_name(run, name, ending), mime=media, key=f"{key}.{ending}", on_click="ignore", disabled=missing)
        if missing:
            st.markdown(gray(t("downloads.reason_note", least=downloads.REASON_LEAST)))


def frame(run: Run, key: str, name: str, columns: Mapping[str, str], rows: Callable[[Run], pd.DataFrame], count: int) -> None:
    """The same for a table: the columns to take away with their titles."""
    offer(run, key, name, list(columns.values()), lambda own: cells(rows(own), columns), count)


def cases(run: Run, key: str, name: str, shown: pd.DataFrame) -> None:
    """The same for a table of cases as lib.ui.tables shows them, by the organizations' codes."""
    columns = {"code": t("column.code"), **{column: t(f"table.{column}") for column in shown.columns}}
    frame(run, key, name, columns, lambda own: shown.assign(code=shown.index), len(shown))


def registry(run: Run, key: str, rows: pd.DataFrame) -> None:
    """The same for organizations of the registry (fields of organizations.Organization): their telephones only for a reason."""
    columns = {column: t(code) for column, code in ORGANIZATION.items()}
    bare = [column for column in columns if column != "phone"]

    def told(*wanted: str) -> Rows:
        return lambda own: cells(rows.assign(kind=rows["kind"].map(lambda kind: t(f"kind.{kind}"))), wanted)

    offer(run, key, t("page.registry"), [columns[column] for column in bare], told(*bare), len(rows), phones=(list(columns.values()), told(*columns)))


def cells(rows: pd.DataFrame, columns: Iterable[str]) -> Iterable[tuple[Cell, ...]]:
    """Rows of a table as cells; what pandas has for nothing is None."""
    chosen = rows[list(columns)]
    return chosen.astype(object).where(chosen.notna(), None).itertuples(index=False, name=None)


def file_name(run: Run, name: str, ending: str) -> str:
    """What a file is called: what it is, when it was as it is (整改台账_2012-04-20_1032.xlsx)."""
    return f"{name}_{run.now.astimezone(text.zone(run.program.timezone)):%Y-%m-%d_%H%M}.{ending}"


def _says_something(reason: str) -> bool:
    try:
        downloads.check_reason(reason)
    except Refused:
        return False
    return True


def _made(run: Run, key: str, name: str, columns: Sequence[str], rows: Rows, ending: str, count: int, reason: str | None) -> Callable[[], bytes]:
    path = None if run.live else snapshots.path(run.snapshot)

    def make() -> bytes:
        if reason is not None:
            with store.session() as live:
                downloads.with_phones(live, run.actor, key, reason, count, store.iso(store.now(live)))
        with store.session(path) as db, text.speaking(run.language):
            table = rows(replace(run, db=db))
            return spreadsheet.data([Sheet(name, columns, table)]) if ending == "xlsx" else safe_csv.data(columns, table)

    return make
