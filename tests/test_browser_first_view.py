"""The first view in a real browser: there before the charts' code has come, and usable without a mouse; and the ways from a figure and back."""

import re
import shutil

import pytest
from browser import FLAGS, PATIENCE, Server, chromium, keyed, settle
from playwright.sync_api import expect, sync_playwright

from lib import demo
from lib.store import db

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CHARTS = re.compile(r"/static/js/PlotlyChart\.[^/]+\.js")
FOCUSED = """() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return {township: at?.closest?.('svg') ? at.dataset.id ?? null : null, said: at?.getAttribute?.('aria-label'),
            edge: at?.querySelector?.('path') ? getComputedStyle(at.querySelector('path')).stroke : null} }"""


@pytest.fixture(scope="module")
def county(demo_county, tmp_path_factory):
    """A server over a home of its own, and the demo's view link."""
    home = shutil.copytree(demo_county, tmp_path_factory.mktemp("first") / "home")
    with db.session(home / db.store_path().name) as store:
        link = db.meta(store, demo.LINK_KEY)
    server = Server(home)
    server.start()
    yield f"{server.url}/v/{link}", server.url
    server.kill()


@pytest.fixture
def page(county):
    """A fresh browser, nothing cached, that has not opened anything yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
        browser.close()


def test_map_and_figures_are_there_before_the_charts_code(county, page):
    held = []
    page.route(CHARTS, lambda route: held.append(route))
    page.goto(county[0])
    for township in ("冯原镇", "王庄镇"):
        expect(page.locator(".st-key-overview-map svg text", has_text=township)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-overview-figures .tile b").first).to_have_text(re.compile(r"\d+\.\d%"))
    expect(page.locator(".st-key-overview-ranking table tbody tr").first).to_be_visible()
    for _ in range(100):
        if held:  # it was asked for, and has not come
            break
        page.wait_for_timeout(100)
    assert held
    assert page.locator(".js-plotly-plot").count() == 0
    for request in held:
        request.continue_()
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)


def test_an_address_that_is_not_for_leaders_says_so_and_leads_back(county, page):
    page.goto(county[0])
    page.goto(f"{county[1]}/accounts")
    expect(page.get_by_text("您的账号没有“管理账号”的权限")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)
    page.get_by_test_id("stPageLink").get_by_role("link").click()
    expect(page.locator(".st-key-overview-map svg")).to_be_visible(timeout=PATIENCE)


def test_no_other_host_is_asked(county, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(county[0])
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    assert [url for url in asked if not url.startswith((county[1], county[1].replace("http", "ws"), "data:", "blob:"))] == []


def test_the_map_can_be_used_without_a_mouse(county, page):
    page.goto(county[0])
    page.locator(".st-key-overview-map svg a").first.wait_for(timeout=PATIENCE)
    settle(page)
    page.evaluate("document.activeElement.blur()")
    visited: dict[str, dict] = {}
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["township"]:
            visited[focused["township"]] = focused
        elif visited:
            break
    assert len(visited) == 10  # every township, one after the other
    for focused in visited.values():
        assert re.search(r"自评.*\d", focused["said"])  # a screen reader hears name, figure and status
        assert focused["edge"] == "rgb(23, 20, 16)"  # and one sees where one is
    last = list(visited)[-1]
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED)["township"] == last
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/township?township={last}", timeout=PATIENCE)


def test_from_a_figure_to_its_names_to_one_organization_and_back(county, page):
    page.goto(f"{county[0]}")
    keyed(page, "overview.measure").get_by_role("radio", name="核准").click(timeout=PATIENCE)
    settle(page)
    page.get_by_role("link", name=re.compile("未报 [0-9]+")).first.click(timeout=PATIENCE)
    page.wait_for_url("**/ratings?figure=submitted&side=missing", timeout=PATIENCE)
    names = page.url
    settle(page)
    keyed(page, "ratings.table").locator(".dvn-scroller").click(position={"x": 90, "y": 55}, timeout=PATIENCE)
    page.wait_for_url("**/organization?organization=*", timeout=PATIENCE)
    settle(page)
    page.go_back()
    page.wait_for_url("**/ratings?*", timeout=PATIENCE)
    settle(page)
    expect(page.get_by_text("自评提交率").first).to_be_visible(timeout=PATIENCE)
    expect(keyed(page, "ratings.figure").locator("input")).to_have_value(re.compile("自评"))
    while "/ratings" in page.url:
        page.go_back()
        page.wait_for_timeout(500)
    settle(page)
    expect(keyed(page, "overview.measure").get_by_role("radio", name="核准")).to_be_checked(timeout=PATIENCE)
    assert names != page.url


def test_a_search_by_initials_and_a_comparison_lead_on_and_back(county, page):
    page.goto(county[0])
    field = keyed(page, "overview.find").locator("input")
    field.fill("fyz", timeout=PATIENCE)
    field.press("Enter")
    first = page.locator(".st-key-overview-found a").first
    name = first.text_content(timeout=PATIENCE)
    assert "冯原" in name
    settle(page)
    first.click()
    page.wait_for_url("**/organization?organization=*", timeout=PATIENCE)
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=PATIENCE)
    page.go_back()
    page.wait_for_timeout(500)
    if "/organization" in page.url:
        page.go_back()
    expect(page.locator(".st-key-overview-found a").first).to_have_text(name, timeout=PATIENCE)
    page.goto(f"{county[1]}/side_by_side?towns=610525101,610525102")
    page.locator(".st-key-side_by_side-table td:not(.sum) a").first.click(timeout=PATIENCE)
    page.wait_for_url("**/targets?figure=*township=61052510*", timeout=PATIENCE)
    settle(page)
    page.go_back()
    expect(page.locator(".st-key-side_by_side-table thead a")).to_have_count(2, timeout=PATIENCE)
