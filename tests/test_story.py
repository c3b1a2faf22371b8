"""Whole stories in a real browser: nothing mocked, the server started as a newcomer starts it."""

import csv
import io
import re
import zipfile

import pytest
from browser import FLAGS, Server, chromium, eventually, keyed, log_in, pass_days, press, settle, type_into
from conftest import PASSWORD
from playwright.sync_api import expect, sync_playwright

from lib.core import access, forms
from lib.exchange import bundle
from lib.store import assessments, db, links, snapshots

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LATER = 15_000


@pytest.fixture
def server(home):
    server = Server(home)
    yield server
    server.kill()


@pytest.fixture
def chrome():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()




def someone(chrome, size=(1366, 768)):
    return chrome.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()


def fill_in(store, actor, code, *, leaving=()):
    """Every answer but a few, as if keyed in before."""
    draft = assessments.draft(store, code)
    today = db.now(store).date()
    good = {name: text for name, text in forms.example(draft.form, "good", today).items()
            if draft.form.items[name].asked and draft.form.items[name].type != "file" and name not in leaving}
    assessments.save_answers(store, actor, code, good, db.iso(db.now(store)))


def test_from_draft_to_the_new_grade_on_a_leaders_screen(small_county, actor, moment, server, chrome):
    store = small_county
    fill_in(store, actor("v1"), "V1", leaving=("members_unplaced", "general_meetings"))
    token = links.create(store, actor("county"), "县委书记", db.now(store) + links.LONGEST, db.now(store))
    server.start()

    leader = someone(chrome)
    leader.goto(f"{server.url}/v/{token}")
    expect(leader.get_by_test_id("stMain").get_by_role("heading", name="总览")).to_be_visible(timeout=LATER)
    assert leader.url == f"{server.url}/"
    assert "cp_view" not in leader.evaluate("document.cookie")

    # the organization drafts, and its tab is killed
    village = someone(chrome)
    log_in(village, f"{server.url}/assessment", "v1", PASSWORD)
    assert "cp_session" not in village.evaluate("document.cookie")
    type_into(village, "answer.members_unplaced", "0")
    expect(village.get_by_text("已保存")).to_be_visible(timeout=LATER)
    context = village.context
    village.close()

    # it resumes where it was, is told the one gap, and submits
    village = context.new_page()
    village.goto(f"{server.url}/assessment")
    expect(keyed(village, "answer.members_unplaced").locator("input")).to_have_value("0", timeout=LATER)
    press(village, "submit")
    expect(village.get_by_text("还不能提交：有 1 处")).to_be_visible(timeout=LATER)
    press(village, "assessment.gap.general_meetings")
    type_into(village, "answer.general_meetings", "5")
    press(village, "submit")
    expect(village.get_by_text("回执号").first).to_be_visible(timeout=LATER)
    eventually(lambda: [row["version"] for row in assessments.submissions(store, "2012", "V1")] == [1])

    # the committee returns it with a remark on one item
    committee = someone(chrome)
    log_in(committee, f"{server.url}/review?organization=V1", "fengyuan", PASSWORD)
    assessments.remark(store, actor("fengyuan"), "V1", "general_meetings", "会议记录本只见 4 次，请核对。", db.iso(db.now(store)))
    committee.goto(f"{server.url}/review?organization=V1&part=answers")
    expect(committee.get_by_text("会议记录本只见 4 次")).to_be_visible(timeout=LATER)
    press(committee, "review.return")
    type_into(committee, "review.return_reason", "请按意见核对后重报")
    press(committee, "review.return_confirm")
    expect(committee.get_by_text("退回").first).to_be_visible(timeout=LATER)

    # it answers, corrects and submits again
    village.reload()
    expect(village.get_by_text("请按意见核对后重报")).to_be_visible(timeout=LATER)
    [remark] = assessments.remarks(store, "2012", "V1")
    press(village, f"assessment.remark.{remark['id']}")
    type_into(village, f"assessment.reply.{remark['id']}", "已改正")
    type_into(village, "answer.general_meetings", "4")
    press(village, "submit")
    expect(village.get_by_text("第 2 次提交")).to_be_visible(timeout=LATER)
    assert assessments.changes(store, "2012", "V1") == {"general_meetings": ("5", "4")}

    # appraisal, review, proposal, notice
    committee.goto(f"{server.url}/appraisal?organization=V1")
    settle(committee)
    for name, count in (("issued", 40), ("returned", 40), ("satisfied", 38), ("basically_satisfied", 1), ("dissatisfied", 1)):
        type_into(committee, f"appraisal.{name}", str(count))
    press(committee, "appraisal.save")
    committee.goto(f"{server.url}/review?organization=V1&part=grade")
    settle(committee)
    for dimension in ("team", "members", "mechanism", "results", "masses"):
        type_into(committee, f"review.score.{dimension}", "19")
    press(committee, "review.propose")
    expect(committee.get_by_text("已拟等次").first).to_be_visible(timeout=LATER)
    committee.goto(f"{server.url}/review?organization=V1&part=notice")
    settle(committee)
    press(committee, "review.notice")
    press(committee, "review.notice_confirm")
    expect(committee.get_by_text("公示中").first).to_be_visible(timeout=LATER)
    assert assessments.state(store, "2012", "V1") == "noticed"

    # the notice runs out; the county approves; the leader's open screen follows without a reload
    pass_days(6)
    leader.evaluate("window.__mark = 'not reloaded'")
    county = someone(chrome)
    log_in(county, f"{server.url}/review?organization=V1&part=notice", "county", PASSWORD)
    press(county, "review.approve")
    press(county, "review.approve_confirm")
    expect(county.get_by_text("已核准").first).to_be_visible(timeout=LATER)
    expect(leader.locator(".st-key-overview-figures .name", has_text="好、较好占比 1/1")).to_be_visible(timeout=LATER)
    assert leader.evaluate("window.__mark") == "not reloaded"

    # and the CSV bundle holds it
    snapshot = snapshots.create(store, actor("county"), "story", db.iso(db.now(store)))
    with zipfile.ZipFile(io.BytesIO(bundle.data(actor("county"), snapshot))) as archive:
        [cases] = [name for name in archive.namelist() if name.endswith("cases.csv")]
        rows = {row["code"]: row for row in csv.DictReader(io.StringIO(archive.read(cases).decode("utf-8-sig")))}
    assert (rows["V1"]["grade"], rows["V1"]["grade_label"]) == ("good", "好")


def test_a_killed_server_loses_no_answer_and_the_page_comes_back_by_itself(small_county, actor, server, chrome):
    server.start()
    village = someone(chrome)
    log_in(village, f"{server.url}/assessment", "v1", PASSWORD)
    type_into(village, "answer.members_unplaced", "0")
    server.kill()
    village.wait_for_timeout(1500)
    server.start()
    expect(keyed(village, "answer.members_unplaced").locator("input")).to_be_enabled(timeout=60_000)
    expect(keyed(village, "answer.members_unplaced").locator("input")).to_have_value("0", timeout=LATER)
    village.wait_for_timeout(3000)  # the page is drawn anew by the new server
    settle(village)
    type_into(village, "answer.members_unplaced", "2")
    eventually(lambda: assessments.draft(small_county, "V1").answers["members_unplaced"] == "2")


def test_a_cut_connection_loses_no_answer(small_county, actor, server, chrome):
    server.start()
    village = someone(chrome, (390, 844))
    log_in(village, f"{server.url}/assessment", "v1", PASSWORD)
    type_into(village, "answer.members_unplaced", "0")
    village.context.set_offline(True)
    village.wait_for_timeout(3000)
    village.context.set_offline(False)
    village.reload()
    expect(keyed(village, "answer.members_unplaced").locator("input")).to_have_value("0", timeout=60_000)


def test_a_cold_deep_link_shows_only_the_login_and_keeps_its_address(small_county, server, chrome):
    server.start()
    tabs = [someone(chrome)]
    tabs += [tabs[0].context.new_page() for _ in range(7)]
    outside = []
    own = re.compile(r"(https?|wss?)://localhost[:/]|data:|blob:")
    tabs[0].context.on("request", lambda asked: None if own.match(asked.url) else outside.append(asked.url))
    names = [name for name in access.PAGES if name not in access.PUBLIC_PAGES and name != "overview"][::4]  # test_gate has all, without a browser
    for first in range(0, len(names), len(tabs)):
        opened = list(zip(tabs, names[first:first + len(tabs)], strict=False))
        for page, name in opened:
            page.goto(f"{server.url}/{name}?organization=V1", wait_until="commit")
        for page, name in opened:
            expect(page.locator("input[type=password]")).to_be_visible(timeout=LATER)
            settle(page)
            assert page.url == f"{server.url}/{name}?organization=V1"
            assert "党支部" not in page.inner_text("body")
    assert outside == []


def test_a_copied_cookie_is_dead_after_logout(small_county, server, chrome):
    server.start()
    page = someone(chrome)
    log_in(page, f"{server.url}/", "county", PASSWORD)
    [cookie] = [each for each in page.context.cookies() if each["name"] == "cp_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    thief = chrome.new_context()
    thief.add_cookies([cookie])
    copied = thief.new_page()
    copied.goto(server.url)
    expect(copied.get_by_test_id("stMain").get_by_role("heading", name="总览")).to_be_visible(timeout=LATER)
    page.get_by_role("button", name="county").click()
    press(page, "account.leave")
    expect(page.locator("input[type=password]")).to_be_visible(timeout=LATER)
    copied.goto(server.url)
    expect(copied.locator("input[type=password]")).to_be_visible(timeout=LATER)
