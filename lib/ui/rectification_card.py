"""One item of the rectification ledger: light, problem, where it comes from, measure, who answers, steps, history, evidence, moves."""

import datetime as dt
from collections.abc import Mapping

import streamlit as st

from lib.core import ledger
from lib.core.access import Action
from lib.core.ledger import ItemState, Light, Source
from lib.core.model import SYSTEM, Refused
from lib.store import assessments, attachments, records, rounds
from lib.store import ledger as store_ledger
from lib.store.ledger import Item
from lib.ui import history, overview, places, rectification, rectification_forms, session, text
from lib.ui.rectification_forms import number
from lib.ui.session import Run
from lib.ui.text import date, gray, plain, t

BADGES = {Light.OVERDUE: "red", Light.NEAR: "orange", Light.ON_TIME: "green", Light.WAITING: "gray", Light.LATE: "orange", Light.DONE: "green",
          Light.DISMISSED: "gray"}
STEPS = ("listed", "planned", "rectifying", "applied", "checked", "signed_off")
MARKS = {"done": ":green[:material/check_circle:]", "now": ":material/radio_button_checked:", "late": ":red[:material/radio_button_checked:]",
         "next": ":gray[:material/radio_button_unchecked:]"}


def show(run: Run, item: str) -> None:
    """Everything about one item, as far as who looks may see it. Raises Refused for one that is unknown or of somebody else's organization."""
    found = store_ledger.get(run.db, item)
    if not run.may(Action.LOOK_AT_ORGANIZATION, found.whose):
        st.info(t("table.not_yours"), icon=":material/lock:")
        return
    moves = store_ledger.moves(run.db, item)
    offices = _offices(run, moves, found.organization)
    with st.container(border=True, gap="small"):
        _head(run, found)
        _source(run, found)
        _plan(run, found)
        _steps(run, found, moves, offices)
        rectification_forms.buttons(run, found)
        _evidence(run, found)
        _history(run, moves, offices)


def badge(run: Run, item: Item) -> str:
    """The light of an item as Markdown: shape, colour, words, days."""
    light = item.light(run.today, run.program.ledger.near_days)
    return f":{BADGES[light]}-badge[{rectification.light_words(light, ledger.days_left(item.dated, run.today))}]"


def _head(run: Run, item: Item) -> None:
    light = item.light(run.today, run.program.ledger.near_days)
    st.markdown(f"{badge(run, item)}　{gray(f'{number(item.number)} · ' + t(f'item_state.{item.state}'))}",
                help=t(f"rectification.rule_{light}", days=run.program.ledger.near_days))
    where = overview.township_names(run).get(item.township, "")
    st.markdown(f"**{plain(item.organization_name)}**　{plain(item.plan.problem)}  \n"
                + gray(plain(" · ".join(part for part in (where, item.committee_name) if part))))


# ---- where it comes from


def _source(run: Run, item: Item) -> None:
    words, page, query = _origin(run, item)
    st.markdown(f"{gray(t('rectification.source'))}　{plain(words)}")
    with st.container(horizontal=True, gap="small"):
        if page:
            places.link(page, t(f"rectification.to_{page}"), icon=":material/arrow_forward:", **query)
        places.link("organization", t("rectification.to_organization"), icon=":material/apartment:", organization=item.organization)


def _origin(run: Run, item: Item) -> tuple[str, str, dict[str, str]]:
    """In words where an item was found, and the page that shows it ("" where the organization's is the one) with its query."""
    named, page, query = t(f"source.{item.source}"), "", {}
    match item.source:
        case Source.ANSWER | Source.SCORE | Source.REMARK:
            if question := _question(run, item):
                named = t("rectification.from_question", source=named, question=question)
            if run.may(Action.REVIEW, item.whose):
                page, query = "review", {"organization": item.organization}
        case Source.VISIT | Source.INSPECTION:
            named = _record(run, item) or named
            page = "pairing" if item.source == Source.VISIT else "inspections"
    return t("rectification.raised", source=named, day=date(text.local(item.raised_at, run.program.timezone).date())), page, query


def _question(run: Run, item: Item) -> str:
    """Printed number and label of the form's item that found a problem."""
    submissions = assessments.submissions(run.db, item.round, item.organization)
    form = next((rounds.form(run.db, row["form_version"]) for row in submissions if row["id"] == item.source_id or item.source == Source.REMARK),
                None)
    if form is None or item.name not in form.items:
        return ""
    return f"{form.number_of(item.name)} {form.items[item.name].label[run.language]}"


def _record(run: Run, item: Item) -> str:
    """The visit or inspection that found a problem: when, and who went."""
    try:
        record = records.get(run.db, item.source_id)
    except Refused:
        return ""
    values = record.values
    if item.source == Source.VISIT:
        who = values.get("visitor") or _spoken(run, "leaders", values.get("leader"))
        return t("rectification.from_visit", day=date(values.get("visited_on")), who=who)
    return t("rectification.from_inspection", day=date(values.get("inspected_on")), who=_spoken(run, "teams", values.get("team")))


def _spoken(run: Run, register: str, code: str | None) -> str:
    return records.labels(run.db, register).get(code or "", "")


# ---- what is to be done


def _plan(run: Run, item: Item) -> None:
    plan = item.plan
    who = "　".join(part for part in (plan.responsible, plan.post) if part)
    due = "confirm_by" if item.state == ItemState.DRAFTED else "due_on"
    lines = {"measure": plan.measure, "responsible": who, "leader": item.leader_name, due: date(plan.due_on, year=True)}
    none = f":orange[{t('rectification.none_yet')}]" if item.state not in ledger.FINISHED else text.DASH
    st.markdown("  \n".join(f"{gray(t(f'rectification.plan_{name}'))}　{plain(value) if value else none}" for name, value in lines.items()))


def _steps(run: Run, item: Item, moves: list[dict], offices: Mapping[str, str]) -> None:
    """The way of an item: what is done, when and by whom; where it stands now."""
    st.markdown(f"**{t('rectification.steps')}**")
    if item.state == ItemState.DISMISSED:
        st.markdown(gray(t("rectification.dismissed")))
        return
    stands = _stage(item.state)
    lines = []
    for place, step in enumerate(STEPS):
        mark = "done" if place < stands else "next" if place > stands else "late" if item.light(
            run.today, run.program.ledger.near_days) == Light.OVERDUE else "now"
        lines.append(f"{MARKS[mark]} **{t(f'rectification.step_{step}')}**　{_done(run, item, step, moves, offices, done=place < stands)}")
    st.markdown("  \n".join(lines))


def _stage(state: ItemState) -> int:
    """Place in STEPS that an item stands at: the first one that is not done."""
    return {ItemState.DRAFTED: 1, ItemState.RETURNED: 1, ItemState.OPEN: 2, ItemState.APPLIED: 4, ItemState.CHECKED: 5}.get(state, len(STEPS))


def _done(run: Run, item: Item, step: str, moves: list[dict], offices: Mapping[str, str], *, done: bool) -> str:
    """What stands beside a step."""
    if step == "rectifying":
        return plain(t("rectification.so_far", progress=item.plan.progress, due=date(item.plan.due_on))) if item.state in ledger.PLANNED else ""
    if not done:
        return gray(t(f"rectification.whose_{step}"))
    action = {"listed": (store_ledger.RAISE,), "planned": (Action.CONFIRM_ITEM, store_ledger.RAISE), "applied": (Action.APPLY_SIGN_OFF,),
              "checked": (Action.CHECK_ITEM,), "signed_off": (Action.SIGN_OFF,)}[step]
    move = next(move for move in reversed(moves) if move["action"] in action)
    return plain(f"{date(move['on_day'])}　{_who(move, offices)}")


# ---- history


def _offices(run: Run, moves: list[dict], own: str) -> dict[str, str]:
    return history.office(run, [move["author"] for move in moves], own)


def _who(move: Mapping, offices: Mapping[str, str]) -> str:
    """Who made a move; what the system raised by itself is said to be so."""
    return t("case.system") if move["author"] == SYSTEM.name else offices[move["author"]]


def _history(run: Run, moves: list[dict], offices: Mapping[str, str]) -> None:
    with st.expander(t("rectification.history", count=len(moves)), icon=":material/history:"):
        lines = [f"- {plain(sentence(move, before))}　{gray(plain(text.moment(move['at']) + '　' + _who(move, offices)))}"
                 for before, move in zip([None, *moves], moves, strict=False)]
        st.markdown("\n".join(reversed(lines)))


def sentence(move: Mapping, before: Mapping | None) -> str:
    """One move in words. `before` is the move before it, of which a revision tells the difference."""
    changed = t("rectification.comma").join(t(f"ledger_field.{name}") for name in ledger.FIELDS if before and move[name] != before[name])
    return t(f"ledger_move.{move['action']}", problem=move["problem"], measure=move["measure"].rstrip(history.STOPS), changed=changed,
             who=f"{move['responsible']} {move['post']}".strip(), due=date(move["due_on"]), day=date(move["on_day"]), progress=move["progress"],
             note=t("ledger_move.said", note=move["note"]) if move["note"] else "")


# ---- evidence


def _evidence(run: Run, item: Item) -> None:
    """Evidence files as links, for those who may read them; the organization takes back what it put there by mistake."""
    if not run.may(Action.READ_ATTACHMENT, item.whose):
        return
    found = attachments.evidence(run.db, item.id)
    if not found:
        return
    st.markdown(f"**{t('rectification.evidence', count=len(found))}**")
    removable = run.may(Action.REPORT_PROGRESS, item.whose) and item.state in attachments.OWN_TURN
    for file in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/attach_file: [{plain(file['name'])}](attachments/{file['id']})　{gray(date(_day(run, file['at'])))}",
                        width="content")
            if removable and st.button(t("form.remove"), key=f"rectification.remove.{file['id']}", type="tertiary", icon=":material/delete:"):
                with session.attempt() as tried:
                    attachments.remove_evidence(run.db, run.actor, file["id"], run.at)
                if tried.ok:
                    st.rerun()


def _day(run: Run, at: str) -> dt.date:
    return text.local(at, run.program.timezone).date()
