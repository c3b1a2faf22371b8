"""The form renderer: any form that is data, a screen of at most six questions at a time, every answer kept as it changes.

Widgets are seeded through the session state and never by `value=`: otherwise every second edit is lost. Session keys:
- `answer.<name>`: the widgets. Seeded here from the store; dropped by a language switch (frame.forget_translated_widgets).
- `form.seen`: name → seq of the answer this tab has last seen; a newer one in the store re-seeds its widget.
- `form.unsaved`: answers that could not be kept (session ended, disk full), tried again at the next run.
- `form.overwritten`: answers of somebody else that this tab has just replaced; shown once.
- `form.uploads.<name>`: counts uploads, so that the uploader is empty again after each.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from lib.core import forms
from lib.core.forms import Form, Group, Item, Reading
from lib.core.model import Refused
from lib.store import assessments, attachments
from lib.store import db as store
from lib.store.assessments import Draft
from lib.ui import session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

SCREEN = 6
EARLIEST, LATEST = dt.date(1921, 7, 1), dt.date(2100, 12, 31)


@dataclass(frozen=True)
class Screen:
    """Part of a section that is drawn at once."""

    group: Group
    questions: tuple[Item, ...]
    part: int
    parts: int


def screens(form: Form) -> tuple[Screen, ...]:
    """A form cut into screens: a section of more than six questions takes two of equal length. Computed scores are shown with them."""
    found = []
    for group in form.groups:
        shown = [item for item in group.items if not item.parent and (item.asked or item.scored)]
        parts = max(1, -(-len(shown) // SCREEN))
        size = -(-len(shown) // parts) if shown else 1
        found += [Screen(group, tuple(shown[part * size:(part + 1) * size]), part + 1, parts) for part in range(parts)]
    return tuple(found)


def screen_of(form: Form, name: str) -> int:
    """Index of the screen that has an item."""
    question = form.items[name].parent or name
    return next(index for index, screen in enumerate(screens(form)) if any(item.name == question for item in screen.questions))


# ---- widgets: one function a type


def _key(item: Item) -> str:
    return f"answer.{item.name}"


def _labels(item: Item, written: Callable[[str], str] = plain) -> Callable[[str], str]:
    """What a choice is called; `written` prepares it for its widget: radio buttons read Markdown, lists that open do not."""
    labels = {choice.name: written(choice.label[text.language()]) for choice in item.choices}
    return lambda code: labels.get(code, written(code))


def _radio(item: Item, label: str, common: Mapping) -> None:
    short = item.appearance == "horizontal" or (len(item.choices) <= 5 and not item.levels
                                                and sum(len(choice.label["zh"]) for choice in item.choices) <= 24)
    st.radio(label, [choice.name for choice in item.choices], index=None, format_func=_labels(item), horizontal=short, **common)


def _select(item: Item, label: str, common: Mapping) -> None:
    st.selectbox(label, [choice.name for choice in item.choices], index=None, format_func=_labels(item, str), placeholder=t("form.choose"), **common)


def _multiselect(item: Item, label: str, common: Mapping) -> None:
    st.multiselect(label, [choice.name for choice in item.choices], format_func=_labels(item, str), placeholder=t("form.choose_several"), **common)


def _tick(item: Item, label: str, common: Mapping) -> None:
    st.checkbox(label, **{**common, "label_visibility": "visible"})


def _integer(item: Item, label: str, common: Mapping) -> None:
    st.number_input(label, value=None, step=1, width=240, **common)


def _decimal(item: Item, label: str, common: Mapping) -> None:
    st.number_input(label, value=None, step=0.1, width=240, **common)


def _date(item: Item, label: str, common: Mapping) -> None:
    # without limits the widget silently refuses dates more than ten years away
    st.date_input(label, value=None, min_value=EARLIEST, max_value=LATEST, format="YYYY-MM-DD", width=240, **common)


def _text(item: Item, label: str, common: Mapping) -> None:
    if item.appearance == "multiline":
        st.text_area(label, height=88, max_chars=forms.TEXT_LIMIT, **common)
    else:
        st.text_input(label, max_chars=forms.TEXT_LIMIT, **common)


WIDGETS = {"integer": _integer, "decimal": _decimal, "date": _date, "text": _text, "select_one": _radio, "select_multiple": _multiselect}
SHORT_LISTS = 8
"""A longer list is a select box."""


def widget(item: Item, *, clearable: bool = False) -> Callable[[Item, str, Mapping], None]:
    """What draws a question, called with it, its label and the widget's common arguments. Radio buttons cannot be left empty again:
    a `clearable` question has none."""
    if item.part == forms.UNSURE_TICK:
        return _tick
    if item.type == "select_one" and (clearable or item.dynamic or item.part == forms.WHY or len(item.choices) > SHORT_LISTS):
        return _select
    return WIDGETS[item.type]


def to_widget(item: Item, stored: str | None):
    """A stored answer as its widget's value."""
    if item.part == forms.UNSURE_TICK:
        return bool(stored)
    try:
        value = forms.decode(item, stored)
    except ValueError:
        value = None
    if item.type == "select_multiple":
        codes = {choice.name for choice in item.choices}
        return [code for code in (value or "").split() if code in codes]
    if item.type == "select_one" and value not in {choice.name for choice in item.choices}:
        return None
    if value is None:
        return "" if item.type == "text" else None
    return dt.date.fromisoformat(value) if item.type == "date" else value


def from_widget(item: Item, value):
    """A widget's value as a command takes it."""
    if item.part == forms.UNSURE_TICK:
        return "yes" if value else None
    return value


# ---- saving


def _save(code: str, name: str) -> None:
    """Keep one answer: the callback of every widget."""
    with session.quietly("assessment") as run:
        if isinstance(run, Run):
            draft = assessments.draft(run.db, code)
            value = from_widget(draft.form.items[name], st.session_state.get(f"answer.{name}"))
        else:
            value = st.session_state.get(f"answer.{name}")
    st.session_state.setdefault("form.unsaved", {}).setdefault(code, {})[name] = value
    save_unsaved(code)


def save_unsaved(code: str) -> None:
    """Keep what is not kept yet; what fails stays for the next try, and `unsaved_notice` says so."""
    waiting = st.session_state.get("form.unsaved", {}).get(code)
    if not waiting:
        return
    with session.quietly("assessment") as run:
        if not isinstance(run, Run):
            return
        seen = st.session_state.setdefault("form.seen", {})
        try:
            seq, overwritten = assessments.save_answers(run.db, run.actor, code, waiting, run.at, seen)
        except Refused as refused:
            st.session_state["form.refused"] = refused
            del st.session_state["form.unsaved"][code]
            for name in waiting:  # show again what the store has
                st.session_state.pop(f"answer.{name}", None)
                seen.pop(name, None)
            return
        except store.SQLiteError:
            store.log.exception("an answer could not be kept")
            return
    seen.update(dict.fromkeys(waiting, seq))
    st.session_state["form.based_on"] = max(seq, st.session_state.get("form.based_on", 0))
    st.session_state["form.overwritten"] = overwritten
    del st.session_state["form.unsaved"][code]


def notices(draft: Draft) -> None:
    """What the last save has to say: refused, not kept yet, or replacing somebody else's answer."""
    if refused := st.session_state.pop("form.refused", None):
        session.explain(refused)
    if st.session_state.get("form.unsaved", {}).get(draft.organization.code):
        st.error(t("form.unsaved"), icon=":material/cloud_off:")
    for other in st.session_state.pop("form.overwritten", ()):
        st.warning(t("form.overwritten", number=draft.form.number_of(other.name), author=plain(other.author), time=text.clock(other.at),
                     value=plain(spoken(draft.form.items[other.name], other.value))), icon=":material/sync_problem:")


# ---- drawing


def spoken(item: Item, stored: str | None) -> str:
    """An answer in words, not yet escaped: labels instead of codes."""
    if not stored:
        return text.DASH
    labels = {choice.name: choice.label[text.language()] for choice in item.choices}
    codes = stored.split() if item.type == "select_multiple" else [stored]
    return t("form.comma").join(labels.get(code, code) for code in codes)


@dataclass(frozen=True)
class Tab:
    """What this tab has seen and has not yet saved, read once a run: the session state is slow to answer."""

    seen: dict[str, int]
    unsaved: Mapping[str, object]
    disabled: bool


def _seed(item: Item, draft: Draft, tab: Tab) -> None:
    seen, row = tab.seen, draft.rows.get(item.name)
    seq = row.seq if row else 0
    if item.name not in tab.unsaved and (_key(item) not in st.session_state or seq > seen.get(item.name, 0)):
        st.session_state[_key(item)] = to_widget(item, row.value if row else None)
    seen[item.name] = max(seq, seen.get(item.name, 0))


def _draw(item: Item, draft: Draft, label: str, tab: Tab, *, visible_label: bool) -> None:
    _seed(item, draft, tab)
    widget(item)(item, label, {"key": _key(item), "disabled": tab.disabled, "on_change": _save, "args": (draft.organization.code, item.name),
                                "label_visibility": "visible" if visible_label else "collapsed"})


def _origin(item: Item, draft: Draft, last: Mapping[str, str]) -> str:
    row = draft.rows.get(item.name)
    notes = [t("form.from_registry")] if row and row.origin in ("registry", "system") else []
    if before := last.get(item.name):
        notes.append(t("form.last_round", answer=plain(spoken(item, before))))
    return "　".join(notes)


@dataclass(frozen=True)
class Marks:
    """What is shown beside questions: gaps to point at, remarks to answer, last round's answers, attachments by item."""

    gaps: Mapping[str, str]
    remarks: Mapping[str, list[dict]]
    last: Mapping[str, str]
    attachments: Mapping[str, list[dict]]


def ask(run: Run, draft: Draft, screen: Screen, reading: Reading, marks: Marks, *, disabled: bool, remark: Callable[[dict], None]) -> None:
    """Draw one screen. `remark` draws a reviewer's remark under its question."""
    unsaved = st.session_state.get("form.unsaved", {}).get(draft.organization.code, {})
    tab = Tab(st.session_state.setdefault("form.seen", {}), unsaved, disabled)
    for item in screen.questions:
        if item.name not in reading.visible:
            continue
        children = {child.part: child for child in draft.form.children.get(item.name, ()) if child.name in reading.visible}
        told = marks.remarks.get(item.name, [])
        with st.container(border=bool(told) or item.name in marks.gaps, gap="xsmall"):
            _question(item, draft, marks, reading, tab)
            if forms.UNSURE_TICK in children:
                tick = children[forms.UNSURE_TICK]
                _draw(tick, draft, tick.label[run.language], tab, visible_label=True)
            _complaint(item, draft, reading)
            if forms.WHAT in children:
                _follow_up(item, children, draft, marks, tab)
            if forms.NOTE in children:
                _evidence(run, children, draft, marks, tab)
            for row in told:
                remark(row)


def _question(item: Item, draft: Draft, marks: Marks, reading: Reading, tab: Tab) -> None:
    """Number, text and notes in one element, then the widget: every element costs on every answer."""
    language = text.language()
    label = item.label[language]
    badge = f"　:red-badge[{t(f'form.gap_{marks.gaps[item.name]}')}]" if item.name in marks.gaps else ""
    lines = [f"**{draft.form.number_of(item.name)}**　{plain(label)}{badge}"]
    notes = [plain(item.hint[language])] if item.hint.get(language) else []
    if origin := _origin(item, draft, marks.last):
        notes.append(origin)
    if notes:
        lines.append(gray("　".join(notes)))
    if not item.asked:
        level = reading.values[item.name]
        found = f"**{t('form.level', level=level)}**　{plain(item.levels[str(level)][language])}" if level != [] else t("form.not_known_yet")
        lines.append(f":gray-badge[{t('form.computed')}] {found}")
    st.markdown("  \n".join(lines))
    if item.asked:
        _draw(item, draft, label, tab, visible_label=False)


def _complaint(item: Item, draft: Draft, reading: Reading) -> None:
    value = reading.values[item.name]
    if item.constraint and value != [] and not forms.expressions.holds(item.constraint, reading.values, value):
        st.error(plain(item.message[text.language()]), icon=":material/error:")


def _follow_up(item: Item, children: Mapping[str, Item], draft: Draft, marks: Marks, tab: Tab) -> None:
    language = text.language()
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":orange-badge[:material/flag: {t('form.problem')}]　**{plain(item.problem[language])}**")
        for part in (forms.WHAT, forms.WHY):
            child = children[part]
            gap = f"　:red-badge[{t('form.gap_required')}]" if child.name in marks.gaps else ""
            _draw(child, draft, f"{child.label[language]}{gap}", tab, visible_label=True)


def _evidence(run: Run, children: Mapping[str, Item], draft: Draft, marks: Marks, tab: Tab) -> None:
    note, file = children[forms.NOTE], children[forms.FILE]
    hint = note.hint.get(run.language, "")
    gap = f"　:red-badge[{t('form.gap_required')}]" if note.name in marks.gaps else ""
    kept = marks.attachments.get(file.name, [])
    with st.expander(t("form.evidence", count=len(kept)) if kept else t("form.evidence_none"),
                     expanded=bool(draft.answers.get(note.name) or kept or gap), icon=":material/attach_file:"):
        _draw(note, draft, f"{note.label[run.language]}{'：' + plain(hint) if hint else ''}{gap}", tab, visible_label=True)
        for row in kept:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"[{plain(row['name'])}](/attachments/{row['id']})　{gray(t('form.size', kb=-(-row['size'] // 1024)))}", width="content")
                if not tab.disabled:
                    st.button(t("form.remove"), key=f"form.remove.{row['id']}", type="tertiary", icon=":material/delete:",
                              on_click=_remove, args=(row["id"],))
        if not tab.disabled:
            count = st.session_state.get(f"form.uploads.{file.name}", 0)
            key = f"form.upload.{file.name}.{count}"
            st.file_uploader(file.label[run.language], key=key, type=["pdf", "jpg", "jpeg", "png", "docx", "xlsx"],
                             max_upload_size=attachments.SIZE_LIMIT // 2**20, on_change=_upload, args=(draft.organization.code, file.name, key))


def _upload(code: str, item: str, key: str) -> None:
    given = st.session_state.get(key)
    if given is None:
        return
    with session.quietly("assessment") as run:
        if isinstance(run, Run):
            try:
                attachments.add(run.db, run.actor, code, item, given.name, given.getvalue(), run.at)
            except Refused as refused:
                st.session_state["form.refused"] = refused
    st.session_state[f"form.uploads.{item}"] = st.session_state.get(f"form.uploads.{item}", 0) + 1


def _remove(attachment: str) -> None:
    with session.quietly("assessment") as run:
        if isinstance(run, Run):
            try:
                attachments.remove(run.db, run.actor, attachment, run.at)
            except Refused as refused:
                st.session_state["form.refused"] = refused


def by_item(rows: Iterable[dict]) -> dict[str, list[dict]]:
    """Rows with an `item` column, grouped by it."""
    grouped: dict[str, list[dict]] = {}
    for row in rows:
        grouped.setdefault(row["item"], []).append(row)
    return grouped
