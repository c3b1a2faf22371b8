"""The questionnaires and their versions: taken away as XLSForm, uploaded again, compared, looked at as a form, published.

Session keys: `forms.version` (the version to take away), `forms.section` (the section of the preview), both widgets.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core import form_changes, forms
from lib.core.access import Action
from lib.core.form_changes import Changes
from lib.core.forms import Form, Item
from lib.core.model import Problem, Refused
from lib.exchange import kobo_import, xlsform, xlsform_reader
from lib.exchange.xlsform_reader import Workbook
from lib.store import questionnaires, rounds
from lib.store.questionnaires import Version
from lib.ui import dialogs, figures, form, imports, picking, session, shared, text
from lib.ui.imports import MEDIA, Import
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

KEPT = 4
SHOWN_CHANGES = 40
"""Changed questions that are listed; beyond it only their number is."""


def versions(run: Run) -> Mapping[str, Sequence[Version]]:
    """Every questionnaire's versions, the current one first; shared, so never change them."""
    return _versions(*figures.key(run), run)


@shared.once(KEPT)
def _versions(home: str, revision: int, _run: Run) -> Mapping[str, Sequence[Version]]:
    return questionnaires.versions(_run.db)


def count(found: Mapping[str, Sequence[Version]]) -> str:
    return t("forms.count", forms=len(found), versions=sum(map(len, found.values())))


def pick(found: Mapping[str, Sequence[Version]]) -> str:
    """The list of questionnaires; gives the kind of the one to work on."""
    table = pd.DataFrame([{"code": kind, "kind": t(f"kind.{kind}"), "version": each[0].version, "versions": len(each),
                           "published": text.date(text.local(each[0].published_at).date(), year=True), "begun": sum(one.assessments for one in each)}
                          for kind, each in found.items() if each])
    config = st.column_config
    columns = {"kind": config.TextColumn(t("forms.of.kind"), width=124 if text.language() == "zh" else 160),
               "version": config.TextColumn(t("forms.of.version"), width=116),
               "published": config.TextColumn(t("forms.of.published"), width=116),
               "begun": config.NumberColumn(t("forms.of.begun"), width=76), "versions": config.NumberColumn(t("forms.of.versions"), width=66)}
    return picking.pick("forms", table, columns, {}, "form")


def card(run: Run, found: Sequence[Version]) -> None:
    """One questionnaire: its versions with who answered which, and the way to take one away."""
    current = rounds.form(run.db, found[0].version)
    with st.container(border=True):
        st.subheader(plain(current.label[run.language]), anchor=False)
        st.table({t("forms.of.version"): [plain(each.version) + (f"　:green-badge[{t('forms.current')}]" if each.current else "") for each in found],
                  t("forms.of.published"): [text.moment(each.published_at, year=True) for each in found],
                  t("forms.of.begun"): [str(each.assessments) for each in found],
                  t("forms.of.submitted"): [str(each.submissions) for each in found]}, border="horizontal", hide_index=True)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            codes = [each.version for each in found]
            if st.session_state.get("forms.version") not in codes:
                st.session_state["forms.version"] = codes[0]
            if len(codes) > 1:
                st.selectbox(t("forms.of.version"), codes, key="forms.version", width=170, label_visibility="collapsed")
            chosen = rounds.form(run.db, st.session_state["forms.version"])
            st.download_button(t("forms.download"), lambda: xlsform.write(questionnaires.body(run.db, chosen.version), run.language),
                               xlsform.file_name(chosen), mime=MEDIA, key="forms.download", icon=":material/download:", type="primary",
                               on_click="ignore")
            st.link_button(t("paper.print_blank"), f"/print/form/{current.name}?lang={run.language}", type="tertiary", icon=":material/draft:")
        st.markdown(gray(t("forms.download_note")))


def upload(run: Run, kind: str) -> None:
    """A new version, or answers collected elsewhere."""
    if not run.may(Action.MANAGE_PROGRAM):
        st.info(t("forms.frozen"), icon=":material/push_pin:")
        return
    new, collected = st.tabs([t("forms.new"), t("forms.collected")], key="forms.part")
    with new:
        file = st.file_uploader(t("forms.file"), type=["xlsx", "xls"], key="forms.file", help=t("forms.file_note"))
        if file is not None:
            _handed_in(run, _read(file.getvalue()))
    with collected:
        columns = [f"{xlsform.ORGANIZATION}*", t("forms.questions")]
        imports.draw(run, "forms", Import(
            "submissions", t("forms.about_submissions", kind=t(f"kind.{kind}")), columns, lambda content: kobo_import.read(run.db, kind, content),
            lambda run, table: kobo_import.plan(run.db, run.actor, kind, table, run.today),
            lambda run, table: kobo_import.import_table(run.db, run.actor, kind, table, run.at),
            lambda: xlsform.write(questionnaires.current_body(run.db, kind), run.language)))


@shared.once(KEPT)
def _read(content: bytes) -> Workbook | tuple[Problem, ...]:
    """A workbook, or everything that is wrong with it; kept, since every click reads it again."""
    try:
        return xlsform_reader.read(content)
    except Refused as refused:
        return refused.problems


# ---- what was handed in


def _handed_in(run: Run, read: Workbook | tuple[Problem, ...]) -> None:
    if isinstance(read, tuple):
        st.error(t("forms.refused", count=len(read)), icon=":material/error:")
        _problems(read)
        return
    if read.ignored:
        st.markdown(gray(t("imports.ignored", columns=plain(t("imports.separator").join(read.ignored)))))
    before = questionnaires.current_body(run.db, read.form.name)
    changes = form_changes.between(before, read.body)
    st.markdown(f"**{t('forms.against', kind=t(f'kind.{read.form.name}'))}**")
    if changes.none:
        st.info(t("forms.same"), icon=":material/check_circle:")
        return
    _changes(run, changes, forms.parse(before), read.form)
    st.markdown(gray(t("forms.who")))
    if st.button(t("forms.publish", kind=t(f"kind.{read.form.name}")), key="forms.publish", type="primary", icon=":material/publish:"):
        with session.attempt() as made:
            version = questionnaires.publish(run.db, run.actor, read.body, run.at)
        if made.ok:
            dialogs.done("forms.published", version=version)
    _preview(run, read.form)


def _problems(problems: Sequence[Problem]) -> None:
    """Mistakes with their places: sheet, row, column."""
    places = [dict(problem.params) for problem in problems]
    st.table({t("forms.sheet"): [plain(place.get("sheet", "")) for place in places],
              t("imports.row"): [str(place.get("row", "")) for place in places],
              t("imports.column"): [place.get("letter", "") for place in places],
              t("imports.problem"): [plain(session.say(problem)) for problem in problems]}, border="horizontal", hide_index=True)


def _changes(run: Run, changes: Changes, before: Form, after: Form) -> None:
    """What the new version asks anew, no longer, or otherwise; a question that a figure counts on is pointed at when it goes."""
    lines = [f":green-badge[{t('forms.added')}]　{_named(run, after.items[name])}" for name in changes.added]
    for name in changes.removed:
        item = before.items[name]
        feeds = f"　{gray(t('forms.feeds', feeds=plain(item.feeds)))}" if item.feeds else ""
        lines.append(f":orange-badge[{t('forms.removed')}]　{_named(run, item)}{feeds}")
    for name, columns in list(changes.changed.items())[:SHOWN_CHANGES]:
        what = gray(t("form.comma").join(map(_column, columns)))
        lines.append(f":blue-badge[{t('forms.changed')}]　{_named(run, after.items[name])}　{what}")
    if len(changes.changed) > SHOWN_CHANGES:
        lines.append(gray(t("forms.more", count=len(changes.changed) - SHOWN_CHANGES)))
    lines += [f":blue-badge[{t('forms.changed')}]　{t(f'forms.{what}')}" for what in ("moved", "headings") if getattr(changes, what)]
    st.markdown("  \n".join(lines))


def _column(column: str) -> str:
    """What of a question is another: a column of the sheet, or where it stands, or its choices."""
    if column in (form_changes.SECTION, form_changes.CHOICES):
        return t(f"forms.changed_{column}")
    return plain(xlsform.header(column))


def _named(run: Run, item: Item) -> str:
    return f"{plain(item.label[run.language])}　{gray(plain(item.name))}"


# ---- the form as it will be asked


def _preview(run: Run, shown: Form) -> None:
    """A section of the new version with its widgets, which take no answer."""
    names = {group.name: f"{place}. {group.label[run.language]}" for place, group in enumerate(shown.groups, 1)}
    with st.container(border=True):
        section = st.selectbox(t("forms.preview"), list(names), format_func=names.get, key="forms.section")
        for item in next(group.items for group in shown.groups if group.name == section):
            if not item.parent and (item.asked or item.scored):
                with st.container(gap="xsmall"):
                    _question(run, shown, item)


def _question(run: Run, shown: Form, item: Item) -> None:
    language = run.language
    lines = [f"**{shown.number_of(item.name)}**　{plain(item.label[language])}"]
    notes = [plain(item.hint[language])] if item.hint.get(language) else []
    notes += [t("forms.only_if", condition=plain(item.relevant))] if item.relevant else []
    lines += [gray("　".join(notes))] if notes else []
    if not item.asked:
        lines += [f":gray-badge[{t('form.computed')}]",
                  *(f"{t('form.level', level=level)}　{plain(words[language])}" for level, words in item.levels.items())]
    st.markdown("  \n".join(lines))
    if item.asked:
        _widget(shown, item, "", visible=False)
    for child in shown.children.get(item.name, ()):
        if child.part == forms.UNSURE_TICK:
            _widget(shown, child, child.label[language], visible=True)
    if item.problem_when or item.concern_when:
        sources = "　".join(plain(source) for source in (item.problem_when, item.concern_when) if source)
        st.markdown(f":orange-badge[:material/flag: {t('forms.problem')}]　{plain(item.problem[language])}　{gray(sources)}")


def _widget(shown: Form, item: Item, label: str, *, visible: bool) -> None:
    common = {"key": f"forms.preview.{shown.version}.{item.name}", "disabled": True, "label_visibility": "visible" if visible else "collapsed"}
    form.widget(item)(item, label or item.label[text.language()], common)
