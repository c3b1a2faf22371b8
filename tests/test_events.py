"""The hash chain and the commands: tampering is found, triggers refuse, a failed command leaves nothing."""

import threading

import pytest

from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.store import db, events, integrity, organizations

COUNT = 200
FIELDS = {"at": "2012-04-11T00:00:00.000+00:00", "actor": "somebody", "role": "system", "kind": "other", "subject": "V9", "body": '{"n":-1}',
          "quiet": None, "hash": "0" * 64}  # quiet is turned over


def add(store, count: int, *, quiet: bool = False) -> None:
    with db.command(store):
        for number in range(count):
            events.append(store, SYSTEM, "test.done", f"V{number % 7}", {"n": number, "文": "字"}, "2012-04-10T01:30:00.000+00:00", quiet=quiet)


@pytest.fixture(scope="module")
def chain() -> db.Database:
    """A chain of 200 events whose triggers were taken away, as somebody with the file could."""
    store = db.Database(db.sqlite3.connect(":memory:"))
    store.conn.execute("create table events(seq integer primary key, at text, actor text, role text, kind text, subject text, body text, "
                       "quiet integer, hash text) strict")
    with db.command(store):
        for number in range(COUNT):
            actor = Actor(f"a{number % 3}", list(Role)[number % 5])
            events.append(store, actor, f"kind.{number % 4}", f"V{number % 7}", {"n": number, "文": "字"}, f"2012-04-10T01:{number % 60:02}:00",
                          quiet=number % 5 == 0)
    return store


@pytest.fixture
def tampered(chain):
    """`tampered(sql, *params)`: first_broken after a change; the chain is whole again afterwards."""
    chain.conn.execute("begin")

    def changed(*statements: tuple) -> int | None:
        for sql, params in statements:
            assert chain.conn.execute(sql, params).rowcount >= 1, sql
        found = events.first_broken(chain)
        chain.conn.rollback()
        chain.conn.execute("begin")
        return found

    yield changed
    chain.conn.rollback()
    assert events.first_broken(chain) is None


def test_an_untouched_chain_is_whole(chain):
    assert events.first_broken(chain) is None
    assert events.head(chain)[0] == COUNT


@pytest.mark.parametrize("field", FIELDS)
def test_changing_any_event_is_found(tampered, field):
    value = "?" if FIELDS[field] is not None else "1 - quiet"
    for seq in range(1, COUNT + 1):
        params = (FIELDS[field], seq) if FIELDS[field] is not None else (seq,)
        assert tampered((f"update events set {field} = {value} where seq = ?", params)) == seq


def test_deleting_any_event_but_the_last_is_found(tampered):
    for seq in range(1, COUNT):
        assert tampered(("delete from events where seq = ?", (seq,))) == seq


def test_deleting_one_and_closing_the_gap_is_found(tampered):
    for seq in range(1, COUNT, 9):
        # one after the other, upwards, as SQLite checks the key at each row
        shift = [("update events set seq = ? where seq = ?", (each - 1, each)) for each in range(seq + 1, COUNT + 1)]
        assert tampered(("delete from events where seq = ?", (seq,)), *shift) == seq


def test_exchanging_two_events_is_found(tampered):
    for seq in range(1, COUNT):
        swap = [("update events set seq = -1 where seq = ?", (seq,)), ("update events set seq = ? where seq = ?", (seq, seq + 1)),
                ("update events set seq = ? where seq = -1", (seq + 1,))]
        assert tampered(*swap) == seq


def test_cutting_off_the_beginning_is_found(tampered):
    for seq in range(1, COUNT):
        assert tampered(("delete from events where seq <= ?", (seq,))) == 1


def test_inserting_an_event_is_found(tampered):
    row = "insert into events select {0}, at, actor, role, kind, subject, body, quiet, hash from events where seq = 7"
    assert tampered((row.format(COUNT + 1), ())) == COUNT + 1
    assert tampered((row.format(0), ())) == 1


def test_cutting_off_the_end_shows_in_the_head(chain, tampered):
    """A chain cannot know its own end: whoever kept its head (every snapshot does) sees that it is gone."""
    kept = events.head(chain)
    for seq in range(1, COUNT, 20):
        chain.conn.execute("delete from events where seq > ?", (seq,))
        assert events.first_broken(chain) is None
        assert events.head(chain) != kept
        assert db.value(chain, "select hash from events where seq = ?", (kept[0],)) is None
        chain.conn.rollback()
        chain.conn.execute("begin")
    assert tampered(("delete from events where seq = 5", ())) == 5


def test_the_fields_do_not_run_into_each_other():
    """Two events that differ only in where one field ends have different hashes."""
    written = (("ab", "c", "d", "e", "{}"), ("a", "bc", "d", "e", "{}"), ("ab", "c", "de", "", "{}"))
    assert len({events._digest("", 1, "t", *fields, 0) for fields in written}) == 3


# ---- in the store


def test_triggers_refuse_changes(store):
    before = events.head(store)
    for sql in ("update events set body = '{}' where seq = 1", "update events set quiet = 1", "delete from events where seq = 1",
                "delete from events",
                "insert or replace into events select * from events where seq = 1"):
        with pytest.raises(db.SQLiteError):
            store.conn.execute(sql)
        store.conn.rollback()
    assert events.head(store) == before
    assert events.first_broken(store) is None


def test_a_tampered_store_is_told(store):
    add(store, 3)
    assert integrity.faults(store) == ()
    seq = events.head(store)[0] - 1
    store.conn.execute("drop trigger events_never_change")
    store.conn.execute("update events set body = '{\"n\":9}' where seq = ?", (seq,))
    store.conn.commit()
    assert [(problem.code, dict(problem.params)) for problem in integrity.faults(store)] == [("integrity.chain", {"seq": seq})]


def test_quiet_events_do_not_move_the_revision(store):
    revision = events.revision(store)
    add(store, 3, quiet=True)
    assert events.revision(store) == revision
    add(store, 1)
    assert events.revision(store) == revision + 4
    assert events.last(store)[0] == revision + 4


def test_an_empty_store_has_revision_nothing(home):
    store = db.Database(memory=True)
    store.conn.execute("create table events(seq integer primary key, quiet integer, hash text)")
    assert (events.revision(store), events.head(store)) == (0, (0, ""))


def test_history_is_newest_first_and_of_one_subject(store):
    add(store, 14)
    found = list(events.history(store, "V3"))
    assert [row["body"]["n"] for row in found] == [10, 3]
    assert found[0]["body"]["文"] == "字"
    assert [row["body"]["n"] for row in events.history(store, "V3", limit=1)] == [10]
    assert list(events.history(store, "V3", kinds=("other",))) == []
    assert len(list(events.history(store, "V3", kinds=("other", "test.done")))) == 2


def test_user_text_stays_text_in_the_chain(store):
    nasty = "'); drop table events; --\n\\\"\u0000"
    with db.command(store):
        events.append(store, Actor(nasty, Role.PUBLIC), nasty, nasty, {nasty: nasty}, nasty)
    assert events.first_broken(store) is None
    assert next(events.history(store, nasty))["body"] == {nasty: nasty}


# ---- commands


def state(store) -> tuple:
    return events.head(store), db.value(store, "select count(*) from organizations"), db.value(store, "select count(*) from committees")


def organization(code: str) -> dict:
    return {"code": code, "name": f"{code}村党支部", "kind": "village", "committee": "610525101000", "township": "610525101"}


def breaks_off(store, *steps, error: type[BaseException] = RuntimeError) -> None:
    """A command that does all its steps and then fails."""
    with db.command(store):
        for step in steps:
            step()
        raise error


def test_a_failed_command_leaves_nothing(store, at):
    before = state(store)
    with pytest.raises(RuntimeError):
        breaks_off(store, lambda: organizations.save_organization(store, SYSTEM, organization("V1"), at),
                   lambda: organizations.add_committee(store, SYSTEM, "X", "某委", None, at))
    assert state(store) == before
    assert not store.conn.in_transaction
    assert organizations.save_organization(store, SYSTEM, organization("V1"), at)  # and the next one works


def test_a_failed_inner_command_takes_back_only_itself(store, at):
    before = events.head(store)[0]
    with db.command(store):
        organizations.save_organization(store, SYSTEM, organization("V1"), at)
        with pytest.raises(Refused):
            organizations.save_organization(store, SYSTEM, organization("V1"), at, new=True)
        with pytest.raises(RuntimeError):
            breaks_off(store, lambda: organizations.save_organization(store, SYSTEM, organization("V2"), at),
                       lambda: organizations.save_organization(store, SYSTEM, organization("V3"), at))
        organizations.save_organization(store, SYSTEM, organization("V4"), at)
    codes = [row["code"] for row in store.query("select code from organizations order by code")]
    assert codes == ["V1", "V4"]
    assert events.head(store)[0] == before + 2
    assert events.first_broken(store) is None


def test_a_failed_outer_command_takes_the_inner_ones_back(store, at):
    before = state(store)

    def twice_inside() -> None:
        with db.command(store), db.command(store):
            organizations.save_organization(store, SYSTEM, organization("V1"), at)

    with pytest.raises(KeyboardInterrupt):
        breaks_off(store, twice_inside, error=KeyboardInterrupt)
    assert state(store) == before
    assert not store.conn.in_transaction


def test_what_is_not_committed_is_not_seen(store, at):
    with db.session() as other, db.command(store):
        organizations.save_organization(store, SYSTEM, organization("V1"), at)
        assert db.value(other, "select count(*) from organizations") == 0
    with db.session() as other:
        assert db.value(other, "select count(*) from organizations") == 1


def test_a_session_that_breaks_off_gives_its_connection_back_clean(store):
    before = state(store)
    with db.session() as other:  # a run that Streamlit stops in the middle
        other.conn.execute("begin immediate")
        other.conn.execute("insert into committees(code, name) values('X', '某委')")
    with db.session() as again:
        assert not again.conn.in_transaction
        assert state(again) == before


def test_commands_of_two_threads_follow_each_other(store, at):
    """The second waits for the first, and sees what it wrote."""
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def second() -> None:
        inside.wait(5)
        with db.session() as other, db.command(other):
            seen.append(db.value(other, "select count(*) from organizations"))

    thread = threading.Thread(target=second)
    thread.start()
    with db.command(store):
        inside.set()
        assert not go_on.wait(0.2)
        assert seen == []
        organizations.save_organization(store, SYSTEM, organization("V1"), at)
    thread.join(10)
    assert seen == [1]


def test_a_frozen_copy_refuses_every_write(store, at, tmp_path):
    copy = tmp_path / "frozen.db"
    store.conn.execute("vacuum into ?", (str(copy),))
    with db.session(copy) as frozen:
        assert events.head(frozen) == events.head(store)
        for write in (lambda: organizations.save_organization(frozen, SYSTEM, organization("V1"), at),
                      lambda: db.set_meta(frozen, "x", "y"),
                      lambda: frozen.conn.execute("drop table meta")):
            with pytest.raises(db.ReadOnly, match="readonly"):
                write()
        assert state(frozen) == state(store)
    assert not copy.with_name("frozen.db-wal").exists()
