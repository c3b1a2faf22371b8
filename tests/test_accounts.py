"""Accounts, sessions and the throttle: who gets in, who stays in, and what the store never holds."""

import datetime as dt
import re
import sqlite3

import bcrypt
import pytest
from conftest import CHEAP, PASSWORD

from lib.core import phrases
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.store import accounts, db, events

HASH = bcrypt.hashpw(b"whatever-it-is", bcrypt.gensalt(CHEAP)).decode()
MINUTE = dt.timedelta(minutes=1)


def code_of(refused) -> str:
    return refused.value.problems[0].code


# ---- guessing


@pytest.mark.parametrize(("failures", "address", "minutes", "waits"), [
    (4, "10.0.0.1", 0, False),
    (5, "10.0.0.1", 0, True),
    (5, "10.0.0.2", 0, False),  # another office is not locked out by it
    (5, "10.0.0.1", 14, True),
    (5, "10.0.0.1", 15, False),  # the window has passed
])
def test_five_wrong_passwords_for_one_account_from_one_address_must_wait(small_county, moment, failures, address, minutes, waits):
    for _ in range(failures):
        accounts.failed(small_county, "v1", "10.0.0.1", moment)
    assert accounts.throttled(small_county, "v1", address, moment + minutes * MINUTE) is waits
    assert accounts.throttled(small_county, "v2", "10.0.0.1", moment) is False


@pytest.mark.parametrize(("failures", "waits"), [(49, False), (50, True)])
def test_a_guess_spread_over_many_addresses_slows_that_account_only(small_county, moment, failures, waits):
    for number in range(failures):
        accounts.failed(small_county, "v1", f"10.0.{number}.1", moment)
    assert accounts.throttled(small_county, "v1", "192.168.0.1", moment) is waits
    assert accounts.throttled(small_county, "v2", "192.168.0.1", moment) is False


@pytest.mark.parametrize(("failures", "waits"), [(99, False), (100, True)])
def test_a_guess_of_many_accounts_slows_that_address_only(small_county, moment, failures, waits):
    for number in range(failures):
        accounts.failed(small_county, f"guess{number}", "10.0.0.1", moment)
    assert accounts.throttled(small_county, "v1", "10.0.0.1", moment) is waits
    assert accounts.throttled(small_county, "v1", "10.0.0.2", moment) is False


@pytest.mark.parametrize("typed", ["v1", "V1"])
def test_the_throttle_does_not_care_how_the_name_is_typed(small_county, moment, typed):
    for spelling in ("v1", "V1", "v1", "V1", "v1"):
        accounts.failed(small_county, spelling, "10.0.0.1", moment)
    assert accounts.throttled(small_county, typed, "10.0.0.1", moment)


def test_an_endless_name_is_throttled_and_kept_short(small_county, moment):
    for _ in range(5):
        accounts.failed(small_county, "x" * 5000, "10.0.0.1", moment)
    assert accounts.throttled(small_county, "x" * 5000, "10.0.0.1", moment)
    assert db.value(small_county, "select max(length(username)) from login_failures") == accounts.USERNAME_LIMIT


def test_a_right_password_ends_the_count_and_old_failures_are_forgotten(small_county, moment):
    for _ in range(5):
        accounts.failed(small_county, "v1", "10.0.0.1", moment)
    accounts.open_session(small_county, "v1", moment)
    assert not accounts.throttled(small_county, "v1", "10.0.0.1", moment)
    accounts.failed(small_county, "v1", "10.0.0.1", moment)
    accounts.failed(small_county, "v2", "10.0.0.1", moment + 16 * MINUTE)
    assert db.value(small_county, "select group_concat(username) from login_failures") == "v2"


@pytest.mark.parametrize(("username", "answer"), [
    ("v1", "login.wrong"), ("nobody-here", "login.wrong"), ("shut", "login.wrong"), ("waiting", "login.wait")])
def test_every_name_costs_one_check_of_the_same_price(small_county, at, open_as, monkeypatch, username, answer):
    """Known, unknown and disabled names look alike, and so does the time: one bcrypt check, at the cost of a real account's."""
    for name in ("shut", "waiting"):
        accounts.create(small_county, SYSTEM, name, name, Role.COUNTY, HASH, at)
    accounts.set_disabled(small_county, SYSTEM, "shut", True, at)
    for _ in range(accounts.FAILURES_PER_PAIR):
        accounts.failed(small_county, "waiting", "local", db.now(small_county))
    checked = []

    def counted(password: bytes, hashed: bytes) -> bool:
        checked.append(hashed.decode())
        return False

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    app = open_as().run()
    app.text_input[0].input(username)
    app.text_input[1].input("a wrong guess")
    app.button[0].click().run()
    real = accounts.get(small_county, username) if username == "v1" else None
    assert checked == [real["password"] if real else accounts.DUMMY_HASH]
    assert [error.value for error in app.error] == [phrases.text(answer, "zh")]
    assert accounts.DUMMY_HASH.split("$")[2] == f"{accounts.BCRYPT_COST}"


# ---- sessions


def test_a_session_lasts_twelve_hours(small_county, moment):
    opened = accounts.open_session(small_county, "v1", moment)
    last = moment + dt.timedelta(hours=12) - dt.timedelta(seconds=1)
    assert accounts.actor_for(small_county, opened.sid, last) == Actor("v1", Role.ORGANIZATION, "V1", label="v1")
    assert accounts.actor_for(small_county, opened.sid, moment + dt.timedelta(hours=12)) is None


@pytest.mark.parametrize("sid", [None, "", "0" * 64, "' or 1=1 --"])
def test_what_is_no_session_is_nobody(small_county, moment, sid):
    accounts.open_session(small_county, "v1", moment)
    assert accounts.actor_for(small_county, sid, moment) is None


def _log_out(store, sid, at):
    accounts.end_session(store, Actor("v1", Role.ORGANIZATION, "V1"), sid, at)


def _change(store, sid, at):
    accounts.change_password(store, Actor("v1", Role.ORGANIZATION, "V1"), "v1", HASH, at)


def _reset(store, sid, at):
    accounts.reset_password(store, SYSTEM, "v1", HASH, at)


def _disable(store, sid, at):
    accounts.set_disabled(store, SYSTEM, "v1", True, at)


@pytest.mark.parametrize(("end", "others_live"), [(_log_out, True), (_change, False), (_reset, False), (_disable, False)])
def test_a_copied_session_is_dead_after(small_county, moment, at, end, others_live):
    copied, elsewhere = (accounts.open_session(small_county, "v1", moment).sid for _ in range(2))
    neighbour = accounts.open_session(small_county, "v2", moment).sid
    end(small_county, copied, at)
    alive = [sid for sid in (copied, elsewhere, neighbour) if accounts.actor_for(small_county, sid, moment)]
    assert alive == ([elsewhere, neighbour] if others_live else [neighbour])


def test_enabling_again_does_not_bring_old_sessions_back(small_county, moment, at):
    sid = accounts.open_session(small_county, "v1", moment).sid
    for disabled in (True, False):
        accounts.set_disabled(small_county, SYSTEM, "v1", disabled, at)
    assert accounts.actor_for(small_county, sid, moment) is None


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (59, True), (60, False)])
def test_a_ticket_is_good_once_within_a_minute(small_county, moment, seconds, good):
    opened = accounts.open_session(small_county, "v1", moment)
    later = moment + dt.timedelta(seconds=seconds)
    assert accounts.claim(small_county, opened.ticket, later) == (opened.sid if good else None)
    assert accounts.claim(small_county, opened.ticket, moment) is None


@pytest.mark.parametrize("ticket", ["", "x", "0" * 43])
def test_a_ticket_never_given_claims_nothing(small_county, moment, ticket):
    accounts.open_session(small_county, "v1", moment)
    assert accounts.claim(small_county, ticket, moment) is None


def test_every_login_has_an_event_and_none_of_them_moves_a_figure(small_county, moment, at):
    before = events.revision(small_county)
    sid = accounts.open_session(small_county, "v1", moment).sid
    accounts.end_session(small_county, Actor("v1", Role.ORGANIZATION, "V1"), sid, at)
    assert [event["kind"] for event in events.history(small_county, "v1")][:2] == ["session.ended", "session.opened"]
    assert events.revision(small_county) == before
    assert events.first_broken(small_county) is None


# ---- passwords


@pytest.mark.parametrize(("password", "problem"), [
    ("", "password.length"),
    ("peach-7", "password.length"),
    ("peach-77", None),
    ("a1b2c3d4" * 8, None),
    ("a1b2c3d4" * 8 + "e", "password.length"),
    ("澄城县建设年好党员队伍" * 2, None),  # 22 characters, 66 bytes
    ("澄城县建设年好党员队伍" * 2 + "很好的", "password.length"),  # 75 bytes: bcrypt reads 72
    ("aaaaaaaa", "password.simple"),
    ("abababcdcd", "password.simple"),
    ("abababcdce", None),
    ("my-fengyuan-8", "password.has_name"),
    ("my-FENGYUAN-8", "password.has_name"),
    ("冯原镇党委第1名", "password.has_name"),
])
def test_what_a_password_must_be(password, problem):
    assert accounts.password_problem(password, "fengyuan", "冯原镇党委") == problem


def test_a_very_short_user_name_may_stand_in_a_password_by_chance():
    assert accounts.password_problem("china-123", "a-1", "") is None
    assert accounts.password_problem("visit-v1-often", "v1") is None


def test_a_slips_password_is_three_groups_of_clear_characters_and_passes_the_rule():
    made = {accounts.new_password() for _ in range(300)}
    assert len(made) == 300
    assert all(re.fullmatch(r"[abcdefghjkmnpqrstuvwxyz23456789]{4}(-[abcdefghjkmnpqrstuvwxyz23456789]{4}){2}", each) for each in made)
    assert {accounts.password_problem(each, "610525101201", "甲村党支部") for each in made} == {None}


def test_a_new_password_is_asked_for_after_a_reset_and_not_after_ones_own_change(small_county, at):
    accounts.reset_password(small_county, SYSTEM, "v1", HASH, at)
    assert accounts.get(small_county, "v1")["must_change"] == 1
    accounts.change_password(small_county, Actor("v1", Role.ORGANIZATION, "V1", must_change_password=True), "v1", HASH, at)
    assert accounts.get(small_county, "v1")["must_change"] == 0


def test_nobody_changes_somebody_elses_password(small_county, actor, at):
    before = accounts.get(small_county, "v2")["password"]
    for username in ("v1", "fengyuan", "county"):
        with pytest.raises(Refused) as refused:
            accounts.change_password(small_county, actor(username), "v2", HASH, at)
        assert code_of(refused) == "access.refused"
    for username in ("v1", "fengyuan", "county"):
        with pytest.raises(Refused):
            accounts.reset_password(small_county, actor(username), "v2", HASH, at)
    assert accounts.get(small_county, "v2")["password"] == before


# ---- accounts


@pytest.mark.parametrize(("username", "name", "role", "unit", "problem"), [
    ("", "某人", Role.COUNTY, {}, "account.username"),
    ("x" * 81, "某人", Role.COUNTY, {}, "account.username"),
    ("two words", "某人", Role.COUNTY, {}, "account.username"),
    ("tab\tbed", "某人", Role.COUNTY, {}, "account.username"),
    ("ADMIN", "某人", Role.COUNTY, {}, "account.exists"),
    ("new", " ", Role.COUNTY, {}, "account.name"),
    ("new", "名" * 101, Role.COUNTY, {}, "account.name"),
    ("new", "某人", Role.ORGANIZATION, {}, "account.unit"),
    ("new", "某人", Role.COMMITTEE, {"organization": "V1"}, "account.unit"),
    ("new", "某人", Role.COUNTY, {"committee": "610525101000"}, "account.unit"),
    ("new", "某人", Role.LEADER, {}, "account.role"),
    ("new", "某人", Role.ORGANIZATION, {"organization": "V1", "administrator": True}, "account.role"),
    ("new", "某人", Role.ORGANIZATION, {"organization": "V9"}, "organization.unknown"),
    ("new", "某人", Role.COMMITTEE, {"committee": "C999"}, "committee.unknown"),
])
def test_an_account_that_makes_no_sense_is_refused_and_nothing_changes(small_county, at, username, name, role, unit, problem):
    before, seq = accounts.every(small_county), events.head(small_county)
    with pytest.raises(Refused) as refused:
        accounts.create(small_county, SYSTEM, username, name, role, HASH, at, **unit)
    assert code_of(refused) == problem
    assert (accounts.every(small_county), events.head(small_county)) == (before, seq)


def test_only_an_administrator_creates_and_disables_accounts(small_county, actor, at):
    for username in ("county", "fengyuan", "v1"):
        with pytest.raises(Refused):
            accounts.create(small_county, actor(username), "new", "某人", Role.COUNTY, HASH, at)
        with pytest.raises(Refused):
            accounts.set_disabled(small_county, actor(username), "v2", True, at)
    assert accounts.get(small_county, "new") is None
    accounts.create(small_county, actor("admin"), "New", "某人", Role.COUNTY, HASH, at)
    assert accounts.get(small_county, "NEW")["username"] == "new"


def test_an_administrator_cannot_lock_the_door_behind_himself(small_county, actor, at):
    with pytest.raises(Refused) as refused:
        accounts.set_disabled(small_county, actor("admin"), "admin", True, at)
    assert code_of(refused) == "account.own"


def test_no_secret_stands_in_the_store_in_clear(small_county, moment, at, home):
    opened = accounts.open_session(small_county, "v1", moment)
    accounts.create(small_county, SYSTEM, "new", "某人", Role.COUNTY, accounts.hash_password("plum-Orchard-9", CHEAP), at)
    small_county.conn.commit()
    db.forget_connections()
    connection = sqlite3.connect(home / "store.db")
    dump = "\n".join(connection.iterdump())
    connection.close()
    assert "plum" not in dump
    assert [secret in dump for secret in (PASSWORD, opened.sid, opened.ticket)] == [False, False, False]
    assert accounts.claim(small_county, opened.ticket, moment) == opened.sid
