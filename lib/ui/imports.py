"""Handing in a table: template, dry run shown at once, the difference cell by cell, every error by row and column (and the table handed back
with them marked), one button that does all or nothing, and one that takes the last import back.

Widget keys are `<page>.template_<name>`, `<page>.file_<name>`, `<page>.overwrite_<name>`, `<page>.marked_<name>`, `<page>.apply_<name>`,
`<page>.cancel_<name>`, `<page>.undo_<name>` and `<page>.undo_do_<name>`. Session keys `<page>.tried_<name>`: what the file came to, kept while
file and store stay the same; `<page>.seen_<name>`: what was shown of it; `<page>.turn_<name>`: counts files that were put away, since only a
new uploader forgets its file; `<page>.cells_<name>.page`, `<page>.news_<name>.page`: paging. The registry's export: `registry.phones`,
`registry.reason`, `registry.export_<ending>`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import pandas as pd
import streamlit as st

from lib.core.model import Problem, Refused, Words
from lib.exchange import handout, marked, registry_import, registry_table, results_import, tabular, templates
from lib.exchange.handout import MEDIA as MEDIA
from lib.exchange.tabular import Table
from lib.store import db as store
from lib.store import downloads, events
from lib.store import imports as done_imports
from lib.ui import dialogs, history, paging, session
from lib.ui.session import Run
from lib.ui.text import gray, moment, plain, t

ENDINGS = ["csv", "xlsx", "xls"]
ROW, MOST_SHOWN = 35, 14
WRAPPED = 60
"""Problems that are shown as a table of wrapped text."""


@dataclass(frozen=True)
class Import:
    """One kind of table: what it is about, its columns as they are called, its reader, dry run and command, and its template.

    `plan` and `carry_out` are asked for rows that somebody else changed meanwhile with `overwrite=True`, only after they refused them.
    `undo` is the kind under which imports are kept (lib.store.imports), "" where none can be taken back.
    """

    name: str
    about: str
    columns: Sequence[str]
    read: Callable[[bytes], Table]
    plan: Callable[..., object]
    carry_out: Callable[..., object]
    template: Callable[[], bytes]
    undo: str = ""


def _of_module(name: str, module: ModuleType, plan: Callable[..., object], template: Callable[[], bytes], kind: str) -> Import:
    columns = [t(f"column.{code}") + ("*" if code in module.REQUIRED else "") for code in module.COLUMNS]
    return Import(name, t(f"imports.about_{name}"), columns, module.read, plan,
                  lambda run, table, **more: module.import_table(run.db, run.actor, table, run.at, **more), template, kind)


def show(run: Run, name: str) -> None:
    """One of the registry's imports: organizations, or results decided on paper."""
    match name:
        case "organizations":
            _hand_out(run)
            draw(run, "registry", _of_module(
                name, registry_import, lambda run, table, **more: registry_import.plan(run.db, run.actor, table, **more),
                _organizations_template(run.language), done_imports.ORGANIZATIONS))
        case "results":
            language = run.language
            draw(run, "registry", _of_module(name, results_import, lambda run, table: results_import.plan(run.db, run.actor, table, run.today),
                                             lambda: templates.results_table(language), done_imports.RESULTS))


def _organizations_template(language: str) -> Callable[[], bytes]:
    def make() -> bytes:
        with store.session() as db:
            return templates.organizations_table(db, language)

    return make


def _hand_out(run: Run) -> None:
    """The registry as it stands, to be edited and handed in again."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(t("imports.hand_out"), width="content")
        with st.popover(t("imports.hand_out_do"), icon=":material/download:", width="content"):
            phones = downloads.may_have_phones(run.actor) and st.checkbox(t("imports.with_phones"), key="registry.phones")
            reason = st.text_input(t("imports.phones_reason"), key="registry.reason", max_chars=200) if phones else None
            silent = phones and len(reason.strip()) < downloads.REASON_LEAST
            with st.container(horizontal=True, gap="small"):
                for ending, (_, media) in handout.FORMATS.items():
                    st.download_button(t(f"imports.hand_out_{ending}"), _registry(run, ending, reason), f"organizations.{ending}", mime=media,
                                       key=f"registry.export_{ending}", on_click="ignore", disabled=silent)
            st.markdown(gray(t("imports.hand_out_note")))


def _registry(run: Run, ending: str, reason: str | None) -> Callable[[], bytes]:
    """Makes the file when it is asked for: by then the run's own connection is somebody else's."""
    actor, language = run.actor, run.language

    def make() -> bytes:
        with store.session() as db:
            return registry_table.export(db, actor, ending, language, store.iso(store.now(db)), reason=reason)

    return make


# ---- one import


def draw(run: Run, page: str, chosen: Import) -> None:
    """The whole of one import, on a page or in a dialog."""
    st.markdown(chosen.about)
    st.markdown(gray(t("imports.columns", columns=plain(t("imports.separator").join(chosen.columns)))))
    with st.container(horizontal=True, gap="small"):
        st.download_button(t("imports.template"), chosen.template, f"{chosen.name}.xlsx", key=f"{page}.template_{chosen.name}",
                           icon=":material/download:", mime=MEDIA, on_click="ignore")
        _undo(run, page, chosen)
    limit, turn = tabular.SIZE_LIMIT // 2**20, st.session_state.get(f"{page}.turn_{chosen.name}", 0)
    file = st.file_uploader(t("imports.file", limit=limit, rows=tabular.ROW_LIMIT), type=ENDINGS, max_upload_size=limit,
                            key=f"{page}.file_{chosen.name}" + (f"_{turn}" if turn else ""))
    if file is None:
        for key in ("tried", "seen", "overwrite"):
            st.session_state.pop(f"{page}.{key}_{chosen.name}", None)
        return
    more = {"overwrite": True} if st.session_state.get(f"{page}.overwrite_{chosen.name}") else {}
    table, plan = _tried(run, page, chosen, file, more)
    if more or (isinstance(plan, tuple) and any(problem.code == "import.changed_since" for problem in plan)):
        st.checkbox(t("imports.overwrite"), key=f"{page}.overwrite_{chosen.name}")
    if isinstance(plan, tuple):
        _refused(page, chosen, table, plan, run.language)
        return
    _planned(run, page, chosen, plan, table)
    seen, shown = st.session_state.get(f"{page}.seen_{chosen.name}"), _digest(plan)
    st.session_state[f"{page}.seen_{chosen.name}"] = shown
    with st.container(horizontal=True, gap="small"):
        asked = bool(plan.added + plan.changed) and st.button(
            t("imports.apply", count=plan.added + plan.changed), key=f"{page}.apply_{chosen.name}", type="primary", icon=":material/done_all:")
        st.button(t("imports.cancel"), key=f"{page}.cancel_{chosen.name}", icon=":material/close:", on_click=_put_away, args=(page, chosen.name))
    if asked and seen != shown:
        st.warning(t("imports.other_now"), icon=":material/sync_problem:")
    elif asked:
        with session.attempt() as made, st.spinner(t("imports.applying")):
            done = chosen.carry_out(run, table, **more)
        if made.ok:
            dialogs.done("imports.done", added=done.added, changed=done.changed)


def _put_away(page: str, name: str) -> None:
    """Forget the file, and nothing was changed."""
    st.session_state[f"{page}.turn_{name}"] = st.session_state.get(f"{page}.turn_{name}", 0) + 1


def _tried(run: Run, page: str, chosen: Import, file: object, more: dict) -> tuple[Table | None, object]:
    """The file's table (None where it cannot be read) and what importing it would do, or the problems that keep it from that."""
    key, made_of = f"{page}.tried_{chosen.name}", (file.file_id, events.head(run.db)[0], bool(more), run.today)
    kept = st.session_state.get(key)
    if kept and kept[0] == made_of:
        return kept[1:]
    table = kept[1] if kept and kept[0][0] == file.file_id else None
    try:
        table = table or chosen.read(file.getvalue())
        plan = chosen.plan(run, table, **more)
    except Refused as refused:
        plan = refused.problems
    st.session_state[key] = (made_of, table, plan)
    return table, plan


def _digest(plan: object) -> tuple:
    """What a reader has seen of a plan."""
    return plan.added, plan.changed, hash((getattr(plan, "cells", ()), getattr(plan, "news", ())))


def _refused(page: str, chosen: Import, table: Table | None, problems: Sequence[Problem], language: str) -> None:
    st.error(t("imports.refused", count=len(problems)), icon=":material/error:")
    if table is not None and marked.has_places(problems):
        st.download_button(t("imports.marked"), lambda: marked.workbook(table, problems, language), f"{chosen.name}-{t('imports.marked_name')}.xlsx",
                           mime=MEDIA, key=f"{page}.marked_{chosen.name}", icon=":material/ink_highlighter:", on_click="ignore")
    _table(problems)
    st.button(t("imports.cancel"), key=f"{page}.cancel_{chosen.name}", icon=":material/close:", on_click=_put_away, args=(page, chosen.name))


def _planned(run: Run, page: str, chosen: Import, plan: object, table: Table) -> None:
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
    if not plan.added + plan.changed:
        st.info(t("imports.nothing"), icon=":material/check_circle:")
    _differences(run, f"{page}.cells_{chosen.name}", getattr(plan, "cells", ()))
    if news := getattr(plan, "news", ()):
        with st.expander(t("imports.news", count=len(news))):
            rows = _cut(news, f"{page}.news_{chosen.name}")
            _frame({t("imports.row"): [each.row for each in rows], t("imports.who"): [each.name for each in rows]}, (64, 640))


def _cut(rows: Sequence, key: str) -> list:
    """The rows of the page that is turned to."""
    return [rows[place] for place in paging.cut(pd.DataFrame({"place": range(len(rows))}), key)["place"]]


def _differences(run: Run, key: str, cells: Sequence) -> None:
    """What changes, cell by cell."""
    if not cells:
        return
    st.markdown(t("imports.cells", count=len(cells), rows=len({cell.row for cell in cells})))
    rows = _cut(cells, key)

    def words(told: str | Words) -> str:
        return getattr(told, run.language) if isinstance(told, Words) else told

    def column(told: str | Words) -> str:
        return words(told) if isinstance(told, Words) else t(f"column.{told}")

    _frame({t("imports.row"): [cell.row for cell in rows], t("imports.who"): [cell.name for cell in rows],
            t("imports.what"): [column(cell.column) for cell in rows],
            t("imports.before"): [words(cell.before) or t("imports.blank") for cell in rows],
            t("imports.after"): [words(cell.after) or t("imports.blank") for cell in rows]}, (64, 240, 150, 220, 220))


def _frame(columns: dict[str, list], widths: Sequence[int]) -> None:
    frame = pd.DataFrame(columns)
    st.dataframe(frame, hide_index=True, row_height=ROW, height=(min(len(frame), MOST_SHOWN) + 1) * ROW + 2,
                 column_config={title: st.column_config.Column(width=width) for title, width in zip(columns, widths, strict=True)})


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


# ---- taking one back


def _undo(run: Run, page: str, chosen: Import) -> None:
    """The last import of this kind, and the button that takes it back."""
    last = done_imports.last(run.db, run.actor, chosen.undo) if chosen.undo else None
    if last is None:
        return
    with st.popover(t("imports.undo"), icon=":material/undo:", width="content", key=f"{page}.undo_{chosen.name}"):
        author = plain(history.office(run, [last.author], "")[last.author])
        st.markdown(t("imports.undo_what", when=moment(last.at), author=author, added=last.added, changed=last.changed))
        st.markdown(gray(t(f"imports.undo_{chosen.undo if chosen.undo in done_imports.OFFICE else 'records'}")))
        if st.button(t("imports.undo_do"), key=f"{page}.undo_do_{chosen.name}", type="primary"):
            with session.attempt() as made:
                done = done_imports.undo(run.db, run.actor, chosen.undo, run.at, only=last.id)
            if made.ok:
                dialogs.done("imports.undone", added=done.added, changed=done.changed)
