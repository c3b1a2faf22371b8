"""The CSV bundle: complete, described, harmless, and always the same bytes."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import older
import pytest
import steps
from frictionless import Package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core.grading import Appraisal
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.exchange import bundle, bundle_tables, safe_csv
from lib.exchange.bundle_tables import SHEETS
from lib.store import (
    accounts,
    appraisals,
    assessments,
    attachments,
    db,
    gradings,
    ledger,
    links,
    organizations,
    records,
    rounds,
    snapshots,
)
from lib.store.records import Entry

PHONES = ("13912345678", "13700000000", "09136800000")


@pytest.fixture
def county(small_county, at, moment):
    """Every table has rows, and telephone numbers stand wherever the program asks for one."""
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "name": "=甲村党支部", "secretary": "张书记", "phone": PHONES[0]}, at)
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "phone": PHONES[1]}, at)
    organizations.change_class(small_county, SYSTEM, "2012", "V1", "start", "first", "2012-01-01", "", at)
    steps.bring(small_county, "V1", State.NOTICED, at)
    gradings.object_(small_county, SYSTEM, "V1", "-重复计票", PHONES[2], at, steps.STARTS)
    item = next(item.name for item in assessments.draft(small_county, "V2").form.items.values() if item.type == "file")
    attachments.add(small_county, SYSTEM, "V2", item, "会议记录.pdf", b"%PDF-1.4 x", at)
    appraisals.enter_tally(small_county, SYSTEM, "V2", Appraisal(10, 10, 9, 1, 0), at)
    slip, *_ = appraisals.issue_codes(small_county, SYSTEM, "V2", 3, at)
    appraisals.cast(small_county, Actor("ballot", Role.PUBLIC), slip, "dissatisfied", at)
    steps.bring(small_county, "A1", State.RETURNED, at, which="bad")
    leader = records.add(small_county, SYSTEM, "leaders", Entry({"name": "=党委书记", "post": "书记", "rank": "secretary", "newly_promoted": "no",
                         "phone": PHONES[0]}, committee="610525101000"), at, steps.STARTS)
    records.add(small_county, SYSTEM, "pairings", Entry({"leader": leader, "since": "2012-03-01"}, organization="V1"), at, steps.STARTS)
    item = ledger.raise_item(small_county, SYSTEM, "V1", Source.HAND, Plan("账目没有公开", "按季公开", "会计", "会计", leader, "2012-05-01"), at)
    attachments.add_evidence(small_county, SYSTEM, "V1", item, "公开栏照片.pdf", b"%PDF-1.4 y", at)
    links.create(small_county, SYSTEM, "书记", moment.replace(month=5), moment)
    accounts.open_session(small_county, "v1", moment)
    return small_county


@pytest.fixture
def archive(county, at):
    snapshot = snapshots.create(county, SYSTEM, "月度例会", at)
    return zipfile.ZipFile(io.BytesIO(bundle.data(SYSTEM, snapshot)))


def table(archive, name) -> list[dict]:
    with archive.open(f"{name}.csv") as file:
        rows = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
        return [{column: safe_csv.unguarded(cell) for column, cell in row.items()} for row in rows]


def test_it_is_a_valid_data_package(archive, tmp_path):
    archive.extractall(tmp_path)
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.flatten(["title", "rowNumber", "fieldName", "note"]) == []
    assert {task.name: task.stats["rows"] > 0 for task in report.tasks} == {sheet.name: True for sheet in SHEETS}


def validated(snapshot: str, folder) -> dict[str, int]:
    """Rows by table of a bundle that must be valid."""
    zipfile.ZipFile(io.BytesIO(bundle.data(SYSTEM, snapshot))).extractall(folder)
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.flatten(["title", "rowNumber", "fieldName", "note"]) == []
    return {task.name: task.stats.get("rows", 0) for task in report.tasks}


def test_the_demos_bundle_and_one_of_an_older_schema_are_valid(demo_home, tmp_path):
    with db.session() as store:
        snapshot = snapshots.create(store, SYSTEM, "会前", db.iso(db.now(store)))
    now = validated(snapshot, tmp_path / "now")
    older.made_before(snapshot)
    then = validated(snapshot, tmp_path / "then")
    added = {"records", "record_answers", "ledger", "ledger_moves"}
    assert [table for table in added if not now[table] or then[table]] == []
    assert {table for table in now if now[table] != then[table]} == {*added, "events"}  # the registers are published to it


def test_a_broken_reference_would_make_it_invalid(archive, tmp_path):
    archive.extractall(tmp_path)
    file = tmp_path / "answers.csv"
    file.write_bytes(file.read_bytes().replace(b",org_form,", b",org_farm,", 1))
    described = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in described["resources"]:
        resource.pop("hash")
        resource.pop("bytes")
    report = Package(described, basepath=str(tmp_path)).validate()
    assert {title for title, in report.flatten(["title"])} == {"ForeignKey Error"}


def test_the_manifest_knows_every_file_and_the_chain(archive):
    manifest = json.loads(archive.read("manifest.json"))
    shelf = snapshots.get("latest")
    names = [f"{name}.csv" for name in sorted(sheet.name for sheet in SHEETS)] + ["datapackage.json"]
    assert archive.namelist() == [*names, "manifest.json"]
    assert manifest["files"] == {name: {"bytes": len(archive.read(name)), "sha256": hashlib.sha256(archive.read(name)).hexdigest()} for name in names}
    assert [manifest[key] for key in ("snapshot", "label", "events", "head", "store_sha256", "demo", "county", "year")] == [
        shelf["id"], "月度例会", shelf["seq"], shelf["head"], shelf["sha256"], False, "610525", 2012]


def test_the_same_snapshot_gives_the_same_bytes(county, at):
    snapshot = snapshots.create(county, SYSTEM, "月度例会", at)
    first = bundle.data(SYSTEM, snapshot)
    assert bundle.data(SYSTEM, "latest") == first
    assert bundle.name("latest") == f"chengping-{snapshot}.zip"


def test_no_telephone_number_and_no_secret_leaves_the_house(archive, county):
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8")
    assert [phone for phone in PHONES if phone in everything] == []
    secrets = sqlite3.connect(snapshots.path("latest"))
    for column, of in (("password", "accounts"), ("sid_hash", "sessions"), ("token_hash", "links"), ("code_hash", "ballot_codes"),
                       ("ticket_hash", "tickets")):
        kept = [row[0] for row in secrets.execute(f"select {column} from {of}")]
        assert kept, of
        assert [secret for secret in kept if secret in everything] == []
    assert re.findall(r"\$2[aby]\$", everything) == []
    kinds = {row["event"] for row in table(archive, "events")}
    assert {kind.partition(".")[0] for kind in kinds} & {"account", "session", "link"} == set()
    assert {"objection.raised", "organization.changed", "ballot.cast", "snapshot.created"} <= kinds


def test_no_cell_is_a_formula(archive):
    for sheet in SHEETS:
        for row in csv.reader(io.TextIOWrapper(archive.open(f"{sheet.name}.csv"), encoding="utf-8-sig", newline="")):
            assert [cell for cell in row if cell.strip()[:1] in tuple("=+-@＝＋－＠")] == []
    assert table(archive, "organizations")[1]["name"] == "=甲村党支部"
    assert table(archive, "objections")[1]["text"] == "-重复计票"


def test_one_row_an_organization_with_codes_beside_labels(archive, county):
    cases = {row["code"]: row for row in table(archive, "cases")}
    assert list(cases) == ["A1", "V1", "V2"]
    village = cases["V1"]
    assert {column: village[column] for column in (
        "kind", "kind_label", "committee", "committee_name", "township_name", "state", "state_label", "late", "self_score", "satisfaction",
        "review_score", "final_score", "proposed_grade", "proposed_grade_label", "grade", "notice_from", "class_now", "class_now_label")} == {
        "kind": "village", "kind_label": "村", "committee": "610525101000", "committee_name": "冯原镇党委", "township_name": "冯原镇",
        "state": "noticed", "state_label": "公示中", "late": "true", "self_score": "100.00", "satisfaction": "100.00", "review_score": "90.00",
        "final_score": "93.50", "proposed_grade": "good", "proposed_grade_label": "好", "grade": "", "notice_from": "2012-04-10",
        "class_now": "first", "class_now_label": "一类村"}
    assert (cases["V2"]["state_label"], cases["V2"]["submitted_at"], cases["V2"]["self_score"]) == ("未报", "", "")
    assert village["submitted_at"] == "2012-04-10 09:30:00"


def test_answers_of_the_last_submission_with_what_they_say(archive, county):
    answers = [row for row in table(archive, "answers") if row["organization"] == "A1"]
    last = assessments.submissions(county, "2012", "A1")[0]
    assert {row["item"]: row["value"] for row in answers} == assessments.submitted_answers(county, last["id"])
    form = rounds.form(county, last["form_version"])
    assert [row["item"] for row in answers] == [name for name in form.items if name in {row["item"] for row in answers}]
    items = {row["item"]: row for row in table(archive, "form_items") if row["form_version"] == last["form_version"]}
    chosen = next(row for row in answers if row["item"] == "org_form")
    assert f"{chosen['value']}={chosen['value_label']}" in items["org_form"]["choices_zh"].split("; ")
    assert (chosen["number"], chosen["item_label"]) == (items["org_form"]["number"], items["org_form"]["label_zh"])


def test_windows_are_those_submitted_else_those_the_registry_knows(small_county, at):
    def windows():
        taken = snapshots.create(small_county, SYSTEM, "月度例会", at)
        return {row["code"]: row["windows"] for row in table(zipfile.ZipFile(io.BytesIO(bundle.data(SYSTEM, taken))), "cases")}

    assert windows() == {"A1": "", "V1": "", "V2": ""}
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "2"}, at)
    assert windows() == {"A1": "2", "V1": "", "V2": ""}
    steps.fill_in(small_county, "A1", at)
    steps.submit(small_county, "A1", at)
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "5"}, at)
    assert windows()["A1"] == "2"


def test_ballots_on_paper_and_online_are_counted_apart_and_together(archive):
    row = next(row for row in table(archive, "appraisals") if row["organization"] == "V2")
    assert [row[column] for column in ("paper_issued", "paper_satisfied", "online_issued", "online_returned", "online_dissatisfied", "issued",
                                       "returned", "dissatisfied", "satisfaction")] == ["10", "9", "3", "1", "1", "13", "11", "1", "90.91"]


def test_every_column_has_a_title_in_both_languages(archive):
    package = json.loads(archive.read("datapackage.json"))
    fields = [field for resource in package["resources"] for field in resource["schema"]["fields"]]
    assert [field["name"] for field in fields if not (field["title"] and field["title_en"])] == []
    assert [resource["name"] for resource in package["resources"] if not (resource["title"] and resource["title_en"])] == []


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_only_the_county_takes_it_away(store, at, role):
    snapshots.create(store, SYSTEM, "会前", at)
    with pytest.raises(Refused, match=r"access\.refused"):
        bundle.data(Actor("x", role), "latest")


# ---- every cell says what was stored


def local(zone: str):
    return bundle.local_time(ZoneInfo(zone))


HOSTILE = ["=1", "＝1", "'=1", "''=", " =1", "\u3000-1", "\ufeff+1", "\t", "\r\n@", "\0", "\0=", "a\0b", 'a"b', '"', '="', "é", "\u2028",
           "\u00a0=1", "…=", "、=", "（=", "\U0001f600", "\ue000", "\u200b=", "", ",", "'", "/", ".", ":", "<", ">", "?", "A"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=40))
def test_any_text_in_any_cell_comes_back_and_is_no_formula(store, texts):
    texts = [*HOSTILE, *texts]
    with db.command(store):
        store.conn.execute("delete from organizations")
        store.conn.executemany("insert into organizations(code, name, kind, committee, secretary) values(?, 'x', 'village', '610525101000', ?)",
                               [(f"{number:04}", text) for number, text in enumerate(texts)])
        sheet = next(sheet for sheet in SHEETS if sheet.name == "organizations")
        written = b"".join(bundle_tables.lines(sheet, bundle_tables.Source(store), local("Asia/Shanghai"))).decode()
        column = [field.name for field in sheet.fields].index("secretary")
        cells = [row[column] for row in csv.reader(io.StringIO(written, newline=""))]
        assert [safe_csv.unguarded(cell) for cell in cells] == texts
        assert [cell for cell in cells if safe_csv.RISKY.match(cell) and not cell.startswith(safe_csv.MARK)] == []
        assert [row[column] for row in bundle_tables.cells(sheet, bundle_tables.Source(store), local("Asia/Shanghai"))] == texts


@given(st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.none(), st.booleans(), st.integers()), min_size=2))
def test_a_line_is_what_the_writer_writes(row):
    assert safe_csv.line(row) == safe_csv.text(row[:0], [row])[2:]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"])
def test_moments_are_the_countys_clock_whatever_it_does(store, zone):
    """Offsets of no whole hour, and the hours in which clocks are put forward and back."""
    moments = [dt.datetime(2012, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=37 * number, seconds=number % 60) for number in range(14_300)]
    with db.command(store):
        store.conn.execute("delete from round_forms")
        store.conn.executemany("insert into rounds(code, year, program, opened_at) select ?, 2012, program, ? from rounds where code = '2012'",
                               [(f"x{number:05}", db.iso(moment)) for number, moment in enumerate(moments)])
        sheet = next(sheet for sheet in SHEETS if sheet.name == "rounds")
        source = bundle_tables.Source(store)
        written = [row[2] for row in bundle_tables.cells(sheet, source, local(zone)) if row[0] != "2012"]
    assert written == [moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") for moment in moments]


def test_rows_are_handed_on_a_piece_at_a_time(demo_home):
    with db.session() as store:
        for sheet in SHEETS:
            pieces = [len(piece) for piece in bundle_tables.lines(sheet, bundle_tables.Source(store), local("Asia/Shanghai"))]
            assert max(pieces, default=0) < 4 * bundle_tables.CHUNK


def test_an_events_body_is_as_stored_but_for_what_stays_in_the_house(archive, county):
    stored = dict(county.conn.execute("select seq, body from events").fetchall())
    bodies = {int(row["seq"]): row["body"] for row in table(archive, "events")}
    differing = {seq for seq, body in bodies.items() if body != stored[seq]}
    assert differing == {seq for seq in bodies if '"phone"' in stored[seq] or '"contact"' in stored[seq]} != set()
    for seq in differing:
        assert json.loads(bodies[seq]).keys() <= json.loads(stored[seq]).keys()


def test_reading_may_stop_half_way_and_begin_anew(demo_home):
    sheet = next(sheet for sheet in SHEETS if sheet.name == "events")
    with db.session() as store:
        first = bundle_tables.cells(sheet, bundle_tables.Source(store), local("Asia/Shanghai"))
        row = next(first)
        first.close()
        assert next(bundle_tables.cells(sheet, bundle_tables.Source(store), local("Asia/Shanghai"))) == row


# ---- the README's example


def test_the_readmes_example_reads_a_bundle(archive, tmp_path, monkeypatch, capsys):
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(# read a bundle.*?)```", readme, re.DOTALL).group(1)
    assert 10 <= len(example.splitlines()) <= 20
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bundle.zip").write_bytes(archive.fp.getvalue())
    known: dict = {}
    exec(example, known)  # noqa: S102 (the README is ours)
    said = capsys.readouterr().out
    assert {name: len(frame) for name, frame in known["tables"].items()} == {sheet.name: len(table(archive, sheet.name)) for sheet in SHEETS}
    assert list(known["cases"]["code"]) == [row["code"] for row in table(archive, "cases")]
    assert [word for word in ("未定级", "冯原镇", "kind_label") if word not in said] == []
