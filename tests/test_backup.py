"""Backup and restore: what comes back is what went in, byte by byte; what is broken is refused in words and leaves the home empty."""

import hashlib
import io
import json
import random
import shutil
import stat
import threading
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM
from lib.manage import main
from lib.store import assessments, attachments, backups, db, events, integrity, ledger, organizations, snapshots
from lib.store.migrations import migrations
from lib.web import asgi

PDF, SCAN = b"%PDF-1.4 \xe4\xbc\x9a\xe8\xae\xae", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def run(*line, code=0):
    result = CliRunner().invoke(main, [str(word) for word in line])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def hashes(store) -> dict[str, str]:
    """Every table of a store by the hash of its rows, in an order of their own."""
    names = [row[0] for row in store.conn.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")]
    return {name: hashlib.sha256("\n".join(sorted(map(repr, store.conn.execute(f"select * from {name}")))).encode()).hexdigest() for name in names}


def files(home: Path) -> dict[str, bytes]:
    """Every file of a home but the store and the locks."""
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in sorted(home.rglob("*"))
            if path.is_file() and path.name != "lock" and not path.name.startswith("store.db")}


@pytest.fixture
def county(demo_home):
    """The demo, which has two snapshots of its own, with an attachment, evidence and two snapshots more."""
    with db.session() as store:
        at = db.iso(db.now(store))
        village = db.value(store, "select organization from assessments where state in ('not_submitted', 'returned') order by 1")
        item = next(each.name for each in assessments.draft(store, village).form.items.values() if each.type == "file")
        attachments.add(store, SYSTEM, village, item, "会议记录.pdf", PDF, at)
        snapshots.create(store, SYSTEM, "会前", at)
        raised = ledger.raise_item(store, SYSTEM, village, Source.HAND, Plan("账目没有公开", "按季公开", "会计", "会计", "", "2012-06-01"), at)
        attachments.add_evidence(store, SYSTEM, village, raised, "公开栏.png", SCAN, at)
        snapshots.create(store, SYSTEM, "会后", at)
    return demo_home


@pytest.fixture
def backup(county, tmp_path) -> Path:
    file = tmp_path / "backup.zip"
    run("backup", "--out", file)
    return file


def destroy(home: Path) -> None:
    db.forget_connections()
    shutil.rmtree(home)


def test_backup_destroy_restore(county, tmp_path):
    with db.session() as store:
        rows, head = hashes(store), events.head(store)
    kept = files(county)
    assert sum(name.startswith("attachments/") for name in kept) == 2
    assert sum(name.startswith("snapshots/") for name in kept) == 8
    run("backup", "--out", tmp_path / "backup.zip")
    destroy(county)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["backup.zip"]  # nothing half-written beside it
    run("restore", tmp_path / "backup.zip")
    assert files(county) == kept
    with db.session() as store:
        assert (hashes(store), events.head(store)) == (rows, head)
    assert head[1] in run("verify").stdout
    for manifest in snapshots.every():
        run("snapshot", "verify", manifest["id"])
    assert sorted(path.name for path in county.iterdir() if not path.name.startswith("store.db-")) == ["attachments", "lock", "snapshots", "store.db"]


def test_what_was_restored_serves_and_goes_on(backup, home, open_as):
    destroy(home)
    run("restore", backup)
    with TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware)) as client:
        assert client.get("/health").json() == {"ok": True}
    app = open_as("county").run()
    assert not app.exception
    assert len(app.main) > 0
    with db.session() as store:
        at = db.iso(db.now(store))
        organizations.add_committee(store, SYSTEM, "C999", "新的党委", None, at)
        assert integrity.faults(store) == ()


def test_a_backup_and_its_snapshots_are_their_owners_alone(backup, home):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    destroy(home)
    run("restore", backup)
    assert stat.S_IMODE(snapshots.folder().stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in snapshots.folder().glob("2*")} == {0o444}


def test_two_backups_of_one_store_hold_the_same(county, tmp_path):
    for name in ("a.zip", "b.zip"):
        run("backup", "--out", tmp_path / name)
    members = [json.loads(zipfile.ZipFile(tmp_path / name).read(backups.CONTENTS))["members"] for name in ("a.zip", "b.zip")]
    assert members[0] == members[1]


# ---- refused


def refused(file: Path, home: Path, *words: str) -> None:
    """A restore into an empty home fails in words and leaves it empty."""
    if home.exists():
        destroy(home)
    told = run("restore", file, code=1).stderr
    assert [word for word in words if word not in told] == []
    assert [path.name for path in home.iterdir() if path.name != "lock"] == []


def rewritten(backup: Path, change) -> Path:
    """The backup again, after `change(contents, members)` had its way with what it says and holds."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != backups.CONTENTS}
        contents = json.loads(archive.read(backups.CONTENTS))
    change(contents, members)
    other = backup.with_name("other.zip")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(backups.CONTENTS, json.dumps(contents))
    return other


def described(content: bytes) -> dict:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_a_rewritten_backup_would_restore(backup, home):
    """Otherwise the refusals below might be of something else."""
    destroy(home)
    run("restore", rewritten(backup, lambda contents, members: None))


def test_a_home_in_use_is_left_alone(backup, home):
    before = files(home)
    told = run("restore", backup, code=1).stderr
    assert (str(home) in told, files(home)) == (True, before)
    destroy(home)
    home.mkdir()
    (home / "report.docx").write_bytes(b"somebody's")
    run("restore", backup, code=1)
    assert (home / "report.docx").read_bytes() == b"somebody's"


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04" + b"x" * 100], ids=["empty", "rubbish", "a zip's beginning"])
def test_what_is_no_zip_is_refused(home, tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    refused(tmp_path / "x.zip", home, "x.zip")


def test_another_zip_is_refused(home, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("store.db", b"x")
    refused(tmp_path / "x.zip", home, "x.zip")
    refused(tmp_path / "missing.zip", home, "missing.zip")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(backup, home, share):
    content = backup.read_bytes()
    backup.write_bytes(content[:int(len(content) * share)])
    refused(backup, home, "backup.zip")


def test_a_flipped_byte_is_never_restored(backup, home):
    """Wherever it is: in a member, a header or the directory. What lies outside of all that is said and checked may be anything."""
    content, chance = backup.read_bytes(), random.Random(2012)
    with zipfile.ZipFile(backup) as archive:
        starts = [info.header_offset for info in archive.infolist()]
        directory = archive.start_dir
    places = [*(start + 4 for start in starts[:3]), *(chance.randrange(60, starts[1]) for _ in range(4)), starts[-1] + 80, directory + 46,
              len(content) - 10]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        backup.write_bytes(damaged)
        if home.exists():
            destroy(home)
        result = CliRunner().invoke(main, ["restore", str(backup)])
        assert result.exception is None or isinstance(result.exception, SystemExit), (place, result.exception)
        if result.exit_code == 0:  # a byte that says nothing, such as the version of zip that wrote it
            run("verify")
            assert files(home).keys() == {name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "/" in name}
        else:
            assert result.stderr
            assert [path.name for path in home.iterdir() if path.name != "lock"] == []
    damaged = bytearray(content)
    damaged[starts[1] // 2] ^= 1
    backup.write_bytes(damaged)
    refused(backup, home)


def test_a_member_that_is_not_what_the_contents_say_is_refused_by_name(backup, home):
    def change(contents, members):
        name = next(name for name in members if name.startswith("attachments/"))
        members[name] = members[name].replace(b"PDF", b"PdF").replace(b"PNG", b"PnG")

    refused(rewritten(backup, change), home, "attachments/")


def test_a_store_that_is_not_the_one_told_of_is_refused(backup, home):
    refused(rewritten(backup, lambda contents, members: contents.update(seq=contents["seq"] - 1)), home, "store.db")


def test_a_store_with_a_broken_chain_is_refused(backup, home, tmp_path):
    def change(contents, members):
        path = tmp_path / "broken.db"
        path.write_bytes(members["store.db"])
        store = db.connect(path)
        store.conn.execute("drop trigger events_never_change")
        store.conn.execute("update events set body = '{}' where seq = 40")
        store.conn.commit()
        store.close()
        members["store.db"] = path.read_bytes()
        contents["members"]["store.db"] = described(members["store.db"])

    refused(rewritten(backup, change), home, "40")


@pytest.mark.parametrize("name", ["../outside.txt", "attachments/../../outside.txt", "{}/outside.txt", "attachments/../../../outside.txt"])
def test_a_member_outside_of_the_home_is_refused_and_not_written(backup, home, name):
    name = name.format(home.parent)

    def change(contents, members):
        members[name] = b"x"
        contents["members"][name] = described(b"x")

    before = set(home.parent.rglob("*"))
    refused(rewritten(backup, change), home, "other.zip")
    assert {path for path in set(home.parent.rglob("*")) - before if home not in path.parents} == {home.parent / "other.zip"}


def test_more_or_less_than_the_contents_list_is_refused(backup, home):
    refused(rewritten(backup, lambda contents, members: members.update({"attachments/xx": b"x"})), home, "other.zip")
    refused(rewritten(backup, lambda contents, members: members.pop("store.db")), home, "other.zip")

    def without_a_store(contents, members):
        members.pop("store.db")
        contents["members"].pop("store.db")

    refused(rewritten(backup, without_a_store), home, "other.zip")


@pytest.mark.parametrize("key", sorted(backups.TOLD))
def test_contents_that_say_too_little_are_refused(backup, home, key):
    refused(rewritten(backup, lambda contents, members: contents.pop(key)), home, "other.zip")


def test_a_newer_schema_is_refused(backup, home):
    refused(rewritten(backup, lambda contents, members: contents["schema"].append("9999_future")), home)


def test_an_older_schema_is_restored_and_brought_up_to_date(backup, home, tmp_path):
    def change(contents, members):
        path = tmp_path / "old.db"
        path.write_bytes(members["store.db"])
        store = db.connect(path)
        for table in ("minutes", "pin_failures"):
            store.conn.execute(f"drop table {table}")
        store.conn.execute("alter table links drop column pin_hash")
        store.conn.execute("alter table links drop column meeting")
        store.conn.execute("drop table meetings")
        store.conn.execute("delete from _sqlite_migrations where name = '0003_meetings'")
        store.conn.commit()
        store.close()
        members["store.db"] = path.read_bytes()
        contents["members"]["store.db"] = described(members["store.db"])
        contents["schema"].remove("0003_meetings")

    destroy(home)
    run("restore", rewritten(backup, change))
    run("verify")
    with db.session() as store:
        assert "0003_meetings" in [each.name for each in migrations.applied(store)]


def test_a_missing_attachment_makes_no_backup(county, tmp_path):
    with db.session() as store:
        sha256 = attachments.referenced(store)[0]
    attachments.path_of(sha256).unlink()
    assert sha256 in run("backup", "--out", tmp_path / "backup.zip", code=1).stderr
    assert [path.name for path in (*tmp_path.iterdir(), *county.iterdir()) if "backup" in path.name] == []


# ---- interrupted


@pytest.mark.parametrize("where", [(backups, "_check"), (integrity, "faults"), (Path, "replace")], ids=["unpacked", "checked", "put in place"])
def test_an_interrupted_restore_leaves_an_empty_home(backup, home, monkeypatch, where):
    destroy(home)
    owner, name = where
    real, calls = getattr(owner, name), []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 2 or name != "replace":  # the second: something is in place by then
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            backups.restore(backup)
    assert calls
    assert [path.name for path in home.iterdir()] == ["lock"]
    run("restore", backup)


def test_what_a_killed_restore_left_is_swept_by_the_next(backup, home):
    destroy(home)
    for left in ("restore.tmp/snapshots/x", "attachments/ab/cd"):
        (home / left).parent.mkdir(parents=True)
        (home / left).write_bytes(b"half")
    run("restore", backup)
    run("verify")
    assert b"half" not in files(home).values()


# ---- while others write


def test_a_backup_while_writers_write_is_one_consistent_moment(store, home, at, tmp_path):
    """Each writer puts an organization and its own file in; the backup has for each organization everything or nothing."""
    stop, made = threading.Event(), []

    def write(writer: int) -> None:
        with db.session() as own:
            for number in range(10_000):
                if stop.is_set():
                    return
                code = f"W{writer}-{number}"
                with db.command(own):
                    organizations.save_organization(own, SYSTEM, {"code": code, "name": code, "kind": "village", "committee": "610525101000"}, at)
                    organizations.change_class(own, SYSTEM, "2012", code, "start", "first", "2012-01-01", "", at)
                item = ledger.raise_item(own, SYSTEM, code, Source.HAND, Plan("问题", "措施", "某人", "书记", "", "2012-06-01"), at)
                attachments.add_evidence(own, SYSTEM, code, item, "x.pdf", b"%PDF-1.4 " + code.encode(), at)
                made.append(code)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    try:
        while len(made) < 20 and threads[0].is_alive():
            stop.wait(0.01)
        before = set(made)
        contents = [backups.backup(store, tmp_path / f"{number}.zip", at) for number in range(3)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert contents[0]["seq"] < contents[2]["seq"] < events.head(store)[0]  # they were writing all the while
    store.close()
    for number, told in enumerate(contents):
        destroy(home)
        backups.restore(tmp_path / f"{number}.zip")
        with db.session() as restored:
            assert (events.head(restored), integrity.faults(restored)) == ((told["seq"], told["head"]), ())
            listed = {row[0] for row in restored.conn.execute("select code from organizations")}
            assert before <= listed
            assert listed == {row[0] for row in restored.conn.execute("select organization from class_changes")}
            known = attachments.referenced(restored)
            assert sorted(path.name for path in (home / "attachments").rglob("*") if path.is_file()) == known
            assert all(hashlib.sha256(attachments.path_of(each).read_bytes()).hexdigest() == each for each in known)


def test_a_snapshot_that_goes_from_the_shelf_meanwhile_does_not_stop_the_backup(county, tmp_path, monkeypatch):
    gone = snapshots.every()[1]
    every = snapshots.every()
    monkeypatch.setattr(snapshots, "every", lambda: every)
    for path in (snapshots.folder() / f"{gone['id']}.db", snapshots.folder() / f"{gone['id']}.json"):
        path.unlink()
    with db.session() as store:
        members = backups.backup(store, tmp_path / "backup.zip", db.iso(db.now(store)))["members"]
    assert sorted(name for name in members if name.startswith("snapshots/")) == sorted(
        f"snapshots/{each['id']}{ending}" for each in every if each["id"] != gone["id"] for ending in (".db", ".json"))


def test_without_a_home_there_is_nothing_to_back_up(home, tmp_path):
    assert str(home) in run("backup", "--out", tmp_path / "backup.zip", code=1).stderr
    assert list(tmp_path.iterdir()) == []
