"""Handing in a table: template, dry run shown at once, every error by row and column, and one button that does all or nothing.

Widget keys are `<page>.template_<name>`, `<page>.file_<name>` and `<page>.apply_<name>`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import pandas as pd
import streamlit as st

from lib.core.model import Problem, Refused
from lib.exchange import registry_import, results_import, tabular, templates
from lib.exchange.tabular import Table
from lib.ui import dialogs, session
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

ENDINGS = ["csv", "xlsx", "xls"]
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW, MOST_SHOWN = 35, 14
WRAPPED = 60
"""Problems that are shown as a table of wrapped text."""


@dataclass(frozen=True)
class Import:
    """One kind of table: what it is about, its columns as they are called, its reader, dry run and command, and its template."""

    name: str
    about: str
    columns: Sequence[str]
    read: Callable[[bytes], Table]
    plan: Callable[[Run, Table], object]
    carry_out: Callable[[Run, Table], object]
    template: Callable[[], bytes]


def _of_module(name: str, module: ModuleType, plan: Callable[[Run, Table], object], template: Callable[[], bytes]) -> Import:
    columns = [t(f"column.{code}") + ("*" if code in module.REQUIRED else "") for code in module.COLUMNS]
    return Import(name, t(f"imports.about_{name}"), columns, module.read, plan,
                  lambda run, table: module.import_table(run.db, run.actor, table, run.at), template)


def show(run: Run, name: str) -> None:
    """One of the registry's imports: organizations, or results decided on paper."""
    match name:
        case "organizations":
            draw(run, "registry", _of_module(name, registry_import, lambda run, table: registry_import.plan(run.db, run.actor, table),
                                             lambda: templates.organizations_table(run.db, run.language)))
        case "results":
            draw(run, "registry", _of_module(name, results_import, lambda run, table: results_import.plan(run.db, run.actor, table, run.today),
                                             lambda: templates.results_table(run.language)))


def draw(run: Run, page: str, chosen: Import) -> None:
    """The whole of one import, on a page or in a dialog."""
    st.markdown(chosen.about)
    st.markdown(gray(t("imports.columns", columns=plain(t("imports.separator").join(chosen.columns)))))
    st.download_button(t("imports.template"), chosen.template, f"{chosen.name}.xlsx", key=f"{page}.template_{chosen.name}",
                       icon=":material/download:", mime=MEDIA, on_click="ignore")
    limit = tabular.SIZE_LIMIT // 2**20
    file = st.file_uploader(t("imports.file", limit=limit, rows=tabular.ROW_LIMIT), type=ENDINGS, key=f"{page}.file_{chosen.name}",
                            max_upload_size=limit)
    if file is None:
        return
    try:
        table = chosen.read(file.getvalue())
        plan = chosen.plan(run, table)
    except Refused as refused:
        _refused(refused.problems)
        return
    _planned(plan, table)
    if not plan.added + plan.changed:
        st.info(t("imports.nothing"), icon=":material/check_circle:")
    elif st.button(t("imports.apply", count=plan.added + plan.changed), key=f"{page}.apply_{chosen.name}", type="primary",
                   icon=":material/done_all:"):
        with session.attempt() as made, st.spinner(t("imports.applying")):
            done = chosen.carry_out(run, table)
        if made.ok:
            dialogs.done("imports.done", added=done.added, changed=done.changed)


def _refused(problems: Sequence[Problem]) -> None:
    st.error(t("imports.refused", count=len(problems)), icon=":material/error:")
    _table(problems)


def _planned(plan: object, table: Table) -> None:
    """What would be done, and what to look at first."""
    st.markdown(f"**{t('imports.planned', rows=len(table.rows), added=plan.added, changed=plan.changed, unchanged=plan.unchanged)}**")
    if table.ignored:
        st.markdown(gray(t("imports.ignored", columns=plain(t("imports.separator").join(table.ignored)))))
    if committees := getattr(plan, "committees", ()):
        names = t("imports.separator").join(f"{name}（{code}）" for code, name in committees)
        st.info(t("imports.committees", count=len(committees), names=plain(names)), icon=":material/account_tree:")
    if plan.warnings:
        st.warning(t("imports.warnings", count=len(plan.warnings)), icon=":material/warning:")
        _table(plan.warnings)


def _table(problems: Sequence[Problem]) -> None:
    """Problems with their places; those of the whole file have none. A few wrap like text, very many scroll."""
    rows = []
    for problem in problems:
        place = dict(problem.params)
        rows.append((str(place.get("row", "")), place.get("letter", ""), session.say(problem)))
    titles = t("imports.row"), t("imports.column"), t("imports.problem")
    if len(rows) <= WRAPPED:
        st.table({title: [plain(cell) for cell in cells] for title, cells in zip(titles, zip(*rows, strict=True), strict=True)},
                 border="horizontal", hide_index=True)
        return
    widths = dict(zip(titles, (64, 52, 1080), strict=True))
    st.dataframe(pd.DataFrame(rows, columns=titles), hide_index=True, row_height=ROW, height=MOST_SHOWN * ROW,
                 column_config={title: st.column_config.TextColumn(width=width) for title, width in widths.items()})
