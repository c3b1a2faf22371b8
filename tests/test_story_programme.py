"""The work programme as one story in a real browser: from a bad answer to the sign-off, with a leader watching."""

import datetime as dt

import pytest
from browser import FLAGS, Server, chromium, keyed, log_in, press, settle
from conftest import PASSWORD
from playwright.sync_api import expect, sync_playwright
from steps import fill_in

from lib.core.model import SYSTEM
from lib.store import assessments, db, ledger, links, organizations, records
from lib.store.records import Entry

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-2")]
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


def state(store, item: str) -> str:
    return ledger.get(store, item).state.value


def write(page, field: str, words: str) -> None:
    """Fill in a field of the dialog and leave it backwards: forwards, the calendar of a date would open."""
    box = keyed(page, f"rectification.{field}").locator("input, textarea").first
    box.fill(words)
    box.press("Shift+Tab")
    settle(page)


def signed_off_of(leader, township: str) -> str:
    """What the map says of a township, as a screen reader hears it."""
    return leader.locator(f'svg a[data-id="{township}"]').first.get_attribute("aria-label")


def test_from_a_bad_answer_to_the_sign_off(small_county, actor, server, chrome):
    store, code = small_county, "V1"
    now = db.now(store)
    at, today = db.iso(now), now.date()
    for each in ("V2", "A1"):  # closed, so that one organization is the whole county
        organizations.close_organization(store, SYSTEM, each, today.isoformat(), "合并", at)
    organizations.change_class(store, SYSTEM, "2012", code, "start", "fourth", "2012-01-01", "", at)
    leader_id = records.add(store, SYSTEM, "leaders", Entry({"name": "党委书记", "post": "书记", "rank": "secretary", "newly_promoted": "no"},
                                                            committee="610525101000"), at, today)
    fill_in(store, code, at, secretary_trained="no", secretary_trained__what="书记没有参加过县级培训", secretary_trained__why="not_done")
    token = links.create(store, actor("county"), "县委书记", now + links.LONGEST, now)
    server.start()

    leader = someone(chrome)
    leader.goto(f"{server.url}/v/{token}")
    expect(leader.get_by_test_id("stMain").get_by_role("heading", name="总览")).to_be_visible(timeout=LATER)
    leader.goto(f"{server.url}/?measure=signed_off")
    expect(leader.locator("svg a[data-id]").first).to_be_visible(timeout=LATER)
    before = signed_off_of(leader, "610525101")
    leader.evaluate("window.__mark = 'not reloaded'")

    # the bad answer is handed in and drafts an item, which the village finds on its ledger and confirms
    village = someone(chrome)
    log_in(village, f"{server.url}/assessment", "v1", PASSWORD)
    press(village, "submit")
    expect(village.get_by_text("回执号").first).to_be_visible(timeout=LATER)
    [item] = [each for each in ledger.every(store) if each.name == "secretary_trained"]
    for other in ledger.every(store):  # what else was drafted is not this story's
        if other.id != item.id:
            ledger.act(store, SYSTEM, other.id, ledger.Action.DISMISS_ITEM, db.iso(db.now(store)), note="不属实")
    village.goto(f"{server.url}/rectification?item={item.id}")
    settle(village)
    press(village, "rectification.confirm_item")
    for field, words in (("post", "书记"), ("responsible", "村党支部书记"), ("measure", "四月底前送书记参加县委党校轮训班")):
        write(village, field, words)
    press(village, "rectification.save")
    expect(village.get_by_text("整改中").first).to_be_visible(timeout=LATER)
    assert state(store, item.id) == "open"

    # the committee names the paired leader; a visit is logged
    committee = someone(chrome)
    log_in(committee, f"{server.url}/rectification?item={item.id}", "fengyuan", PASSWORD)
    press(committee, "rectification.revise_item")
    choice = keyed(committee, "rectification.leader").locator("input").first
    choice.click()
    committee.get_by_role("option", name="党委书记").click()
    press(committee, "rectification.save")
    expect(committee.get_by_text("党委书记").first).to_be_visible(timeout=LATER)
    assert ledger.get(store, item.id).plan.leader == leader_id
    records.add(store, actor("fengyuan"), "pairings", Entry({"leader": leader_id, "since": today.isoformat()}, organization=code), at, today)
    records.add(store, actor("fengyuan"), "visits", Entry({"visited_on": today.isoformat(), "leader": leader_id}, organization=code), at, today)
    expect(leader.get_by_text("1/1").first).to_be_visible(timeout=LATER)  # W6: the backward village has its ledger, leader and date

    # it applies, is refused on site, applies again, is checked
    for words, move in (("已报名，附通知", "refuse_item"), ("已结业，附结业证", "check_item")):
        village.goto(f"{server.url}/rectification?item={item.id}")
        settle(village)
        press(village, "rectification.apply_sign_off")
        write(village, "note", words)
        press(village, "rectification.save")
        expect(village.get_by_text("待核查").first).to_be_visible(timeout=LATER)
        committee.goto(f"{server.url}/rectification?item={item.id}")
        settle(committee)
        press(committee, f"rectification.{move}")
        for field, said in ({"note": "书记尚未参训"} if move == "refuse_item" else {"found": "结业证和学习笔记属实", "went": "组织委员"}).items():
            write(committee, field, said)
        press(committee, "rectification.save")
        expect(committee.get_by_text("整改中" if move == "refuse_item" else "待销号").first).to_be_visible(timeout=LATER)
    assert state(store, item.id) == "checked"

    # the county signs off, and the leader's open screen follows: the figure, and the township on the map
    county = someone(chrome)
    log_in(county, f"{server.url}/rectification?item={item.id}", "county", PASSWORD)
    press(county, "rectification.sign_off")
    press(county, "rectification.save")
    expect(county.get_by_text("已销号").first).to_be_visible(timeout=LATER)
    assert state(store, item.id) == "signed_off"
    expect(leader.locator('svg a[data-id="610525101"][aria-label*="100.0%"]').first).to_be_visible(timeout=LATER)
    assert "暂无数据" in before  # nothing on the ledger is no rate, not 0 %
    assert signed_off_of(leader, "610525101") != before
    assert leader.evaluate("window.__mark") == "not reloaded"
    assert [move["action"] for move in ledger.moves(store, item.id)] == [
        "raise", "confirm_item", "revise_item", "apply_sign_off", "refuse_item", "apply_sign_off", "check_item", "sign_off"]
    assert assessments.state(store, "2012", code) == "submitted"
    assert dt.date.fromisoformat(ledger.get(store, item.id).signed_off_on) == today
