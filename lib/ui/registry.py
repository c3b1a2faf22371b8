"""The registry: organizations with one at the side, townships and committees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Kind
from lib.store import organizations
from lib.store.organizations import Organization
from lib.ui import dialogs, downloads, facts, figures, filters, overview, picking, places, registry_dialogs, search, shared, text
from lib.ui.facts import title
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

VIEWS = ("list", "import", "results", "places")
PART = "registry.part"
STANDING = ("closed", "all")
KEPT = 4
FILTERS = ("township", "kind", "committee", "standing", "name")


def view() -> str:
    """Which part of the page is asked for; it stands in the address."""
    filters.read(PART, {"view": VIEWS}, {"view": "list"})
    chosen = st.segmented_control(t("registry.view"), VIEWS, key=f"{PART}.view", format_func=lambda code: t(f"registry.view_{code}"),
                                  required=True, label_visibility="collapsed")
    filters.write(PART, {"view": chosen}, {"view": "list"})
    return chosen


@dataclass(frozen=True)
class Registry:
    """The registry's organizations, closed ones among them (fields of Organization, `place`: township or COUNTY_LEVEL, `search`: name and code
    in small letters), and how many of those that are not closed each township and committee has."""

    rows: pd.DataFrame
    codes: frozenset[str]
    by_township: Mapping[str, int]
    by_committee: Mapping[str, int]


def read(run: Run) -> Registry:
    """The registry; shared, so never change it."""
    return _read(*figures.key(run), run)


@shared.once(KEPT)
def _read(home: str, revision: int, _run: Run) -> Registry:
    rows = pd.DataFrame([vars(row) for row in organizations.every(_run.db, _run.actor, closed=True)],
                        columns=[field.name for field in fields(Organization)], dtype="object")
    rows["place"] = rows["township"].fillna(overview.COUNTY_LEVEL)
    rows["search"] = (rows["name"] + "\n" + rows["code"]).str.lower()
    standing = rows[rows["closed_on"].isna()]
    return Registry(rows, frozenset(rows["code"]), standing["township"].value_counts().to_dict(), standing["committee"].value_counts().to_dict())


def count(known: Registry) -> str:
    return t("registry.count", organizations=sum(known.by_committee.values()), committees=len(known.by_committee))


# ---- the list


def _listed(run: Run, chosen: Mapping[str, str]) -> pd.DataFrame:
    """The organizations that the filters let through; without a word about it, those that are not closed. Never change them."""
    return _found(*figures.key(run), *(chosen[name] for name in FILTERS), run)


@shared.once(KEPT)
def _found(home: str, revision: int, township: str, kind: str, committee: str, standing: str, name: str, _run: Run) -> pd.DataFrame:
    rows = read(_run).rows
    if standing != "all":
        rows = rows[rows["closed_on"].notna() == (standing == "closed")]
    for column, code in (("place", township), ("kind", kind), ("committee", committee)):
        rows = rows[rows[column] == code] if code else rows
    word = name.strip().lower()
    return rows[rows["search"].str.contains(word, regex=False) | search.matches(rows["name"], rows["code"], name)] if word else rows


def pick(run: Run, known: Registry) -> None:
    """Filters, count line and list; the organization to work on beside them."""
    townships = {row["code"]: row["name" if run.language == "zh" else "name_en"] for row in organizations.townships(run.db)}
    townships[overview.COUNTY_LEVEL] = t("ranking.county_level")
    committees = {row["code"]: row["name"] for row in organizations.committees(run.db)}
    filters.read("registry", {"township": tuple(townships), "kind": tuple(Kind), "committee": tuple(committees), "standing": STANDING, "name": None})
    with st.container(horizontal=True, gap="small"):
        filters.select("registry", "township", tuple(townships), townships.__getitem__)
        filters.select("registry", "kind", tuple(Kind), lambda kind: t(f"kind.{kind}"), width=136)
        filters.select("registry", "committee", tuple(committees), committees.__getitem__, width=220, table="registry.filter")
        filters.select("registry", "standing", STANDING, lambda code: t(f"registry.filter.{code}"), width=156, table="registry.filter")
        filters.search("registry", "name")
    chosen = {name: st.session_state[f"registry.{name}"] or "" for name in FILTERS}
    filters.write("registry", chosen)
    found = _listed(run, chosen)

    def words(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"id": rows["code"], "name": rows["name"], "kind": [t(f"kind.{kind}") for kind in rows["kind"]],
                             "township": [townships[place] for place in rows["place"]], "members": rows["members"].astype("Int64")})

    left, right = st.columns([3, 2], gap="medium")
    with left:
        here = picking.pick("registry", found, _columns(), chosen, words=words)
        st.markdown(gray(t("registry.listed", shown=len(found), count=len(known.rows)) if len(found) else t("registry.none")))
        downloads.registry(run, "registry.list", found)
    if here in known.codes:
        with right:
            card(run, organizations.get(run.db, here))


def _columns() -> dict[str, object]:
    config = st.column_config
    return {"id": config.TextColumn(title("column.code"), width=118), "name": config.TextColumn(title("column.name"), width=196),
            "kind": config.TextColumn(title("column.kind"), width=84), "township": config.TextColumn(title("column.township"), width=92),
            "members": config.NumberColumn(title("column.members"), width=64)}


# ---- one organization


def card(run: Run, row: Organization) -> None:
    """Everything that the registry holds of one organization, and what may be done with it."""
    stored = organizations.facts(run.db, row.code)
    known = [(item, stored[item.name]) for item in registry_dialogs.fact_items(run.db, row) if item.name in stored]
    with st.container(border=True):
        st.subheader(plain(row.name), anchor=False)
        if row.closed_on:
            st.markdown(f":orange-badge[{t('registry.closed', day=text.date(row.closed_on, year=True))}]")
        facts.show({"code": row.code, "kind": t(f"kind.{row.kind}"), "committee": row.committee_name,
                    "township": row.township_name or t("ranking.county_level"), "members": "" if row.members is None else str(row.members),
                    "secretary": row.secretary, "phone": row.phone}, "column")
        if known:
            with st.expander(t("registry.facts_known", count=len(known))):
                for item, value in known:
                    st.markdown(f":gray[{plain(item.label[run.language])}]　{plain(registry_dialogs.said(item, value, run.language))}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if run.may(Action.EDIT_REGISTRY):
                for action, icon in (("edit", ":material/edit:"), ("facts", ":material/fact_check:"),
                                     ("reopen", ":material/undo:") if row.closed_on else ("close", ":material/domain_disabled:")):
                    st.button(t(f"registry.{action}"), key=f"registry.{action}", icon=icon, on_click=registry_dialogs.ask, args=(action, row, stored))
            places.link("organization", t("page.organization"), icon=":material/open_in_new:", organization=row.code)


def actions(run: Run) -> None:
    if run.may(Action.EDIT_REGISTRY):
        st.button(t("registry.new"), key="registry.new", type="primary", icon=":material/add:", on_click=registry_dialogs.ask, args=("new", None, {}))
    else:
        st.info(t("registry.frozen"), icon=":material/push_pin:")


# ---- townships and committees


def show_places(run: Run, known: Registry) -> None:
    """Both lists with how many organizations each has."""
    names = {row["code"]: row["name" if run.language == "zh" else "name_en"] for row in organizations.townships(run.db)}
    if run.may(Action.EDIT_REGISTRY):
        st.button(t("registry.new_committee"), key="registry.new_committee", icon=":material/add:", on_click=dialogs.ask,
                  args=("registry.committee",))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t("registry.townships", count=len(names)), anchor=False)
        _places([(code, name, known.by_township.get(code, 0)) for code, name in names.items()], "registry.townships_list")
    with right:
        committees = organizations.committees(run.db)
        st.subheader(t("registry.committees", count=len(committees)), anchor=False)
        _places([(row["code"], row["name"], known.by_committee.get(row["code"], 0)) for row in committees],
                "registry.committees_list")


def _places(found: Sequence[tuple[str, str, int]], key: str) -> None:
    config = st.column_config
    frame = pd.DataFrame(found, columns=["code", "name", "count"])
    st.dataframe(frame, hide_index=True, key=key, row_height=picking.ROW_HEIGHT, height=(min(len(found), 12) + 1) * picking.ROW_HEIGHT + 2,
                 column_config={"code": config.TextColumn(title("column.code"), width=130),
                                "name": config.TextColumn(title("column.name"), width=230),
                                "count": config.NumberColumn(t("registry.organizations"), width=90)})
