"""View links: one who holds a good address looks; every other address looks the same, and the store holds none of them."""

import datetime as dt
import sqlite3

import pytest

from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.store import db, events, links

DAY = dt.timedelta(days=1)


@pytest.fixture
def link(small_county, moment):
    return links.create(small_county, SYSTEM, "县委常委会", moment + 30 * DAY, moment, townships=("610525101",))


def test_a_link_lets_a_leader_in_with_its_scope(small_county, moment, link):
    found = links.actor_for(small_county, link, moment)
    assert found == Actor(found.name, Role.LEADER, label="县委常委会", townships=("610525101",))
    assert found.name == f"link:{links.every(small_county)[0]['id']}"


def test_a_meetings_link_shows_one_frozen_copy(small_county, moment):
    token = links.create(small_county, SYSTEM, "调度会", moment + DAY, moment, snapshot="20120410-093000-0001")
    assert links.actor_for(small_county, token, moment).snapshot == "20120410-093000-0001"


@pytest.mark.parametrize("dead", ["wrong", "expired", "revoked", "empty", "none"])
def test_wrong_expired_and_revoked_look_alike(small_county, moment, link, dead):
    token, now = {"wrong": (link[:-1] + "!", moment), "expired": (link, moment + 30 * DAY), "revoked": (link, moment),
                  "empty": ("", moment), "none": (None, moment)}[dead]
    if dead == "revoked":
        links.revoke(small_county, SYSTEM, links.every(small_county)[0]["id"], moment)
    assert (links.find(small_county, token, now), links.actor_for(small_county, token, now)) == (None, None)


def test_a_link_lives_to_its_last_second(small_county, moment, link):
    assert links.find(small_county, link, moment + 30 * DAY - dt.timedelta(seconds=1))["name"] == "县委常委会"


def test_the_token_has_256_bits_and_is_not_in_the_store(small_county, moment, link, home):
    assert len(link) == 43
    assert links.create(small_county, SYSTEM, "另一个", moment + DAY, moment) != link
    connection = sqlite3.connect(home / "store.db")
    dump = "\n".join(connection.iterdump())
    connection.close()
    assert "县委常委会" in dump
    assert link not in dump


@pytest.mark.parametrize(("name", "days", "problem"), [
    ("", 30, "link.name"), ("  ", 30, "link.name"), ("名" * 101, 30, "link.name"),
    ("某人", 0, "link.expiry"), ("某人", -1, "link.expiry"), ("某人", 367, "link.expiry")])
def test_a_link_without_a_name_or_with_a_strange_end_is_refused(small_county, moment, name, days, problem):
    with pytest.raises(Refused) as refused:
        links.create(small_county, SYSTEM, name, moment + days * DAY, moment)
    assert refused.value.problems[0].code == problem
    assert links.every(small_county) == []


def test_a_link_to_a_township_that_is_none_is_refused(small_county, moment):
    with pytest.raises(Refused) as refused:
        links.create(small_county, SYSTEM, "某人", moment + DAY, moment, townships=("610525101", "nowhere"))
    assert refused.value.problems[0].code == "link.township"


def test_only_county_staff_make_and_revoke_links(small_county, moment, actor, link):
    for username in ("fengyuan", "v1"):
        with pytest.raises(Refused):
            links.create(small_county, actor(username), "某人", moment + DAY, moment)
        with pytest.raises(Refused):
            links.revoke(small_county, actor(username), links.every(small_county)[0]["id"], moment)
    leader = links.actor_for(small_county, link, moment)
    with pytest.raises(Refused):
        links.create(small_county, leader, "某人", moment + DAY, moment)
    assert [(row["name"], row["revoked_at"]) for row in links.every(small_county)] == [("县委常委会", None)]


def test_last_use_and_revocation_are_noted_once(small_county, moment, link):
    mine = links.every(small_county)[0]["id"]
    links.used(small_county, mine, moment + DAY)
    links.revoke(small_county, SYSTEM, mine, moment + 2 * DAY)
    links.revoke(small_county, SYSTEM, mine, moment + 3 * DAY)
    row = links.every(small_county)[0]
    assert (row["used_at"], row["revoked_at"]) == (db.iso(moment + DAY), db.iso(moment + 2 * DAY))
    assert [event["kind"] for event in events.history(small_county, "县委常委会")] == ["link.revoked", "link.created"]
    with pytest.raises(Refused):
        links.revoke(small_county, SYSTEM, "v0", moment)
