"""The county staff's pages: registry, snapshots, view links, accounts; what they show, what their buttons do, and who may."""

import re

import bcrypt
import pytest

from lib.core import phrases
from lib.core.model import SYSTEM, Refused, Role
from lib.exchange import account_slips, reports, safe_csv, slips, templates
from lib.exchange.slips import Slip
from lib.store import accounts, events, links, organizations, snapshots

PAGES = ("registry", "snapshots", "links", "accounts")
CHEAP = 4


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Slips' passwords hashed at the least cost: what is tested is what becomes of them."""
    monkeypatch.setattr(accounts, "hash_password", lambda password, cost=CHEAP: bcrypt.hashpw(password.encode(), bcrypt.gensalt(CHEAP)).decode())


@pytest.fixture
def page(small_county, open_as):
    """`page("links", "county", state="active")`: a page as an account sees it, at an address."""

    def opened(name, username="admin", /, **query):
        app = open_as(username).switch_page(f"../../pages/{name}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def ask(app, query):
    """The same page at another address."""
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception


def texts(app) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.subheader, app.info, app.error, app.success) for element in kind)


def shown(app, place=0):
    return app.dataframe[place].value


# ---- who


@pytest.mark.parametrize("username", ["fengyuan", "v1"])
def test_other_roles_have_no_such_page(small_county, open_as, username):
    app = open_as(username).switch_page("../../pages/account.py").run()
    for name in PAGES:
        with pytest.raises(ValueError):
            app.switch_page(f"../../pages/{name}.py").run()


def test_accounts_are_the_administrators_alone(open_as, small_county, page):
    with pytest.raises(ValueError):
        open_as("county").switch_page("../../pages/account.py").run().switch_page("../../pages/accounts.py").run()
    for name in ("registry", "snapshots", "links"):
        assert page(name, "county").header[0].value == say(f"page.{name}")


@pytest.mark.parametrize("name", PAGES)
def test_on_a_frozen_copy_there_is_nothing_to_change(small_county, at, page, name):
    snapshot = snapshots.create(small_county, SYSTEM, "四月调度会", at)
    app = page(name, snapshot=snapshot)
    assert say(f"{name}.frozen") in texts(app)
    keys = {button.key for button in app.button}
    assert not {f"{name}.{action}" for action in ("new", "bulk", "again", "edit", "close", "reset", "disable", "revoke")} & keys


# ---- registry


def test_the_list_is_what_the_address_asks_for(page):
    app = page("registry")
    for query, codes in (
            ({}, ["A1", "V1", "V2"]), ({"kind": "village"}, ["V1", "V2"]), ({"township": "610525001"}, ["A1"]),
            ({"committee": "610525101000"}, ["V1", "V2"]), ({"name": "乙"}, ["V2"]), ({"name": "v1"}, ["V1"]),
            ({"kind": "agency", "name": "村"}, []), ({"standing": "closed"}, []), ({"kind": "no such kind"}, ["A1", "V1", "V2"])):
        ask(app, query)
        assert (sorted(shown(app)["id"]) if codes else [frame.value for frame in app.dataframe]) == codes
        told = say("registry.listed", shown=len(codes), count=3) if codes else say("registry.none")
        assert f":small[:gray[{told}]]" in [element.value for element in app.markdown]


def test_an_organization_is_added_changed_and_closed(page, small_county):
    app = press(page("registry", "county"), "registry.new")
    values = {"code": "Z9", "name": "丙村*党支部", "secretary": "书记", "phone": "0913-1234567"}
    for field, value in values.items():
        app.text_input(key=f"registry.field_{field}").set_value(value)
    app.selectbox(key="registry.field_kind").set_value("village")
    app.selectbox(key="registry.field_township").set_value("610525101")
    app.selectbox(key="registry.field_committee").set_value("610525101000")
    app.number_input(key="registry.field_members").set_value(0)
    press(app, "registry.save")
    row = organizations.get(small_county, "Z9")
    assert (row.name, row.kind, row.committee, row.township, row.members, row.phone) == (
        "丙村*党支部", "village", "610525101000", "610525101", 0, "0913-1234567")
    assert app.subheader[0].value == r"丙村\*党支部"

    press(app, "registry.edit")
    assert app.number_input(key="registry.field_members").value == 0
    app.text_input(key="registry.field_name").set_value("丙村党总支")
    press(app, "registry.save")
    assert organizations.get(small_county, "Z9").name == "丙村党总支"

    press(press(app, "registry.close"), "registry.close_do")
    assert say("problem.reason.missing") in texts(app)
    app.text_area(key="registry.close_reason").set_value("并入甲村")
    press(app, "registry.close_do")
    assert organizations.get(small_county, "Z9").closed_on == "2012-04-10"
    assert "Z9" not in list(shown(app)["id"])
    assert [event["kind"] for event in events.history(small_county, "Z9")] == ["organization.closed", "organization.changed", "organization.added"]

    app = press(page("registry", "county", organization="Z9", standing="closed"), "registry.reopen")
    app.text_area(key="registry.reopen_reason").set_value("误操作")
    press(app, "registry.reopen_do")
    assert organizations.get(small_county, "Z9").closed_on is None


def test_what_is_wrong_with_a_new_organization_is_said_all_at_once_and_nothing_is_written(page, small_county):
    before = events.revision(small_county)
    app = press(press(page("registry"), "registry.new"), "registry.save")
    for problem in ("organization.code", "organization.kind", "organization.committee"):
        assert say(f"problem.{problem}") in texts(app).replace("\\", "")
    app.text_input(key="registry.field_code").set_value("v1")
    app.text_input(key="registry.field_name").set_value("另一个")
    app.selectbox(key="registry.field_kind").set_value("village")
    app.selectbox(key="registry.field_committee").set_value("610525101000")
    press(app, "registry.save")
    assert say("problem.organization.exists", code="v1", name="甲村党支部") in texts(app).replace("\\", "")
    assert events.revision(small_county) == before


@pytest.mark.parametrize(("row", "problem"), [
    ({"code": "a b"}, "organization.code"), ({"code": "x" * 41}, "organization.code"), ({"code": "-1"}, "organization.code"),
    ({"code": "V1", "name": ""}, "organization.text"), ({"code": "V1", "name": "名" * 101}, "organization.text"),
    ({"code": "V1", "phone": "1" * 41}, "organization.text"), ({"code": "V1", "kind": "castle"}, "organization.kind"),
    ({"code": "V1", "committee": "C9"}, "organization.committee"), ({"code": "V1", "township": "9"}, "organization.township"),
    ({"code": "V1", "members": -1}, "organization.members"), ({"code": "V1", "members": 10**9}, "organization.members")])
def test_a_field_that_cannot_be_is_refused_by_the_command(small_county, at, row, problem):
    before = organizations.get(small_county, "V1")
    with pytest.raises(Refused) as refused:
        organizations.save_organization(small_county, SYSTEM, row, at)
    assert [each.code for each in refused.value.problems] == [problem]
    assert organizations.get(small_county, "V1") == before


def test_known_facts_are_set_and_forgotten(page, small_county, at):
    app = press(page("registry", "county", organization="V1"), "registry.facts")
    app.selectbox(key="registry.field_fact_secretary_post").set_value("filled")
    app.text_input(key="registry.field_fact_last_election_on").set_value("2011-11-19")
    press(app, "registry.facts_save")
    assert organizations.facts(small_county, "V1") == {"secretary_post": "filled", "last_election_on": "2011-11-19"}
    press(app, "registry.facts")
    app.text_input(key="registry.field_fact_last_election_on").set_value("去年冬天")
    press(app, "registry.facts_save")
    assert organizations.facts(small_county, "V1")["last_election_on"] == "2011-11-19"
    app.text_input(key="registry.field_fact_last_election_on").set_value("")
    press(app, "registry.facts_save")
    assert organizations.facts(small_county, "V1") == {"secretary_post": "filled"}
    for fact in ({"no_such_item": "1"}, {"last_election_on": "gestern"}, {"secretary_post": "no such choice"}):
        with pytest.raises(Refused):
            organizations.save_facts(small_county, SYSTEM, "V1", fact, at)


def test_townships_and_committees_are_listed_with_their_numbers(page):
    app = page("registry", view="places")
    townships, committees = shown(app), shown(app, 1)
    assert (len(townships), int(townships["count"].sum())) == (10, 3)
    assert dict(zip(committees["code"], committees["count"], strict=True))["610525101000"] == 2


GOOD = "编码,名称,类别,隶属党委,所在乡镇,党员数\nV1,甲村党支部,村,冯原镇党委,冯原镇,31\nN1,新党支部,机关,测试工委,,5\n"
BAD = "编码,名称,类别,隶属党委,党员数\nN1,新党支部,衙门,测试工委,五\nN1,,机关,测试工委,5\n"


def test_a_good_list_is_tried_first_and_imported_at_a_click(page, small_county):
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", GOOD.encode("gb18030"), "text/csv").run()
    assert f"**{say('imports.planned', rows=2, added=1, changed=1, unchanged=0)}**" in texts(app)
    assert say("imports.committees", count=1, names="测试工委（C001）") in texts(app)
    assert len(organizations.every(small_county, SYSTEM)) == 3
    press(app, "registry.apply_organizations")
    assert (organizations.get(small_county, "V1").members, organizations.get(small_county, "N1").committee_name) == (31, "测试工委")
    assert say("imports.nothing") in texts(app)


def test_a_bad_list_shows_every_error_in_its_place_and_no_button(page, small_county):
    before = events.revision(small_county)
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", BAD.encode(), "text/csv").run()
    table = app.table[0].value
    assert list(zip(table["行"], table["列"], strict=True)) == [("2", "C"), ("2", "E"), ("3", "A"), ("3", "B")]
    assert say("imports.refused", count=4) in texts(app)
    assert "registry.apply_organizations" not in {button.key for button in app.button}
    assert events.revision(small_county) == before


def test_an_import_is_shown_cell_by_cell_applied_and_taken_back(page, small_county):
    before = organizations.every(small_county, SYSTEM)
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", GOOD.encode(), "text/csv").run()
    cells = shown(app)
    assert cells.to_dict("records") == [{"行": 2, "对象": "甲村党支部", "栏目": "党员数", "现在": "30", "改为": "31"}]
    assert list(shown(app, 1)["对象"]) == ["新党支部"]
    assert say("problem.import.no_versions", count=1) in app.table[0].value["说明"].iloc[0].replace("\\", "")
    press(app, "registry.apply_organizations")
    assert organizations.get(small_county, "V1").members == 31
    press(app, "registry.undo_do_organizations")
    assert organizations.every(small_county, SYSTEM) == before
    assert "registry.undo_do_organizations" not in {button.key for button in app.button}


def test_what_was_handed_out_is_refused_where_somebody_changed_it_and_taken_when_the_file_shall_count(page, small_county, at):
    from lib.exchange import handout, registry_table

    header, rows = registry_table.cells(small_county, SYSTEM, "zh")
    for row in rows:
        row[header.index("党员数")] = "40"
    organizations.save_organization(small_county, SYSTEM, {"code": "V2", "secretary": "新书记"}, at)
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.xlsx", handout.workbook(header, rows)).run()
    [reason] = app.table[0].value["说明"]
    assert "乙村党支部" in reason
    assert {"registry.marked_organizations", "registry.template_organizations"} <= {button.key for button in app.get("download_button")}
    app.checkbox(key="registry.overwrite_organizations").check().run()
    press(app, "registry.apply_organizations")
    assert [row.members for row in organizations.every(small_county, SYSTEM)] == [40, 40, 40]
    assert organizations.get(small_county, "V2").secretary == "书记"


def test_what_changed_while_somebody_was_looking_is_shown_before_it_is_overwritten(page, small_county, at):
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", GOOD.encode(), "text/csv").run()
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "members": 77}, at)
    press(app, "registry.apply_organizations")
    assert say("imports.other_now") in [warning.value for warning in app.warning]
    assert (organizations.get(small_county, "V1").members, shown(app)["现在"].iloc[0]) == (77, "77")
    press(app, "registry.apply_organizations")
    assert organizations.get(small_county, "V1").members == 31


def test_a_file_is_put_away_without_a_trace(page, small_county):
    app = page("registry", "county", view="import")
    before = events.head(small_county)
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", GOOD.encode(), "text/csv").run()
    press(app, "registry.cancel_organizations")
    assert not {"registry.apply_organizations", "registry.cancel_organizations"} & {button.key for button in app.button}
    assert events.head(small_county) == before


def test_the_registry_is_handed_out_with_telephones_only_for_a_reason(page):
    app = page("registry", "county", view="import")
    assert not [button.key for button in app.get("download_button") if button.key.startswith("registry.export") and button.disabled]
    app.checkbox(key="registry.phones").check().run()
    assert [button.key for button in app.get("download_button") if button.disabled] == ["registry.export_xlsx", "registry.export_csv"]
    app.text_input(key="registry.reason").set_value("核对通讯录").run()
    assert not [button.key for button in app.get("download_button") if button.disabled]


def test_a_long_difference_is_paged(page, small_county, at):
    for number in range(210):
        organizations.save_organization(small_county, SYSTEM, {"code": f"W{number:03d}", "name": f"{number}村", "kind": "village",
                                                              "committee": "610525101000", "members": 1}, at)
    rows = "".join(f"W{number:03d},{number}村,村,冯原镇党委,2\n" for number in range(210))
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.csv", f"编码,名称,类别,隶属党委,党员数\n{rows}".encode(), "text/csv").run()
    assert (len(shown(app)), say("imports.cells", count=210, rows=210) in texts(app)) == (200, True)


@pytest.mark.parametrize(("content", "problem"), [
    (b"x" * (10 * 2**20 + 1), "table.too_large"), (b"", "table.empty"), (b"PK\x03\x04 broken", "table.unreadable")])
def test_a_file_that_cannot_be_read_is_refused_in_words(page, content, problem):
    app = page("registry", "county", view="import")
    app.file_uploader(key="registry.file_organizations").upload("名册.xlsx", content).run()
    assert not app.exception
    assert list(app.table[0].value["说明"].str.replace("\\", "")) == [say(f"problem.{problem}", limit=10)]


def test_paper_results_are_imported_with_their_warnings(page, small_county):
    app = page("registry", "county", view="results")
    rows = "编码,自评分,满意度,评定分,等次,核准日期\nV1,95,96,94,一般,2012-04-02\nV2,95,96,94,好,2012-04-02\n"
    app.file_uploader(key="registry.file_results").upload("结果.csv", rows.encode("utf-8-sig"), "text/csv").run()
    assert f"**{say('imports.planned', rows=2, added=2, changed=0, unchanged=0)}**" in texts(app)
    assert list(app.table[0].value["行"]) == ["2"]
    press(app, "registry.apply_results")
    assert dict(small_county.conn.execute("select organization, grade from gradings").fetchall()) == {"V1": "average", "V2": "good"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_template_is_understood_and_its_example_refused(small_county, moment, language):
    from lib.exchange import registry_import, results_import

    table = registry_import.read(templates.organizations_table(small_county, language))
    with pytest.raises(Refused) as refused:
        registry_import.plan(small_county, SYSTEM, table)
    assert [problem.code for problem in refused.value.problems] == ["cell.code"]
    assert (set(table.letters), table.ignored) == (set(registry_import.COLUMNS), ())
    table = results_import.read(templates.results_table(language))
    with pytest.raises(Refused) as refused:
        results_import.plan(small_county, SYSTEM, table, moment.date())
    assert [problem.code for problem in refused.value.problems] == ["cell.code"]


# ---- snapshots


def test_a_snapshot_is_created_checked_and_offered(page, small_county):
    app = press(page("snapshots", "county"), "snapshots.new")
    press(app, "snapshots.create")
    assert say("problem.snapshot.label", limit=snapshots.LABEL_LIMIT) in texts(app).replace("\\", "")
    app.text_input(key="snapshots.label").set_value("四月调度会")
    press(app, "snapshots.create")
    [made] = snapshots.every()
    assert (made["label"], made["created_by"]) == ("四月调度会", "county")
    assert app.subheader[0].value == "四月调度会"
    facts = dict(zip(app.table[0].value["name"], app.table[0].value["value"].str.replace("\\", ""), strict=True))
    assert facts[f":gray[{say('snapshots.of.checksum')}]"] == made["sha256"][:12]
    assert facts[f":gray[{say('snapshots.of.head')}]"] == say("snapshots.head", seq=made["seq"], head=made["head"][:12])
    assert list(shown(app)["state"]) == [say("snapshots.unchecked")]
    press(app, "snapshots.check_all")
    assert app.success
    assert not app.error

    path = snapshots.path(made["id"])
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"changed")
    press(app, "snapshots.check")
    assert say("problem.integrity.checksum", snapshot=made["id"]) in texts(app).replace("\\", "")
    assert list(shown(app)["state"]) == [say("snapshots.unsound")]


def test_the_shelf_says_who_made_a_snapshot_and_how_large_it_is(page, small_county, at):
    snapshots.create(small_county, SYSTEM, "夜间", at, automatic=True)
    made = snapshots.create(small_county, SYSTEM, "会前", at)
    app = page("snapshots", "county")
    rows = snapshots.get(made)["rows"]
    assert list(shown(app)["by"]) == [say("snapshots.by_system"), say("snapshots.automatic")]
    assert shown(app)["rows"].iloc[0] == f"{sum(rows.values()):,}"
    facts = dict(zip(app.table[0].value["name"], app.table[0].value["value"].str.replace("\\", ""), strict=True))
    assert facts[f":gray[{say('snapshots.of.rows')}]"] == say("snapshots.rows", tables=len(rows), rows=f"{sum(rows.values()):,}")


def test_a_snapshot_is_renamed_from_its_card(page, small_county, at):
    made = snapshots.create(small_county, SYSTEM, "会前", at)
    app = press(page("snapshots", "county"), "snapshots.rename")
    assert app.text_input(key="snapshots.relabel").value == "会前"
    app.text_input(key="snapshots.relabel").set_value(" ")
    press(app, "snapshots.rename_do")
    assert say("problem.snapshot.label", limit=snapshots.LABEL_LIMIT) in texts(app).replace("\\", "")
    app.text_input(key="snapshots.relabel").set_value("四月调度会")
    press(app, "snapshots.rename_do")
    assert (snapshots.get(made)["label"], app.subheader[0].value) == ("四月调度会", "四月调度会")
    assert next(events.history(small_county, made))["actor"] == "county"


def test_the_csv_files_are_put_together_before_they_are_offered(page, small_county, at):
    made = snapshots.create(small_county, SYSTEM, "会前", at)
    app = page("snapshots", "county")
    assert not (snapshots.folder() / f"{made}.zip").exists()
    press(app, "snapshots.take")
    assert (snapshots.folder() / f"{made}.zip").exists()
    assert f"/snapshots/{made}.zip" in {link.proto.url for link in app.get("link_button")}


def test_two_states_are_compared_when_it_is_asked_for(page, small_county, at):
    made = snapshots.create(small_county, SYSTEM, "会前", at)
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "name": "甲村党总支"}, at)
    app = page("snapshots", "county", view="compare", **{"from": made})
    assert not app.dataframe
    press(app, "snapshots.compare")
    assert app.selectbox(key="snapshots.part.table").value == "organizations"
    assert dict(zip(app.table[0].value[say("comparison.column.table_label")], app.table[0].value[say("comparison.changed")], strict=True)) == {
        say("sheet.cases"): "1", say("sheet.organizations"): "1", say("sheet.events"): "0"}
    app.selectbox(key="snapshots.part.table").set_value("cases").run()
    assert not app.exception
    assert shown(app).to_dict("records") == [{"change": say("comparison.changed"), "about": "甲村党总支", "field": say("field.name"),
                                              "before": "甲村党支部", "after": "甲村党总支", "key": "V1"}]
    assert app.query_params["table"] == "cases"
    assert {f"snapshots.compare_{ending}" for ending in ("xlsx", "csv", "zip")} <= {button.key for button in app.get("download_button")}
    app.selectbox(key="snapshots.part.to").set_value(made).run()
    assert say("comparison.same") in texts(app)
    assert app.button(key="snapshots.compare").disabled


def test_without_a_snapshot_there_is_nothing_to_compare(page):
    assert say("comparison.none") in texts(page("snapshots", "county", view="compare"))


@pytest.mark.parametrize("name", reports.REPORTS)
def test_a_return_is_shown_and_offered(page, small_county, name):
    app = page("snapshots", "county", view="returns", report=name)
    assert say(f"report_note.{name}") in texts(app)
    assert len(shown(app)) == len(reports.make(small_county, name).rows)
    assert f"returns.{name}.xlsx" in {button.key for button in app.get("download_button")}
    assert dict(app.query_params).get("report", "grades") == name


# ---- view links


def test_a_links_address_is_shown_once_and_ends_when_it_is_revoked(page, small_county, moment):
    app = press(page("links", "county"), "links.new")
    app.text_input(key="links.name").set_value("县委常委会")
    app.multiselect(key="links.townships").set_value(["610525101"])
    press(app, "links.create")
    [row] = links.every(small_county)
    assert (row["name"], row["townships"], row["created_by"]) == ("县委常委会", "610525101", "county")
    assert row["expires_at"][:10] == "2012-05-10"
    token = re.fullmatch(r".*/v/([\w-]{43})", app.code[0].value)[1]
    assert links.find(small_county, token, moment)["id"] == row["id"]
    press(app, "links.away")
    assert not app.code
    assert list(shown(app)["state"]) == [say("link_state.active")]
    press(press(app, "links.revoke"), "links.revoke_do")
    assert links.find(small_county, token, moment) is None
    assert list(shown(app)["state"]) == [say("link_state.revoked")]
    assert "links.revoke" not in {button.key for button in app.button}


def test_a_link_without_a_name_is_refused_in_words(page, small_county):
    app = press(press(page("links", "county"), "links.new"), "links.create")
    assert say("problem.link.name") in texts(app)
    assert links.every(small_county) == []


def test_a_secret_shown_once_is_not_shown_to_the_next_who_logs_in_here(page, small_county, moment):
    app = page("links", "county")
    app.session_state["links.fresh"] = ("admin", "县委常委会", "t" * 43)
    app.run()
    assert not app.code
    assert "links.fresh" not in app.session_state


# ---- accounts


def test_accounts_for_all_units_at_once_with_slips_shown_once(page, small_county, at):
    organizations.save_organization(small_county, SYSTEM, {"code": "N1", "name": "=新党支部", "kind": "agency", "committee": "610525001000"}, at)
    app = press(page("accounts"), "accounts.bulk")
    committees = [row["code"] for row in organizations.committees(small_county)]
    press(app, "accounts.bulk_create")
    made = {row["username"]: row for row in accounts.every(small_county) if row["must_change"]}
    assert set(made) == {*committees, "n1"} - {"610525101000", "610525001000"}
    assert (made["n1"]["role"], made["n1"]["organization"], made["n1"]["name"]) == ("organization", "N1", "=新党支部")
    maker, kept = app.session_state["accounts.slips"]
    assert (maker, {slip.username for slip in kept}) == ("admin", set(made))
    for slip in kept:
        assert bcrypt.checkpw(slip.password.encode(), accounts.get(small_county, slip.username)["password"].encode())
    assert list(app.table[0].value[say("slips.password")].str.replace(r"[\\*]", "", regex=True)) == [slip.password for slip in kept]
    press(app, "accounts.slips_away")
    assert "accounts.slips" not in app.session_state
    assert not any(slip.password in texts(app) for slip in kept)
    press(app, "accounts.bulk")
    assert say("problem.slips.none") in texts(app)


def test_one_account_is_made_from_its_unit(page, small_county, at):
    organizations.save_organization(small_county, SYSTEM, {"code": "N1", "name": "新党支部", "kind": "agency", "committee": "610525001000"}, at)
    app = press(page("accounts"), "accounts.new")
    press(app, "accounts.create")
    assert say("problem.account.username") in texts(app)
    app.radio(key="accounts.new_role").set_value(Role.ORGANIZATION).run()
    app.selectbox(key="accounts.new_organization").set_value("N1").run()
    press(app, "accounts.create")
    made = accounts.get(small_county, "n1")
    assert (made["role"], made["organization"], made["name"], made["must_change"]) == ("organization", "N1", "新党支部", 1)


def test_a_password_is_reset_and_an_account_shut_and_opened_only_after_confirmation(page, small_county, moment):
    sid = accounts.open_session(small_county, "v1", moment).sid
    app = press(page("accounts", account="v1"), "accounts.reset")
    assert accounts.actor_for(small_county, sid, moment) is not None
    press(app, "accounts.reset_do")
    [slip] = app.session_state["accounts.slips"][1]
    row = accounts.get(small_county, "v1")
    assert (row["must_change"], bcrypt.checkpw(slip.password.encode(), row["password"].encode())) == (1, True)
    assert accounts.actor_for(small_county, sid, moment) is None
    for action, disabled in (("disable", 1), ("enable", 0)):
        press(app, f"accounts.{action}")
        assert accounts.get(small_county, "v1")["disabled"] == 1 - disabled
        press(app, f"accounts.{action}_do")
        assert accounts.get(small_county, "v1")["disabled"] == disabled


def test_an_administrator_has_no_button_against_himself(page):
    keys = {button.key for button in page("accounts", account="admin").button}
    assert not {"accounts.reset", "accounts.disable"} & keys


def test_accounts_are_filtered_by_the_address(page, small_county, at):
    accounts.set_disabled(small_county, SYSTEM, "v2", True, at)
    accounts.reset_password(small_county, SYSTEM, "a1", accounts.DUMMY_HASH, at)
    app = page("accounts")
    everybody = ["a1", "admin", "chengguan", "county", "fengyuan", "v1", "v2"]
    for query, names in (({}, everybody), ({"role": "committee"}, ["chengguan", "fengyuan"]), ({"use": "disabled"}, ["v2"]),
                         ({"use": "unused"}, ["a1"]), ({"name": "FENG"}, ["fengyuan"]), ({"role": "organization", "use": "in_use"}, ["v1"])):
        ask(app, query)
        assert sorted(shown(app)["code"]) == names


# ---- slips


def test_new_slips_leave_accounts_in_use_alone(small_county, actor, at):
    made = slips.for_committees(small_county, SYSTEM)[:2]
    slips.create(small_county, SYSTEM, made, slips.hashes(made), at)
    wanted = account_slips.unused(small_county, actor("admin"))
    assert [slip.username for slip in wanted] == sorted(slip.username for slip in made)
    accounts.change_password(small_county, actor(wanted[0].username), wanted[0].username, "own", at)
    renewed = account_slips.renew(small_county, actor("admin"), wanted, slips.hashes(wanted), at)
    assert renewed == wanted[1:]
    assert accounts.get(small_county, wanted[0].username)["password"] == "own"
    assert bcrypt.checkpw(wanted[1].password.encode(), accounts.get(small_county, wanted[1].username)["password"].encode())
    for username in ("county", "fengyuan"):
        with pytest.raises(Refused):
            account_slips.unused(small_county, actor(username))


def test_bulk_accounts_are_all_or_nothing_and_every_name_is_free(small_county, at):
    for code in ("ADMIN", "admin-2"):
        organizations.save_organization(small_county, SYSTEM, {"code": code, "name": code, "kind": "agency", "committee": "610525001000"}, at)
    wanted = slips.for_organizations(small_county, SYSTEM)
    assert {slip.organization: slip.username for slip in wanted} == {"ADMIN": "admin-2", "admin-2": "admin-2-2"}
    before = accounts.every(small_county)
    with pytest.raises(Refused):
        slips.create(small_county, SYSTEM, [*wanted, Slip("v1", "x", "x", "", Role.COUNTY)], ["x"] * 3, at)
    assert accounts.every(small_county) == before


def test_a_page_of_slips_is_complete_escapes_names_and_asks_no_other_host():
    made = [Slip("n1", "abcd-efgh-jkmn", "<script>甲</script>", "某&某工委", Role.ORGANIZATION, organization="N1")] * 3
    for language in ("zh", "en"):
        text = account_slips.page(made, "https://ping.example.gov.cn/", "建设年", language)
        assert text.count("abcd-efgh-jkmn") == 3
        assert "<script" not in text
        assert "&lt;script&gt;甲&lt;/script&gt;" in text
        assert "某&amp;某工委" in text
        assert phrases.text("slips.how", language) in text
        assert re.findall(r"""(?:src|href)=["']?([^"']*)|url\(|@import""", text) == ["#site"] * 3
        assert text.count('id="site"') == 1


def test_a_table_of_slips_is_harmless_in_a_spreadsheet():
    content = account_slips.table([Slip("n1", "abcd-efgh-jkmn", "=1+1", "工委", Role.ORGANIZATION)], "http://h/", "zh").decode("utf-8-sig")
    header, row = content.splitlines()
    assert header == "单位,所属党（工）委,身份,账号,初始密码,网址"
    assert row == f"{safe_csv.guarded('=1+1')},工委,基层党组织,n1,abcd-efgh-jkmn,http://h/"
    assert row.startswith("'=")


def test_hashing_stops_with_who_stops_listening(monkeypatch):
    hashed = []
    monkeypatch.setattr(accounts, "hash_password", lambda password: hashed.append(password) or "h")

    def leave(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        slips.hashes([Slip("u", str(number), "", "", Role.COUNTY) for number in range(10_000)], leave)
    assert len(hashed) < 10_000
