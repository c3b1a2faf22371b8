"""The registry's dialogs: an organization's fields and facts, closing and reopening one, a new committee.

Session keys `registry.field_…`: the fields of the dialog that is open; seeded by `ask`, gone with the dialog.
"""

import datetime as dt
from collections.abc import Mapping

import streamlit as st

from lib.core import forms
from lib.core.forms import Item
from lib.core.model import Kind, Refused
from lib.store import organizations, rounds
from lib.store.db import Database
from lib.store.organizations import Organization
from lib.ui import dialogs, session
from lib.ui.facts import title
from lib.ui.session import Run
from lib.ui.text import plain, t

FIELD = "registry.field_"


def ask(action: str, row: Organization | None, known: Mapping[str, str]) -> None:
    """Open a dialog with its fields as they are in the store."""
    if action in ("new", "edit"):
        for name in organizations.FIELDS:
            empty = None if name in ("kind", "committee", "members") else ""
            st.session_state[FIELD + name] = (getattr(row, name) if row else None) or empty
        if row and row.members is not None:
            st.session_state[FIELD + "members"] = row.members
    if action == "facts":
        for name in known:
            st.session_state[f"{FIELD}fact_{name}"] = known[name]
    dialogs.ask(f"registry.{action}", **({"code": row.code} if row else {}))


def fact_items(db: Database, row: Organization) -> tuple[Item, ...]:
    return organizations.fact_items(rounds.form_for(db, rounds.current(db).code, row.kind))


def said(item: Item, stored: str, language: str) -> str:
    """A stored fact in words."""
    return next((choice.label[language] for choice in item.choices if choice.name == stored), stored)


def _fields(run: Run, code: str | None) -> dict[str, object]:
    """The fields of an organization; what they hold is checked by the command."""
    committees = {row["code"]: row["name"] for row in organizations.committees(run.db)}
    townships = {"": t("ranking.county_level")} | {row["code"]: row["name" if run.language == "zh" else "name_en"]
                                                    for row in organizations.townships(run.db)}
    limits = organizations.LIMITS
    given: dict[str, object] = {"code": code}
    if code is None:
        given["code"] = st.text_input(title("column.code"), key=FIELD + "code", max_chars=40).strip()
    given["name"] = st.text_input(title("column.name"), key=FIELD + "name", max_chars=limits["name"]).strip()
    left, right = st.columns(2)
    given["kind"] = left.selectbox(title("column.kind"), tuple(Kind), format_func=lambda kind: t(f"kind.{kind}"), key=FIELD + "kind",
                                   placeholder=t("registry.choose"))
    given["township"] = right.selectbox(title("column.township"), tuple(townships), format_func=townships.get, key=FIELD + "township") or None
    given["committee"] = st.selectbox(title("column.committee"), tuple(committees), format_func=committees.get, key=FIELD + "committee",
                                      placeholder=t("registry.choose"))
    left, middle, right = st.columns(3)
    given["members"] = left.number_input(title("column.members"), 0, organizations.MOST_MEMBERS, step=1, key=FIELD + "members")
    given["secretary"] = middle.text_input(title("column.secretary"), key=FIELD + "secretary", max_chars=limits["secretary"]).strip()
    given["phone"] = right.text_input(title("column.phone"), key=FIELD + "phone", max_chars=limits["phone"], type="phone").strip()
    return given


def _save(code: str | None = None) -> None:
    with session.run("registry") as run:
        given = _fields(run, code)
        if not st.button(t("registry.save"), key="registry.save", type="primary"):
            return
        with session.attempt() as made:
            changed = organizations.save_organization(run.db, run.actor, given, run.at, new=code is None)
        if made.ok:
            st.query_params["organization"] = given["code"]
            dialogs.done("registry.added" if code is None else "registry.changed" if changed else "registry.unchanged", name=given["name"])


def _fact(item: Item, language: str) -> str | None:
    """The widget of one fact; gives what to store."""
    key, label = f"{FIELD}fact_{item.name}", plain(item.label[language])
    if item.choices:
        names = {choice.name: choice.label[language] for choice in item.choices}
        if st.session_state.get(key) not in names:
            st.session_state[key] = None
        return st.selectbox(label, tuple(names), format_func=names.get, key=key, placeholder=t("registry.unknown"))
    return forms.encode(item, st.text_input(label, key=key, placeholder="2012-04-25" if item.type == "date" else t("registry.unknown")))


def _facts(code: str) -> None:
    with session.run("registry") as run, session.attempt():
        row = organizations.get(run.db, code)
        st.markdown(t("registry.facts_note", name=plain(row.name)))
        given, wrong = {}, []
        for item in fact_items(run.db, row):
            try:
                given[item.name] = _fact(item, run.language)
            except ValueError:
                wrong.append(item.label[run.language])
        if not st.button(t("registry.save"), key="registry.facts_save", type="primary"):
            return
        if wrong:
            raise Refused("organization.fact", name=t("imports.separator").join(wrong))
        before = organizations.facts(run.db, code)
        changed = {name: value for name, value in given.items() if value != before.get(name)}
        if changed:
            organizations.save_facts(run.db, run.actor, code, changed, run.at)
        dialogs.done("registry.changed" if changed else "registry.unchanged", name=row.name)


def _close(code: str) -> None:
    with session.run("registry") as run, session.attempt():
        row = organizations.get(run.db, code)
        st.markdown(t("registry.close_note", name=plain(row.name)))
        first = dt.date(run.today.year - 1, 1, 1)
        day = st.date_input(t("registry.close_on"), run.today, first, run.today, key="registry.close_on", format="YYYY-MM-DD")
        reason = st.text_area(t("registry.reason"), key="registry.close_reason", max_chars=200, placeholder=t("registry.close_example"))
        if st.button(t("registry.close_do"), key="registry.close_do", type="primary"):
            organizations.close_organization(run.db, run.actor, code, (day or run.today).isoformat(), reason, run.at)
            dialogs.done("registry.close_done", name=row.name)


def _reopen(code: str) -> None:
    with session.run("registry") as run, session.attempt():
        row = organizations.get(run.db, code)
        st.markdown(t("registry.reopen_note", name=plain(row.name)))
        reason = st.text_area(t("registry.reason"), key="registry.reopen_reason", max_chars=200)
        if st.button(t("registry.reopen_do"), key="registry.reopen_do", type="primary"):
            organizations.reopen_organization(run.db, run.actor, code, reason, run.at)
            dialogs.done("registry.reopen_done", name=row.name)


def _committee() -> None:
    with session.run("registry") as run, session.attempt():
        townships = {"": t("ranking.county_level")} | {row["code"]: row["name"] for row in organizations.townships(run.db)}
        code = st.text_input(title("column.code"), key="registry.committee_code", max_chars=40).strip()
        name = st.text_input(title("column.name"), key="registry.committee_name", max_chars=organizations.LIMITS["name"]).strip()
        township = st.selectbox(title("column.township"), tuple(townships), format_func=townships.get, key="registry.committee_township")
        if st.button(t("registry.save"), key="registry.committee_save", type="primary"):
            organizations.add_committee(run.db, run.actor, code, name, township or None, run.at)
            dialogs.done("registry.committee_added", name=name)


def show() -> None:
    """The dialog that is open, if it is one of these."""
    dialogs.show({"registry.new": _save, "registry.edit": _save, "registry.facts": _facts, "registry.close": _close, "registry.reopen": _reopen,
                  "registry.committee": _committee})
