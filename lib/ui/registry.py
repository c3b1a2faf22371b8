"""The registry: organizations with one at the side, townships and committees."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.core.access import Action
from lib.core.model import Kind
from lib.store import organizations
from lib.store.organizations import Organization
from lib.ui import dialogs, facts, filters, overview, picking, places, registry_dialogs, text
from lib.ui.facts import title
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

VIEWS = ("list", "import", "results", "places")
PART = "registry.part"
STANDING = ("closed", "all")
FILTERS = ("township", "kind", "committee", "standing", "name")


def view() -> str:
    """Which part of the page is asked for; it stands in the address."""
    filters.read(PART, {"view": VIEWS}, {"view": "list"})
    chosen = st.segmented_control(t("registry.view"), VIEWS, key=f"{PART}.view", format_func=lambda code: t(f"registry.view_{code}"),
                                  required=True, label_visibility="collapsed")
    filters.write(PART, {"view": chosen}, {"view": "list"})
    return chosen


def count(rows: Sequence[Organization]) -> str:
    standing = [row for row in rows if not row.closed_on]
    return t("registry.count", organizations=len(standing), committees=len({row.committee for row in standing}))


# ---- the list


def _listed(rows: Sequence[Organization], chosen: Mapping[str, str]) -> list[Organization]:
    """The organizations that the filters let through; without a word about it, those that are not closed."""
    word = chosen["name"].strip().lower()
    return [row for row in rows
            if (chosen["standing"] == "all" or bool(row.closed_on) == (chosen["standing"] == "closed"))
            and chosen["township"] in ("", row.township or overview.COUNTY_LEVEL) and chosen["kind"] in ("", row.kind)
            and chosen["committee"] in ("", row.committee) and (word in row.name.lower() or word in row.code.lower())]


def pick(run: Run, rows: Sequence[Organization]) -> Organization | None:
    """Filters, count line and list; gives the organization to work on."""
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
    found = _listed(rows, chosen)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        table = pd.DataFrame([{"code": row.code, "id": row.code, "name": row.name, "kind": t(f"kind.{row.kind}"),
                               "township": townships[row.township or overview.COUNTY_LEVEL], "members": row.members} for row in found],
                             columns=["code", "id", "name", "kind", "township", "members"]).astype({"members": "Int64"})
        here = picking.pick("registry", table, _columns(), chosen)
        st.markdown(gray(t("registry.listed", shown=len(found), count=len(rows)) if found else t("registry.none")))
    organization = next((row for row in rows if row.code == here), None)
    if organization:
        with right:
            card(run, organization)
    return organization


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


def show_places(run: Run, rows: Sequence[Organization]) -> None:
    """Both lists with how many organizations each has."""
    standing = [row for row in rows if not row.closed_on]
    names = {row["code"]: row["name" if run.language == "zh" else "name_en"] for row in organizations.townships(run.db)}
    if run.may(Action.EDIT_REGISTRY):
        st.button(t("registry.new_committee"), key="registry.new_committee", icon=":material/add:", on_click=dialogs.ask,
                  args=("registry.committee",))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t("registry.townships", count=len(names)), anchor=False)
        _places([(code, name, sum(row.township == code for row in standing)) for code, name in names.items()], "registry.townships_list")
    with right:
        committees = organizations.committees(run.db)
        st.subheader(t("registry.committees", count=len(committees)), anchor=False)
        _places([(row["code"], row["name"], sum(each.committee == row["code"] for each in standing)) for row in committees],
                "registry.committees_list")


def _places(found: Sequence[tuple[str, str, int]], key: str) -> None:
    config = st.column_config
    frame = pd.DataFrame(found, columns=["code", "name", "count"])
    st.dataframe(frame, hide_index=True, key=key, row_height=picking.ROW_HEIGHT, height=(min(len(found), 12) + 1) * picking.ROW_HEIGHT + 2,
                 column_config={"code": config.TextColumn(title("column.code"), width=130),
                                "name": config.TextColumn(title("column.name"), width=230),
                                "count": config.NumberColumn(t("registry.organizations"), width=90)})
