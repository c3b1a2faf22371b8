"""Accounts: the list with one account at its side, new ones singly or for every unit, and the slips, shown once.

Session key `accounts.slips`: who made them and the slips, until they are put away; no password is kept anywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Refused, Role
from lib.exchange import account_slips, slips
from lib.exchange.slips import Slip
from lib.store import accounts, events, organizations
from lib.ui import dialogs, facts, figures, filters, picking, places, session, shared, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

ROLES = (Role.COUNTY, Role.COMMITTEE, Role.ORGANIZATION)
KEPT = 4
USES = ("unused", "in_use", "disabled")
SHOWN_HERE = 12
"""Slips that are also shown on the screen; a longer list is only for the printer."""
KEY = "accounts.slips"


def use(row: Mapping) -> str:
    """Whether an account is disabled, was never taken over by its holder (first password unchanged), or is in use."""
    return "disabled" if row["disabled"] else "unused" if row["must_change"] else "in_use"


def site() -> str:
    """The address that people open, as this browser sees it."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else "/"


# ---- the list


@dataclass(frozen=True)
class Accounts:
    """Every account (the columns of accounts.every, `use`, and `search`: name and username in small letters), and how many are in which use."""

    rows: pd.DataFrame
    uses: Mapping[str, int]


def read(run: Run) -> Accounts:
    """The accounts as of the last event: they are no figure, and their own events are quiet. Shared, so never change them."""
    return _read(figures.key(run)[0], events.head(run.db)[0], run)


@shared.once(KEPT)
def _read(home: str, seq: int, _run: Run) -> Accounts:
    rows = pd.DataFrame(accounts.every(_run.db), dtype="object")
    rows["use"] = [use(row) for row in rows.to_dict("records")]
    rows["search"] = (rows["username"] + "\n" + rows["name"]).str.lower()
    return Accounts(rows.rename(columns={"username": "code"}), rows["use"].value_counts().to_dict())


def count(known: Accounts) -> str:
    """How many accounts there are, and how many their holders have not taken over yet."""
    return t("accounts.count", count=len(known.rows), unused=known.uses.get("unused", 0))


def listed(known: Accounts, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The accounts that the filters let through."""
    rows, word = known.rows, chosen["name"].strip().lower()
    for column in ("role", "use"):
        rows = rows[rows[column] == chosen[column]] if chosen[column] else rows
    return rows[rows["search"].str.contains(word, regex=False)] if word else rows


@shared.once(KEPT)
def _listed(home: str, seq: int, role: str, use: str, name: str, _known: Accounts) -> pd.DataFrame:
    return listed(_known, {"role": role, "use": use, "name": name})


def _words(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the list as it shows them."""
    return pd.DataFrame({"code": rows["code"], "name": rows["name"], "role": [t(f"role.{role}") for role in rows["role"]],
                         "use": [t(f"accounts.{code}") for code in rows["use"]]})


def pick(run: Run, known: Accounts) -> Mapping | None:
    """Filters and list; gives the account to work on."""
    filters.read("accounts", {"role": tuple(ROLES), "use": USES, "name": None})
    with st.container(horizontal=True, gap="small"):
        filters.select("accounts", "role", tuple(ROLES), lambda role: t(f"role.{role}"), table="accounts.filter")
        filters.select("accounts", "use", USES, lambda code: t(f"accounts.{code}"), table="accounts.filter")
        filters.search("accounts", "name", table="accounts.filter")
    chosen = {name: st.session_state[f"accounts.{name}"] or "" for name in ("role", "use", "name")}
    filters.write("accounts", chosen)
    found = _listed(figures.key(run)[0], events.head(run.db)[0], **chosen, _known=known)
    config = st.column_config.TextColumn
    here = picking.pick("accounts", found, {"code": config(t("accounts.username"), width=132), "name": config(t("accounts.name"), width=220),
                                            "role": config(t("accounts.filter.role"), width=104), "use": config(t("accounts.filter.use"), width=84)},
                        chosen, "account", words=_words)
    st.markdown(gray(t("accounts.listed", shown=len(found), count=len(known.rows)) if len(found) else t("accounts.none")))
    return accounts.get(run.db, here) if here else None


def card(run: Run, account: Mapping) -> None:
    """One account: whose it is, how it is used, and what an administrator may do with it."""
    with st.container(border=True):
        st.subheader(plain(account["name"]), anchor=False)
        units = {"committee": "", "organization": ""}
        if account["organization"]:
            unit = organizations.get(run.db, account["organization"])
            units = {"committee": unit.committee_name, "organization": f"{unit.name}（{unit.code}）"}
        elif account["committee"]:
            units["committee"] = next(row["name"] for row in organizations.committees(run.db) if row["code"] == account["committee"])
        last = next(events.history(run.db, account["username"], ("session.opened",), 1), None)
        role = t(f"role.{account['role']}") + (f" · {t('accounts.administrator')}" if account["administrator"] else "")
        lines = {"username": account["username"], "role": role, **units, "use": t(f"accounts.{use(account)}"),
                 "last_login": text.moment(last["at"], year=True) if last else t("accounts.never"),
                 "created": text.moment(account["created_at"], year=True)}
        facts.show(lines, "accounts.of")
        if not run.may(Action.MANAGE_ACCOUNTS):
            return
        if account["username"] == run.actor.name:
            places.link("account", t("page.account"), icon=":material/key:")
            return
        which, icon = ("enable", ":material/lock_open:") if account["disabled"] else ("disable", ":material/block:")
        with st.container(horizontal=True, gap="small"):
            for action, symbol in (("reset", ":material/key:"), (which, icon)):
                st.button(t(f"accounts.{action}"), key=f"accounts.{action}", icon=symbol, disabled=action == "reset" and bool(account["disabled"]),
                          on_click=dialogs.ask, args=(f"accounts.{action}",), kwargs={"username": account["username"]})


def actions(run: Run) -> None:
    """What makes accounts."""
    if not run.may(Action.MANAGE_ACCOUNTS):
        st.info(t("accounts.frozen"), icon=":material/push_pin:")
        return
    with st.container(horizontal=True, gap="small"):
        st.button(t("accounts.new"), key="accounts.new", type="primary", icon=":material/person_add:", on_click=dialogs.ask, args=("accounts.new",))
        st.button(t("accounts.bulk"), key="accounts.bulk", icon=":material/group_add:", on_click=dialogs.ask, args=("accounts.bulk",))
        st.button(t("accounts.again"), key="accounts.again", icon=":material/print:", on_click=dialogs.ask, args=("accounts.again",))


# ---- slips


def _keep(run: Run, made: Sequence[Slip]) -> None:
    st.session_state[KEY] = (run.actor.name, list(made))


def _put_away() -> None:
    st.session_state.pop(KEY, None)


def show_slips(run: Run) -> None:
    """The slips just made, for the one who made them: on screen when they are few, always for the printer and as a table."""
    maker, made = st.session_state.get(KEY, ("", []))
    if maker != run.actor.name:
        _put_away()  # somebody else has logged in in this tab
        return
    address, title = site(), run.program.title[run.language]
    with st.container(border=True, key="accounts.slips_shown"):
        st.markdown(f"**{t('accounts.slips_made', count=len(made))}**  \n{t('accounts.slips_once')}")
        if len(made) <= SHOWN_HERE:
            st.table({t("slips.unit"): [plain(slip.unit) for slip in made], t("slips.username"): [plain(slip.username) for slip in made],
                      t("slips.password"): [f"**{plain(slip.password)}**" for slip in made]}, border="horizontal", hide_index=True)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.download_button(t("accounts.slips_print"), lambda: account_slips.page(made, address, title, run.language).encode(),
                               "account-slips.html", "text/html", key="accounts.slips_print", type="primary", icon=":material/print:",
                               on_click="ignore")
            st.download_button(t("accounts.slips_table"), lambda: account_slips.table(made, address, run.language), "account-slips.csv",
                               "text/csv", key="accounts.slips_table", icon=":material/table:", on_click="ignore")
            st.button(t("accounts.slips_away"), key="accounts.slips_away", type="tertiary", on_click=_put_away)


def _hashed(wanted: Sequence[Slip]) -> list[str]:
    """Hashes of the slips' passwords, with their progress shown."""
    bar = st.progress(0.0, t("accounts.hashing", done=0, count=len(wanted)))
    return slips.hashes(wanted, lambda done: bar.progress(done / len(wanted), t("accounts.hashing", done=done, count=len(wanted))))


# ---- dialogs: each opens what it needs anew, since it runs alone


def _new() -> None:
    with session.run("accounts") as run:
        role = st.radio(t("accounts.of.role"), ROLES, format_func=lambda code: t(f"role.{code}"), horizontal=True, key="accounts.new_role")
        unit, suggested, label = None, "", ""
        if role == Role.ORGANIZATION:
            names = {row.code: row.name for row in organizations.every(run.db, run.actor)}
            offered = picking.offer(names, "accounts", t("accounts.of.organization"))
            unit = st.selectbox(t("accounts.of.organization"), offered, None, format_func=lambda code: f"{names[code]}（{code}）",
                                key="accounts.new_organization", placeholder=t("accounts.choose"))
            suggested, label = (unit.lower(), names[unit]) if unit else ("", "")
        elif role == Role.COMMITTEE:
            names = {row["code"]: row["name"] for row in organizations.committees(run.db)}
            unit = st.selectbox(t("accounts.of.committee"), names, None, format_func=names.get, key="accounts.new_committee",
                                placeholder=t("accounts.choose"))
            suggested, label = (unit.lower(), names[unit]) if unit else ("", "")
        administrator = role == Role.COUNTY and st.checkbox(t("accounts.as_administrator"), key="accounts.new_administrator")
        username = st.text_input(t("accounts.username"), key="accounts.new_username", max_chars=accounts.USERNAME_LIMIT, placeholder=suggested,
                                 autocomplete="off")
        name = st.text_input(t("accounts.name"), key="accounts.new_name", max_chars=accounts.NAME_LIMIT, placeholder=label)
        if not st.button(t("accounts.create"), key="accounts.create", type="primary"):
            return
        slip = Slip((username or suggested).strip().lower(), accounts.new_password(), (name or label).strip(), "", role,
                    unit if role == Role.ORGANIZATION else None, unit if role == Role.COMMITTEE else None, administrator)
        with session.attempt() as made:
            slips.create(run.db, run.actor, [slip], _hashed([slip]), run.at)
        if made.ok:
            _keep(run, [slip])
            dialogs.done("accounts.created", count=1)


def _bulk() -> None:
    with session.run("accounts") as run:
        wanted = {"committees": slips.for_committees(run.db, run.actor), "organizations": slips.for_organizations(run.db, run.actor)}
        if not any(wanted.values()):
            st.info(t("problem.slips.none"), icon=":material/check_circle:")
            return
        st.markdown(t("accounts.bulk_note"))
        chosen = [slip for which, found in wanted.items()
                  if st.checkbox(t(f"accounts.bulk_{which}", count=len(found)), bool(found), key=f"accounts.bulk_{which}", disabled=not found)
                  for slip in found]
        seconds = max(1, round(len(chosen) * 0.06))
        st.markdown(gray(t("accounts.bulk_time", count=len(chosen), seconds=seconds)))
        if not st.button(t("accounts.create"), key="accounts.bulk_create", type="primary", disabled=not chosen):
            return
        hashed = _hashed(chosen)
        with session.attempt() as made:
            slips.create(run.db, run.actor, chosen, hashed, run.at)
        if made.ok:
            _keep(run, chosen)
            dialogs.done("accounts.created", count=len(chosen))


def _again() -> None:
    with session.run("accounts") as run:
        wanted = account_slips.unused(run.db, run.actor)
        if not wanted:
            st.info(t("accounts.again_none"), icon=":material/check_circle:")
            return
        st.markdown(t("accounts.again_note", count=len(wanted)))
        if not st.button(t("accounts.again_do"), key="accounts.again_do", type="primary"):
            return
        hashed = _hashed(wanted)
        with session.attempt() as made:
            renewed = account_slips.renew(run.db, run.actor, wanted, hashed, run.at)
        if made.ok:
            _keep(run, renewed)
            dialogs.done("accounts.renewed", count=len(renewed))


def _account(run: Run, username: str) -> dict:
    account = accounts.get(run.db, username)
    if account is None:
        raise Refused("account.unknown", username=username)
    return account


def _reset(username: str) -> None:
    with session.run("accounts") as run, session.attempt():
        account = _account(run, username)
        st.markdown(t("accounts.reset_note", name=plain(account["name"]), username=plain(username)))
        if not st.button(t("accounts.reset_do"), key="accounts.reset_do", type="primary"):
            return
        slip = account_slips.again(run.db, account)
        accounts.reset_password(run.db, run.actor, username, accounts.hash_password(slip.password), run.at)
        _keep(run, [slip])
        dialogs.done("accounts.reset_done", name=account["name"])


def _able(username: str, *, disable: bool) -> None:
    which = "disable" if disable else "enable"
    with session.run("accounts") as run, session.attempt():
        account = _account(run, username)
        st.markdown(t(f"accounts.{which}_note", name=plain(account["name"]), username=plain(username)))
        if not st.button(t(f"accounts.{which}_do"), key=f"accounts.{which}_do", type="primary"):
            return
        accounts.set_disabled(run.db, run.actor, username, disable, run.at)
        dialogs.done(f"accounts.{which}_done", name=account["name"])


def dialog() -> None:
    """The dialog that is open, if it is one of these."""
    dialogs.show({"accounts.new": _new, "accounts.bulk": _bulk, "accounts.again": _again, "accounts.reset": _reset,
                  "accounts.disable": lambda username: _able(username, disable=True),
                  "accounts.enable": lambda username: _able(username, disable=False)})
