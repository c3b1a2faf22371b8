"""The command line: it does what it says and exits with 0, or says in words what is wrong and changes nothing."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import click
import published_county
import pytest
from click.testing import CliRunner
from conftest import CHEAP
from python_calamine import CalamineWorkbook

from lib.cli import base
from lib.core import phrases
from lib.core.model import SYSTEM
from lib.exchange import reports, safe_csv
from lib.manage import main
from lib.store import accounts, db, events, gradings, links, organizations, records, snapshots

RUNNER = CliRunner()


def run(*line, code=0):
    """Run a command line; `code` is the exit code it must end with. No traceback ever."""
    result = RUNNER.invoke(main, [str(word) for word in line])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def written(path, content: bytes):
    path.write_bytes(content)
    return path


def leaves(command, path=()):
    if isinstance(command, click.Group):
        return [leaf for name, inner in command.commands.items() for leaf in leaves(inner, (*path, name))]
    return [path]


@pytest.fixture
def cheap(monkeypatch):
    monkeypatch.setattr(accounts.hash_password, "__defaults__", (CHEAP,))


# ---- the published county of 2012 (mission.md, last section)


@pytest.fixture
def published(store, tmp_path):
    run("import", "organizations", written(tmp_path / "organizations.csv", published_county.organizations_csv()))
    run("import", "results", written(tmp_path / "results.csv", published_county.results_csv()))
    return store


def test_the_published_county_comes_out_as_published(published):
    rows = list(csv.DictReader(io.StringIO(run("report", "grades").stdout)))
    total = rows[-1]
    assert {column: total[column] for column in reports.make(published, "grades").columns} == {
        "kind": "total", "kind_label": "合计", "organizations": "533", "graded": "533", "good": "54", "fairly_good": "323", "average": "107",
        "poor": "49", "not_graded": "0", "not_submitted": "0", "good_pct": "10.1", "fairly_good_pct": "60.6", "average_pct": "20.1",
        "poor_pct": "9.2"}
    assert {row["kind"]: int(row["organizations"]) for row in rows[:-1]} == dict(published_county.KINDS)
    for column in ("good", "fairly_good", "average", "poor"):
        assert sum(int(row[column]) for row in rows[:-1]) == int(total[column])
    listed = organizations.every(published, SYSTEM)
    committees = {each.committee for each in listed}
    assert (len(listed), sum(each.members for each in listed), len(committees), len(organizations.committees(published))) == (533, 19006, 38, 38)


def test_its_results_agree_with_the_rules(published, tmp_path):
    again = run("import", "results", tmp_path / "results.csv")
    assert (again.stderr, gradings.every(published, "2012")[published_county.organizations()[0][0]]["grade"]) == ("", "good")


def test_its_report_of_a_snapshot_stays_while_the_county_moves_on(published):
    snapshot = run("snapshot", "create", "--label", "通报").stdout.strip()
    gradings.record_result(published, SYSTEM, published_county.organizations()[0][0], gradings.Grade.POOR, "2012-04-10", db.iso(db.now(published)))
    live, frozen = (json.loads(run("report", "grades", "--format", "json", *more).stdout)[-1] for more in ((), ("--snapshot", snapshot)))
    assert (live["good"], live["poor"], frozen["good"], frozen["poor"], frozen["poor_pct"]) == (53, 50, 54, 49, 9.2)


def test_its_bundle_holds_the_grades(published, tmp_path):
    snapshot = run("snapshot", "create").stdout.strip()
    run("snapshot", "export", "latest", "--out", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("cases.csv"), encoding="utf-8-sig", newline="")))
        assert json.loads(archive.read("manifest.json"))["snapshot"] == snapshot
    assert {label: sum(row["grade_label"] == label for row in rows) for label in ("好", "较好", "一般", "较差")} == {
        "好": 54, "较好": 323, "一般": 107, "较差": 49}
    assert sorted(path.name for path in tmp_path.glob("*.tmp")) == []


def test_two_snapshots_are_compared_into_any_of_three_files(published, tmp_path):
    first = run("snapshot", "create").stdout.strip()
    gradings.record_result(published, SYSTEM, published_county.organizations()[0][0], gradings.Grade.POOR, "2012-04-10", db.iso(db.now(published)))
    for ending in ("csv", "xlsx", "zip"):
        said = run("snapshot", "compare", first, "now", "--out", tmp_path / f"out.{ending}").stdout.splitlines()
        assert said[-1] == str(tmp_path / f"out.{ending}")
        assert said[:2] == ["cases\tadded 0\tremoved 0\tchanged 1", "gradings\tadded 0\tremoved 0\tchanged 1"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode("utf-8-sig"), newline="")))
    assert [(row["before_label"], row["after_label"]) for row in rows if row["table"] == "gradings" and row["field"] == "grade"] == [("好", "较差")]
    before = sorted(tmp_path.iterdir())
    same = phrases.text("problem.snapshot.same", base.LANGUAGE)
    for line, word in ((("latest", "latest", "--out", tmp_path / "a.csv"), same), ((first, "now", "--out", tmp_path / "a.docx"), ".xlsx"),
                       (("20120101-000000-0001", "now", "--out", tmp_path / "a.csv"), "20120101-000000-0001")):
        assert word in run("snapshot", "compare", *line, code=1).stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_timers_snapshots_are_pruned_and_it_says_what_it_did(small_county):
    made = [run("snapshot", "create", "--automatic").stdout.strip() for _ in range(2)]
    by_hand = run("snapshot", "create", "--label", "会前").stdout.strip()
    rule = ("--keep-daily", 1, "--keep-weekly", 0, "--keep-monthly", 0)
    said = run("snapshot", "prune", *rule, "--dry-run").stdout.splitlines()
    assert [line.split("\t")[0] for line in said[:-1]] == made[::-1]
    assert [each["id"] for each in snapshots.every()] == [by_hand, *made[::-1]]
    assert run("snapshot", "prune", *rule).stdout.splitlines()[:-1] == said[:-1]
    assert [each["id"] for each in snapshots.every()] == [by_hand, made[1]]
    assert run("snapshot", "prune", "--keep-daily", 0, "--keep-weekly", 0, "--keep-monthly", 0, code=1).stdout == ""
    run("snapshot", "rename", by_hand, "--label", "四月调度会")
    assert snapshots.get(by_hand)["label"] == "四月调度会"


def test_every_snapshot_is_checked_and_one_that_is_not_sound_is_named(small_county):
    first, second = (run("snapshot", "create").stdout.strip() for _ in range(2))
    assert run("snapshot", "verify", "--all").stdout.count("\n") == 2
    path = snapshots.path(first)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"changed")
    result = run("snapshot", "verify", "--all", code=1)
    assert (first in result.stderr, second in result.stdout, first in result.stdout) == (True, True, False)


def test_a_report_as_a_workbook_has_its_columns_in_words(small_county, tmp_path):
    run("report", "grade_by_township", "--out", tmp_path / "g.xlsx")
    [(name, header, *rows)] = ((name, *book.get_sheet_by_name(name).to_python()) for book in [CalamineWorkbook.from_path(tmp_path / "g.xlsx")]
                               for name in book.sheet_names)
    report = reports.make(small_county, "grade_by_township")
    assert header == report.titles(base.LANGUAGE)
    assert rows == [[cell if isinstance(cell, str) else float(cell) for cell in row] for row in report.rows]
    assert name[:6] == phrases.text("report_name.grade_by_township", base.LANGUAGE)[:6]


def test_an_empty_county_has_no_shares(store):
    [total] = json.loads(run("report", "grades", "--format", "json").stdout)
    assert (total["kind"], total["organizations"], total["good_pct"]) == ("total", 0, None)


def test_a_report_for_excel_has_the_encodings_mark(small_county, tmp_path):
    run("report", "grades", "--out", tmp_path / "grades.csv")
    content = (tmp_path / "grades.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfkind,")
    assert content.decode("utf-8-sig") == safe_csv.text(reports.make(small_county, "grades").columns, reports.make(small_county, "grades").rows)
    assert content.decode("utf-8-sig").splitlines()[1:] == [
        "village,村,2,0,0,0,0,0,0,2,,,,", "agency,机关,1,0,0,0,0,0,0,1,,,,", "total,合计,3,0,0,0,0,0,0,3,,,,"]


# ---- imports


def test_a_dry_run_lists_what_would_be_new_and_changes_nothing(store, tmp_path):
    file = written(tmp_path / "o.csv", "编码,名称,类别,隶属党委,备注\nA1,县某局党支部,机关,县直机关工委,x\n".encode("gbk"))
    before = events.head(store)
    result = run("import", "organizations", file, "--dry-run")
    assert "C001" in result.stdout
    assert "县直机关工委" in result.stdout
    assert "备注" in result.stderr
    assert events.head(store) == before
    run("import", "organizations", file)
    assert organizations.get(store, "A1").committee == "C001"


@pytest.mark.parametrize(("kind", "content", "words"), [
    ("results", "code,grade,decided_on,satisfaction\nX9,好,2012-04-09,95\n", ["X9"]),
    ("results", "code,grade,decided_on,satisfaction\nV1,好,2012-04-09,140\n", ["140"]),
    ("results", "code,grade,decided_on,satisfaction\nV1,优秀,2012-04-09,95\nV1,好,2012-04-09,140\n", ["优秀", "140"]),
    ("organizations", "code,name,kind,committee\nA9,甲,机关,县直机关工委\nA9,乙,机关,县直机关工委\n", ["A9"]),
    ("organizations", "code,name,kind,committee,township\nA9,甲,机关,县直机关工委,冯塬镇\n", ["冯原镇"]),
    ("organizations", "名称\n甲\n", []),
])
def test_a_bad_file_is_refused_in_words_and_nothing_is_changed(small_county, tmp_path, kind, content, words):
    before = events.head(small_county)
    for more in ((), ("--dry-run",)):
        result = run("import", kind, written(tmp_path / "bad.csv", content.encode()), *more, code=1)
        assert [word for word in words if word not in result.stderr] == []
        assert (bool(result.stderr), result.stdout) == (True, "")
    assert events.head(small_county) == before


def test_a_registry_goes_out_is_edited_comes_in_and_is_taken_back(small_county, tmp_path):
    file = tmp_path / "out.csv"
    run("export", "organizations", "--out", file)
    assert run("import", "organizations", file).stdout == base.say("manage.imported", rows=3, added=0, changed=0, unchanged=3) + "\n"
    written(file, file.read_bytes().replace("甲村党支部".encode(), "甲村党总支".encode()))
    told = run("import", "organizations", file, "--dry-run").stdout
    assert base.say("manage.cell", row=3, name="甲村党支部", title=base.say("column.name"), before="甲村党支部", after="甲村党总支") in told
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "members": 44}, "2012-04-10T01:30:00.000+00:00")
    assert "system" in run("import", "organizations", file, code=1).stderr
    run("import", "organizations", file, "--overwrite")
    assert organizations.get(small_county, "V1").name == "甲村党总支"
    run("import", "undo", "organizations")
    assert (organizations.get(small_county, "V1").name, organizations.get(small_county, "V1").members) == ("甲村党支部", 44)
    run("import", "undo", "organizations", code=1)
    run("export", "organizations", "--out", tmp_path / "phones.xlsx", "--words", "--phones", "核对通讯录")
    assert run("import", "organizations", tmp_path / "phones.xlsx").stderr == ""


# ---- wherever it is started


@pytest.mark.parametrize("leaf", [leaf for leaf in leaves(main) if leaf[0] != "demo"], ids=" ".join)
def test_every_command_takes_home_and_explains_itself(leaf, tmp_path):
    assert "--home" in run(*leaf, "--help").stdout
    assert not (tmp_path / "home").exists()


ARGUMENTS = {("import", "organizations"): ["x.csv"], ("import", "results"): ["x.csv"], ("import", "register"): ["visits", "x.csv"],
             ("import", "submissions"): ["village", "x.csv"], ("import", "undo"): ["organizations"],
             ("export", "organizations"): ["--out", "x.csv"],
             ("export", "register"): ["visits", "--out", "x.csv"], ("report",): ["grades"],
             ("snapshot", "export"): ["latest", "--out", "x.zip"], ("snapshot", "rename"): ["latest", "--label", "x"],
             ("snapshot", "compare"): ["latest", "now", "--out", "x.csv"], ("accounts", "create"): ["--committees", "--out", "x.csv"],
             ("link", "create"): ["--name", "x"], ("link", "revoke"): ["v1"]}
NEEDS_A_STORE = [leaf for leaf in leaves(main) if leaf[0] in ("import", "export", "report", "snapshot", "verify", "accounts", "link")]


@pytest.mark.parametrize("leaf", NEEDS_A_STORE, ids=" ".join)
def test_without_a_store_it_says_so_and_makes_none(leaf, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("CHENGPING_HOME", "unset")
    result = run(*leaf, *ARGUMENTS.get(leaf, []), "--home", elsewhere, code=1)
    assert (str(elsewhere) in result.stderr, result.stdout) == (True, "")
    assert not elsewhere.exists()


@pytest.mark.parametrize("place", ["before", "after"])
def test_home_before_or_after_the_command(small_county, home, monkeypatch, place):
    monkeypatch.setenv("CHENGPING_HOME", "unset")
    line = ("--home", home, "report", "grades") if place == "before" else ("report", "grades", "--home", home)
    assert run(*line).stdout.splitlines()[-1] == "total,合计,3,0,0,0,0,0,0,3,,,,"


def test_a_missing_file_a_folder_and_a_damaged_store_are_told_in_words(store, home, tmp_path):
    assert "missing.csv" in run("import", "results", tmp_path / "missing.csv", code=1).stderr
    assert str(tmp_path) in run("import", "results", tmp_path, code=1).stderr
    assert "weekly" in run("report", "weekly", code=1).stderr
    store.close()
    (home / "store.db").write_bytes(b"rubbish" * 1000)
    assert run("verify", code=1).stderr


def test_as_a_program_of_its_own(small_county, home):
    environment = {**os.environ, "CHENGPING_HOME": "unset", "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "lib.manage", "import", "results", "missing.csv", "--home", str(home)]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "无法读写文件 missing.csv：No such file or directory。请检查路径和权限。\n")


# ---- snapshots and integrity


def test_snapshots_are_made_listed_verified_and_exported(small_county, tmp_path):
    snapshot = run("snapshot", "create", "--label", "月度例会").stdout.strip()
    assert [line.split("\t")[::4] for line in run("snapshot", "list").stdout.splitlines()] == [[snapshot, "月度例会"]]
    assert snapshots.get(snapshot)["head"] in run("snapshot", "verify").stdout
    assert snapshots.get(snapshot)["head"] in run("verify").stdout
    copy = snapshots.path(snapshot)
    copy.chmod(0o644)
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    assert snapshot in run("snapshot", "verify", snapshot, code=1).stderr
    assert run("snapshot", "verify", "20120101-000000-0001", code=1).stderr
    assert run("snapshot", "export", "../store", "--out", tmp_path / "x.zip", code=1).stderr
    assert not (tmp_path / "x.zip").exists()


def test_verify_finds_a_forged_event(small_county):
    small_county.conn.execute("drop trigger events_never_change")
    small_county.conn.execute("update events set actor = 'nobody' where seq = 9")
    small_county.conn.commit()
    assert "9" in run("verify", code=1).stderr


# ---- accounts and links


def slips(path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))[1:]


def test_slips_for_all_that_have_no_account(small_county, tmp_path, cheap):
    out = tmp_path / "slips.csv"
    organizations.save_organization(small_county, SYSTEM, {"code": "V3", "name": "丙村", "kind": "village", "committee": "610525101000"},
                                    db.iso(db.now(small_county)))
    run("accounts", "create", "--organizations", "--out", out)
    [[unit, committee, username, password]] = slips(out)
    account = accounts.get(small_county, "v3")
    assert (unit, committee, username) == ("丙村", "冯原镇党委", "v3")
    assert (account["role"], account["organization"], account["must_change"]) == ("organization", "V3", 1)
    assert accounts.bcrypt.checkpw(password.encode(), account["password"].encode())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert password not in db.store_path().read_bytes().decode("latin-1")


def test_slips_limited_to_a_committee_and_for_committees(small_county, tmp_path, cheap):
    small_county.conn.execute("delete from sessions")
    small_county.conn.execute("delete from accounts where role <> 'county'")
    small_county.conn.commit()
    run("accounts", "create", "--organizations", "--committee", "冯原镇党委", "--out", tmp_path / "a.csv")
    assert [row[2] for row in slips(tmp_path / "a.csv")] == ["v1", "v2"]
    run("accounts", "create", "--committees", "--out", tmp_path / "b.csv")
    assert [row[2] for row in slips(tmp_path / "b.csv")] == [row["code"] for row in organizations.committees(small_county)]


def test_one_account(small_county, tmp_path, cheap):
    run("accounts", "create", "--username", "Wang", "--role", "county", "--name", "县委基层办", "--administrator", "--out", tmp_path / "w.csv")
    assert (accounts.get(small_county, "wang")["administrator"], slips(tmp_path / "w.csv")[0][2]) == (1, "wang")


@pytest.mark.parametrize(("line", "code"), [
    (["--organizations"], 1),  # all have one
    (["--username", "v1", "--role", "county"], 1),  # taken
    (["--username", "x", "--role", "organization"], 1),
    (["--username", "x", "--role", "organization", "--organization", "V9"], 1),
    (["--username", "x", "--role", "county", "--committee", "C9"], 1),
    ([], 2),
])
def test_accounts_that_cannot_be_made_leave_no_file_and_no_account(small_county, tmp_path, cheap, line, code):
    before = accounts.every(small_county)
    assert run("accounts", "create", *line, "--out", tmp_path / "x.csv", code=code).stderr
    assert (accounts.every(small_county), (tmp_path / "x.csv").exists()) == (before, False)


def test_slips_overwrite_nothing(small_county, tmp_path, cheap):
    file = written(tmp_path / "x.csv", b"kept")
    assert "x.csv" in run("accounts", "create", "--committees", "--out", file, code=1).stderr
    assert file.read_bytes() == b"kept"


def test_a_link_is_made_listed_and_revoked(small_county):
    address = run("link", "create", "--name", "县委书记", "--days", "7", "--township", "610525101").stdout.strip()
    token = address.removeprefix("/v/")
    actor = links.actor_for(small_county, token, db.now(small_county))
    assert (actor.label, actor.townships) == ("县委书记", ("610525101",))
    [line] = run("link", "list").stdout.splitlines()
    assert (line.split("\t")[1], token in line) == ("县委书记", False)
    run("link", "revoke", line.split("\t")[0])
    assert links.actor_for(small_county, token, db.now(small_county)) is None
    assert run("link", "revoke", "v999", code=1).stderr
    assert run("link", "create", "--name", "x", "--township", "999", code=1).stderr
    assert run("link", "create", "--name", "x", "--snapshot", "latest", code=1).stderr


# ---- registers


def test_a_register_goes_out_and_comes_in(small_county, tmp_path):
    people = "committee,name,post,rank,newly_promoted,phone\n610525101000,王建国,镇党委书记,党（工）委书记,否,0913-6860000\n"
    file = written(tmp_path / "leaders.csv", people.encode())
    assert "1" in run("import", "register", "leaders", file, "--dry-run").stdout
    assert records.every(small_county, "leaders") == []
    run("import", "register", "leaders", file)
    for ending, more in (("csv", ()), ("csv", ("--words",)), ("xlsx", ("--words", "--private"))):
        out = tmp_path / f"out.{ending}"
        run("export", "register", "leaders", "--out", out, *more)
        before = events.head(small_county)
        run("import", "register", "leaders", out)
        assert events.head(small_county) == before
    assert "0913" not in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert "2" in run("import", "register", "leaders", written(tmp_path / "bad.csv", people.replace("王建国", "").encode()), code=1).stderr
    assert "nothing" in run("export", "register", "nothing", "--out", tmp_path / "x.csv", code=1).stderr
