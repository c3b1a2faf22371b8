"""An import is taken back exactly once, as one command, and not when something of it was changed since."""

import datetime as dt
import io
import zipfile

import pytest

from lib.core.model import SYSTEM, Actor, Grade, Refused, Role
from lib.core.phrases import LANGUAGES, explain
from lib.exchange import bundle, register_table, registry_import, results_import, safe_csv
from lib.store import assessments, events, gradings, imports, integrity, ledger, organizations, records, snapshots, whole
from lib.store.records import Entry

TODAY = dt.date(2012, 4, 10)
FENGYUAN = "610525101000"
LEADER = {"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "no", "phone": "0913-6860000"}
HEADER = ("code", "name", "kind", "committee", "township", "members", "phone", "start_class")
LISTED = (HEADER, ("V1", "甲村党总支", "village", "新工委", "610525101", "31", "13800000000", "second"),
          ("N1", "新村党支部", "village", "新工委", "610525101", "12", "", "third"), ("N2", "某局党支部", "agency", "另一工委", "", "5", "", ""))
TABLES = ("organizations", "committees", "class_changes", "records", "gradings", "registry_facts")


def content(store, *tables) -> dict[str, list]:
    return {table: store.conn.execute(f"select * from {table} order by 1, 2, 3").fetchall() for table in tables or TABLES}


def listed(store, at, *rows, actor=SYSTEM):
    return registry_import.import_table(store, actor, registry_import.read(safe_csv.data(rows[0], rows[1:])), at)


def kept(store, at, name, *rows, actor=SYSTEM):
    table = register_table.read(safe_csv.data(rows[0], rows[1:]), records.register(store, name))
    return register_table.import_table(store, actor, name, table, at)


def refusal(call, *args, **more) -> list[str]:
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
    return [problem.code for problem in refused.value.problems]


def stays(store, kind, codes=("import.used_since",), actor=SYSTEM, at="2012-04-11T01:30:00.000+00:00"):
    """An undo is refused, and nothing is changed by the attempt."""
    before = content(store), events.head(store)
    assert refusal(imports.undo, store, actor, kind, at) == list(codes)
    assert (content(store), events.head(store)) == before


# ---- the registry


def test_a_registry_import_is_taken_back_as_if_it_had_never_been(small_county, at):
    organizations.change_class(small_county, SYSTEM, "2012", "V1", "start", "first", "2012-01-01", "", at)
    before = content(small_county)
    listed(small_county, at, *LISTED)
    assert organizations.get(small_county, "V1").name == "甲村党总支"
    done = imports.undo(small_county, SYSTEM, imports.ORGANIZATIONS, at)
    assert (done.added, done.changed) == (2, 1)
    assert content(small_county) == before
    assert (events.first_broken(small_county), integrity.faults(small_county)) == (None, ())
    # once, and the corrected file comes in as if it were the first
    stays(small_county, imports.ORGANIZATIONS, ("import.none_to_undo",))
    assert (listed(small_county, at, *LISTED).added, organizations.get(small_county, "N1").closed_on) == (2, None)


def test_imports_are_taken_back_from_the_last_to_the_first(small_county, at):
    before = content(small_county)
    listed(small_county, at, (*HEADER[:5], "members"), ("V1", "甲村党支部", "village", FENGYUAN, "610525101", "31"))
    between = content(small_county)
    listed(small_county, at, (*HEADER[:5], "members"), ("V1", "甲村党支部", "village", FENGYUAN, "610525101", "32"))
    imports.undo(small_county, SYSTEM, imports.ORGANIZATIONS, at)
    assert content(small_county) == between
    imports.undo(small_county, SYSTEM, imports.ORGANIZATIONS, at)
    assert content(small_county) == before


def test_a_file_that_changed_nothing_leaves_nothing_to_undo(small_county, at):
    listed(small_county, at, HEADER[:4], ("V1", "甲村党支部", "village", FENGYUAN))
    assert imports.last(small_county, SYSTEM, imports.ORGANIZATIONS) is None


@pytest.mark.parametrize("since", [
    lambda db, at: organizations.save_organization(db, SYSTEM, {"code": "V1", "members": 40}, at),
    lambda db, at: organizations.save_organization(db, SYSTEM, {"code": "N1", "members": 40}, at),
    lambda db, at: organizations.change_class(db, SYSTEM, "2012", "V1", "start", "first", "2012-01-01", "", at),
    lambda db, at: organizations.close_organization(db, SYSTEM, "N2", "2012-04-01", "误报", at),
    lambda db, at: assessments.save_answers(db, SYSTEM, "N1", {"members_full": 12}, at),
    lambda db, at: records.add(db, SYSTEM, "visits", Entry({"visited_on": "2012-04-03", "visitor": "李明"}, organization="N1"), at, TODAY),
], ids=["changed", "added", "class", "closed", "answers", "record"])
def test_an_import_stays_when_something_of_it_was_changed_or_used_since(small_county, at, since):
    listed(small_county, at, *LISTED)
    since(small_county, at)
    stays(small_county, imports.ORGANIZATIONS)


def test_what_the_import_did_not_touch_may_have_changed(small_county, at):
    listed(small_county, at, *LISTED)
    organizations.save_organization(small_county, SYSTEM, {"code": "V2", "committee": "C001"}, at)
    imports.undo(small_county, SYSTEM, imports.ORGANIZATIONS, at)
    names = {row["code"]: row["name"] for row in organizations.committees(small_county)}
    assert (names.get("C001"), "C002" in names) == ("新工委", False)  # the one that is used by another stays


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_only_who_may_import_may_undo(small_county, at, role):
    listed(small_county, at, *LISTED)
    for kind in (imports.ORGANIZATIONS, imports.RESULTS):
        with pytest.raises(Refused, match=r"access\.refused|import\.none_to_undo"):
            imports.undo(small_county, Actor("x", role), kind, at)
    assert organizations.get(small_county, "N1")


def test_the_import_that_was_looked_at_is_the_one_taken_back(small_county, at):
    listed(small_county, at, *LISTED)
    looked_at = imports.last(small_county, SYSTEM, imports.ORGANIZATIONS).id
    listed(small_county, at, HEADER[:4], ("V2", "乙村党总支", "village", FENGYUAN))
    assert refusal(imports.undo, small_county, SYSTEM, imports.ORGANIZATIONS, at, only=looked_at) == ["import.another_since"]


def test_no_download_and_no_event_of_an_import_holds_a_telephone(small_county, at):
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "phone": "13900000000"}, at)
    listed(small_county, at, *LISTED)
    kept(small_county, at, "leaders", ("committee", *LEADER), (FENGYUAN, *LEADER.values()))
    imports.undo(small_county, SYSTEM, imports.ORGANIZATIONS, at)
    told = small_county.conn.execute("select body from events where kind like 'import.%'").fetchall()
    assert len(told) == 3
    assert not [body for body, in told if "1390000" in body or "0913" in body]
    assert "imports" not in whole.QUERIES
    assert "13900000000" in small_county.conn.execute("select group_concat(body) from imports").fetchone()[0]
    file = io.BytesIO()
    bundle.write(SYSTEM, snapshots.create(small_county, SYSTEM, "x", at), file)
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if b"0913-6860000" in archive.read(name) or "imports" in name]


# ---- results


def results(store, at, *rows):
    header = ("code", "self_score", "satisfaction", "review_score", "grade", "decided_on")
    return results_import.import_table(store, SYSTEM, results_import.read(safe_csv.data(header, rows)), at)


def test_results_are_taken_back_to_the_earlier_grade_and_state(small_county, at):
    gradings.record_result(small_county, SYSTEM, "V1", Grade.GOOD, "2012-04-01", at, self_score=9500)
    before = content(small_county, "gradings")
    later = "2012-04-10T02:30:00.000+00:00"
    plan = results(small_county, later, ("V1", "80", "", "", "一般", "2012-04-02"), ("V2", "90", "95", "90", "好", "2012-04-02"))
    assert [(cell.column, getattr(cell.before, "zh", cell.before), getattr(cell.after, "zh", cell.after)) for cell in plan.cells] == [
        ("self_score", "95", "80"), ("grade", "好", "一般"), ("decided_on", "2012-04-01", "2012-04-02")]
    imports.undo(small_county, SYSTEM, imports.RESULTS, later)
    assert content(small_county, "gradings") == before
    assert (assessments.state(small_county, "2012", "V1"), assessments.state(small_county, "2012", "V2")) == ("approved", "not_submitted")
    assert events.first_broken(small_county) is None


def test_results_stay_when_a_grade_was_opened_again(small_county, at):
    results(small_county, at, ("V1", "80", "", "", "一般", "2012-04-02"), ("V2", "90", "95", "90", "好", "2012-04-02"))
    gradings.reopen(small_county, SYSTEM, "V2", "有误", at)
    stays(small_county, imports.RESULTS)


# ---- registers


PERSON = ("id", "committee", "name", "post", "rank", "newly_promoted", "phone")


def said(store, name) -> dict:
    """What a register says, without who and when."""
    return {record.id: (dict(record.values), record.state, record.decided_by, record.decision, record.organization, record.committee)
            for record in records.every(store, name)}


@pytest.fixture
def leader(small_county, at):
    return records.add(small_county, SYSTEM, "leaders", Entry(LEADER, committee=FENGYUAN), at, TODAY)


def test_a_register_import_is_taken_back(small_county, leader, at):
    before = said(small_county, "leaders")
    kept(small_county, at, "leaders", PERSON, (leader, "", "王建国", "镇长", "member", "no", ""),
         ("", FENGYUAN, "李某", "镇长", "member", "否", "0913-1"))
    assert len(said(small_county, "leaders")) == 2
    done = imports.undo(small_county, SYSTEM, "leaders", at)
    assert (done.added, done.changed, said(small_county, "leaders")) == (1, 1, before)
    assert records.get(small_county, leader).values["phone"] == LEADER["phone"]
    assert events.first_broken(small_county) is None
    stays(small_county, "leaders", ("import.none_to_undo",))


def test_register_imports_are_taken_back_from_the_last_to_the_first(small_county, leader, at):
    states = []
    for post in ("镇长", "书记"):
        states.append(said(small_county, "leaders"))
        kept(small_county, at, "leaders", ("id", "post"), (leader, post))
    for state in reversed(states):
        imports.undo(small_county, SYSTEM, "leaders", at)
        assert said(small_county, "leaders") == state


def test_an_approval_that_an_import_undid_is_back(small_county, at):
    nomination = {"category": "site", "title": "甲村阵地", "field": "rural", "reason": "规范", "nominated_on": "2012-04-01"}
    record = records.add(small_county, SYSTEM, "exemplars", Entry(nomination, organization="V1"), at, TODAY)
    small_county.conn.execute("update records set state = 'approved', decided_by = 'x', decided_at = ?, decision = '同意' where id = ?", (at, record))
    before = said(small_county, "exemplars")
    kept(small_county, at, "exemplars", ("id", "title"), (record, "甲村活动阵地"))
    assert records.get(small_county, record).state == "nominated"
    imports.undo(small_county, SYSTEM, "exemplars", at)
    assert said(small_county, "exemplars") == before


@pytest.mark.parametrize("since", [
    lambda db, record, at: records.change(db, SYSTEM, record, {"post": "书记"}, at, TODAY),
    lambda db, record, at: records.remove(db, SYSTEM, record, "重复", at)], ids=["changed", "removed"])
@pytest.mark.parametrize("which", ["added", "standing"])
def test_a_register_import_stays_when_one_of_its_records_was_changed_since(small_county, leader, at, which, since):
    kept(small_county, at, "leaders", PERSON, (leader, "", "王建国", "镇长", "member", "no", ""), ("", FENGYUAN, "李某", "镇长", "member", "否", ""))
    [added] = [record for record in said(small_county, "leaders") if record != leader]
    since(small_county, added if which == "added" else leader, at)
    stays(small_county, "leaders")


VISITS = (("organization", "visited_on", "visitor", "found"), ("V1", "2012-04-03", "李明", "活动室漏雨"))


def test_what_an_import_put_on_the_ledger_goes_with_it(small_county, at):
    kept(small_county, at, "visits", *VISITS)
    [item] = ledger.every(small_county)
    imports.undo(small_county, SYSTEM, "visits", at)
    assert (said(small_county, "visits"), ledger.get(small_county, item.id).state) == ({}, "dismissed")
    # and the corrected file puts it there again
    kept(small_county, at, "visits", *VISITS)
    assert [each.state for each in ledger.every(small_county)] == ["dismissed", "drafted"]


def test_an_import_stays_when_its_item_on_the_ledger_was_taken_up(small_county, at):
    from lib.core.access import Action

    kept(small_county, at, "visits", *VISITS)
    [item] = ledger.every(small_county)
    ledger.act(small_county, SYSTEM, item.id, Action.CONFIRM_ITEM, at, measure="修缮屋顶", responsible="张某", post="支部书记", due_on="2012-05-20")
    stays(small_county, "visits")


def test_a_committee_takes_back_its_own_import_and_nobody_elses(small_county, at):
    own, other = (Actor(name, Role.COMMITTEE, committee=code) for name, code in (("fengyuan", FENGYUAN), ("chengguan", "610525001000")))
    row = ("committee", "name", "post", "rank", "newly_promoted")
    kept(small_county, at, "leaders", row, (FENGYUAN, "李某", "镇长", "member", "否"), actor=own)
    kept(small_county, at, "leaders", row, ("610525001000", "赵某", "镇长", "member", "否"), actor=other)
    stays(small_county, "leaders", ("import.none_to_undo",), actor=Actor("third", Role.COMMITTEE, committee=FENGYUAN))
    imports.undo(small_county, own, "leaders", at)
    assert [values["name"] for values, *_ in said(small_county, "leaders").values()] == ["赵某"]
    stays(small_county, "leaders", ("import.none_to_undo",), actor=own)
    assert imports.undo(small_county, SYSTEM, "leaders", at).author == "chengguan"


def test_an_unknown_register_is_refused_in_words(store):
    stays(store, "nothing", ("record.register",))
