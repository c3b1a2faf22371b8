"""The names behind one figure: a list as long as the figure says, with what explains it, beside the figure's map and ranking.

Session key `targets.listed`: what the list was last made of, to begin it anew when that changes (set at every run).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.access import Action, Whose
from lib.core.forms import Choice
from lib.core.model import Role
from lib.core.targets import Figure
from lib.store import organizations, pack, records
from lib.ui import downloads, figures, filters, overview, paging, places, ranking, shared, tables, target_board, text, township_map
from lib.ui.session import Run
from lib.ui.text import DASH, gray, percent, plain, t

SIDES = ("missing", "counted", "all")
KEPT = 48
PLACE = ("township", "committee")
BY_OVER = {
    "organizations": ("name", "kind", *PLACE), "committees": ("name", "township"), "townships": ("name",),
    "items": ("number", "organization", "light", "due_on", "days", "item_state", "problem", "responsible", "leader_name", *PLACE),
    "leaders": ("name", "post", "rank", *PLACE), "census": ("name", "unit_kind", "members", "mode", *PLACE),
    "exemplars": ("name", "organization", "field", "nominated_on", "standing", *PLACE)}
"""Columns of a list by the table that its figure is counted over; the figure's own (BY_FIGURE) stand before those of PLACE."""
CLASSES = ("class_start", "class_now", "class_target")
BY_FIGURE = {
    "submitted": ("state", "submitted_on"), "graded": ("state", "decided_on"), "good_share": ("grade", "decided_on"),
    "satisfaction": ("satisfaction", "returned"), "village_upper": CLASSES, "village_fourth": CLASSES,
    "mobilized": ("mobilized_on",), "committees_mobilized": ("mobilized_on",), "villages_paired": ("paired_on", "visits", "visited_on"),
    "stays_assessed": ("stay_assessed_on",), "five_good_townships": ("five_good", "five_good_needed", "villages"),
    "secretaries_trained": ("secretary_trained_on",), "heads_trained": ("head_trained_on",), "credits_earned": ("earned", "required"),
    "backward_ledger": ("grade", "class_now", "ledger_gap", "items_open"),
    "community_staff": ("state", "staff_enough"), "community_funds": ("state", "funds_enough"), "community_venue": ("state", "venue"),
    "community_secured": ("state", "staff_enough", "funds_enough", "venue"),
    "covered_operating": ("organized_on", "plan", "plan_on"), "covered_eligible": ("organized_on", "plan", "plan_on"),
    "coverage_planned": ("plan", "plan_on"),
    "windows_appraised": ("windows", "appraisers", "appraised_on"), "village_venue": ("state", "venue"), "two_new_venue": ("state", "venue"),
    "village_pay": ("state", "pay_and_funds", "funds_enough"), "rule_report": ("rule_report_on",), "rule_appraise": ("rule_appraise_on",),
    "rule_assess": ("rule_assess_on",), "leaders_complete": ("needs", "lacks", "paired")}
PAGES = {
    "mobilized": "standing_rules", "committees_mobilized": "standing_rules", "submitted": "ratings", "graded": "ratings", "good_share": "ratings",
    "satisfaction": "ratings", "village_upper": "ratings", "village_fourth": "ratings", "villages_paired": "pairing", "stays_assessed": "pairing",
    "exemplar_sites": "exemplars", "exemplar_members": "exemplars", "five_good_townships": "exemplars", "secretaries_trained": "training",
    "heads_trained": "training", "credits_earned": "training", "backward_ledger": "rectification", "signed_off": "rectification",
    "overdue": "rectification", "community_staff": "communities", "community_funds": "communities", "community_venue": "communities",
    "community_secured": "communities", "covered_operating": "coverage", "covered_eligible": "coverage", "coverage_planned": "coverage",
    "windows_appraised": "agencies", "village_venue": "communities", "two_new_venue": "communities", "village_pay": "communities",
    "rule_report": "standing_rules", "rule_appraise": "standing_rules", "rule_assess": "standing_rules", "leaders_complete": "pairing"}
"""Where what a figure counts is worked on."""
PRIVATE = ("problem", "responsible", "leader_name")
"""What an organization does not read of the others."""
NUMBERS = frozenset({"number", "days", "visits", "members", "earned", "required", "items_open", "windows", "appraisers", "five_good",
                     "five_good_needed", "villages", "paired", "returned"})
FLAGS = frozenset({"staff_enough", "funds_enough", "venue", "pay_and_funds"})
PHRASES = {"kind": "kind", "state": "state", "grade": "grade", "class_start": "class", "class_now": "class", "class_target": "class",
           "item_state": "item_state", "light": "light", "standing": "standing_of"}
"""Columns of codes: the table of phrases that has their words."""
CHOICES = {"rank": "leaders", "unit_kind": "census", "mode": "census", "field": "exemplars"}
"""Columns of codes whose words are a register's own."""
SOURCES = {"item_state": "state", "standing": "state"}
"""Columns that the tables call otherwise."""
WIDE = {"number": 66, "days": 76, "due_on": 84, "name": 200, "problem": 260, "organization": 200, "committee": 150, "plan": 180, "needs": 150,
        "lacks": 150, "post": 130, "rank": 130}


@dataclass(frozen=True)
class Listing:
    """The rows of one choice, and the figure of the place that they stand behind."""

    rows: pd.DataFrame
    figure: Figure


def listing(run: Run, chosen: Mapping[str, str]) -> Listing:
    """What `chosen` (figure, side, township, committee; "" for no limit) stands for."""
    return _listing(*figures.scope(run), run.today, *(chosen[name] for name in ("figure", "side", "township", "committee")), run)


@shared.once(KEPT)
def _listing(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, code: str, side: str, township: str, committee: str,
             _run: Run) -> Listing:
    own = {code: targets.rows_of(figures.tables(_run), code)}
    if township:
        own = targets.within(own, township="" if township == overview.COUNTY_LEVEL else township)
    if committee:
        own = targets.within(own, committee=committee)
    rows = targets.names(own[code], code, {"missing": False, "counted": True}.get(side))
    if "days" in rows:
        rows = rows.sort_values("days", kind="stable")  # what is longest overdue stands first
    return Listing(rows, targets.figure(own[code], code, _run.program))


@dataclass(frozen=True)
class Places:
    """Map and ranking of one figure, as HTML."""

    picture: str
    table: str


def townships_by(run: Run, code: str) -> Places:
    return _townships(*figures.scope(run), run.today, code, run)


@shared.once(KEPT)
def _townships(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, code: str, _run: Run) -> Places | None:
    """None for a figure that has no townships: a number fixed for the county, or nothing to count in any of them."""
    program, rows, names = _run.program, targets.rows_of(figures.tables(_run), code), overview.township_names(_run)
    found = targets.by_township(rows, code, program)
    if not found:
        return None
    side = target_board.to_list(next(iter(found.values())))[0]
    committees = {row["township"]: row["name"] for row in reversed(organizations.committees(_run.db)) if row["township"]}

    def held(figure: Figure | None) -> tuple[str, str]:
        count = target_board.to_list(figure)[1] if figure else 0
        return "", t("ranking.part", label=t(f"side.{side}_{code}"), count=count) if count else ""

    ranked = [ranking.Row(place, name, found.get(place), held(found.get(place)), committees.get(place, "")) for place, name in names.items()]
    apart = rows[rows["township"].isna()]
    if len(apart):
        county = targets.figure(apart, code, program)
        ranked.append(ranking.Row(overview.COUNTY_LEVEL, t("ranking.county_level"), county, held(county),
                                  t("ranking.committees", count=apart["committee"].nunique()), apart=True))
    target = overview.target_of(targets.figure(rows, code, program))
    picture = township_map.html(pack.township_shapes(), names, found, code, target, language)
    return Places(picture, ranking.html(ranked, code, target, False, language))


# ---- rows in words


def columns(code: str) -> tuple[str, ...]:
    """The columns of a figure's list."""
    base = BY_OVER[targets.MEASURES[code].over]
    return (*(name for name in base if name not in PLACE), *BY_FIGURE.get(code, ()), *(name for name in base if name in PLACE))


def display(run: Run, rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """A page of rows in words, as this reader may see them."""
    names = overview.township_names(run)
    shown = {}
    for column in columns(code):
        match column:
            case "township":
                values = [names.get(place, "") if isinstance(place, str) else t("ranking.county_level") for place in rows["township"]]
            case "committee":
                values = list(rows["committee_name"])
            case "organization":
                known = figures.cases(run).set_index("code")["name"]
                values = [known.get(each, "") if isinstance(each, str) else "" for each in rows["organization"]]
            case "ledger_gap":
                values = [t("targets.on_ledger") if isinstance(on, str) else t("targets.no_leader" if has else "targets.no_ledger")
                          for on, has in zip(rows["ledger_on"], rows["has_plan"], strict=True)]
            case "needs" | "lacks":
                values = [t("targets.between").join(t(f"targets.{need}") for need in needs.split()) for needs in rows[column]]
            case "satisfaction":
                values = [percent(rate) for rate in rows[column]]
            case _:
                values = _plain_column(run, rows, column)
        shown[column] = values
    frame = pd.DataFrame(shown, index=rows.index)
    if run.actor.role == Role.ORGANIZATION and "organization" in rows:
        own = rows["organization"] == run.actor.organization
        for column in set(PRIVATE) & set(frame.columns):
            frame[column] = frame[column].where(own, DASH)
    return frame


def _plain_column(run: Run, rows: pd.DataFrame, column: str) -> list:
    values = rows[SOURCES.get(column, column)]
    if column.endswith("_on"):
        return [text.date(day) if isinstance(day, str) and day else None for day in values]
    if column in FLAGS:
        return [t("targets.secured" if each else "targets.lacking") for each in values]
    if column in PHRASES:
        return [t(f"{PHRASES[column]}.{code}") if isinstance(code, str) else None for code in values]
    if column in CHOICES:
        words = {choice.name: choice.label.get(run.language, choice.name) for choice in _choices(run, CHOICES[column], column)}
        return [words.get(code, code) if isinstance(code, str) else None for code in values]
    return [None if text.missing(each) else each for each in values]


def _choices(run: Run, register: str, item: str) -> tuple[Choice, ...]:
    """The choices of a register's item, none where the pack has no such register or item."""
    if register not in records.names(run.db):
        return ()
    found = records.register(run.db, register).form.items.get(item)
    return found.choices if found else ()


# ---- on the page


def said(shown: Listing) -> str:
    """How many names there are, and how both sides make up the figure."""
    figure = shown.figure
    fixed = targets.MEASURES[figure.code].fixed
    return t("targets.rows_fixed" if fixed else "targets.rows", count=len(shown.rows), measure=t(f"measure.{figure.code}"), rate=percent(figure.rate),
             of=overview.denominator(figure), among=figure.among, counted_name=t(f"side.counted_{figure.code}"), counted=figure.met,
             missing_name=t(f"side.missing_{figure.code}"), missing=figure.among - figure.met)


def options(run: Run) -> dict[str, tuple[str, ...]]:
    """The codes that the address may name."""
    return {"figure": overview.listed(run), "side": SIDES, "township": (*overview.township_names(run), overview.COUNTY_LEVEL),
            "committee": tuple(targets.by_committee(figures.tables(run), run.program, ()))}


def ask(run: Run, has_townships: bool) -> None:
    """Which figure, of which place, which side: the widgets of the filters, which the page has seeded."""
    names = overview.township_names(run) | {overview.COUNTY_LEVEL: t("ranking.county_level")}
    committees = dict(zip(figures.tables(run)["committees"]["code"], figures.tables(run)["committees"]["name"], strict=True))
    figure = st.session_state["targets.figure"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        places.link("targets", t("targets.back"), icon=":material/arrow_back:")
        filters.select("targets", "figure", overview.listed(run), lambda code: t(f"measure.{code}"), width=300)
        if has_townships:
            filters.select("targets", "township", tuple(names), names.get)
        filters.select("targets", "committee", tuple(committees), committees.get, width=220, table="targets")
        st.segmented_control(t("filter.side"), SIDES, format_func=lambda side: t(f"side.{side}_{figure}" if side != "all" else "side.all"),
                             key="targets.side", required=True, label_visibility="collapsed")


def show(run: Run, chosen: Mapping[str, str]) -> None:
    """The figure, its list, and its townships beside it."""
    code, shown, beside = chosen["figure"], listing(run, chosen), townships_by(run, chosen["figure"])
    figure = shown.figure
    standing = target_board.standing_words(figure, run.program, run.today)
    st.markdown(gray(plain(target_board.formula(code, run.program))))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        stands = t("targets.stands", rate=percent(figure.rate), of=overview.denominator(figure), target=overview.target_of(figure), status=standing)
        st.markdown(f"**{plain(stands)}**", width="content")
        places.link(PAGES[code], t("targets.work_on", page=t(f"page.{PAGES[code]}")), icon=":material/arrow_forward:")
    left, right = st.columns([3, 2], gap="medium") if beside else (st.container(), None)
    with left:
        st.markdown(plain(said(shown)))
        _table(run, shown.rows, chosen)
    if beside:
        with right:
            st.subheader(t("targets.townships", measure=t(f"measure.{code}")), anchor=False)
            township = township_map.show(beside.picture, "targets.map")
            township = ranking.show(beside.table, "targets.ranking") or township
        if township:
            places.go("targets", figure=code, side=chosen["side"], township=township)


def _table(run: Run, rows: pd.DataFrame, chosen: Mapping[str, str]) -> None:
    """The list, a page at a time; a chosen row opens its organization, its ledger item or its township."""
    if st.session_state.get("targets.listed") != dict(chosen):
        st.session_state["targets.listed"] = dict(chosen)
        for key in ("targets.names", "targets.names.page"):
            st.session_state.pop(key, None)
    if not len(rows):
        st.info(t("targets.nobody"), icon=":material/check:")
        return
    _download(run, rows, chosen["figure"])
    rows = paging.cut(rows, "targets.names")
    shown = display(run, rows, chosen["figure"])
    over = targets.MEASURES[chosen["figure"]].over
    opens = over in ("items", "townships") or rows["organization"].notna().any()
    height = min(tables.HEAD + tables.ROW * len(rows), tables.LONGEST)
    choosing = {"on_select": "rerun", "selection_mode": ["single-row", "single-cell"]} if opens else {}
    picked = st.dataframe(shown, hide_index=True, column_config=_config(tuple(shown.columns)), height=height, row_height=tables.ROW,
                          key="targets.names", placeholder=DASH, alt=t("targets.alt", count=len(rows)), **choosing)
    if not opens:
        return
    place = next(iter(picked["selection"]["rows"]), next((cell[0] for cell in picked["selection"]["cells"]), None))
    if place is None or place >= len(rows):
        st.markdown(gray(t("targets.hint")))
        return
    row = rows.iloc[place]
    if over == "townships":
        places.go("township", township=row["code"])
    whose = Whose(row["organization"], row["committee"], row["township"] if isinstance(row["township"], str) else None)
    if isinstance(row["organization"], str) and run.may(Action.LOOK_AT_ORGANIZATION, whose):
        places.go("rectification", item=row["code"]) if over == "items" else places.go("organization", organization=row["organization"])
    st.info(t("table.not_yours"), icon=":material/lock:")


def _download(run: Run, rows: pd.DataFrame, code: str) -> None:
    """The whole list to take away, by the organizations' codes."""
    coded = {"coded": t("downloads.organization")} if rows["organization"].notna().any() else {}
    heads = {**coded, **{name: t(f"target_column.{name}") for name in columns(code)}}
    downloads.frame(run, "targets", t(f"measure.{code}"), heads, lambda own: display(own, rows, code).assign(coded=rows["organization"]), len(rows))


def _config(names: tuple[str, ...]) -> dict[str, object]:
    """How each column is headed; the phrases are in the table `target_column`."""
    kinds = {True: st.column_config.NumberColumn, False: st.column_config.TextColumn}
    return {name: kinds[name in NUMBERS](t(f"target_column.{name}"), width=WIDE.get(name, 96)) for name in names}
