"""Lists as they are filtered, taken away from the screen: whole, without what who takes them may not read, with telephones only for a reason."""

import csv
import datetime as dt
import io

import pytest
import steps
from python_calamine import CalamineWorkbook

from lib.core import phrases
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.exchange import safe_csv
from lib.store import downloads, events, ledger, organizations, snapshots
from lib.ui import downloads as offered
from lib.ui.session import Run

PHONES = {"V1": "013912345678", "A1": "09136800000"}


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


@pytest.fixture
def county(small_county, at):
    """A grade on its way, telephones in the registry, an item on the ledger of each village."""
    for code, phone in PHONES.items():
        organizations.save_organization(small_county, SYSTEM, {"code": code, "phone": phone}, at)
    steps.bring(small_county, "V1", State.PROPOSED, at)
    for code in ("V1", "V2"):
        plan = Plan(problem=f"{code}账目没有公开", measure="按季公开", responsible="会计", post="会计", due_on="2012-05-01")
        ledger.raise_item(small_county, SYSTEM, code, Source.HAND, plan, at)
    return small_county


@pytest.fixture
def files(monkeypatch):
    """What the buttons drawn last would make, by key and ending."""
    made, make = {}, offered._made

    def spy(run, key, name, columns, rows, ending, *rest):
        made[key, ending] = make(run, key, name, columns, rows, ending, *rest)
        return made[key, ending]

    monkeypatch.setattr(offered, "_made", spy)
    return made


@pytest.fixture
def page(county, open_as, files):
    def opened(name, username="county", /, **query):
        app = open_as(username).switch_page(f"../../pages/{name}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


def read(content: bytes) -> list[dict]:
    """Rows of a workbook by their titles."""
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_csv(content: bytes) -> list[dict]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{title: safe_csv.unguarded(cell) for title, cell in row.items()} for row in rows]


@pytest.mark.parametrize(("name", "query", "key", "codes"), [
    ("ratings", {}, "ratings", {"V1", "V2", "A1"}), ("ratings", {"kind": "village"}, "ratings", {"V1", "V2"}),
    ("township", {"township": "610525101"}, "township", {"V1", "V2"}),
    ("township", {"township": "610525101", "state": "proposed"}, "township", {"V1"}),
    ("registry", {}, "registry.list", {"V1", "V2", "A1"}), ("registry", {"kind": "agency"}, "registry.list", {"A1"}),
    ("rectification", {}, "rectification", {"V1", "V2"}), ("rectification", {"find": "V2"}, "rectification", {"V2"}),
    ("targets", {"figure": "submitted", "side": "missing"}, "targets", {"V2", "A1"}),
    ("targets", {"figure": "signed_off", "side": "all"}, "targets", {"V1", "V2"}),
    ("pairing", {}, "pairing.villages", {"V1", "V2"}),
    ("organization", {"organization": "V2"}, "organization.ledger", {"V2"}),
])
def test_a_list_is_taken_away_as_it_is_filtered(page, files, name, query, key, codes):
    page(name, **query)
    for ending, reader in (("xlsx", read), ("csv", read_csv)):
        rows = reader(files[key, ending]())
        [title] = {say("column.code"), say("downloads.organization")} & set(rows[0])
        assert {row[title] for row in rows} == codes


def test_what_changed_is_taken_away_as_it_is_filtered(page, files, county, at):
    snapshots.create(county, SYSTEM, "会前", at)
    steps.bring(county, "V2", State.SUBMITTED, at)
    steps.bring(county, "A1", State.SUBMITTED, at)
    page("changes", kind="submitted", township="610525101")
    rows = read(files["changes", "xlsx"]())
    assert [(row[say("downloads.organization")], row[say("changes.of_kind")], row[say("changes.of_step")]) for row in rows] == [
        ("V2", say("change.submitted"), f"{say('state.not_submitted')} → {say('state.submitted')}")]


def test_an_empty_list_has_no_button(page, files):
    page("ratings", kind="community")
    assert ("ratings", "xlsx") not in files


def test_a_file_is_called_after_what_it_is_and_when(store):
    run = Run(store, SYSTEM, "zh", dt.datetime(2012, 4, 20, 2, 32, tzinfo=dt.UTC), None)
    assert offered.file_name(run, "整改台账", "xlsx") == "整改台账_2012-04-20_1032.xlsx"  # the county's clock


def test_scores_are_numbers_and_codes_are_text(page, files):
    page("ratings")
    rows = {row[say("column.code")]: row for row in read(files["ratings", "xlsx"]())}
    assert (rows["V1"][say("table.self_score")], rows["V2"][say("table.self_score")]) == (95.0, "")
    assert isinstance(rows["V1"][say("table.name")], str)


# ---- what somebody may not read


def test_an_organization_takes_away_of_the_others_what_is_public(page, files):
    page("rectification", "v2", whose="all")
    rows = {row[say("ledger_column.organization")]: row for row in read(files["rectification", "xlsx"]())}
    assert [rows[code][say("ledger_column.problem")] for code in ("V1", "V2")] == ["", "V2账目没有公开"]
    page("ratings", "v2")
    rows = {row[say("column.code")]: row for row in read(files["ratings", "xlsx"]())}
    assert rows["V1"][say("table.self_score")] == ""


# ---- telephones


def test_a_list_holds_no_telephones_unless_a_reason_is_given_which_is_recorded(page, files, county):
    app = page("registry")
    for ending in ("xlsx", "csv"):
        assert not any(phone.encode() in files["registry.list", ending]() for phone in PHONES.values())
    assert list(events.history(county, "registry.list")) == []
    app.checkbox(key="registry.list.phones").check().run()
    assert {button.disabled for button in app.get("download_button") if button.key.startswith("registry.list.")} == {True}
    assert say("downloads.reason_note", least=downloads.REASON_LEAST) in "".join(line.value for line in app.markdown)
    app.text_input(key="registry.list.reason").set_value("通知参加四月培训班").run()
    assert {button.disabled for button in app.get("download_button") if button.key.startswith("registry.list.")} == {False}
    assert list(events.history(county, "registry.list")) == []  # nothing is taken away yet
    rows = {row[say("column.code")]: row for row in read(files["registry.list", "xlsx"]())}
    assert {code: rows[code][say("column.phone")] for code in PHONES} == PHONES
    [event] = events.history(county, "registry.list")
    assert (event["kind"], event["actor"], event["body"]) == ("download.with_phones", "county", {"reason": "通知参加四月培训班", "rows": 3})
    files["registry.list", "csv"]()
    assert len(list(events.history(county, "registry.list"))) == 2  # each time


def test_with_telephones_of_a_frozen_copy_the_live_store_records_it(page, files, county, at):
    snapshot = snapshots.create(county, SYSTEM, "会前", at)
    app = page("registry", snapshot=snapshot)
    app.checkbox(key="registry.list.phones").check().run()
    app.text_input(key="registry.list.reason").set_value("核对通讯录").run()
    assert PHONES["V1"].encode() in files["registry.list", "csv"]()
    [event] = events.history(county, "registry.list")
    assert event["kind"] == "download.with_phones"


@pytest.mark.parametrize(("role", "reason", "code"), [
    (Role.COUNTY, "  ", "download.reason"), (Role.COUNTY, "abc", "download.reason"), (Role.COUNTY, "长" * 1001, "text.too_long"),
    (Role.ORGANIZATION, "通知开会", "access.refused"), (Role.LEADER, "通知开会", "access.refused"), (Role.PUBLIC, "通知开会", "access.refused")])
def test_without_a_right_or_a_reason_there_are_none(small_county, at, role, reason, code):
    before = events.head(small_county)
    with pytest.raises(Refused, match=code.replace(".", r"\.")):
        downloads.with_phones(small_county, Actor("x", role, organization="V1"), "registry", reason, 3, at)
    assert events.head(small_county) == before


def test_a_committee_may_have_those_that_it_sees(small_county, at):
    downloads.with_phones(small_county, Actor("fengyuan", Role.COMMITTEE, committee="610525101000"), "registry", "通知开会", 2, at)
    assert next(events.history(small_county, "registry"))["kind"] == "download.with_phones"
