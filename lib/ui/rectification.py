"""The rectification ledger as a list: five figures, filters that stand in the address, the items with the late ones first.

`rectification_card` shows one item, `rectification_forms` its moves, `rectification_gaps` the backward organizations without a ledger.
Session keys `rectification.<filter>` are the filters' widgets; `filters` keeps what the page last had.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from lib.core.access import Action, Whose
from lib.core.grading import half_up
from lib.core.ledger import ItemState, Light, Source
from lib.core.model import Role
from lib.ui import downloads, figures, filters, overview, paging, palette, picking, search, shared, text
from lib.ui.rectification_forms import raise_button
from lib.ui.session import Run
from lib.ui.text import DASH, gray, percent, t

PAGE = "rectification"
VIEWS = ("items", "gaps")
LIGHTS = ("standing", "overdue", "near", "on_time", "review", "signed_off")
"""Rows that the list can be narrowed to; the first are all that is not signed off, the next four are its parts."""
FIGURES = ("standing", "overdue", "near", "review", "signed_off")
WHOSE = ("own", "all")
GAPS = ("lacking", "all")
STATES = tuple(state for state in ItemState if state != ItemState.DISMISSED)
FILTERS = ("view", "whose", "light", "township", "committee", "state", "source", "find", "gap")
PLACES = ("item", "organization")
"""What the address names besides the filters: the row that is open, in either view."""
DEFAULTS = {"view": VIEWS[0], "light": LIGHTS[0], "gap": GAPS[0], "whose": WHOSE[0]}
SHAPES = {Light.OVERDUE: "▲", Light.NEAR: "◆", Light.ON_TIME: "●", Light.WAITING: "✓", Light.LATE: "✓", Light.DONE: "✓", Light.DISMISSED: "–"}
TONES = {"▲": f"color:{palette.RED};font-weight:600", "◆": f"color:{palette.GOLD_TEXT};font-weight:600", "●": f"color:{palette.TEAL}",
         "✓": f"color:{palette.MUTED}"}
COLOURS = {"overdue": "red", "near": "orange", "signed_off": "green"}
KEPT = 12
SOUGHT_KEPT = 32
TILE = 168
WIDTHS = {"light": 112, "township": 76, "name": 138, "problem": 186, "responsible": 76, "due": 70, "progress": 88}
"""Pixels: together the left two thirds of a page of 1366, with the column of ticks."""


def light_words(light: str, days: int) -> str:
    """A light with its shape and its days: ▲ 逾期 12 天, ◆ 余 2 天."""
    return f"{SHAPES[Light(light)]} {t(f'rectification.light_{light}', days=abs(int(days)))}"


# ---- what is asked for


@dataclass
class Asked:
    """The filters as chosen ("" for off), and the row that is open."""

    chosen: dict[str, str]
    open: dict[str, str] = field(default_factory=dict)

    @property
    def view(self) -> str:
        return self.chosen["view"]


def defaults(run: Run) -> dict[str, str]:
    """An organization and a committee begin with what is their own."""
    return DEFAULTS if run.actor.organization or run.actor.committee else {**DEFAULTS, "whose": "all"}


def ask(run: Run) -> Asked:
    """Draw the filters and give their codes; `remember` puts them into the address."""
    townships = overview.township_names(run) | {overview.COUNTY_LEVEL: t("ranking.county_level")}
    committees = _committees(run)
    own = bool(run.actor.organization or run.actor.committee)
    options = {"view": VIEWS, "whose": WHOSE if own else (), "light": LIGHTS, "township": tuple(townships), "committee": tuple(committees),
               "state": tuple(STATES), "source": tuple(Source), "find": None, "gap": GAPS, **dict.fromkeys(PLACES)}
    filters.read(PAGE, options, defaults(run))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        choice("view", {view: t(f"rectification.view_{view}") for view in VIEWS})
        if own:
            mine = t("rectification.whose_own_organization" if run.actor.organization else "rectification.whose_own_committee")
            choice("whose", {"own": mine, "all": t("rectification.whose_all")})
        if st.session_state["rectification.whose"] == "all":
            filters.select(PAGE, "township", tuple(townships), townships.get, width=152)
            if len(committees) > 1:
                filters.select(PAGE, "committee", tuple(committees), committees.get, width=160, table="rectification.filter")
        if st.session_state["rectification.view"] == "items":
            filters.select(PAGE, "state", tuple(STATES), lambda code: t(f"item_state.{code}"), width=104)
            filters.select(PAGE, "source", tuple(Source), lambda code: t(f"source.{code}"), width=104, table="rectification.filter")
            filters.search(PAGE, "find", width=168, table="rectification.filter")
        st.button(t("filter.clear"), key="rectification.clear", type="tertiary", icon=":material/filter_alt_off:", on_click=filters.clear,
                  args=(PAGE,))
        raise_button(run)
    return Asked({name: st.session_state.get(f"{PAGE}.{name}") or "" for name in FILTERS})


def choice(name: str, labels: Mapping[str, str], counts: Mapping[str, int] | None = None) -> None:
    """A row of choices, with the number of rows behind each. Its words change with the numbers, so it is seeded at every run."""
    if counts is not None:
        labels = {code: f"{label} {counts[code]:,}" for code, label in labels.items()}
    st.session_state[f"{PAGE}.{name}"] = st.session_state.get(f"{PAGE}.{name}") or next(iter(labels))
    st.segmented_control(t(f"rectification.{name}"), tuple(labels), format_func=labels.get, key=f"{PAGE}.{name}", required=True, wrap=True,
                         label_visibility="collapsed")


def _committees(run: Run) -> dict[str, str]:
    rows = figures.tables(run)["committees"]
    return dict(zip(rows["code"], rows["name"], strict=True))


def remember(run: Run, asked: Asked) -> None:
    """Put what is shown into the address; after the list, which may have opened its first row."""
    filters.write(PAGE, {**asked.chosen, **{name: asked.open.get(name) or "" for name in PLACES}}, defaults(run))


# ---- the rows


def listed(run: Run) -> pd.DataFrame:
    """Every item of the ledger in the list's order, with `show` (one of LIGHTS); shared, so never change it."""
    return _listed(*figures.scope(run), run.today, run)


@shared.once(KEPT)
def _listed(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, _run: Run) -> pd.DataFrame:
    items = figures.tables(_run)["items"]
    show = items["light"].mask(items["state"].isin((ItemState.APPLIED, ItemState.CHECKED)), "review").mask(
        items["state"] == ItemState.SIGNED_OFF, "signed_off")
    order = show.map({"overdue": 0, "near": 1, "on_time": 1, "review": 2, "signed_off": 3}).astype(int)
    return items.assign(show=show, order=order).sort_values(["order", "due_on", "number"], kind="stable").reset_index(drop=True)


def narrowed(run: Run, rows: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The rows that whose, township and committee let through: of items as of organizations."""
    if chosen["whose"] == "own":
        return rows[_own(run, rows)]
    if township := chosen["township"]:
        rows = rows[rows["township"].isna()] if township == overview.COUNTY_LEVEL else rows[rows["township"] == township]
    return rows[rows["committee"] == chosen["committee"]] if chosen["committee"] else rows


def _own(run: Run, rows: pd.DataFrame) -> pd.Series:
    """Which rows somebody may read in full: his own organization's, his committee's, or all."""
    if run.actor.role == Role.ORGANIZATION:
        return rows["organization"] == run.actor.organization
    if run.actor.role == Role.COMMITTEE:
        return rows["committee"] == run.actor.committee
    return pd.Series(data=True, index=rows.index)


NARROWING = ("whose", "township", "committee", "state", "source", "find")


def _sought(run: Run, chosen: Mapping[str, str]) -> tuple:
    """What the items that the filters let through are kept by: the ledger at its revision, who looks, and NARROWING."""
    return *figures.scope(run), run.today, run.actor.role, run.actor.organization or run.actor.committee, tuple(chosen[name] for name in NARROWING)


def filtered(run: Run, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The items that all filters but the light let through, in the list's order; shared, so never change them."""
    return _filtered(*_sought(run, chosen), run)


@shared.once(SOUGHT_KEPT)
def _filtered(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, role: Role, unit: str | None,
              sought: tuple[str, ...], _run: Run) -> pd.DataFrame:
    run, chosen = _run, dict(zip(NARROWING, sought, strict=True))
    rows = narrowed(run, listed(run), chosen)
    for name in ("state", "source"):
        if chosen[name]:
            rows = rows[rows[name] == chosen[name]]
    if wanted := chosen["find"].strip():
        def has(column: str) -> pd.Series:
            return rows[column].str.contains(wanted, case=False, regex=False)

        # what one may not read cannot be searched for either
        number = wanted.lstrip("0")
        found = search.matches(rows["name"], rows["organization"], wanted) | (_own(run, rows) & (has("problem") | has("responsible")))
        rows = rows[found | (rows["number"] == int(number))] if number.isdecimal() and number.isascii() else rows[found]
    return rows


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows each of LIGHTS has."""
    found = rows["show"].value_counts()
    parts = {light: int(found.get(light, 0)) for light in LIGHTS[1:]}
    return {"standing": sum(parts.values()) - parts["signed_off"], **parts}


def behind(rows: pd.DataFrame, light: str) -> pd.DataFrame:
    """The rows of one of LIGHTS."""
    return rows[rows["show"] != "signed_off"] if light == "standing" else rows[rows["show"] == light]


# ---- figures


def figures_of(run: Run, asked: Asked) -> None:
    """The five figures over the rows that the other filters leave, and the choice between them and what is on time."""
    found, beside = _figures(*_sought(run, asked.chosen), run)
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        for light in FIGURES:
            with st.container(width=TILE):
                st.metric(_label(run, light), f"{found[light]:,}", beside[light], delta_arrow="off",
                          delta_color=COLOURS.get(light, "off") if found[light] else "off")
    choice("light", {light: _label(run, light) for light in LIGHTS}, found)
    asked.chosen["light"] = st.session_state["rectification.light"]


@shared.once(SOUGHT_KEPT)
def _figures(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, role: Role, unit: str | None,
             sought: tuple[str, ...], _run: Run) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """How many items each of LIGHTS has, and what stands under each of FIGURES."""
    rows = filtered(_run, dict(zip(NARROWING, sought, strict=True)))
    return counts(rows), {light: _beside(_run, light, rows) for light in FIGURES}


def _label(run: Run, light: str) -> str:
    return t(f"rectification.figure_{light}", days=run.program.ledger.near_days)


def _beside(run: Run, light: str, rows: pd.DataFrame) -> str:
    """What stands under a figure: how many organizations or townships it concerns, the longest wait, the share with its denominator; what an
    organization has to confirm of its own.
    """
    own = behind(rows, light)
    match light:
        case "signed_off":
            rate = percent(half_up(10000 * len(own), len(rows)) if len(rows) else None)
            return t("rectification.share", share=rate, part=len(own), total=len(rows)) if len(rows) else rate
        case "review":
            first = own["applied_on"].dropna().min() if len(own) else None
            return t("rectification.waited", days=(run.today - dt.date.fromisoformat(first)).days) if isinstance(first, str) else DASH
    if run.actor.organization:
        return t("rectification.to_confirm", count=int(own["state"].isin((ItemState.DRAFTED, ItemState.RETURNED)).sum()))
    if light == "overdue" and own["township"].notna().any():
        return t("rectification.townships", count=own["township"].nunique())
    return t("rectification.organizations", count=own["organization"].nunique())


# ---- the list


def page(key: str, rows: pd.DataFrame, chosen: Mapping[str, str], name: str) -> pd.DataFrame:
    """The page of a list that is turned to, at first the one with the row whose code the address has under `name`; other filters begin anew."""
    if st.session_state.get(f"{key}.filtered") not in (None, chosen):
        st.session_state.pop(f"{key}.page", None)
    paging.hold(rows, key, st.query_params.get(name), tuple(chosen.items()), paging.TONED)
    return paging.cut(rows, key, size=paging.TONED)


def show(run: Run, asked: Asked) -> str | None:
    """The list, a page at a time; gives the item that is open."""
    every = filtered(run, asked.chosen)
    rows = behind(every, asked.chosen["light"])
    here = page(PAGE, rows, asked.chosen, "item")
    asked.open["item"] = picking.pick(PAGE, _shown(run, asked.chosen, rows, here), _columns(), asked.chosen, "item", style=_toned)
    if not len(rows):
        st.info(t(_nothing(run, every, asked.chosen)), icon=":material/inventory:")
    else:
        first = here.index[0] if len(here) else 0
        place = rows.index.get_loc(first) + 1
        st.markdown(gray(t("rectification.count", first=place, last=place + len(here) - 1, total=len(rows))))
        download(run, rows, PAGE)
    return asked.open["item"]


DOWNLOADED = ("number", "organization", "name", "committee_name", "township_name", "source", "problem", "measure", "responsible", "post",
              "leader_name", "due_on", "progress", "state", "light", "raised_on", "applied_on", "signed_off_on")
SAID = ("problem", "measure", "responsible", "post", "leader_name")
"""Columns that somebody reads of his own items alone."""


def download(run: Run, rows: pd.DataFrame, key: str) -> None:
    """Items of the ledger to take away in full: `rows` of its table, of others' items without what is written in them."""
    def told(own: Run) -> pd.DataFrame:
        seen = _own(own, rows)
        return rows.assign(**{column: rows[column].where(seen) for column in SAID}, source=rows["source"].map(lambda code: t(f"source.{code}")),
                           state=rows["state"].map(lambda code: t(f"item_state.{code}")),
                           light=[light_words(*row) for row in zip(rows["light"], rows["days"], strict=True)])

    columns = {column: t(f"ledger_column.{column}") for column in DOWNLOADED}
    downloads.frame(run, key, t("page.rectification"), columns, told, len(rows))


def _nothing(run: Run, rows: pd.DataFrame, chosen: Mapping[str, str]) -> str:
    """Why a list is empty, as a phrase: nothing is on the ledger at all, nothing of one's own, or nothing that fits."""
    if not len(listed(run)):
        return "rectification.empty"
    narrowed_too = any(chosen[name] for name in ("state", "source", "find"))
    return "rectification.none_own" if chosen["whose"] == "own" and not len(rows) and not narrowed_too else "rectification.no_match"


def _shown(run: Run, chosen: Mapping[str, str], rows: pd.DataFrame, here: pd.DataFrame) -> pd.DataFrame:
    """The page `here` of the list `rows` in words; of others' items what is written in them is left out. Shared, so never change it."""
    place = rows.index.get_loc(here.index[0]) if len(here) else 0
    return _said(*_sought(run, chosen), chosen["light"], place, run, here)


@shared.once(SOUGHT_KEPT)
def _said(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, role: Role, unit: str | None, sought: tuple[str, ...],
          light: str, place: int, _run: Run, _rows: pd.DataFrame) -> pd.DataFrame:
    run, rows = _run, _rows
    names = overview.township_names(run)
    may = [run.may(Action.LOOK_AT_ORGANIZATION, Whose(*place)) for place in zip(
        rows["organization"], rows["committee"], rows["township"].where(rows["township"].notna(), None), strict=True)]
    return pd.DataFrame({
        "code": list(rows["code"]), "light": [light_words(*row) for row in zip(rows["light"], rows["days"], strict=True)],
        "township": [names.get(code, code) if isinstance(code, str) else t("ranking.county_level") for code in rows["township"]],
        "name": list(rows["name"]), "problem": [text_ if seen else None for text_, seen in zip(rows["problem"], may, strict=True)],
        "responsible": [(who or None) if seen else None for who, seen in zip(rows["responsible"], may, strict=True)],
        "due": [dt.date.fromisoformat(day) for day in rows["due_on"]], "progress": list(rows["progress"])},
        columns=["code", "light", "township", "name", "problem", "responsible", "due", "progress"])


def _columns() -> dict[str, object]:
    config = {name: st.column_config.TextColumn(t(f"rectification.column_{name}"), width=width) for name, width in WIDTHS.items()}
    config["due"] = st.column_config.DateColumn(t("rectification.column_due"), format="M月D日" if text.language() == "zh" else "D MMM",
                                                width=WIDTHS["due"])
    config["progress"] = st.column_config.ProgressColumn(t("rectification.column_progress"), format="%d%%", min_value=0, max_value=100,
                                                         width=WIDTHS["progress"], color=palette.TEAL)
    return config


def _toned(rows: pd.DataFrame) -> Styler:
    """Each light in its colour, beside its shape and its words."""
    return rows.style.map(lambda words: TONES.get(words[:1], ""), subset=["light"])
