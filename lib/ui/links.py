"""View links: the list with one link at its side, a new one, and its address with a QR symbol, shown once.

Session key `links.fresh`: who made a link, for whom, and its token, until it is put away; the store keeps only a hash.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.exchange import link_slip
from lib.store import db as store
from lib.store import links, organizations, snapshots
from lib.ui import accounts, dialogs, facts, filters, picking, session, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

DAYS = 30
STATES = ("active", "expired", "revoked")
KEY = "links.fresh"


def state(row: Mapping, at: str) -> str:
    """Whether a link still opens anything."""
    return "revoked" if row["revoked_at"] else "expired" if row["expires_at"] <= at else "active"


def count(rows: Sequence[Mapping], at: str) -> str:
    return t("links.count", count=len(rows), active=sum(state(row, at) == "active" for row in rows))


def _scope(run: Run, row: Mapping) -> str:
    """What a link shows: the whole county or some townships, live or frozen."""
    names = {township["code"]: township["name" if run.language == "zh" else "name_en"] for township in organizations.townships(run.db)}
    where = t("links.separator").join(names.get(code, code) for code in row["townships"].split()) or t("links.whole_county")
    return where + (f" · {t('links.one_snapshot')}" if row["snapshot"] else "")


def lines(run: Run, row: Mapping) -> dict[str, str]:
    """What is worth knowing of a link, by the phrases of `links.of`."""
    frozen = next((_label(each) for each in snapshots.every() if each["id"] == row["snapshot"]), row["snapshot"])
    return {"state": t(f"link_state.{state(row, run.at)}"), "scope": _scope(run, row), "snapshot": frozen,
            "pin": t("links.pin_yes" if row["pin"] else "links.pin_no"), "expires": text.moment(row["expires_at"], year=True),
            "used": text.moment(row["used_at"], year=True) if row["used_at"] else t("links.never"),
            "created": f"{text.moment(row['created_at'], year=True)}　{facts.who(row['created_by'])}",
            "revoked": text.moment(row["revoked_at"], year=True) if row["revoked_at"] else ""}


def _label(manifest: Mapping) -> str:
    """A snapshot in a list of choices."""
    return f"{text.moment(manifest['created_at'], year=True)}　{manifest['label']}"


# ---- the list


def actions(run: Run) -> None:
    if run.may(Action.MANAGE_LINKS):
        st.button(t("links.new"), key="links.new", type="primary", icon=":material/add_link:", on_click=_ask, args=(run.today,))
    else:
        st.info(t("links.frozen"), icon=":material/push_pin:")


def pick(run: Run, rows: Sequence[Mapping]) -> Mapping | None:
    """Filter and list; gives the link to work on."""
    filters.read("links", {"state": STATES})
    filters.select("links", "state", STATES, lambda code: t(f"link_state.{code}"), table="links.filter")
    chosen = {"state": st.session_state["links.state"] or ""}
    filters.write("links", chosen)
    found = [row for row in rows if chosen["state"] in ("", state(row, run.at))]
    table = pd.DataFrame([{"code": row["id"], "name": row["name"], "scope": _scope(run, row), "expires": text.moment(row["expires_at"], year=True),
                           "used": text.moment(row["used_at"]), "state": t(f"link_state.{state(row, run.at)}")} for row in found],
                         columns=["code", "name", "scope", "expires", "used", "state"])
    widths = {"name": 190, "scope": 170, "expires": 150, "used": 110, "state": 72}
    config = {name: st.column_config.TextColumn(t(f"links.of.{name}"), width=width) for name, width in widths.items()}
    here = picking.pick("links", table, config, chosen, "link")
    if not rows:
        st.info(t("links.none"), icon=":material/link:")
    elif not found:
        st.markdown(gray(t("links.no_match")))
    return next((row for row in rows if row["id"] == here), None)


def card(run: Run, row: Mapping) -> None:
    """One link: for whom, what it shows, how long, and its end."""
    with st.container(border=True):
        st.subheader(plain(row["name"]), anchor=False)
        facts.show(lines(run, row), "links.of")
        if run.may(Action.MANAGE_LINKS) and state(row, run.at) == "active":
            st.button(t("links.revoke"), key="links.revoke", icon=":material/link_off:", on_click=dialogs.ask, args=("links.revoke",),
                      kwargs={"link": row["id"], "whom": row["name"]})


# ---- the address, once


def _put_away() -> None:
    st.session_state.pop(KEY, None)


def show_fresh(run: Run) -> None:
    """The address of the link just made, for the one who made it."""
    maker, name, token = st.session_state.get(KEY, ("", "", ""))
    if maker != run.actor.name:
        _put_away()  # somebody else has logged in in this tab
        return
    found = links.find(run.db, token, run.now)
    if found is None:  # revoked in the meantime
        _put_away()
        return
    address = f"{accounts.site()}v/{token}"
    slip = link_slip.Slip(name, address, found["expires_at"], bool(found["pin_hash"]), _scope(run, found))
    with st.container(border=True, key="links.fresh_shown", horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(link_slip.symbol(address), width=180, alt=t("links.symbol", name=name))
        with st.container(width="stretch"):
            st.markdown(f"**{t('links.made', name=plain(name))}**  \n{t('links.once')}")
            st.code(address, language=None, wrap_lines=True)
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.download_button(t("links.print"), link_slip.page(slip, run.program, run.language).encode(), "view-link.html", "text/html",
                                   key="links.print", icon=":material/print:", on_click="ignore")
                st.button(t("links.away"), key="links.away", type="tertiary", on_click=_put_away)


# ---- dialogs


def _ask(today: dt.date) -> None:
    st.session_state.update({"links.expires": today + dt.timedelta(days=DAYS), "links.pin": ""})
    dialogs.ask("links.new")


@dataclass(frozen=True)
class Reach:
    """How far a link is to reach: which townships (none: the county), until when, and behind which PIN ("" for none)."""

    townships: tuple[str, ...]
    ends: dt.datetime
    pin: str


def reach(run: Run, page: str) -> Reach:
    """Ask how far a link is to reach. The widgets' keys are the page's; `<page>.expires` is seeded by whoever opens the dialog."""
    names = {row["code"]: row["name" if run.language == "zh" else "name_en"] for row in organizations.townships(run.db)}
    townships = st.multiselect(t("links.townships"), names, format_func=names.get, key=f"{page}.townships", placeholder=t("links.whole_county"))
    last = run.today + links.LONGEST - dt.timedelta(days=1)
    with st.container(horizontal=True, gap="small"):
        day = st.date_input(t("links.expires_on"), key=f"{page}.expires", min_value=run.today, max_value=last, format="YYYY-MM-DD")
        pin = st.text_input(t("links.pin"), key=f"{page}.pin", max_chars=8, placeholder=t("links.pin_example"), autocomplete="off")
    # to the end of that day on the county's clock
    ends = dt.datetime.combine(day or run.today, dt.time(23, 59, 59), ZoneInfo(run.program.timezone))
    return Reach(tuple(townships), ends, pin.strip())


def fresh(run: Run, name: str, token: str) -> None:
    """Let the address of a link be shown, once."""
    st.session_state[KEY] = (run.actor.name, name.strip(), token)


def _new() -> None:
    with session.run("links") as run:
        frozen = {manifest["id"]: _label(manifest) for manifest in snapshots.every()}
        name = st.text_input(t("links.for_whom"), key="links.name", max_chars=links.NAME_LIMIT, placeholder=t("links.for_whom_example"))
        shows = st.selectbox(t("links.shows"), ["", *frozen], format_func=lambda code: frozen.get(code) or t("links.live"), key="links.shows")
        far = reach(run, "links")
        st.markdown(gray(t("links.note")))
        if not st.button(t("links.create"), key="links.create", type="primary"):
            return
        with session.attempt() as made:
            token = links.create(run.db, run.actor, name, far.ends, run.now, townships=far.townships, snapshot=shows or None, pin=far.pin)
        if made.ok:
            fresh(run, name, token)
            st.query_params["link"] = links.find(run.db, token, run.now)["id"]
            dialogs.done("links.created", name=name.strip())


def _revoke(link: str, whom: str) -> None:
    with session.run("links") as run, session.attempt():
        st.markdown(t("links.revoke_note", name=plain(whom)))
        if st.button(t("links.revoke_do"), key="links.revoke_do", type="primary"):
            links.revoke(run.db, run.actor, link, store.now(run.db))
            dialogs.done("links.revoked", name=whom)


def dialog() -> None:
    """The dialog that is open, if it is one of these."""
    dialogs.show({"links.new": _new, "links.revoke": _revoke})
