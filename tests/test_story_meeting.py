"""A meeting in a real browser, on notebook, projector and telephone: its link, its minutes, what changed since the last one, and pages that fit."""

import datetime as dt
import re
import shutil
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import FLAGS, PATIENCE, Server, chromium, eventually, keyed, log_in, press, settle, type_into
from playwright.sync_api import expect, sync_playwright
from steps import fill_in, submit

from lib import demo
from lib.core import changes, phrases
from lib.core.ledger import ItemState
from lib.core.model import SYSTEM
from lib.core.workflow import State
from lib.store import assessments, db, ledger, links, meetings, snapshots
from lib.ui import live
from lib.web import asgi

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-2")]
NOTEBOOK, PROJECTOR, PHONE = SIZES = ((1366, 768), (1920, 1080), (390, 844))
HERE, THERE = "610525101", "610525102"
PIN, WRONG = "2468", "1357"
PAGES = (("", ".st-key-overview-ranking tbody tr"), (f"township?township={HERE}", ".st-key-township-figures .tile"),
         ("targets", ".st-key-targets-board td"), ("ratings", ".st-key-ratings-table canvas"),
         (f"side_by_side?towns={HERE},{THERE}", ".st-key-side_by_side-table tbody tr"))
"""Addresses, and what is on the page when it stands."""
SMALLEST = 11
"""CSS pixels of the map's smallest letters, as drawn."""
CONTROLS = ":is(button, input, textarea, [role=radio], [role=combobox], [role=switch]):not([data-testid=stPopoverButton])"
"""What can be pressed or filled in, but for the account menu."""
WIDER = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')].filter(
    box => box.scrollWidth > box.clientWidth + 1).map(box => `${box.tagName} ${box.scrollWidth} in ${box.clientWidth}`)"""
OUTSIDE = """pieces => pieces.map(piece => [piece.textContent.slice(0, 30), piece.getBoundingClientRect()]).filter(
    ([, box]) => !box.width || box.left < 0 || box.right > innerWidth).map(([said, box]) => `${said}: ${box.left} to ${box.right}`)"""
SIDEWAYS = """slide => [document.scrollingElement, slide.closest('.stage'), slide, slide.querySelector('.body')].filter(
    box => box.scrollWidth > box.clientWidth + 1).map(box => `${box.tagName} ${box.className} ${box.scrollWidth} in ${box.clientWidth}`)"""
LETTERS = "texts => Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().d))"


@pytest.fixture(scope="module")
def server(demo_county, tmp_path_factory):
    """The product over a copy of the demo county, for all of this module."""
    server = Server(shutil.copytree(demo_county, tmp_path_factory.mktemp("meeting") / "home"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def chrome():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def store(home, server, monkeypatch):
    """The store that the server works on, as the commands of this test see it."""
    monkeypatch.setenv("CHENGPING_HOME", str(server.home))
    with db.session() as store:
        yield store


@pytest.fixture
def someone(chrome):
    """`someone(PHONE)`: a page of a fresh browser of that size."""
    contexts = []

    def fresh(size=NOTEBOOK):
        contexts.append(chrome.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"))
        return contexts[-1].new_page()

    yield fresh
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def looking(server, chrome):
    """A browser that came by the demo's link, which is live; its cookie was taken without drawing the overview."""
    context = chrome.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    with db.session(server.home / db.store_path().name) as store:
        context.request.get(f"{server.url}/v/{db.meta(store, demo.LINK_KEY)}", max_redirects=0)
    yield context
    context.close()


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


def headline(page):
    """The rate in the first headline figure: who has submitted."""
    return page.locator(".st-key-overview-figures .tile b").first


def asked(page) -> dict[str, str]:
    """What the address asks for."""
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).query).items()}


def fits(page) -> None:
    """A page with its title stands there, and cannot be pushed sideways."""
    expect(page.locator("h2").first).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    eventually(lambda: page.evaluate(WIDER) == [])


def at_each_size(page):
    """The same page on each screen in turn, the largest last."""
    for width, height in sorted(SIZES):
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
        yield width


# ---- a meeting


def test_a_meeting_keeps_its_figures_and_its_minutes(server, store, someone):
    # staff open it by the form; the address is shown once
    staff = someone()
    log_in(staff, f"{server.url}/meetings", "county", demo.password())
    press(staff, "meetings.new")
    type_into(staff, "meetings.name", "四月调度会")
    press(staff, "meetings.open_do")
    address = keyed(staff, "links.fresh_shown").locator("code").text_content(timeout=PATIENCE)
    assert address.startswith(f"{server.url}/v/")
    token = address.rpartition("/")[2]
    meeting = links.find(store, token, db.now(store))["meeting"]
    staff.goto(f"{server.url}/meetings?meeting={meeting}")
    expect(staff.get_by_role("heading", name="四月调度会")).to_be_visible(timeout=PATIENCE)
    expect(keyed(staff, "links.fresh_shown")).to_have_count(0)

    # it is opened on three screens at once
    screens = [someone(size) for size in SIZES]
    for leader in screens:
        leader.goto(address, wait_until="commit")
    for leader in screens:
        expect(headline(leader)).to_have_text(re.compile(r"^\d+\.\d%$"), timeout=PATIENCE)
        assert leader.url == f"{server.url}/"
        assert token not in leader.evaluate("document.cookie + JSON.stringify([{...sessionStorage}, {...localStorage}])")
        expect(leader.get_by_test_id("stMain").get_by_text("本次会议固定")).to_be_visible(timeout=PATIENCE)
    before = headline(leader).text_content()

    # one more organization hands in, and what is decided about it is written down meanwhile
    [code, *_] = [row["code"] for row in store.query("select code from organizations order by code")
                  if assessments.state(store, "2012", row["code"]) == State.NOT_SUBMITTED]
    fill_in(store, code, db.iso(db.now(store)))
    submit(store, code, db.iso(db.now(store)))
    begun = time.monotonic()
    due = db.now(store).date() + dt.timedelta(days=12)
    press(staff, "meetings.note")
    type_into(staff, "meetings.decision", "月底前收回三间活动室")
    type_into(staff, "meetings.responsible", "李明")
    field = keyed(staff, "meetings.due_on").locator("input").first
    field.fill(due.isoformat())
    field.press("Shift+Tab")  # forwards, the calendar would open
    settle(staff)
    type_into(staff, "meetings.which", code)
    press(staff, "meetings.save")
    expect(staff.get_by_text("月底前收回三间活动室")).to_be_visible(timeout=PATIENCE)
    [minute] = meetings.minutes(store, meeting)
    assert (minute["decision"], minute["responsible"], minute["due_on"], minute["organization"]) == (
        "月底前收回三间活动室", "李明", due.isoformat(), code)

    # the minutes are read on the telephone, where nothing can be pressed but the banner's button
    phone = screens[SIZES.index(PHONE)]
    phone.goto(f"{server.url}/meetings")
    for words in ("月底前收回三间活动室", say("meetings.who", who="李明"), say("meetings.until", day=f"{due.year}年{due.month}月{due.day}日")):
        expect(phone.get_by_text(words)).to_be_visible(timeout=PATIENCE)
    fits(phone)
    controls = phone.get_by_test_id("stMain").locator(CONTROLS)
    assert [each.inner_text() for each in controls.all() if each.is_visible()] == [say("frame.to_newest")]

    # staff put it on the ledger, and the telephone follows by itself
    press(staff, f"meetings.to_ledger.{minute['id']}")
    type_into(staff, "meetings.post", "党支部书记")
    press(staff, "meetings.ledger_do")
    eventually(lambda: meetings.minutes(store, meeting)[0]["item"] is not None)
    [minute] = meetings.minutes(store, meeting)
    listed = say("meetings.on_ledger", number=say("rectification.number", number=f"{minute['number']:04d}"), state=say("item_state.open"))
    for page in (staff, phone):
        expect(page.get_by_text(listed)).to_be_visible(timeout=PATIENCE)
    item = ledger.get(store, minute["item"])
    assert (item.organization, item.state, item.plan.due_on, item.plan.responsible) == (code, ItemState.OPEN, due.isoformat(), "李明")

    # two ticks later the meeting still has its figures; the newest are one button away, and so is the way back
    phone.goto(server.url)
    staff.wait_for_timeout(max(0, 1000 * (begun + 2 * live.SECONDS + 1 - time.monotonic())))
    for leader in screens:
        expect(headline(leader)).to_have_text(before, timeout=PATIENCE)
        keyed(leader, "frame.to_newest").get_by_role("button").click(timeout=PATIENCE)
    for leader in screens:
        expect(leader.get_by_text(say("frame.newest"))).to_be_visible(timeout=PATIENCE)
        expect(headline(leader)).not_to_have_text(before, timeout=PATIENCE)
    assert len({headline(leader).text_content() for leader in screens}) == 1
    assert float(headline(leader).text_content()[:-1]) > float(before[:-1])
    for leader in screens:
        keyed(leader, "frame.to_meeting").get_by_role("button").click(timeout=PATIENCE)
    for leader in screens:
        expect(headline(leader)).to_have_text(before, timeout=PATIENCE)
        expect(leader.get_by_test_id("stMain").get_by_text("本次会议固定")).to_be_visible()


def test_a_pin_is_asked_for_on_the_telephone(server, store, someone):
    now = db.now(store)
    token = links.create(store, SYSTEM, "县委常委会", now + dt.timedelta(days=1), now, pin=PIN)
    page = someone(PHONE)
    page.goto(f"{server.url}/v/{token}")
    for pin in (WRONG, PIN):
        page.locator("#pin").fill(pin)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE[0]
        page.get_by_role("button").click()
        if pin == WRONG:
            expect(page.get_by_role("alert").first).to_have_text(say("problem.link.pin_wrong"))
            assert asgi.VIEW_COOKIE not in {cookie["name"] for cookie in page.context.cookies()}
    expect(headline(page)).to_be_visible(timeout=PATIENCE)
    assert page.url == f"{server.url}/"
    assert not [secret for secret in (token, PIN) if secret in page.evaluate("document.cookie + document.documentElement.outerHTML")]
    fits(page)


# ---- what changed


def test_every_count_of_the_changes_opens_as_many_names(server, store, looking):
    page, since = looking.new_page(), snapshots.every()[-1]["id"]
    page.goto(f"{server.url}/changes?from={since}")
    for _ in at_each_size(page):
        for side in ("from", "to"):
            picture = keyed(page, f"changes.map_{side}").locator("svg").first
            assert picture.locator("a").count() == 10
            picture.scroll_into_view_if_needed()
            expect(picture).to_be_in_viewport()
            eventually(lambda drawn=picture: drawn.locator("text").evaluate_all(OUTSIDE) == [])
            assert picture.locator("text, tspan").evaluate_all(LETTERS) >= SMALLEST
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})

    counts = {tile.get_attribute("data-id").partition("|")[0]: int(tile.locator("b").text_content().replace(",", ""))
              for tile in keyed(page, "changes.tiles").locator("a").all()}
    assert list(counts) == ["", *changes.KINDS]
    assert counts[""] == sum(counts[kind] for kind in changes.KINDS)
    assert len([kind for kind in counts if counts[kind]]) > 4
    names = keyed(page, "changes.names").locator("[role=grid]")
    for kind in (kind for kind in counts if counts[kind]):
        if kind:
            keyed(page, "changes.tiles").locator(f'a[data-id="{kind}|"]').click()
            page.wait_for_url(f"**kind={kind}*", timeout=PATIENCE)
        expect(keyed(page, "changes.tiles").locator("a.on")).to_have_attribute("data-id", f"{kind}|", timeout=PATIENCE)
        expect(names).to_have_attribute("aria-rowcount", str(counts[kind] + 1), timeout=PATIENCE)  # and the head
        expect(page.get_by_text(say("changes.rows", kind=say(f"change.{kind or 'all'}"), count=counts[kind]), exact=True)).to_be_visible()
    assert page.evaluate(WIDER) == []

    # to one organization, and back to the same list
    keyed(page, "changes.tiles").locator('a[data-id="graded|"]').click()
    page.wait_for_url("**kind=graded*", timeout=PATIENCE)
    expect(names).to_have_attribute("aria-rowcount", str(counts["graded"] + 1), timeout=PATIENCE)
    left = asked(page)
    assert left["from"] == since
    settle(page)
    row = keyed(page, "changes.names").locator(".dvn-scroller")
    row.hover(position={"x": 92, "y": 57})
    page.wait_for_timeout(200)  # the grid heeds a press where the pointer has been
    row.click(position={"x": 90, "y": 55})
    page.wait_for_url("**/organization?organization=*", timeout=PATIENCE)
    expect(page.locator("h2").first).not_to_have_text(say("page.changes"), timeout=PATIENCE)
    page.go_back()
    expect(page.locator("h2").first).to_have_text(say("page.changes"), timeout=PATIENCE)
    expect(keyed(page, "changes.tiles").locator("a.on")).to_have_attribute("data-id", "graded|", timeout=PATIENCE)
    expect(names).to_have_attribute("aria-rowcount", str(counts["graded"] + 1), timeout=PATIENCE)
    settle(page)
    if asked(page) != left:  # the step that Streamlit adds before it opens another page
        page.go_back()
    eventually(lambda: asked(page) == left)
    expect(keyed(page, "changes.tiles").locator("a.on")).to_have_attribute("data-id", "graded|", timeout=PATIENCE)
    page.close()


def test_the_way_back_from_a_township_leads_to_the_list_as_it_was_left(server, store, looking):
    """Both pages have a `township` in their addresses."""
    page, since = looking.new_page(), snapshots.every()[-1]["id"]
    page.set_viewport_size({"width": NOTEBOOK[0], "height": NOTEBOOK[1]})
    page.goto(f"{server.url}/changes?from={since}&kind=graded&measure=graded")
    keyed(page, "changes.map_to").locator(f'a[data-id="{HERE}"]').click(timeout=PATIENCE)
    page.wait_for_url(f"**/township?township={HERE}", timeout=PATIENCE)
    expect(page.locator("h2").first).not_to_have_text(say("page.changes"), timeout=PATIENCE)
    settle(page)
    page.go_back()
    expect(page.locator("h2").first).to_have_text(say("page.changes"), timeout=PATIENCE)
    expect(keyed(page, "changes.tiles").locator("a.on")).to_have_attribute("data-id", "graded|", timeout=PATIENCE)
    settle(page)
    if asked(page) == {"township": HERE}:  # the step that Streamlit adds before it opens another page
        page.go_back()
    eventually(lambda: asked(page) == {"from": since, "kind": "graded", "measure": "graded"})
    expect(keyed(page, "changes.tiles").locator("a.on")).to_have_attribute("data-id", "graded|", timeout=PATIENCE)
    page.close()


# ---- every page at every size


def test_no_page_is_wider_than_the_screen(server, looking):
    pages = []
    for path, _ in PAGES:  # side by side: each has its waits
        pages.append(looking.new_page())
        pages[-1].set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        pages[-1].goto(f"{server.url}/{path}", wait_until="commit")
    for page, (_, shown) in zip(pages, PAGES, strict=True):
        expect(page.locator(shown).first).to_be_visible(timeout=PATIENCE)
    page, *others = pages
    for other in others:
        assert len(list(at_each_size(other))) == len(SIZES)
        other.close()
    expect(page.locator(".js-plotly-plot").nth(3)).to_be_visible(timeout=PATIENCE)
    tiles, picture, ranking = (keyed(page, f"overview.{part}") for part in ("figures", "map", "ranking"))
    for width in at_each_size(page):
        for pieces, least in ((tiles.locator(".tile"), 6), (picture.locator("svg text"), 10), (ranking.locator("tbody tr, tbody td.key"), 20)):
            assert pieces.count() >= least
            eventually(lambda drawn=pieces: drawn.evaluate_all(OUTSIDE) == [])
        assert picture.locator("text, tspan").evaluate_all(LETTERS) >= SMALLEST, width
    page.close()


def test_the_presentation_turns_on_a_telephone(server, store, someone):
    """There its slides are longer than the screen, and scroll; but never sideways."""
    page = someone(PHONE)
    page.context.request.get(f"{server.url}/v/{db.meta(store, demo.LINK_KEY)}", max_redirects=0)
    page.goto(f"{server.url}/presentation?every=0")
    page.locator(".start").click(timeout=PATIENCE)
    expect(page.locator("dialog")).to_be_visible()
    assert page.locator("dialog").bounding_box() == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}
    slide, codes = page.locator("article.on"), page.locator("article").evaluate_all("all => all.map(each => each.dataset.slide)")
    assert len(codes) > 4
    for code in codes:
        assert slide.get_attribute("data-slide") == code
        assert slide.evaluate(SIDEWAYS) == [], code
        assert slide.locator("svg text, h2, h3").evaluate_all(OUTSIDE) == [], code
        page.keyboard.press("ArrowRight")
    assert slide.get_attribute("data-slide") == codes[0]
    for code in (codes[-1], codes[-2]):
        page.keyboard.press("ArrowLeft")
        assert slide.get_attribute("data-slide") == code
