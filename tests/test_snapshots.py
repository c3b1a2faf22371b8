"""Snapshots: there whole or not at all, and any change to them is found."""

import datetime as dt
import json
import stat

import pytest

from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.retention import Rule
from lib.store import db, events, integrity, links, meetings, organizations, snapshots


@pytest.fixture
def snapshot(store, at) -> str:
    return snapshots.create(store, SYSTEM, "月度例会", at)


def thaw(path):
    path.chmod(0o644)
    return path


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def test_a_snapshot_holds_its_own_event_and_says_what_it_is(store, snapshot, at):
    seq, head = events.head(store)
    manifest = snapshots.get(snapshot)
    assert snapshot == f"20120410-093000-{seq:04x}"  # the county's clock, not UTC
    assert {key: manifest[key] for key in ("id", "label", "created_at", "created_by", "seq", "head", "schema", "demo")} == {
        "id": snapshot, "label": "月度例会", "created_at": at, "created_by": "system", "seq": seq, "head": head,
        "schema": ["0001_first", "0002_work_programme", "0003_meetings", "0004_imports"], "demo": False}
    assert manifest["rows"]["townships"] == 10
    assert manifest["size"] == snapshots.path(snapshot).stat().st_size
    assert snapshots.verify(snapshot) == ()


def test_a_snapshot_stays_what_it_was(store, snapshot, at):
    organizations.add_committee(store, SYSTEM, "C001", "县直机关工委", None, at)
    with db.session(snapshots.path(snapshot)) as frozen:
        assert len(organizations.committees(frozen)) == 10
        with pytest.raises(db.ReadOnly):
            organizations.add_committee(frozen, SYSTEM, "C002", "另一党委", None, at)


def test_files_are_read_only_and_the_folder_is_its_owners(snapshot):
    assert [stat.S_IMODE(path.stat().st_mode) for path in (snapshots.path(snapshot), snapshots.folder())] == [0o444, 0o700]
    assert sorted(path.name for path in snapshots.folder().iterdir()) == [f"{snapshot}.db", f"{snapshot}.json", "lock"]


def test_the_shelf_is_newest_first_and_latest_is_an_id(store, snapshot):
    # made later with a clock that had been set back
    second = snapshots.create(store, SYSTEM, "会前", "2012-04-09T01:30:00.000+00:00")
    assert [each["id"] for each in snapshots.every()] == [second, snapshot]
    assert snapshots.get("latest")["id"] == second
    assert snapshots.path("latest") == snapshots.path(second)


@pytest.mark.parametrize("snapshot_id", ["", "20120101-000000-0001", "../store", "..", "20120410-093000-0022/../x", "20120410-093000-00\n22",
                                         "x" * 500, "*"])
def test_an_unknown_id_is_refused(store, snapshot, snapshot_id):
    for read in (snapshots.get, snapshots.path, snapshots.verify):
        with pytest.raises(Refused) as refused:
            read(snapshot_id)
        assert codes(refused.value.problems) == ["snapshot.unknown"]


def test_without_snapshots_latest_is_refused_and_the_shelf_empty(store):
    assert snapshots.every() == []
    with pytest.raises(Refused, match=r"snapshot\.none"):
        snapshots.get("latest")


@pytest.mark.parametrize("label", ["", "  ", "长" * 61])
def test_a_snapshot_has_a_name(store, at, label):
    before = events.head(store)
    with pytest.raises(Refused, match=r"snapshot\.label"):
        snapshots.create(store, SYSTEM, label, at)
    assert events.head(store) == before


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_only_the_county_makes_one(store, at, role):
    with pytest.raises(Refused, match=r"access\.refused"):
        snapshots.create(store, Actor("x", role), "会前", at)
    assert snapshots.every() == []


def test_leftovers_of_a_lost_machine_are_swept_and_never_shown(store, snapshot, at):
    folder = snapshots.folder()
    for name in ("20120410-100000-0001.db.tmp", "20120410-100000-0001.db.tmp-journal", "20120410-100000-0002.db"):
        (folder / name).write_bytes(b"half")
    assert [each["id"] for each in snapshots.every()] == [snapshot]
    second = snapshots.create(store, SYSTEM, "会后", at)
    assert sorted(path.stem for path in folder.glob("*.*")) == sorted([snapshot, second] * 2)


# ---- verify


def test_a_changed_byte_in_a_text_is_found(store, at):
    organizations.add_committee(store, SYSTEM, "C001", "ABCDEFGHIJ", None, at)
    snapshot = snapshots.create(store, SYSTEM, "会前", at)
    assert snapshots.verify(snapshot) == ()
    copy = thaw(snapshots.path(snapshot))
    copy.write_bytes(copy.read_bytes().replace(b"ABCDEFGHIJ", b"XBCDEFGHIJ"))
    assert "integrity.checksum" in codes(snapshots.verify(snapshot))


def test_a_damaged_page_is_found(snapshot):
    copy = thaw(snapshots.path(snapshot))
    content = bytearray(copy.read_bytes())
    content[4096 * 3:4096 * 4] = bytes(4096)
    copy.write_bytes(content)
    assert codes(snapshots.verify(snapshot))[:2] == ["integrity.checksum", "integrity.page"]


def test_a_copy_that_is_no_store_is_found(snapshot):
    thaw(snapshots.path(snapshot)).write_bytes(b"rubbish" * 1000)
    assert codes(snapshots.verify(snapshot)) == ["integrity.checksum", "integrity.page"]


@pytest.mark.parametrize(("fact", "value"), [("head", "0" * 64), ("seq", 7), ("schema", []), ("demo", True), ("rows", {})])
def test_a_manifest_that_does_not_tell_the_truth_is_found(snapshot, fact, value):
    file = thaw(snapshots.folder() / f"{snapshot}.json")
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), fact: value}), encoding="utf-8")
    assert [(p.code, dict(p.params)["detail"]) for p in snapshots.verify(snapshot)] == [("integrity.manifest", fact)]


def forge(store, sql: str) -> None:
    for trigger in ("events_never_change", "events_never_go"):
        store.conn.execute(f"drop trigger {trigger}")
    store.conn.execute(sql)
    store.conn.commit()


def test_a_sound_store_has_no_faults(store, snapshot):
    assert (integrity.faults(store), snapshots.unmatched(store)) == ((), ())


def test_a_forged_event_is_found(store, snapshot):
    forge(store, "update events set body = '{}' where seq = 5")
    assert [(p.code, dict(p.params)) for p in integrity.faults(store)] == [("integrity.chain", {"seq": 5})]


def test_a_chain_cut_off_at_its_end_is_found_by_the_last_snapshot(store, snapshot):
    forge(store, "delete from events where seq = (select max(seq) from events)")
    assert integrity.faults(store) == ()
    assert codes(snapshots.unmatched(store)) == ["integrity.head"]


def test_a_dangling_reference_is_found(store):
    store.conn.execute("pragma foreign_keys=off")
    store.conn.execute("insert into committees(code, name, township) values('C9', 'x', 'nowhere')")
    store.conn.commit()
    assert [(p.code, dict(p.params)) for p in integrity.faults(store)] == [("integrity.reference", {"table": "committees", "count": 1})]


# ---- renaming


def test_a_snapshot_is_renamed_and_its_copy_and_checksum_stay(store, snapshot, at):
    before, copy = snapshots.get(snapshot), snapshots.path(snapshot).read_bytes()
    snapshots.rename(store, SYSTEM, snapshot, " 四月调度会 ", at)
    after = snapshots.get(snapshot)
    assert after == {**before, "label": "四月调度会", "first_label": "月度例会"}
    assert snapshots.path(snapshot).read_bytes() == copy
    assert snapshots.verify(snapshot) == ()
    [event] = events.history(store, snapshot, ("snapshot.renamed",))
    assert (event["actor"], event["body"]) == ("system", {"label": "四月调度会", "before": "月度例会"})
    snapshots.rename(store, SYSTEM, "latest", "五月调度会", at)
    assert snapshots.get(snapshot)["first_label"] == "月度例会"
    assert [stat.S_IMODE(path.stat().st_mode) for path in snapshots.folder().glob("*.json")] == [0o444]
    assert list(snapshots.folder().glob("*.tmp")) == []


def test_the_same_name_again_is_no_change(store, snapshot, at):
    before = events.head(store)
    snapshots.rename(store, SYSTEM, snapshot, "月度例会", at)
    assert events.head(store) == before


@pytest.mark.parametrize(("actor", "label", "name", "code"), [
    (SYSTEM, "  ", "latest", "snapshot.label"), (SYSTEM, "长" * 61, "latest", "snapshot.label"), (SYSTEM, "会后", "../store", "snapshot.unknown"),
    (Actor("x", Role.COMMITTEE), "会后", "latest", "access.refused")])
def test_a_renaming_that_is_refused_changes_nothing(store, snapshot, at, actor, label, name, code):
    before = events.head(store), snapshots.every()
    with pytest.raises(Refused, match=code.replace(".", r"\.")):
        snapshots.rename(store, actor, name, label, at)
    assert (events.head(store), snapshots.every()) == before


def test_without_a_shelf_a_renaming_is_refused(store, at):
    with pytest.raises(Refused, match=r"snapshot\.none"):
        snapshots.rename(store, SYSTEM, "latest", "会后", at)


# ---- retention

DAILY = Rule(1, 0, 0)


@pytest.fixture
def nights(store, moment):
    """Ids of automatic snapshots of three nights, oldest first, with one made by hand after the first."""
    made = []
    for day in range(3):
        at = db.iso(moment + dt.timedelta(days=day))
        made.append(snapshots.create(store, SYSTEM, f"第{day + 1}夜", at, automatic=True))
        if not day:
            snapshots.create(store, SYSTEM, "月度例会", at)
    return made


def pruned(store, rule, at, **more) -> dict[str, tuple[str, ...]]:
    return {standing.manifest["id"]: standing.reasons for standing in snapshots.prune(store, SYSTEM, rule, at, **more)}


def test_automatic_ones_that_the_rule_does_not_keep_go_with_an_event_each(store, nights, at):
    checksum = snapshots.get(nights[0])["sha256"]
    (snapshots.folder() / f"{nights[0]}.zip").write_bytes(b"made of it")
    assert pruned(store, DAILY, at) == {nights[2]: ("daily", "baseline"), nights[1]: (), nights[0]: ()}
    assert [(each["label"], each["automatic"]) for each in snapshots.every()] == [("第3夜", True), ("月度例会", False)]
    assert [path.name for path in snapshots.folder().iterdir() if path.name.startswith((nights[0], nights[1]))] == []
    [event] = events.history(store, nights[0], ("snapshot.pruned",))
    assert {name: event["body"][name] for name in ("label", "sha256")} == {"label": "第1夜", "sha256": checksum}
    assert [each["kind"] for each in events.history(store, nights[2])] == ["snapshot.created"]
    assert (integrity.faults(store), snapshots.unmatched(store)) == ((), ())
    assert pruned(store, DAILY, at) == {nights[2]: ("daily", "baseline")}


def test_a_dry_run_says_the_same_and_removes_nothing(store, nights, at):
    before = events.head(store), snapshots.every()
    said = pruned(store, DAILY, at, dry_run=True)
    assert (events.head(store), snapshots.every()) == before
    assert pruned(store, DAILY, at) == said


def test_what_a_meeting_or_a_link_uses_stays_with_what_it_is_compared_with(store, nights, moment, at):
    links.create(store, SYSTEM, "书记", moment + dt.timedelta(days=9), moment, snapshot=nights[1])
    by_hand = next(each["id"] for each in snapshots.every() if not each["automatic"])
    assert pruned(store, DAILY, at) == {nights[2]: ("daily", "baseline"), nights[1]: ("link",), nights[0]: ()}
    assert by_hand in {each["id"] for each in snapshots.every()}  # the one before the link's


def test_the_baseline_of_a_meeting_stays(store, nights, moment, at):
    now = moment + dt.timedelta(days=3)
    meetings.open_meeting(store, SYSTEM, "四月调度会", now)
    snapshots.create(store, SYSTEM, "会后", db.iso(now))
    assert pruned(store, Rule(0, 0, 1), db.iso(now + dt.timedelta(days=300)), dry_run=True)[nights[2]] == ("monthly", "baseline")
    assert pruned(store, Rule(0, 0, 1), db.iso(now))[nights[1]] == ()


def test_a_link_that_opens_nothing_any_more_keeps_nothing(store, nights, moment, at):
    links.create(store, SYSTEM, "书记", moment + dt.timedelta(days=1), moment, snapshot=nights[0])
    links.create(store, SYSTEM, "常委", moment + dt.timedelta(days=9), moment, snapshot=nights[1])
    links.revoke(store, SYSTEM, next(link["id"] for link in links.every(store) if link["name"] == "常委"), moment)
    assert pruned(store, DAILY, db.iso(moment + dt.timedelta(days=2)), dry_run=True) == {
        nights[2]: ("daily", "baseline"), nights[1]: (), nights[0]: ()}


def test_a_rule_that_keeps_nothing_is_refused(store, nights, at):
    with pytest.raises(Refused, match=r"snapshot\.keeps_nothing"):
        snapshots.prune(store, SYSTEM, Rule(0, 0, 0), at)
    with pytest.raises(Refused, match=r"access\.refused"):
        snapshots.prune(store, Actor("x", Role.COMMITTEE), DAILY, at)
    assert len(snapshots.every()) == 4


def test_without_a_shelf_there_is_nothing_to_prune(store, at):
    assert snapshots.prune(store, SYSTEM, DAILY, at) == ()


# ---- reading


def test_the_live_store_is_read_as_of_one_moment(store, at):
    with snapshots.reading(snapshots.NOW) as still:
        before = len(organizations.committees(still))
        organizations.add_committee(store, SYSTEM, "C001", "县直机关工委", None, at)
        assert len(organizations.committees(still)) == before
    with snapshots.reading(snapshots.NOW) as still:
        assert len(organizations.committees(still)) == before + 1
