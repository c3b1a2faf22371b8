"""One record of a register in words: its answers, who entered and decided it, what was done to it, and what may be done now."""

from collections.abc import Mapping

import streamlit as st

from lib.core.access import Action
from lib.core.registers import Register, Standing
from lib.store import ledger, records
from lib.store.records import Record
from lib.ui import places, register_dialogs, text
from lib.ui.case import author
from lib.ui.register_words import STATE_COLOURS, about, label, spoken, title, visible
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

LINES = 20
"""Events of a record that are shown."""


def show(run: Run, kept: Register, record: Record) -> None:
    """The card. A record that who looks may not read is not shown."""
    if not visible(run, record):
        return
    with st.container(border=True):
        st.subheader(plain(title(kept, record, run.db)), anchor=False)
        facts = [plain(about(record)), *([plain(record.committee_name)] if record.organization else []),
                 *([plain(record.township_name)] if record.township_name else [])]
        badge = f":{STATE_COLOURS[record.state]}-badge[{t(f'standing_of.{record.state}')}]　" if kept.approve else ""
        st.markdown(badge + gray(" · ".join(facts)))
        _answers(run, kept, record)
        _decided(run, kept, record)
        _links(run, kept, record)
        _buttons(run, kept, record)
        _history(run, kept, record)


def _answers(run: Run, kept: Register, record: Record) -> None:
    told = [item for item in kept.shown(run.actor) if record.values.get(item.name)]
    st.table({"name": [f":gray[{plain(label(item))}]" for item in told],
              "value": [plain(spoken(run.db, item, record.values[item.name])) for item in told]}, border="horizontal", hide_index=True,
             hide_header=True)
    lines = [t("register.entered", who=plain(author(run, record.created_by)), when=text.moment(record.created_at, year=True))]
    if record.changed_at != record.created_at:
        lines.append(t("register.changed_by", who=plain(author(run, record.changed_by)), when=text.moment(record.changed_at, year=True)))
    st.markdown(gray(" · ".join(lines)))


def _decided(run: Run, kept: Register, record: Record) -> None:
    """The decision, or what still stands in its way."""
    if record.decided_at:
        words = t(f"register.was_{record.state}", who=plain(author(run, record.decided_by or "")), when=text.moment(record.decided_at, year=True))
        st.markdown(f"**{words}**" + (f"　{plain(record.decision)}" if record.decision else ""))
    elif record.state == Standing.NOMINATED and (unmet := records.unmet(run.db, record, run.today)):
        lines = "".join(f"\n- {plain(condition.name[run.language])}" for condition in unmet)
        st.warning(t("register.unmet", count=len(unmet)) + "\n" + lines, icon=":material/rule:")


def _links(run: Run, kept: Register, record: Record) -> None:
    raised = next((item for item in ledger.every(run.db, organization=record.organization) if item.source_id == record.id), None) if (
        kept.raises and record.organization) else None
    with st.container(horizontal=True, gap="small"):
        if record.organization and run.may(Action.LOOK_AT_ORGANIZATION, record.whose):
            places.link("organization", t("register.to_organization"), icon=":material/open_in_new:", organization=record.organization)
        if raised:
            places.link("rectification", t("register.to_item", number=f"{raised.number:04d}", state=t(f"item_state.{raised.state}")),
                        icon=":material/assignment_late:", item=raised.id)


def _buttons(run: Run, kept: Register, record: Record) -> None:
    write = run.may(Action.KEEP_RECORD, record.whose) and kept.may_write(run.actor, record.whose)
    decide = (record.state == Standing.NOMINATED and run.may(Action.APPROVE_RECORD, record.whose) and kept.may_approve(run.actor, record.whose))
    with st.container(horizontal=True, gap="small"):
        if decide:
            for action, icon, kind in (("approve", ":material/verified:", "primary"), ("refuse", ":material/block:", "secondary")):
                st.button(t(f"register.{action}"), key=f"register.{action}", icon=icon, type=kind, on_click=register_dialogs.ask,
                          args=(action, record))
        if write:
            st.button(t("register.edit"), key="register.edit", icon=":material/edit:", on_click=register_dialogs.begin,
                      args=(kept.name, record))
            st.button(t("register.remove"), key="register.remove", icon=":material/delete:", on_click=register_dialogs.ask, args=("remove", record))


# ---- history


def _history(run: Run, kept: Register, record: Record) -> None:
    events = list(records.history(run.db, record.id))[:LINES]
    if len(events) < 2:
        return  # entered, and nothing since: the card says so already
    with st.expander(t("register.history", count=len(events)), icon=":material/history:"):
        for event in events:
            what = t(f"register.event_{event['kind'].partition('.')[2]}")
            said = _changes(run, kept, event["body"]) if event["kind"] == "record.changed" else plain(event["body"].get("reason", ""))
            st.markdown(f"{gray(text.moment(event['at'], year=True))}　{plain(author(run, event['actor']))}　{what}{'　' + said if said else ''}")


def _changes(run: Run, kept: Register, body: Mapping) -> str:
    """What a change changed, in words; private answers are in no event."""
    items = {item.name: item for item in kept.items}
    told = [t("register.change", label=plain(label(items[name])), before=plain(spoken(run.db, items[name], before)),
              after=plain(spoken(run.db, items[name], after))) for name, (before, after) in body["values"].items() if name in items]
    return t("register.separator").join(told) or t("register.private_changed")
