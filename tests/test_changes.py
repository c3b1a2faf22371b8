"""What changed between two states, over tables made by hand: every kind once, and what must hold of any two states."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import changes
from lib.core.ledger import ItemState, Light
from lib.core.model import Grade, Stars, VillageClass
from lib.core.workflow import State

PLACES = {"T1": "甲镇", "T2": "乙镇", None: None}


def organization(code, state="approved", grade=None, class_now=None, township="T1"):
    return {"code": code, "name": f"{code}支部", "organization": code, "township": township, "township_name": PLACES[township], "committee": "C1",
            "committee_name": "甲镇党委", "state": state, "grade": grade, "class_now": class_now}


def item(code, state="open", light="on_time", organization="V1", township="T1"):
    return {"code": code, "name": f"{organization}支部", "organization": organization, "township": township, "township_name": PLACES[township],
            "committee": "C1", "committee_name": "甲镇党委", "state": state, "light": light, "problem": f"{code}的问题"}


def tables(organizations=(), items=()):
    return {"organizations": pd.DataFrame(organizations, columns=list(organization("x"))), "items": pd.DataFrame(items, columns=list(item("x")))}


def found(before, after):
    """Kinds that have changes, each with (code, what, before, after)."""
    return {kind: list(rows[["code", "what", "before", "after"]].itertuples(index=False, name=None))
            for kind, rows in changes.between(before, after).items() if len(rows)}


@pytest.mark.parametrize(("before", "after", "expected"), [
    (organization("V1", grade="average"), organization("V1", grade="good"), {"risen": [("V1", "grade", "average", "good")]}),
    (organization("V1", grade="good"), organization("V1", grade="poor"), {"fallen": [("V1", "grade", "good", "poor")]}),
    (organization("V1", class_now="third"), organization("V1", class_now="second"), {"risen": [("V1", "class", "third", "second")]}),
    (organization("V1", class_now="demonstration"), organization("V1", class_now="first"), {"fallen": [("V1", "class", "demonstration", "first")]}),
    (organization("V1", class_now=Stars.THREE), organization("V1", class_now=Stars.FOUR),
     {"risen": [("V1", "class", Stars.THREE, Stars.FOUR)]}),
    (organization("V1", "noticed"), organization("V1", "approved", "good"), {"graded": [("V1", "grade", None, "good")]}),
    (organization("V1"), organization("V1", class_now="second"), {}),  # classed for the first time: neither up nor down
    (organization("V1", grade="good"), organization("V1", "submitted"), {}),  # reopened: the grade is not there any more, which is no fall
    (organization("V1", "not_submitted"), organization("V1", "submitted"), {"submitted": [("V1", "state", "not_submitted", "submitted")]}),
    (organization("V1", "not_submitted"), organization("V1", "returned"), {"submitted": [("V1", "state", "not_submitted", "returned")]}),
    (organization("V1", "returned"), organization("V1", "submitted"), {}),  # it had been handed in before
])
def test_each_change_of_an_organization(before, after, expected):
    assert found(tables([before]), tables([after])) == expected


@pytest.mark.parametrize(("before", "after", "expected"), [
    (item("l1", "checked"), item("l1", "signed_off", "done"), {"signed_off": [("l1", "item", "checked", "l1的问题")]}),
    (None, item("l1"), {"raised": [("l1", "item", None, "l1的问题")]}),
    (None, item("l1", "signed_off", "done"), {"raised": [("l1", "item", None, "l1的问题")], "signed_off": [("l1", "item", None, "l1的问题")]}),
    (item("l1"), item("l1", light="overdue"), {"overdue": [("l1", "item", "open", "l1的问题")]}),
    (item("l1", light="overdue"), item("l1", light="overdue"), {}),  # late already
    (item("l1", light="overdue"), item("l1", "applied", "late"), {"caught_up": [("l1", "item", "open", "l1的问题")]}),
    (item("l1", light="overdue"), item("l1", "signed_off", "late"), {"signed_off": [("l1", "item", "open", "l1的问题")]}),
    (item("l1", "signed_off", "done"), item("l1", "signed_off", "done"), {}),
])
def test_each_change_of_an_item(before, after, expected):
    assert found(tables(items=[before] if before else []), tables(items=[after])) == expected


def test_organizations_that_came_and_went():
    assert found(tables([organization("V1")]), tables([organization("V2", "submitted")])) == {
        "added": [("V2", "state", None, "submitted")], "closed": [("V1", "state", "approved", None)]}


def test_an_items_row_leads_to_its_organization():
    [row] = changes.between(tables(), tables(items=[item("l7", organization="V3", township=None)]))["raised"].to_dict("records")
    assert (row["code"], row["organization"], row["name"], row["township"]) == ("l7", "V3", "V3支部", None)


# ---- of any two states

SCALES = (None, *VillageClass, *Stars)
ORGANIZATIONS = st.builds(lambda state, grade, class_now, township: {"state": state.value, "grade": grade and grade.value,
                                                                   "class_now": class_now and class_now.value, "township": township},
                          st.sampled_from(list(State)), st.sampled_from([None, *Grade]), st.sampled_from(SCALES), st.sampled_from(list(PLACES)))
ITEMS = st.builds(lambda state, light, township: {"state": state.value, "light": light.value, "township": township},
                  st.sampled_from(list(ItemState)), st.sampled_from(list(Light)), st.sampled_from(list(PLACES)))
STATES = st.builds(lambda organizations, items: tables([organization(code, **columns) for code, columns in organizations.items()],
                                                       [item(code, **columns) for code, columns in items.items()]),
                   st.dictionaries(st.sampled_from(["V1", "V2", "V3", "V4"]), ORGANIZATIONS),
                   st.dictionaries(st.sampled_from(["l1", "l2", "l3"]), ITEMS))


@given(STATES, STATES)
def test_counts_are_lengths_and_townships_add_up(before, after):
    between = changes.between(before, after)
    counts, places = changes.counts(between), changes.by_township(between)
    assert tuple(between) == changes.KINDS
    assert counts == {kind: len(rows) for kind, rows in between.items()}
    assert places[list(changes.KINDS)].sum().to_dict() == counts
    for place, row in places.to_dict("index").items():
        assert row == {kind: int((rows["township"].fillna("") == place).sum()) for kind, rows in between.items()}


@given(STATES)
def test_a_state_compared_with_itself_has_no_change(state):
    assert set(changes.counts(changes.between(state, state)).values()) == {0}


@given(STATES, STATES)
def test_swapped_a_rise_is_a_fall(before, after):
    def names(rows, first, last):
        return sorted(rows[["code", "what", first, last]].itertuples(index=False, name=None))

    there, back = changes.between(before, after), changes.between(after, before)
    assert names(there["risen"], "before", "after") == names(back["fallen"], "after", "before")
    assert names(there["fallen"], "before", "after") == names(back["risen"], "after", "before")
    assert set(there["added"]["code"]) == set(back["closed"]["code"])
