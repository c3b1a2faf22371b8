"""Paired assistance (W1, L1, S6): what each leader is to take on and still lacks, who leads each village, when it was last visited."""

from collections.abc import Mapping

import pandas as pd

from lib.core.model import Kind
from lib.ui import figures, overview
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import DASH, t

FIGURES = ("villages_paired", "leaders_complete", "stays_assessed")
REGISTERS = ("leaders", "pairings", "visits", "stays")
LEADERS = {"name": "pairing.name", "post": "pairing.post", "rank": "pairing.rank", "committee_name": "programme_page.committee",
           "needs": "pairing.needs", "paired": "pairing.paired", "standing": "pairing.standing"}
VILLAGES = {"name": "programme_page.village", "place": "programme_page.township", "leaders": "pairing.leader", "since": "pairing.since",
            "visits": "pairing.visits", "visited": "pairing.visited"}
"""Columns of the lists, with the phrases that head them."""


def kinds_said(codes: str) -> str:
    """What a leader is to take on, in words: 后进村、社区."""
    return t("programme_page.comma").join(t(f"pairing.need_{code}") for code in codes.split())


def leaders(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Leading members and cadres with what they are to take on (L1): those who lack something, and all."""
    rows = page.of_committee(figures.tables(run)["leaders"], committee).sort_values("lacks", key=lambda lacks: lacks == "", kind="stable")
    ranks = page.labels(run, "leaders", "rank")
    said = {needs: kinds_said(needs) or DASH for needs in rows["needs"].unique()}
    lacking = {lacks: t("pairing.lacks", kinds=kinds_said(lacks)) for lacks in rows["lacks"].unique() if lacks}
    shown = rows.assign(
        rank=rows["rank"].map(ranks), needs=rows["needs"].map(said),
        standing=[f"{page.LATE} {lacking[lacks]}" if lacks else t("pairing.complete") if needs else ""
                  for needs, lacks in zip(rows["needs"], rows["lacks"], strict=True)])
    return page.sides(shown, LEADERS, {"lacking": rows["lacks"] != "", ALL: None})


def villages(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Villages without a leader, those nobody has visited, and all of them with their leaders and visits."""
    cases = page.of_committee(figures.cases(run), committee)
    rows = cases[cases["kind"] == Kind.VILLAGE]
    pairings = page.records_of(run, "pairings", "leader", "ended_on")
    pairings = pairings[pairings["ended_on"].isna()]
    called = pairings["leader"].map(page.titles(run, "leaders")).fillna("")
    led = called[called != ""].groupby(pairings["organization"]).agg(t("programme_page.comma").join)
    shown = rows.assign(place=rows["township"].map(overview.township_names(run)), leaders=rows["code"].map(led),
                        since=rows["paired_on"].map(page.day), visited=rows["visited_on"].map(page.day))
    shown = shown.sort_values("visited_on", na_position="first", kind="stable")
    return page.sides(shown, VILLAGES, {"unpaired": rows["paired_on"].isna(), "unvisited": rows["visits"] == 0, ALL: None})


def show(run: Run) -> None:
    """Leaders and villages, each as a list that can be narrowed."""
    committee = page.committee(run, "pairing", public=True)
    page.section("pairing.leaders", t("pairing.rule"))
    known = page.kept(run, leaders, committee)
    if known[ALL].empty:
        page.nothing("pairing.no_leaders")
    else:
        page.listing(run, "pairing", "leaders", known, Listed(LEADERS, public=True, opens=""))
    page.section("pairing.villages")
    page.listing(run, "pairing", "villages", page.kept(run, villages, committee), Listed(VILLAGES, public=True))
