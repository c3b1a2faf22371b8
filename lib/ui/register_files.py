"""A register's files: the table as it is filtered, to take away, and a table handed in.

Session keys `register.codes`, `register.private`: codes instead of words, and private columns, in what is taken away.
"""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from lib.core.registers import WRITERS, Register
from lib.exchange import register_table, templates
from lib.exchange.handout import FORMATS
from lib.exchange.tabular import Table
from lib.store import db as store
from lib.store import records, snapshots
from lib.ui import imports, session
from lib.ui.imports import Import
from lib.ui.register_dialogs import PAGE
from lib.ui.session import Run
from lib.ui.text import gray, plain, t


def export(run: Run, kept: Register, found: pd.DataFrame) -> None:
    """The button with the ways to take the table away, as it is filtered."""
    if not len(found):
        return
    with st.popover(t("register.export"), icon=":material/download:", width="content"):
        st.markdown(t("register.export_what", count=len(found)))
        codes = st.checkbox(t("register.export_codes"), key="register.codes")
        private = [item for item in kept.items if item.private] if run.actor.role in WRITERS else []
        asked = bool(private) and st.checkbox(
            t("register.export_private", columns=plain(t("imports.separator").join(item.label[run.language] for item in private))),
            key="register.private")
        with st.container(horizontal=True, gap="small"):
            for ending, (_, media) in FORMATS.items():
                made = _made(run, kept.name, list(found["code"]), None if codes else run.language, asked, ending)
                st.download_button(t(f"register.export_{ending}"), made, f"{kept.name}.{ending}", mime=media, key=f"register.export_{ending}",
                                   on_click="ignore")
        st.markdown(gray(t("register.export_note")))


def _made(run: Run, name: str, chosen: Sequence[str], language: str | None, private: bool, ending: str) -> Callable[[], bytes]:
    """Makes the file when it is asked for: by then the run's own connection is somebody else's."""
    path = None if run.live else snapshots.path(run.snapshot)

    def make() -> bytes:
        wanted = {record: place for place, record in enumerate(chosen)}
        with store.session(path) as db:
            found = sorted((record for record in records.every(db, name) if record.id in wanted), key=lambda record: wanted[record.id])
            header, rows = register_table.cells(db, records.register(db, name), found, language, private=private)
        return FORMATS[ending][0](header, rows)

    return make


def import_dialog(name: str) -> None:
    """A table handed in for a register."""
    with session.run(PAGE) as run, session.attempt():
        kept = records.register(run.db, name)
        needed = {item.name for item in kept.items if item.required}
        columns = [register_table.heading(kept, column, run.language) + ("*" if column in needed else "")
                   for column in register_table.columns(kept, private=True) if column not in register_table.NOT_FILLED_IN]
        imports.draw(run, "register", Import(
            name, t("register.import_about", name=plain(kept.form.label[run.language])), columns, lambda content: register_table.read(content, kept),
            lambda run, table, **more: register_table.plan(run.db, run.actor, name, table, run.today, **more), _taken(name), _template(name, run),
            name))


def _taken(name: str) -> Callable[..., register_table.Plan]:
    def take(run: Run, table: Table, **more: bool) -> register_table.Plan:
        return register_table.import_table(run.db, run.actor, name, table, run.at, **more)

    return take


def _template(name: str, run: Run) -> Callable[[], bytes]:
    language, today = run.language, run.today

    def make() -> bytes:
        with store.session() as db:
            return templates.register(db, records.register(db, name), language, today)

    return make
