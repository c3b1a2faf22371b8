"""The appraisal: tallies, one-time codes, ballots. One code is one ballot, and nothing ties a code or a person to an opinion."""

import sqlite3
import threading

import pytest
from steps import bring

from lib.core.grading import Appraisal
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.store import appraisals, db, events

PUBLIC = Actor("public", Role.PUBLIC)


def refused(call, *arguments):
    with pytest.raises(Refused) as error:
        call(*arguments)
    return [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(("counts", "problem"), [
    ((50, 48, 40, 6, 2), None), ((0, 0, 0, 0, 0), None), ((-1, 0, 0, 0, 0), "appraisal.negative"),
    ((10, 11, 11, 0, 0), "appraisal.returned_exceeds_issued"), ((50, 48, 40, 6, 1), "appraisal.opinions_differ_from_returned"),
    ((10**30, 0, 0, 0, 0), "appraisal.too_many")])
def test_a_tally_is_kept_only_when_it_adds_up(small_county, at, counts, problem):
    store = small_county
    if problem:
        assert refused(appraisals.enter_tally, store, SYSTEM, "V1", Appraisal(*counts), at) == [problem]
        assert appraisals.tally(store, "2012", "V1") is None
    else:
        appraisals.enter_tally(store, SYSTEM, "V1", Appraisal(*counts), at)
        assert appraisals.appraisal(store, "2012", "V1") == Appraisal(*counts)


def test_a_tally_is_corrected_not_added(small_county, at):
    appraisals.enter_tally(small_county, SYSTEM, "V1", Appraisal(50, 48, 40, 6, 2), at)
    appraisals.enter_tally(small_county, SYSTEM, "V1", Appraisal(50, 49, 41, 6, 2), at)
    assert appraisals.appraisal(small_county, "2012", "V1") == Appraisal(50, 49, 41, 6, 2)


def test_paper_and_online_add_up(small_county, at):
    store = small_county
    appraisals.enter_tally(store, SYSTEM, "V1", Appraisal(50, 48, 40, 6, 2), at)
    codes = appraisals.issue_codes(store, SYSTEM, "V1", 10, at)
    for code, opinion in zip(codes, ("satisfied", "satisfied", "basically_satisfied", "dissatisfied"), strict=False):
        appraisals.cast(store, PUBLIC, code, opinion, at)
    assert appraisals.online(store, "2012", "V1") == Appraisal(10, 4, 2, 1, 1)
    assert appraisals.appraisal(store, "2012", "V1") == Appraisal(60, 52, 42, 7, 3)
    assert appraisals.appraisal(store, "2012", "V2") == Appraisal()


@pytest.mark.parametrize("count", [0, -1, 501])
def test_how_many_codes_at_once(small_county, at, count):
    assert refused(appraisals.issue_codes, small_county, SYSTEM, "V1", count, at) == ["appraisal.code_count"]
    assert db.value(small_county, "select count(*) from ballot_codes") == 0


def test_codes_are_many_different_and_easy_to_type(small_county, at):
    codes = appraisals.issue_codes(small_county, SYSTEM, "V1", 500, at)
    assert len(set(codes)) == 500
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")


def test_no_code_is_in_the_store(small_county, home, at):
    """Neither in a table nor in the files, where an old page could still show it."""
    codes = appraisals.issue_codes(small_county, SYSTEM, "V1", 20, at)
    appraisals.cast(small_county, PUBLIC, codes[0], "satisfied", at)
    dump = "\n".join(sqlite3.connect(home / "store.db").iterdump())
    files = b"".join(path.read_bytes() for path in home.glob("store.db*"))
    assert [code for code in codes if code in dump or code.encode() in files] == []
    assert "satisfied" in dump


@pytest.mark.parametrize("typed", ["{}", " {} ", "{0[0]}{0[1]}{0[2]}{0[3]}-{0[4]}{0[5]}{0[6]}{0[7]}-{0[8]}{0[9]}{0[10]}{0[11]}", "lower"])
def test_a_code_as_people_type_it(small_county, at, typed):
    code = appraisals.issue_codes(small_county, SYSTEM, "V1", 1, at)[0]
    typed = code.lower() if typed == "lower" else typed.format(code)
    assert appraisals.ballot_for(small_county, typed) == "V1"
    appraisals.cast(small_county, PUBLIC, typed, "satisfied", at)
    assert refused(appraisals.cast, small_county, PUBLIC, code, "satisfied", at) == ["ballot.code"]


def test_one_code_is_one_ballot_under_twenty_threads(small_county, at):
    code = appraisals.issue_codes(small_county, SYSTEM, "V1", 1, at)[0]
    start, results = threading.Barrier(20), []

    def vote():
        with db.session() as store:
            start.wait()
            try:
                appraisals.cast(store, PUBLIC, code, "dissatisfied", at)
                results.append("cast")
            except Refused as error:
                results.append(error.problems[0].code)

    threads = [threading.Thread(target=vote) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["ballot.code"] * 19 + ["cast"]
    assert appraisals.online(small_county, "2012", "V1") == Appraisal(1, 1, 0, 0, 1)
    assert events.first_broken(small_county) is None


def test_withdrawn_codes_are_worthless_and_leave_the_number_issued(small_county, at):
    store = small_county
    codes = appraisals.issue_codes(store, SYSTEM, "V1", 5, at)
    other = appraisals.issue_codes(store, SYSTEM, "V2", 1, at)[0]
    appraisals.cast(store, PUBLIC, codes[0], "satisfied", at)
    assert appraisals.withdraw_codes(store, SYSTEM, "V1", at) == 4
    assert [appraisals.ballot_for(store, code) for code in (*codes, other)] == [None] * 5 + ["V2"]
    assert refused(appraisals.cast, store, PUBLIC, codes[1], "satisfied", at) == ["ballot.code"]
    assert appraisals.online(store, "2012", "V1") == Appraisal(1, 1, 1, 0, 0)


def test_after_the_approval_everything_is_closed(small_county, at):
    store = small_county
    code = appraisals.issue_codes(store, SYSTEM, "V1", 1, at)[0]
    bring(store, "V1", State.APPROVED, at)
    assert appraisals.ballot_for(store, code) is None
    assert refused(appraisals.cast, store, PUBLIC, code, "satisfied", at) == ["ballot.code"]
    assert refused(appraisals.enter_tally, store, SYSTEM, "V1", Appraisal(1, 1, 1, 0, 0), at) == ["appraisal.closed"]
    assert refused(appraisals.issue_codes, store, SYSTEM, "V1", 1, at) == ["appraisal.closed"]


@pytest.mark.parametrize(("code", "opinion", "problem"), [
    ("", "satisfied", "ballot.code"), ("AAAAAAAAAAAA", "satisfied", "ballot.code"), ("A" * 10000, "satisfied", "ballot.code"),
    ("' or 1=1 --", "satisfied", "ballot.code"), (None, "delighted", "ballot.opinion"), (None, "", "ballot.opinion")])
def test_wrong_codes_and_opinions(small_county, at, code, opinion, problem):
    right = appraisals.issue_codes(small_county, SYSTEM, "V1", 1, at)[0]
    count = db.value(small_county, "select count(*) from events")
    assert refused(appraisals.cast, small_county, PUBLIC, right if code is None else code, opinion, at) == [problem]
    assert db.value(small_county, "select count(*) from events") == count
    assert appraisals.ballot_for(small_county, right) == "V1"


@pytest.mark.parametrize("username", ["v1", "fengyuan", "county", "admin"])
def test_nobody_votes_as_an_account(small_county, actor, at, username):
    code = appraisals.issue_codes(small_county, SYSTEM, "V1", 1, at)[0]
    assert refused(appraisals.cast, small_county, actor(username), code, "satisfied", at) == ["access.refused"]


def test_nothing_ties_a_ballot_to_its_code(small_county, at):
    """Of two stores whose codes were used the other way round, all that differs is which codes are used."""
    store = small_county
    codes = appraisals.issue_codes(store, SYSTEM, "V1", 2, at)

    def after(opinions):
        store.conn.execute("begin immediate")
        for code, opinion in zip(codes, opinions, strict=True):
            appraisals.cast(store, PUBLIC, code, opinion, at)
        tables = ("ballot_codes", "ballots", "events", "login_failures", "tallies")
        found = {table: sorted(map(repr, store.conn.execute(f"select * from {table}").fetchall())) for table in tables}
        store.conn.rollback()
        return found

    assert after(("satisfied", "dissatisfied")) == after(("dissatisfied", "satisfied"))


def test_an_event_of_a_ballot_says_no_more_than_that_there_was_one(small_county, at):
    code = appraisals.issue_codes(small_county, SYSTEM, "V1", 1, at)[0]
    appraisals.cast(small_county, PUBLIC, code, "dissatisfied", at)
    event = next(events.history(small_county, "V1", ("ballot.cast",)))
    assert {key: event[key] for key in ("actor", "role", "body")} == {"actor": "public", "role": "public", "body": {}}
