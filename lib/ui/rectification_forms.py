"""What is filled in to move an item of the ledger, and to put one on it: a dialog for each move.

Session keys: `rectification.seen` is the item and the seq as its writer looked at it (`_open` sets it when a dialog opens, the
button "go on" after somebody else's move); `rectification.<field>` are the dialog's widgets, seeded by `_open`.
"""

import datetime as dt
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from lib.core import ledger, phrases
from lib.core.access import Action
from lib.core.ledger import ItemState, Plan, Source
from lib.core.model import TEXT_LIMIT, Refused, Role
from lib.store import attachments, organizations
from lib.store import ledger as store_ledger
from lib.store.ledger import Item
from lib.ui import dialogs, figures, picking, session
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

PLAN = ("problem", "measure", "responsible", "post", "leader", "due_on")
FIELDS: Mapping[Action, tuple[str, ...]] = {
    Action.CONFIRM_ITEM: PLAN, Action.REVISE_ITEM: PLAN, Action.RETURN_MEASURE: ("note",), Action.DISMISS_ITEM: ("note",),
    Action.REPORT_PROGRESS: ("progress", "note", "files"), Action.APPLY_SIGN_OFF: ("note", "files"),
    Action.CHECK_ITEM: ("on", "went", "found", "files"), Action.SIGN_OFF: ("note",), Action.REFUSE_ITEM: ("note", "due_on"),
    Action.REOPEN_ITEM: ("note", "due_on"),
}
"""Action → what its dialog asks, in order."""
OFFERED = (Action.CONFIRM_ITEM, Action.APPLY_SIGN_OFF, Action.CHECK_ITEM, Action.SIGN_OFF, Action.REPORT_PROGRESS, Action.REVISE_ITEM,
           Action.RETURN_MEASURE, Action.REFUSE_ITEM, Action.DISMISS_ITEM, Action.REOPEN_ITEM)
TURNS = {Role.ORGANIZATION: OFFERED[:2], Role.COMMITTEE: (Action.CHECK_ITEM,), Role.COUNTY: (Action.CHECK_ITEM, Action.SIGN_OFF)}
"""Moves towards the sign-off that a role is the one to make: its first button. The others it may make on somebody's behalf."""
ICONS = {Action.CONFIRM_ITEM: "task_alt", Action.APPLY_SIGN_OFF: "outgoing_mail", Action.CHECK_ITEM: "location_on", Action.SIGN_OFF: "verified",
         Action.REPORT_PROGRESS: "trending_up", Action.REVISE_ITEM: "edit", Action.RETURN_MEASURE: "undo", Action.REFUSE_ITEM: "block",
         Action.DISMISS_ITEM: "remove_circle", Action.REOPEN_ITEM: "restart_alt"}
SEEN = "rectification.seen"
OFFERED_AT_ONCE = 50
"""Organizations in a list of choices: more than one looks through."""
FILE_TYPES = ["pdf", "jpg", "jpeg", "png", "docx", "xlsx"]


def number(item: int) -> str:
    """What people call an item by: 台账 0217 号."""
    return t("rectification.number", number=f"{item:04d}")


# ---- ways in


def actions(run: Run, item: Item) -> tuple[Action, ...]:
    """What somebody may do to an item now."""
    return tuple(action for action in OFFERED if ledger.possible(item.state, action) and run.may(action, item.whose))


def buttons(run: Run, item: Item) -> None:
    """A button for each move that is possible now."""
    with st.container(horizontal=True, gap="small"):
        for action in actions(run, item):
            name = t("rectification.name_leader") if action == Action.REVISE_ITEM and not item.plan.leader else t(f"action.{action}")
            first = action in TURNS.get(run.actor.role, ())
            st.button(name[:1].upper() + name[1:], key=f"rectification.{action}", icon=f":material/{ICONS[action]}:",
                      type="primary" if first else "secondary", on_click=_open, args=(action, item, _due(run, action, item), run.today))


def _due(run: Run, action: Action, item: Item) -> dt.date:
    """The due date offered: the item's own, or the programme's usual term where it has none that still holds."""
    own, rule = dt.date.fromisoformat(item.plan.due_on), run.program.ledger
    anew = action == Action.REOPEN_ITEM or (action == Action.CONFIRM_ITEM and (item.state == ItemState.DRAFTED or own < run.today))
    days = rule.confirm_days if item.state == ItemState.DISMISSED else rule.term_days
    return run.today + dt.timedelta(days=days) if anew else own


def _open(action: Action, item: Item, due: dt.date, today: dt.date) -> None:
    plan = item.plan
    _seed({"problem": plan.problem, "measure": plan.measure, "responsible": plan.responsible, "post": plan.post, "leader": plan.leader,
           "due_on": due, "progress": plan.progress, "note": "", "on": today, "went": "", "found": ""})
    st.session_state[SEEN] = (item.id, item.seq)
    dialogs.ask(f"rectification.{action}", action=action, item=item.id)


def _seed(values: Mapping[str, object]) -> None:
    for name, given in values.items():
        st.session_state[f"rectification.{name}"] = given


def raise_button(run: Run, organization: str = "", key: str = "rectification.raise") -> None:
    """The way to put a problem on the ledger by hand, of a given organization or of one that is chosen."""
    if run.may(Action.RAISE_ITEM, organizations.whose(run.db, organization) if organization else None):
        st.button(t("rectification.raise"), key=key, icon=":material/add:", on_click=_open_raise,
                  args=(organization or run.actor.organization or "", run.today + dt.timedelta(days=run.program.ledger.term_days)))


def _open_raise(organization: str, due: dt.date) -> None:
    _seed({"problem": "", "measure": "", "responsible": "", "post": "", "leader": "", "due_on": due, "which": "", "raise_to": None})
    dialogs.ask("rectification.raise", organization=organization)


# ---- fields


def _text(name: str, limit: int, height: int | None = None) -> None:
    key, label = f"rectification.{name}", t(f"rectification.ask_{name}")
    if height:
        st.text_area(label, key=key, max_chars=limit, height=height)
    else:
        st.text_input(label, key=key, max_chars=limit)


def _leaders(run: Run, committee: str) -> dict[str, str]:
    """Leaders who may answer for an item: the committee's own, then the county's leading members; by record."""
    rows = figures.tables(run)["leaders"]
    own, county = rows[rows["committee"] == committee], rows[(rows["rank"] == "county_leader") & (rows["committee"] != committee)]
    found = pd.concat([own, county]).fillna({"post": ""})
    return {code: f"{name}　{post}".strip() for code, name, post in zip(found["code"], found["name"], found["post"], strict=True)}


def _leader(run: Run, committee: str) -> None:
    names = _leaders(run, committee)
    chosen = st.session_state.get("rectification.leader")
    if chosen and chosen not in names:
        names[chosen] = t("rectification.leader_elsewhere")
    if names:
        st.selectbox(t("rectification.ask_leader"), ["", *names], format_func=lambda code: names.get(code) or t("rectification.no_leader"),
                     key="rectification.leader")
    else:
        st.markdown(gray(t("rectification.no_leaders")))


def _progress(_run: Run, _committee: str) -> None:
    st.slider(t("rectification.ask_progress"), 0, 100, key="rectification.progress", step=5, format="%d%%")


def _files(_run: Run, _committee: str) -> None:
    st.file_uploader(t("rectification.ask_files"), key="rectification.files", type=FILE_TYPES, accept_multiple_files=True,
                     max_upload_size=attachments.SIZE_LIMIT // 2**20)


def _day(name: str, *, past: bool = False) -> Callable[[Run, str], None]:
    def draw(run: Run, _committee: str) -> None:
        # Streamlit's own bounds are ten years around the computer's date, which is not the store's
        first, last = (run.today + dt.timedelta(days=sign * 3653) for sign in (-1, 1))
        st.date_input(t(f"rectification.ask_{name}"), key=f"rectification.{name}", format="YYYY-MM-DD", min_value=first,
                      max_value=run.today if past else last)
    return draw


WIDGETS: Mapping[str, Callable[[Run, str], None]] = {
    "problem": lambda _run, _committee: _text("problem", ledger.LIMITS["problem"], 88),
    "measure": lambda _run, _committee: _text("measure", ledger.LIMITS["measure"], 110),
    "responsible": lambda _run, _committee: _text("responsible", ledger.LIMITS["responsible"]),
    "post": lambda _run, _committee: _text("post", ledger.LIMITS["post"]),
    "leader": _leader, "due_on": _day("due_on"), "progress": _progress, "on": _day("on", past=True),
    "went": lambda _run, _committee: _text("went", 100), "found": lambda _run, _committee: _text("found", TEXT_LIMIT - 200, 110), "files": _files,
}


def _given(name: str) -> object:
    return st.session_state.get(f"rectification.{name}")


def _plan(names: tuple[str, ...]) -> dict[str, object]:
    """What was filled in of the plan, as the store takes it."""
    found = {name: _given(name) or "" for name in names if name in PLAN}
    if "due_on" in found:
        found["due_on"] = found["due_on"].isoformat() if found["due_on"] else ""
    return found | ({"progress": int(_given("progress") or 0)} if "progress" in names else {})


# ---- dialogs


def _asks(action: Action, item: Item) -> tuple[str, ...]:
    """A draft's date is the day to confirm it by, which nobody chooses."""
    fields = FIELDS[action]
    return tuple(name for name in fields if name != "due_on") if action == Action.REVISE_ITEM and item.state == ItemState.DRAFTED else fields


def _move(action: Action, item: str) -> None:
    with session.run("rectification") as run:
        with session.attempt() as looked:
            found = store_ledger.get(run.db, item)
        if not looked.ok:
            return
        st.markdown(f"{gray(number(found.number))}　**{plain(found.organization_name)}**　{plain(found.plan.problem)}")
        seen, names = _look_again(found), _asks(action, found)
        st.markdown(gray(t(f"rectification.about_{action}")))
        for name in names:
            if name == "note":
                st.text_area(t(f"rectification.note_{action}"), key="rectification.note", max_chars=TEXT_LIMIT, height=110)
            else:
                WIDGETS[name](run, found.committee)
        if not st.button(t("rectification.save"), key="rectification.save", type="primary"):
            return
        with session.attempt() as tried:
            files = [(file.name, file.getvalue()) for file in _given("files") or ()] if "files" in names else []
            on = _given("on") if "on" in names else None
            attachments.move_with_evidence(run.db, run.actor, item, action, run.at, files, note=_note(names), on=on, seen=seen, **_plan(names))
        if tried.ok:
            dialogs.done("rectification.done", number=number(found.number), action=t(f"action.{action}"))


def _note(names: tuple[str, ...]) -> str:
    """What was said; of a check, who went and what was seen, both of which are needed."""
    if "found" not in names:
        return _given("note") or "" if "note" in names else ""
    went, seen = (_given("went") or "").strip(), (_given("found") or "").strip()
    return phrases.text("rectification.checked", store_ledger.NOTED_IN, went=went, found=seen) if went and seen else ""


def _look_again(found: Item) -> int:
    """The seq that the writer has looked at; somebody else's move since then is shown, and accepted by a button."""
    item, seen = st.session_state.get(SEEN, ("", 0))
    if item == found.id and seen != found.seq:
        st.warning(t("rectification.moved", state=t(f"item_state.{found.state}"), note=plain(found.note)), icon=":material/sync_problem:")
        st.button(t("rectification.go_on"), key="rectification.go_on", on_click=st.session_state.update, args=({SEEN: (found.id, found.seq)},))
    return seen


def _raise(organization: str) -> None:
    with session.run("rectification") as run:
        code = organization or _choose(run)
        st.markdown(gray(t("rectification.about_raise", days=run.program.ledger.confirm_days)))
        with session.attempt() as found:
            about = organizations.get(run.db, code) if code else None
        if about and organization:
            st.markdown(f"**{plain(about.name)}**")
        for name in PLAN:
            WIDGETS[name](run, about.committee if found.ok and about else "")
        if not st.button(t("rectification.save"), key="rectification.save", type="primary"):
            return
        with session.attempt() as tried:
            if not code:
                raise Refused("rectification.organization")
            item = store_ledger.raise_item(run.db, run.actor, code, Source.HAND, Plan(**_plan(PLAN)), run.at)
        if tried.ok:
            st.query_params["item"] = item
            dialogs.done("rectification.done", number=number(store_ledger.get(run.db, item).number), action=t("action.raise_item"))


def _choose(run: Run) -> str | None:
    """The organization that a problem is about: found by name or code, among those that somebody answers for."""
    st.text_input(t("rectification.ask_which"), key="rectification.which", icon=":material/search:", max_chars=40)
    cases, wanted = picking.own(run), (_given("which") or "").strip()
    if wanted:
        cases = cases[cases["name"].str.contains(wanted, case=False, regex=False) | (cases["code"] == wanted)]
    names = dict(zip(cases["code"].head(OFFERED_AT_ONCE), cases["name"].head(OFFERED_AT_ONCE), strict=True))
    if _given("raise_to") not in names:
        st.session_state["rectification.raise_to"] = next(iter(names), None) if len(names) == 1 else None
    return st.selectbox(t("rectification.ask_organization"), tuple(names), format_func=names.get, index=None, key="rectification.raise_to",
                        placeholder=t("rectification.matches", count=len(cases), shown=len(names)))


DIALOGS = {**{f"rectification.{action}": _move for action in OFFERED}, "rectification.raise": _raise}
