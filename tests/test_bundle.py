"""The CSV bundle: complete, described, harmless, and always the same bytes."""

import csv
import hashlib
import io
import json
import re
import sqlite3
import zipfile

import pytest
import steps
from frictionless import Package

from lib.core.grading import Appraisal
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.exchange import bundle, safe_csv
from lib.exchange.bundle_tables import SHEETS
from lib.store import accounts, appraisals, assessments, attachments, gradings, ledger, links, organizations, records, rounds, snapshots
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
