"""The presentation (会议放映): the chosen slides over the whole window, turned by keys or by themselves.

The browser does the showing (static/presentation.js), so that it goes on while the connection is lost; Python draws the slides anew whenever
the store has changed. What is shown stands in the address: `slides` in their order, `every` (seconds; 0 turns by hand), `at` (`now` for a
meeting's link that is to show the newest figures), `play` (begin at once). Session keys: `presentation.<name>` are their widgets.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from lib.core import access
from lib.ui import filters, frame, places, session, slides, text
from lib.ui.session import Run
from lib.ui.text import t

PAGE = "presentation"
NAMES = ("slides", "every", "at", "play")
AT = ("", "now")
EVERY, LONGEST = 20, 600
"""Seconds that a slide stays, unless another number is chosen, and the most that can be."""
STATIC = Path(__file__).parent / "static"
WORDS = ("start", "keys", "previous", "next", "pause", "go_on", "full", "exit")
_mount = st.components.v2.component(PAGE, css=(STATIC / "presentation.css").read_text(encoding="utf-8"),
                                    js=(STATIC / "presentation.js").read_text(encoding="utf-8"))


# ---- what is asked for


def newest() -> bool:
    """Whether the address asks for the newest figures, whatever is pinned."""
    return filters.asked(PAGE, NAMES)["at"] == "now"


def parsed(address: Mapping[str, str], known: Collection[str]) -> dict[str, object]:
    """What an address asks for, as the widgets have it; what is no slide or no number of seconds is not heeded."""
    wanted = tuple(dict.fromkeys(code for code in address["slides"].split(",") if code in known)) or tuple(known)
    every = address["every"]
    seconds = int(every) if every.isascii() and every.isdecimal() and len(every) <= len(str(LONGEST)) else EVERY
    return {"slides": list(wanted), "every": min(seconds, LONGEST), "at": address["at"] if address["at"] in AT else "",
            "play": address["play"] == "1"}


def ask(run: Run) -> dict[str, object]:
    """Draw the settings and give them; between frozen and newest figures there is a choice where something is pinned."""
    known = slides.codes(run.program)
    given = filters.asked(PAGE, NAMES)
    changed = st.session_state.get(f"address.{PAGE}") != given
    for name, value in parsed(given, known).items():
        key = f"{PAGE}.{name}"
        # their labels change with the language: seeded at every run
        st.session_state[key] = value if changed or key not in st.session_state else st.session_state[key]
    st.multiselect(t("presentation.slides"), known, format_func=slides.title, key="presentation.slides", placeholder=t("presentation.all"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(t("presentation.every"), 0, LONGEST, step=5, key="presentation.every", width=240)
        if session.pinned(run.actor):
            st.selectbox(t("presentation.at"), AT, format_func=lambda at: t("presentation.at_now" if at else "presentation.at_pinned"),
                         key="presentation.at", width=240)
        st.toggle(t("presentation.play"), key="presentation.play")
    asked = {name: st.session_state.get(f"{PAGE}.{name}", "") for name in NAMES}
    asked["slides"] = asked["slides"] or list(known)
    _remember(asked, known)
    return asked


def _remember(asked: Mapping[str, object], known: Collection[str]) -> None:
    filters.write(PAGE, {"slides": ",".join(asked["slides"]), "every": str(asked["every"]), "at": asked["at"], "play": "1" if asked["play"] else ""},
                  {"slides": ",".join(known), "every": str(EVERY)})


# ---- the show


def show(run: Run, asked: Mapping[str, object]) -> None:
    """Give the slides to the browser; a link chosen on one of them is followed, and a way back comes to the same slide."""
    drawn = [slides.slide(run, code) for code in asked["slides"]]
    local = text.local(run.at, run.program.timezone)
    result = _mount(key="presentation.show", data={
        "slides": [{"code": each.code, "title": each.title, "html": each.html} for each in drawn], "title": run.program.title[run.language],
        "words": _words(run, local.date().isoformat()), "every": asked["every"], "play": bool(asked["play"]), "live": run.live,
        # the county's wall clock as if it were UTC: the browser need not know the zone
        "clock": int(local.replace(tzinfo=ZoneInfo("UTC")).timestamp() * 1000), "day": local.date().isoformat(),
    }, on_chosen_change=_ignore, on_renewed_change=_ignore)
    page, query = slides.chosen(result.chosen or "")
    if page in access.PAGES and query:
        places.go(page, **query)


def _ignore() -> None:
    """A trigger is only kept when somebody listens: a rerun is all that a new day needs."""


def _words(run: Run, day: str) -> dict[str, str]:
    """What the browser says; `{time}` and the like are for it to fill in."""
    return {**{name: t(f"presentation.{name}") for name in WORDS}, "region": t("page.presentation"),
            "more": t("presentation.more", count="{count}"), "lost": t("presentation.lost", time="{time}"),
            "spoken": t("presentation.spoken", number="{number}", total="{total}", title="{title}"),
            "live": t("presentation.live", day=text.date(day, year=True), time="{time}"),
            "pinned": t("frame.meeting" if run.actor.snapshot else "frame.as_of", when=text.moment(run.at, year=True)),
            "frozen": text.moment(run.at), "demo": t("frame.demo") if frame.is_demo(run) else ""}
