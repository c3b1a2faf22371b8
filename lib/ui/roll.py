"""Demonstration sites, model members and five-good villages (W3, W4), honours (P4): nominations, what keeps them back, and the honour roll."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.core.registers import Standing
from lib.exchange import honour_roll
from lib.exchange.honour_roll import Group
from lib.store import records
from lib.ui import figures, overview
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import DASH, t

FIGURES = ("exemplar_sites", "exemplar_members", "five_good_townships")
COUNTED = {"site": "exemplar_sites", "member": "exemplar_members"}
"""Categories that count toward a fixed number, and the setting that has it."""
ROOM = 1
"""五个好 demonstration villages: 2–3 in a township, so many above the least are still right."""


NOMINATIONS = {"kind_said": "exemplars.category", "title": "exemplars.named", "organization_name": "programme_page.organization",
               "nominated": "exemplars.nominated", "unmet": "exemplars.conditions"}
ROLL = {"title": "honours.who", "organization_name": "honours.organization", "township_name": "honours.township", "reason": "honours.deeds"}
"""Columns of the lists, with the phrases that head them."""


# ---- nominations, of exemplars as of honours


def nominations(run: Run, name: str, kind: str, title: str, committee: str) -> Mapping[str, pd.DataFrame]:
    """A register's nominations that wait for the county, the oldest first, and those that were refused; `kind` and `title` are its items."""
    rows = page.of_committee(page.records_of(run, name, kind, title, "nominated_on"), committee)
    labels = page.labels(run, name, kind)
    shown = rows.assign(kind_said=rows[kind].map(lambda code: labels.get(code, code)), title=rows[title],
                        nominated=rows["nominated_on"].map(page.day)).sort_values("nominated_on", kind="stable")
    return page.sides(shown, NOMINATIONS, {state.value: rows["state"] == state for state in (Standing.NOMINATED, Standing.REFUSED)})


def unmet(run: Run, *ids: str) -> Mapping[str, str]:
    """What keeps each of some records from approval now, in words; the reason given where it was refused."""
    found = {}
    for record in ids:
        kept = records.get(run.db, record)
        if kept.state == Standing.REFUSED:
            found[record] = kept.decision
            continue
        conditions = t("programme_page.semicolon").join(each.name[run.language] for each in records.unmet(run.db, kept, run.today))
        found[record] = f"{page.LATE} {t('exemplars.unmet', conditions=conditions)}" if conditions else t("exemplars.met")
    return found


def waiting(run: Run, own: str, name: str, kind: str, title: str) -> None:
    """The list of nominations on the page `own`; they are decided in the register below."""
    page.section("exemplars.nominations", t("exemplars.decide"))
    committee = page.committee(run, own, public=False)

    def add(run: Run, rows: pd.DataFrame, _side: str) -> pd.DataFrame:
        return rows.assign(unmet=rows["id"].map(page.kept(run, unmet, *rows["id"])))

    page.listing(run, own, "nominations", page.kept(run, nominations, name, kind, title, committee), Listed(NOMINATIONS, add, opens="record"),
                 {state.value: t(f"standing_of.{state}") for state in (Standing.NOMINATED, Standing.REFUSED)})


# ---- exemplars


def by_field(run: Run) -> Mapping[str, list[str]]:
    """Approved and nominated sites and members by field, and their sums against the number to be reached."""
    rows = figures.tables(run)["exemplars"]
    labels = page.labels(run, "exemplars", "field")
    fields = [*labels, *(field for field in rows["field"].dropna().unique() if field not in labels)]
    columns = {t("exemplars.field"): [*(labels.get(field, field) for field in fields), t("exemplars.sum")]}
    for category, setting in COUNTED.items():
        own = rows[rows["category"] == category]
        approved, nominated = own[own["approved"]]["field"].value_counts(), own[own["state"] == Standing.NOMINATED]["field"].value_counts()
        of = t("exemplars.of", count=int(own["approved"].sum()), total=int(run.program.settings.get(setting, 0)))
        columns[t(f"exemplars.approved_{category}")] = [*(str(approved.get(field, 0)) for field in fields), of]
        columns[t(f"exemplars.nominated_{category}")] = [*(str(nominated.get(field, 0)) for field in fields),
                                                         str(int((own["state"] == Standing.NOMINATED).sum()))]
    return columns


def five_good(run: Run) -> Mapping[str, list[str]]:
    """Every township's five-good villages against the number wanted: too few, right, or more than the plan asks; nominated ones beside."""
    rows, names = figures.tables(run)["townships"], overview.township_names(run)
    known = page.records_of(run, "exemplars", "category")
    waiting = known[(known["category"] == "five_good") & (known["state"] == Standing.NOMINATED)]["township"].value_counts()
    lines = []
    for row in rows.itertuples():
        short, over = row.five_good_needed - row.five_good, row.five_good - row.five_good_needed - ROOM
        standing = (f"{page.LATE} {t('exemplars.short', count=short)}" if short > 0 else f"{page.CLOSE} {t('exemplars.over', count=over)}" if over > 0
                    else f"{page.FINE} {t('status.reached')}")
        lines.append((short, (names.get(row.code, row.name), str(row.villages), t("exemplars.range", least=row.five_good_needed,
                                                                                 most=row.five_good_needed + ROOM),
                              str(row.five_good), str(waiting.get(row.code, 0)), standing)))
    lines.sort(key=lambda line: -line[0])
    heads = ("programme_page.township", "exemplars.villages", "exemplars.wanted", "standing_of.approved", "standing_of.nominated",
             "exemplars.standing")
    return {t(head): [line[place] for _, line in lines] for place, head in enumerate(heads)}


def show_exemplars(run: Run) -> None:
    """Fields, townships, nominations."""
    left, right = st.columns(2, gap="large")
    with left:
        page.section("exemplars.by_field")
        page.small(page.kept(run, by_field))
    with right:
        page.section("exemplars.by_township")
        lines = page.kept(run, five_good)
        if lines[t("programme_page.township")]:
            page.small(lines)
        else:
            page.nothing("exemplars.no_townships")
    waiting(run, "exemplars", "exemplars", "category", "title")


# ---- honours


def roll(run: Run) -> tuple[Group, ...]:
    return honour_roll.groups(run.db, run.actor, run.language)


def show_honours(run: Run) -> None:
    """Nominations, and the roll with the ways to take it along."""
    waiting(run, "honours", "honours", "honour", "person")
    groups = page.kept(run, roll)
    page.section("honours.roll", t("honours.roll_note"))
    if not groups:
        page.nothing("honours.roll_empty")
        return
    query = f"?lang={run.language}" + (f"&snapshot={run.snapshot}" if run.snapshot else "")
    with st.container(horizontal=True, gap="small"):
        st.link_button(t("honours.print"), f"/print/honours{query}", icon=":material/print:")
        with st.popover(t("honours.copy"), icon=":material/content_copy:"):
            st.code(honour_roll.plain_text(groups, run.language), language=None, wrap_lines=True, height=320)
    names = {group.title: f"{group.title} {len(group.lines)}" for group in groups}
    codes = {str(place): names[group.title] for place, group in enumerate(groups)}
    group = groups[int(page.choose("honours", "roll", codes))]
    rows = pd.DataFrame([(line.name or DASH, line.organization, line.township, line.deeds) for line in group.lines],
                        columns=list(ROLL))
    page.table(run, f"honours.{ALL}", rows.assign(organization=None), Listed(ROLL, public=True, opens=""))
