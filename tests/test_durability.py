"""Nothing acknowledged is lost: a hundred writers at once, and a process killed in the middle of its work."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.core.model import SYSTEM, Actor, Role
from lib.store import assessments, db, events, integrity, organizations, rounds, setup

ROOT = Path(__file__).resolve().parents[1]
COMMITTEE = "610525101000"
FORM = {"name": "village", "label::zh": "表", "label::en": "Form", "choices": {},
    "groups": [{"name": "g", "label::zh": "节", "label::en": "Section", "items": [
    {"type": "integer", "name": "q1", "label::zh": "几", "label::en": "How many", "required": "yes", "constraint": ". > 0"}]}]}


def found(store, at: str, prefix: str, count: int) -> None:
    """A form of one question, and organizations that fill it in."""
    with db.command(store):
        rounds.publish_form(store, SYSTEM, "2012", FORM, at)
        for number in range(count):
            organizations.save_organization(store, SYSTEM, {"code": f"{prefix}{number}", "name": f"{number}村", "kind": "village",
                "committee": COMMITTEE}, at)


def is_sound(store) -> None:
    assert [row[0] for row in store.conn.execute("pragma integrity_check")] == ["ok"]
    assert store.conn.execute("pragma foreign_key_check").fetchall() == []
    assert events.first_broken(store) is None
    assert integrity.faults(store) == ()


# ---- many at once

THREADS, TIMES = 100, 20


def test_a_hundred_threads_submit_twenty_times_each(store, moment, at):
    found(store, at, "V", THREADS)
    before, start, today = events.head(store)[0], threading.Barrier(THREADS), moment.date()

    def work(number: int) -> list[tuple[int, assessments.Receipt]]:
        code, receipts = f"V{number}", []
        actor = Actor(code, Role.ORGANIZATION, organization=code)
        start.wait(60)
        for time_ in range(1, TIMES + 1):
            with db.session() as own:
                if time_ > 1:
                    assessments.return_(own, SYSTEM, code, "再填", at)
                seq, _ = assessments.save_answers(own, actor, code, {"q1": number * 100 + time_}, at)
                receipts.append((time_, assessments.submit(own, actor, code, seq, at, today)))
                if number % 5 == 0:  # an impatient double click
                    assert assessments.submit(own, actor, code, seq, at, today) == receipts[-1][1]
        return receipts

    with ThreadPoolExecutor(THREADS) as pool:
        receipts = [receipt for each in pool.map(work, range(THREADS)) for receipt in each]

    assert len({receipt.number for _, receipt in receipts}) == THREADS * TIMES  # none doubled
    assert all(receipt.version == time_ for time_, receipt in receipts)
    rows = store.conn.execute("""select s.organization, s.version, s.receipt, a.value from submissions s
                                 join submitted_answers a on a.submission = s.id and a.name = 'q1'""").fetchall()
    assert sorted(row[2] for row in rows) == sorted(receipt.number for _, receipt in receipts)  # none lost
    assert {(code, version, value) for code, version, _, value in rows} == {
        (f"V{number}", time_, str(number * 100 + time_)) for number in range(THREADS) for time_ in range(1, TIMES + 1)}
    kinds = Counter(row[0] for row in store.conn.execute("select kind from events where seq > ?", (before,)))
    assert kinds == {"assessment.opened": THREADS, "assessment.answered": THREADS * TIMES, "assessment.submitted": THREADS * TIMES,
                     "assessment.returned": THREADS * (TIMES - 1)}
    is_sound(store)


# ---- killed in the middle

WRITERS, KILLS = 20, 5


def killed_after(seconds: float, home: Path, at: str) -> list[list[str]]:
    """Run the writers, write beside them, kill them without a warning, and return what they had acknowledged."""
    child = subprocess.Popen([sys.executable, "tests/writers.py", str(WRITERS)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, "CHENGPING_HOME": str(home), "PYTHONPATH": str(ROOT)})
    first = child.stdout.readline()  # the work has begun
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(child.stdout))
    reader.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:  # a second process, as the command line is beside the server
        with db.session() as own, db.command(own):
            events.append(own, SYSTEM, "test.done", "beside", {}, at)
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    errors = child.stderr.read().decode()
    assert child.wait(20) == -signal.SIGKILL, errors
    reader.join(20)
    assert errors == ""
    # a line cut off by the kill was not acknowledged
    return [line.decode().split() for line in (first, *lines) if line.endswith(b"\n")]


def test_killed_five_times_and_nothing_acknowledged_is_lost(store, home, at):
    found(store, at, "W", WRITERS)
    store.close()
    chance, acknowledged = random.Random(2012), []
    for _ in range(KILLS):
        lines = killed_after(chance.uniform(0.3, 0.9), home, at)
        assert lines
        acknowledged += lines
        db.forget_connections()
        with setup.locked():
            opened = setup.migrate()  # as at the next start
        is_sound(opened)
        kept = {seq: (subject, body) for seq, subject, body in opened.conn.execute(
            "select seq, subject, body from events where kind = 'assessment.answered'")}
        drafts = dict(opened.conn.execute("select organization, value from draft_answers where name = 'q1'").fetchall())
        submitted = {receipt: (code, value) for receipt, code, value in opened.conn.execute(
            """select s.receipt, s.organization, a.value from submissions s join submitted_answers a on a.submission = s.id""")}
        for kind, code, value, where in acknowledged:
            if kind == "answer":
                assert kept[int(where)] == (code, f'{{"q1":"{value}"}}')
                assert int(drafts[code]) >= int(value)
            else:
                assert submitted[where] == (code, value)
        assert db.value(opened, "select count(*) from events where subject = 'beside'") > 0
        opened.close()
    kinds = Counter(line[0] for line in acknowledged)
    assert kinds["submit"] > KILLS  # both sorts were under way
    assert kinds["answer"] > kinds["submit"]


# ---- how the store is opened


@pytest.mark.parametrize(("version", "safe"), [
    ((3, 7, 17), False), ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 44, 7), True), ((3, 45, 0), False), ((3, 46, 1), False),
    ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((3, 53, 4), True),
    ((4, 0, 0), True)])
def test_which_versions_may_keep_a_write_ahead_log(version, safe):
    assert db.wal_is_safe(version) == safe


def test_the_library_in_use_is_safe(store):
    assert db.wal_is_safe()
    assert db.value(store, "pragma journal_mode") == "wal"


def test_an_unsafe_library_falls_back(home, at, monkeypatch, caplog):
    monkeypatch.setattr(db, "wal_is_safe", lambda: False)
    with setup.locked():
        store = setup.migrate()
    assert db.value(store, "pragma journal_mode") == "delete"
    assert "journal_mode=delete" in caplog.text
    setup.found(store, 2012, at)
    found(store, at, "V", 3)
    with db.session() as other:
        assert db.value(other, "pragma journal_mode") == "delete"
        assert db.value(other, "pragma synchronous") == 2
        assert db.value(other, "select count(*) from organizations") == 3
    is_sound(store)
    assert not (home / "store.db-wal").exists()
    store.close()


def test_a_store_that_kept_a_log_gives_it_up(store, monkeypatch):
    store.close()
    monkeypatch.setattr(db, "wal_is_safe", lambda: False)
    again = setup.migrate()
    assert db.value(again, "pragma journal_mode") == "delete"
    again.close()


def test_every_connection_is_durable_and_checks_references(store):
    with ExitStack() as stack:
        connections = [stack.enter_context(db.session()) for _ in range(db.POOL_SIZE + 4)]
        assert len({id(each.conn) for each in connections}) == db.POOL_SIZE + 4  # none is lent twice
        for each in connections:
            assert (db.value(each, "pragma synchronous"), db.value(each, "pragma foreign_keys")) == (2, 1)
    with db.session() as again:
        assert again in connections  # and they are kept
        assert (db.value(again, "pragma synchronous"), db.value(again, "pragma foreign_keys")) == (2, 1)
        with pytest.raises(db.SQLiteError, match="FOREIGN KEY"), db.command(again):
            again.conn.execute("insert into organizations(code, name, kind, committee) values('X', 'X', 'village', 'nobody')")


def test_a_newer_store_is_left_alone(store):
    store.conn.execute("insert into _sqlite_migrations(migration_set, name, applied_at) values('chengping', '9999_later', '2030')")
    store.conn.commit()
    store.close()
    with pytest.raises(setup.NewerStore):
        setup.migrate()
