"""The registers' dialogs: the form of a record, striking one out, approving and refusing one.

What is typed is kept beside the widgets, so that a question that is hidden for a moment, a refusal or somebody else's change takes
nothing away. Session keys:
- `register.draft`: the record that is being written; set by `begin`, gone with the next one. A mapping of `register`, `record` (id, ""
  for a new one), `seen` (its seq when it was looked at), `base` (its stored answers then), `values` (item → what its widget holds),
  `refused` (why the last saving failed, shown until the next), `theirs` (item → stored answer that somebody else changed meanwhile).
- `record.<item>`: the form's widgets, seeded from the draft; `record.about`, `record.about.organization`, `record.about.committee`: whom a
  new record is about; `record.find.<name>`: the search before a long list.
- `register.reason`: the text of a decision; seeded by `ask`.
"""

from collections.abc import Mapping

import streamlit as st

from lib.core import forms
from lib.core.forms import Item, Reading
from lib.core.model import TEXT_LIMIT, Problem, Refused, Role
from lib.core.registers import About, Register
from lib.store import db as store
from lib.store import records
from lib.store.records import Entry, Record
from lib.ui import dialogs, form, register_words, session
from lib.ui.register_words import label, spoken
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

DRAFT = "register.draft"
MOST_LISTED = 300
"""Choices that are sent to the browser as they are; of more, only those that a search finds."""
FOUND = 50
PAGE = "registers"
"""The page whose right to look a dialog asks for; what it does is asked again by the command."""


def _key(name: str) -> str:
    return f"record.{name}"


def begin(name: str, record: Record | None = None) -> None:
    """Open the form of a new record, or of one that stands (a button's callback)."""
    for key in [key for key in st.session_state if str(key).startswith("record.")]:
        del st.session_state[key]
    st.session_state[DRAFT] = {"register": name, "record": record.id if record else "", "seen": record.seq if record else 0,
                               "base": dict(record.values) if record else {}, "values": {}, "refused": (), "theirs": {}}
    dialogs.ask("register.edit" if record else "register.new", name=name, **({"record": record.id} if record else {}))


def ask(action: str, record: Record) -> None:
    """Open the dialog of a decision, or of striking a record out (a button's callback)."""
    st.session_state["register.reason"] = ""
    dialogs.ask(f"register.{action}", name=record.register, record=record.id)


# ---- the form


def _edit(name: str, record: str = "") -> None:
    draft = st.session_state.get(DRAFT)
    if not dialogs.is_open() or draft is None:
        dialogs.close()
        st.rerun()  # saved by the callback: the page behind has something new to show
    with session.run(PAGE) as run, session.attempt():
        kept = records.register(run.db, name)
        if record:
            st.markdown(gray(plain(register_words.about(records.get(run.db, record)))))
        else:
            _whom(run, kept)
        items = {item.name: _asked(run, kept, item, draft) for item in kept.items}
        reading, texts = _read(run, kept, items, draft)
        gaps = {gap.item.name: gap.code for gap in forms.gaps(kept.form, texts, reading)} if draft["refused"] else {}
        for group in kept.form.groups:
            own = [items[item.name] for item in group.items if item.name in items and item.name in reading.visible]
            if own and len(kept.form.groups) > 1:
                st.markdown(f"##### {plain(group.label[run.language])}")
            for item in own:
                _draw(run, item, draft, reading, gaps)
        draft["values"] |= {name_: st.session_state[_key(name_)] for name_ in items if _key(name_) in st.session_state}
        if draft["refused"]:
            session.explain(Refused(problems=draft["refused"]))  # above the button that was pressed: a long form is scrolled
        st.button(t("register.save"), key="register.save", type="primary", on_click=_save, args=(name, record))


def _asked(run: Run, kept: Register, item: Item, draft: Mapping) -> Item:
    """A question with what may be chosen now: of a long list what its search finds, and in any case what is chosen already."""
    if not item.dynamic:
        return item
    names = register_words.choices(run, item.list_name)
    stored = (draft["base"].get(item.name) or "").split()
    held = draft["values"].get(item.name) or []
    chosen = dict.fromkeys((*stored, *([held] if isinstance(held, str) else held)))
    offered = names if len(names) <= MOST_LISTED else _search(names, item.name)
    return register_words.with_choices(item, {**offered, **{code: names.get(code) or records.spoken(run.db, item, code) for code in chosen}})


def _search(names: Mapping[str, str], name: str) -> dict[str, str]:
    """What the search before a long list finds, at most FOUND."""
    word = (st.session_state.get(f"record.find.{name}") or "").strip().lower()
    found: dict[str, str] = {}
    if word:
        for code, each in names.items():
            if word in each.lower() or word == code.lower():
                found[code] = each
                if len(found) == FOUND:
                    break
    return found


def _search_field(names: Mapping[str, str], name: str, words: str) -> None:
    if len(names) > MOST_LISTED:
        st.text_input(t("register.find", label=words), key=f"record.find.{name}", icon=":material/search:", max_chars=40,
                      placeholder=t("register.find_how", count=len(names)))


def _read(run: Run, kept: Register, items: Mapping[str, Item], draft: Mapping) -> tuple[Reading, dict[str, str]]:
    """The answers as the widgets hold them now, and what follows from them: which questions are asked."""
    texts = {}
    for name, item in items.items():
        try:
            given = forms.encode(item, form.from_widget(item, _held(item, draft)))
        except (ValueError, TypeError, OverflowError):
            given = None
        if given:
            texts[name] = given
    return forms.read(kept.form, texts, run.today), texts


def _held(item: Item, draft: Mapping) -> object:
    """What a question's widget holds: as typed, as kept while it was hidden, or as stored."""
    key = _key(item.name)
    if key in st.session_state:
        return st.session_state[key]
    return draft["values"][item.name] if item.name in draft["values"] else form.to_widget(item, draft["base"].get(item.name))


def _draw(run: Run, item: Item, draft: Mapping, reading: Reading, gaps: Mapping[str, str]) -> None:
    words = plain(label(item)) + ("" if item.required else f"　:gray[{t('register.optional')}]")
    if item.name in gaps:
        words += f"　:red-badge[{t(f'form.gap_{gaps[item.name]}')}]"
    if item.dynamic:
        _search_field(register_words.choices(run, item.list_name), item.name, label(item))
    if _key(item.name) not in st.session_state:
        st.session_state[_key(item.name)] = _held(item, draft)
    form.widget(item, clearable=not item.required)(item, words, {"key": _key(item.name)})
    if hint := item.hint.get(run.language):
        st.markdown(gray(plain(hint)))
    if item.name in draft["theirs"]:
        st.markdown(f":orange-badge[{t('register.theirs')}]　{plain(spoken(run.db, item, draft['theirs'][item.name]))}")
    value = reading.values[item.name]
    if item.constraint and value != [] and not forms.expressions.holds(item.constraint, reading.values, value):
        st.error(plain(item.message[run.language]), icon=":material/error:")


# ---- whom a new record is about


def _whom(run: Run, kept: Register) -> None:
    """The choice of whom a record is about, where there is one: within what the register is about and the actor may write."""
    if kept.about == About.COUNTY:
        return
    if run.actor.role == Role.ORGANIZATION:
        own = register_words.organizations_of(run, kept)
        st.markdown(t("register.whom_own", name=plain(next(iter(own.values()), ""))))
        return
    if _kind(run, kept) == About.COMMITTEE:
        names = register_words.committees_of(run)
        if len(names) == 1:
            st.markdown(t("register.whom_own", name=plain(next(iter(names.values())))))
        else:
            _choose(t("register.about_committee"), names, "record.about.committee", names)
    else:
        names = register_words.organizations_of(run, kept)
        _search_field(names, "about", t("register.about_organization"))
        _choose(t("register.about_organization"), names if len(names) <= MOST_LISTED else _search(names, "about"), "record.about.organization", names)


def _kind(run: Run, kept: Register) -> About:
    """Organization or committee: what the register says, or where it may be either, what is chosen."""
    if kept.about != About.EITHER:
        return kept.about
    st.session_state.setdefault("record.about", About.ORGANIZATION.value)
    return About(st.segmented_control(t("register.whom"), (About.ORGANIZATION.value, About.COMMITTEE.value), key="record.about", required=True,
                                      format_func=lambda code: t(f"register.about_{code}")))


def _choose(words: str, offered: Mapping[str, str], key: str, names: Mapping[str, str]) -> None:
    st.session_state.setdefault(key, None)
    codes = list(offered)
    if (here := st.session_state[key]) is not None and here not in offered:
        codes.append(here)
    st.selectbox(words, codes, index=None, format_func=lambda code: names.get(code, code), key=key, placeholder=t("form.choose"))


def _entry(run: Run, kept: Register, values: Mapping[str, object]) -> Entry:
    """A new record as the command takes it."""
    if kept.about == About.COUNTY:
        return Entry(values)
    if run.actor.role == Role.ORGANIZATION:
        return Entry(values, organization=run.actor.organization)
    about = kept.about if kept.about != About.EITHER else About(st.session_state.get("record.about") or About.ORGANIZATION)
    if about == About.COMMITTEE:
        return Entry(values, committee=run.actor.committee or st.session_state.get("record.about.committee"))
    return Entry(values, organization=st.session_state.get("record.about.organization"))


# ---- saving


def _save(name: str, record: str) -> None:
    """Keep the record (the button's callback); what is refused is said by the dialog, which keeps everything that was typed."""
    draft = st.session_state[DRAFT]
    with session.quietly(PAGE) as run:
        if not isinstance(run, Run):
            draft["refused"] = run.problems if isinstance(run, Refused) else (Problem.of("store.failed"),)
            return
        try:
            kept = records.register(run.db, name)
            items = {item.name: item for item in kept.items}
            held = {name_: st.session_state.get(_key(name_), draft["values"].get(name_)) for name_ in items
                    if _key(name_) in st.session_state or name_ in draft["values"]}
            given = {name_: form.from_widget(items[name_], value) for name_, value in held.items()}
            if record:
                changed = {name_: value for name_, value in given.items() if _differs(items[name_], value, draft["base"].get(name_))}
                records.change(run.db, run.actor, record, changed, run.at, run.today, seen=draft["seen"])
            else:
                record = records.add(run.db, run.actor, name, _entry(run, kept, given), run.at, run.today)
        except Refused as refused:
            draft["refused"] = refused.problems
            if any(problem.code == "record.changed_elsewhere" for problem in refused.problems):
                _look_again(run, items, record, draft)
            return
        except store.SQLiteError as error:
            store.log.exception("a record could not be kept")
            draft["refused"] = (Problem.of("store.read_only" if "readonly" in str(error) else "store.failed"),)
            return
    st.query_params["record"] = record
    dialogs.close()
    session.flash("register.saved")


def _differs(item: Item, value: object, stored: str | None) -> bool:
    try:
        return forms.encode(item, value) != (stored or None)
    except (ValueError, TypeError, OverflowError):
        return True  # the command says what is wrong with it


def _look_again(run: Run, items: Mapping[str, Item], record: str, draft: dict) -> None:
    """Somebody else has changed the record: take over what this tab has not touched, show the rest beside what is typed."""
    now = records.get(run.db, record)
    for name, item in items.items():
        before, after = draft["base"].get(name), now.values.get(name)
        if before == after:
            continue
        touched = name in draft["values"] and _differs(item, form.from_widget(item, st.session_state.get(_key(name), draft["values"][name])), before)
        if touched:
            draft["theirs"][name] = after
        else:
            draft["values"].pop(name, None)
            st.session_state.pop(_key(name), None)
    draft["base"], draft["seen"] = dict(now.values), now.seq


# ---- striking out, approving, refusing


def _named(run: Run, name: str, record: str) -> tuple[Record, str]:
    found = records.get(run.db, record)
    return found, f"{register_words.title(records.register(run.db, name), found, run.db)}（{register_words.about(found)}）"


def _reason(words: str) -> str:
    return st.text_area(words, key="register.reason", max_chars=TEXT_LIMIT, height=100)


def _remove(name: str, record: str) -> None:
    with session.run(PAGE) as run, session.attempt():
        _, title = _named(run, name, record)
        st.markdown(t("register.remove_note", title=plain(title)))
        reason = _reason(t("register.reason"))
        if st.button(t("register.remove_do"), key="register.remove_do", type="primary"):
            records.remove(run.db, run.actor, record, reason, run.at)
            st.query_params.pop("record", None)
            dialogs.done("register.removed")


def _approve(name: str, record: str) -> None:
    with session.run(PAGE) as run, session.attempt():
        found, title = _named(run, name, record)
        st.markdown(t("register.approve_note", title=plain(title)))
        if unmet := records.unmet(run.db, found, run.today):
            lines = "".join(f"\n- {plain(condition.name[run.language])}" for condition in unmet)
            st.warning(t("register.unmet", count=len(unmet)) + "\n" + lines, icon=":material/rule:")
        reason = _reason(t("register.remark"))
        if st.button(t("register.approve_do"), key="register.approve_do", type="primary", disabled=bool(unmet)):
            records.decide(run.db, run.actor, record, True, reason, run.at, run.today)
            dialogs.done("register.approved", title=title)


def _refuse(name: str, record: str) -> None:
    with session.run(PAGE) as run, session.attempt():
        _, title = _named(run, name, record)
        st.markdown(t("register.refuse_note", title=plain(title)))
        reason = _reason(t("register.reason"))
        if st.button(t("register.refuse_do"), key="register.refuse_do", type="primary"):
            records.decide(run.db, run.actor, record, False, reason, run.at, run.today)
            dialogs.done("register.refused", title=title)


DIALOGS = {"register.new": _edit, "register.edit": _edit, "register.remove": _remove, "register.approve": _approve, "register.refuse": _refuse}
