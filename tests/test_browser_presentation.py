"""The presentation in a real browser: it turns, fills the screen without scrolling, goes on without the server, and follows the store."""

import pytest
from browser import FLAGS, PATIENCE, Server, chromium, eventually, settle
from playwright.sync_api import expect, sync_playwright

from lib import demo
from lib.core.model import SYSTEM
from lib.store import db, organizations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-2")]
SIZES = ((1366, 768), (1920, 1080))
OVERFLOWING = """() => [...document.querySelectorAll('*')].flatMap(host => host.shadowRoot ? [
    ...host.shadowRoot.querySelectorAll('article, article .body, article .fit, .stage, dialog')] : [])
    .filter(box => box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth)
    .map(box => `${box.closest('article')?.dataset.slide} ${box.className} ${box.scrollHeight} in ${box.clientHeight}`)"""


@pytest.fixture
def leader(demo_home):
    """A page that came by the demo's view link, with the server's address."""
    server = Server(demo_home)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            server.start()
            page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
            with db.session() as store:
                page.goto(f"{server.url}/v/{db.meta(store, demo.LINK_KEY)}")
            yield page, server.url
        finally:
            browser.close()
            server.kill()


def on(page) -> str:
    """Which slide is shown."""
    return page.locator("article.on").get_attribute("data-slide", timeout=PATIENCE)


def shows(page, slide: str) -> None:
    eventually(lambda: on(page) == slide)


def test_keys_turn_and_nothing_scrolls(leader):
    page, url = leader
    for language, title in (("zh", "全县总览"), ("en", "Overview")):
        page.goto(f"{url}/presentation?every=0&lang={language}")
        page.locator(".start").click(timeout=PATIENCE)
        expect(page.locator("article.on h2 b")).to_have_text(title, timeout=PATIENCE)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            assert page.evaluate(OVERFLOWING) == []
            assert page.locator("dialog").bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
            smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('*')].flatMap(host => host.shadowRoot ? [
                ...host.shadowRoot.querySelectorAll('article :is(td, th, small, p, li, div, span, b)')] : []).filter(
                each => each.textContent && each.getClientRects().length).map(each => parseFloat(getComputedStyle(each).fontSize)))""")
            assert smallest >= 0.95 * min(width / 100, 1.78 * height / 100) - 0.1
        for key, slide in (("ArrowRight", "submitted"), (" ", "graded"), ("ArrowLeft", "submitted"), ("End", "grades"), ("ArrowRight", "overview"),
                           ("Home", "overview")):
            page.keyboard.press(key)
            assert on(page) == slide, key
        page.keyboard.press("Escape")  # out of the full screen
        eventually(lambda: page.evaluate("document.fullscreenElement === null"))
        expect(page.locator("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        expect(page.locator(".start")).to_be_visible()


def test_it_goes_on_without_the_server_and_follows_the_store(leader):
    page, url = leader
    page.goto(f"{url}/presentation?slides=grades,targets,ledger&every=1&play=1")
    expect(page.locator("dialog")).to_be_visible(timeout=PATIENCE)
    shows(page, "targets")
    shows(page, "ledger")
    settle(page)
    page.context.set_offline(True)
    expect(page.locator(".lost")).to_contain_text("连接中断", timeout=PATIENCE)
    shows(page, "grades")
    shows(page, "targets")
    page.context.set_offline(False)
    expect(page.locator(".lost")).to_be_hidden(timeout=PATIENCE)

    page.keyboard.press("p")
    page.keyboard.press("Home")
    total = page.locator("article.on td.num").first
    before = int(total.text_content())  # the text of what is still fading in is not "shown" yet
    page.evaluate("window.__mark = 'not reloaded'")
    with db.session() as store:
        row = next(store.query("select committee, township from organizations where township is not null"))
        organizations.save_organization(store, SYSTEM, {"code": "NEW", "name": "新村党支部", "kind": "village", **row, "members": 9,
                                                        "secretary": "书记", "phone": ""}, db.iso(db.now(store)))
    expect(total).to_have_text(str(before + 1), timeout=PATIENCE)
    assert page.evaluate("window.__mark") == "not reloaded"
    page.wait_for_timeout(1300)
    assert on(page) == "grades"  # paused, and the place kept
    page.keyboard.press("End")
    page.reload()
    shows(page, "ledger")
    page.locator("article.on td a").first.click(timeout=PATIENCE)
    page.wait_for_url("**/rectification?item=*", timeout=PATIENCE)
    expect(page.locator("dialog")).to_have_count(0)
    page.go_back()
    shows(page, "ledger")
