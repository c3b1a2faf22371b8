"""The appraisal's page: which organizations still lack their tally, the tally itself, ballot codes to print.

Session keys: `appraisal.<count>` (the tally's widgets, seeded from the store when another organization, `appraisal.seeded`, is
opened or the store's tally changes), `appraisal.codes` (organization and codes just made; set by making them, cleared by the reader's
word that they are safe: the store has only their hashes).
"""

from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from lib.core import access, grading
from lib.core.access import Action
from lib.core.grading import BALLOTS_AT_MOST, Appraisal
from lib.core.workflow import State
from lib.exchange import ballot_slips
from lib.store import appraisals, assessments, organizations
from lib.store.organizations import Organization
from lib.ui import dialogs, picking, session, text
from lib.ui.case import signed
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

COUNTS = ("issued", "returned", "satisfied", "basically_satisfied", "dissatisfied")
STANDINGS = ("missing", "entered", "closed")


def _standing(cases: pd.DataFrame) -> pd.Series:
    """Where each organization's appraisal stands: closed with the approved grade, entered, or missing."""
    standing = pd.Series("missing", index=cases.index)
    standing[cases["returned"] > 0] = "entered"
    standing[cases["state"] == State.APPROVED] = "closed"
    return standing


def queue(run: Run) -> str | None:
    """Filters and the list; gives the code of the organization to work on."""
    listed, chosen = picking.narrow(run, "appraisal", picking.own, "standing", STANDINGS, _standing, lambda code: t(f"appraisal.{code}"))
    config = st.column_config
    columns = {"name": config.TextColumn(t("review.organization"), width=220),
               "ballots": config.TextColumn(t("appraisal.ballots"), width=76, alignment="right"),
               "satisfaction": config.TextColumn(t("review.satisfaction"), width=64, alignment="right")}
    if chosen["standing"] == "missing":
        columns = {"name": columns["name"], "state": config.TextColumn(t("appraisal.state"), width=80)}
    st.markdown(gray(t(f"appraisal.note_{chosen['standing']}" if len(listed) else f"appraisal.none_{chosen['standing']}")))
    return picking.pick("appraisal", listed, columns, chosen, words=_words)


def _words(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the list as it shows them."""
    return pd.DataFrame({"name": rows["name"], "state": [t(f"state.{state}") for state in rows["state"]],
                         "ballots": [f"{returned}/{issued}" for returned, issued in zip(rows["returned"], rows["issued"], strict=True)],
                         "satisfaction": [text.percent(rate) for rate in rows["satisfaction"]]})


def show(run: Run, code: str) -> None:
    """One organization's appraisal. Raises Refused."""
    organization = organizations.get(run.db, code)
    access.require(run.actor, Action.ENTER_TALLY, organization.whose)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.subheader(plain(organization.name), anchor=False, width="content")
        state = assessments.state(run.db, run.round.code, code)
        st.markdown(gray(f"{t(f'kind.{organization.kind}')} · {plain(organization.township_name or organization.committee_name)} · "
                         f"{t(f'state.{state}')}"), width="content")
    paper = appraisals.tally(run.db, run.round.code, code)
    if state == State.APPROVED:
        st.info(t("appraisal.is_closed"), icon=":material/lock:")
        _figures(run, code, paper)
        return
    left, right = st.columns(2, gap="medium")
    with right:
        _figures(run, code, paper)
    if run.may(Action.ENTER_TALLY, organization.whose):
        with left:
            _tally(run, code, paper)
        _codes(run, organization)


def _figures(run: Run, code: str, paper: dict | None) -> None:
    """Turnout and satisfaction of the paper ballots, the online ones, and both together."""
    counted = Appraisal(*(paper[name] for name in COUNTS)) if paper else Appraisal()
    online = appraisals.online(run.db, run.round.code, code)
    table = {t("appraisal.source"): [t(f"appraisal.{name}") for name in (*COUNTS, "turnout", "satisfaction")]}
    for name, row in {"paper": counted, "online": online, "together": counted + online}.items():
        table[t(f"appraisal.{name}")] = [*(str(getattr(row, count)) for count in COUNTS), text.percent(row.turnout),
                                         f"**{text.percent(row.satisfaction)}**"]
    st.table(table, border="horizontal", hide_index=True)
    rate, bar = (counted + online).satisfaction, round(100 * run.program.target("satisfaction").value)
    if rate is not None and rate < bar:
        st.markdown(f":red-badge[{t('appraisal.below', rate=text.percent(rate), bar=text.percent(bar))}]")


# ---- the tally on paper


def _seed(code: str, paper: dict | None) -> None:
    stored = {f"appraisal.{name}": paper[name] if paper else None for name in COUNTS}
    if st.session_state.get("appraisal.seeded") != (code, stored) or any(key not in st.session_state for key in stored):
        st.session_state.update(stored)
        st.session_state["appraisal.seeded"] = (code, stored)


def _tally(run: Run, code: str, paper: dict | None) -> None:
    """The committee's counts, checked while they are typed."""
    _seed(code, paper)
    st.markdown(f"**{t('appraisal.tally')}**" + (f"　{signed(run, paper['author'], paper['at'])}" if paper else ""))
    with st.container(gap="xsmall"):
        _counts()
    given = [st.session_state.get(f"appraisal.{name}") for name in COUNTS]
    complete = None not in given
    counts = Appraisal(*given) if complete else None
    if counts and (problem := grading.tally_problem(counts)):
        st.markdown(f":red[{t(f'problem.{problem}')}]")
    elif counts and counts.returned:
        st.markdown(gray(t("appraisal.would_be", turnout=text.percent(counts.turnout), rate=text.percent(counts.satisfaction))))
    if st.button(t("appraisal.save"), key="appraisal.save", type="primary", disabled=not complete):
        with session.attempt() as tried:
            appraisals.enter_tally(run.db, run.actor, code, counts, run.at)
        if tried.ok:
            session.flash("appraisal.saved")
            st.rerun()


def _counts() -> None:
    for name in COUNTS:
        label, box = st.columns([2, 3], wrap=False, vertical_alignment="center", gap="small")
        label.markdown(t(f"appraisal.{name}"))
        box.number_input(t(f"appraisal.{name}"), 0, BALLOTS_AT_MOST, None, 1, key=f"appraisal.{name}", label_visibility="collapsed",
                         persist_state="page")


# ---- codes for the online ballot


def base() -> str:
    """Where the pages are served from, as the reader's browser knows it: what a QR code must lead to."""
    url = st.context.url
    parts = urlsplit(url if isinstance(url, str) else "http://localhost:8501")
    folder = parts.path.rstrip("/").removesuffix("appraisal").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{folder}"


def _codes(run: Run, organization: Organization) -> None:
    """Making codes, and making the unused ones worthless."""
    online = appraisals.online(run.db, run.round.code, organization.code)
    st.markdown(f"**{t('appraisal.codes')}**　{gray(t('appraisal.codes_count', issued=online.issued, returned=online.returned))}")
    st.markdown(gray(t("appraisal.codes_how")))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(t("appraisal.how_many"), 1, appraisals.CODES_AT_ONCE, 30, 1, key="appraisal.how_many", width=160)
        if st.button(t("appraisal.make"), key="appraisal.make", icon=":material/qr_code_2:"):
            with session.attempt() as tried:
                made = appraisals.issue_codes(run.db, run.actor, organization.code, st.session_state["appraisal.how_many"], run.at)
            if tried.ok:
                st.session_state["appraisal.codes"] = (organization.code, made)
                st.rerun()
    if online.issued > online.returned:
        st.button(t("appraisal.withdraw", count=online.issued - online.returned), key="appraisal.withdraw", type="tertiary", icon=":material/block:",
                  on_click=dialogs.ask, args=("appraisal.withdraw",), kwargs={"code": organization.code})


def new_codes(run: Run) -> None:
    """The codes just made, until the reader says that they are safe: nobody can show them again."""
    if "appraisal.codes" not in st.session_state:
        return
    code, made = st.session_state["appraisal.codes"]
    name, where = organizations.get(run.db, code).name, base()
    with st.container(border=True, gap="small"):
        st.warning(t("appraisal.made", name=plain(name), count=len(made)), icon=":material/warning:")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.download_button(t("appraisal.download_slips"), lambda: ballot_slips.page(name, made, where, run.round.year, run.language),
                               f"ballot-{code}.html", "text/html", key="appraisal.download_slips", icon=":material/print:", type="primary",
                               on_click="ignore")
            st.download_button(t("appraisal.download_csv"), ballot_slips.table(name, made, where, run.language), f"ballot-{code}.csv", "text/csv",
                               key="appraisal.download_csv", icon=":material/download:", on_click="ignore")
            st.button(t("appraisal.safe"), key="appraisal.safe", on_click=lambda: st.session_state.pop("appraisal.codes", None))
        st.markdown(gray(t("appraisal.where", address=plain(f"{where}/ballot"))))


def withdraw_dialog(code: str) -> None:
    """Making unused codes worthless."""
    with session.run("appraisal") as run:
        organization = organizations.get(run.db, code)
        st.markdown(t("appraisal.withdraw_what", name=plain(organization.name)))
        if st.button(t("appraisal.withdraw_confirm"), key="appraisal.withdraw_confirm", type="primary"):
            with session.attempt() as tried:
                count = appraisals.withdraw_codes(run.db, run.actor, code, run.at)
            if tried.ok:
                if st.session_state.get("appraisal.codes", ("",))[0] == code:
                    st.session_state.pop("appraisal.codes")
                dialogs.done("appraisal.withdrawn", count=count)
