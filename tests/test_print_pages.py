"""The briefing over HTTP: who gets it, as a page without controls and as a file; and what any page looks like on paper."""

import datetime as dt
import io
from html.parser import HTMLParser

import docx
import pytest
from browser import FLAGS, PATIENCE, Server, chromium, eventually, log_in, settle
from playwright.sync_api import expect, sync_playwright
from starlette.applications import Starlette
from starlette.testclient import TestClient
from steps import bring
from streamlit.testing.v1 import AppTest

from lib import demo
from lib.core.model import SYSTEM
from lib.store import accounts, db, links, organizations, snapshots
from lib.web import asgi

HERE, THERE = "610525101", "610525001"
EVIL = '甲村<img src=x>&"党支部'
PHONE = "13900000001"


@pytest.fixture
def client(small_county) -> TestClient:
    return TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware), follow_redirects=False)


@pytest.fixture
def snapshot(small_county, at) -> str:
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "name": EVIL, "kind": "village", "committee": "610525101000",
                                                           "township": HERE, "members": 30, "secretary": "书记", "phone": PHONE}, at)
    snapshots.create(small_county, SYSTEM, "三月调度会", at)
    bring(small_county, "V1", "approved", at)
    return snapshots.create(small_county, SYSTEM, "四月调度会", at)


@pytest.fixture
def as_somebody(small_county, moment):
    """`as_somebody("county")`, `as_somebody(snapshot=…)`: headers with an account's cookie, with a link's, or without any."""

    def headers(username: str | None = None, **link) -> dict[str, str]:
        if username == "nobody":
            return {}
        if username:
            return {"cookie": f"{asgi.SESSION_COOKIE}={accounts.open_session(small_county, username, db.now(small_county)).sid}"}
        token = links.create(small_county, SYSTEM, "县委常委会", moment + dt.timedelta(days=30), moment, **link)
        return {"cookie": f"{asgi.VIEW_COOKIE}={token}"}

    return headers


class Tags(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.found: dict[str, int] = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found[tag] = self.found.get(tag, 0) + 1
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]


# ---- the page


def test_the_page_has_map_and_tables_and_nothing_to_click(client, snapshot, as_somebody):
    answer = client.get("/print/briefing", headers=as_somebody("county"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    tags = Tags(answer.text).found
    assert (tags["svg"], tags["table"]) == (1, 4)
    assert tags["path"] == 10
    assert not tags.keys() & {"a", "button", "input", "select", "form", "script", "link", "img"}
    assert "示意图" in answer.text
    assert f"数据快照 {snapshot}" in answer.text
    assert PHONE not in answer.text
    assert "&lt;img src=x&gt;&amp;&quot;党支部" in answer.text


def test_the_page_is_in_the_language_asked_for(client, snapshot, as_somebody):
    page = client.get("/print/briefing?lang=en", headers=as_somebody("county")).text
    assert "1. Headline figures" in page
    assert "一、主要指标" not in page


@pytest.mark.parametrize("who", ["county", "fengyuan", "v1", None])
def test_whoever_may_look_gets_it(client, snapshot, as_somebody, who):
    headers = as_somebody(who)
    assert client.get("/print/briefing", headers=headers).status_code == 200
    assert client.get("/briefing/latest.docx", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/print/briefing", "/print/briefing?snapshot=20120101-000000-0001", "/briefing/latest.docx"])
def test_for_nobody_else_is_there_one(client, snapshot, as_somebody, path):
    answer = client.get(path, headers=as_somebody("nobody"))
    assert (answer.status_code, answer.content) == (404, b"")


def test_staff_choose_a_snapshot_others_do_not(client, snapshot, as_somebody):
    older = snapshots.every()[1]["id"]
    for who, status in (("county", 200), ("fengyuan", 200), ("v1", 404), (None, 404)):
        headers = as_somebody(who)
        for path in (f"/print/briefing?snapshot={older}", f"/briefing/{older}.docx"):
            assert client.get(path, headers=headers).status_code == status


def test_a_pinned_link_gets_its_own_alone(client, snapshot, as_somebody):
    older = snapshots.every()[1]["id"]
    headers = as_somebody(snapshot=older)
    assert f"数据快照 {older}" in client.get("/print/briefing", headers=headers).text
    assert client.get(f"/print/briefing?snapshot={snapshot}", headers=headers).status_code == 404
    assert client.get(f"/briefing/{snapshot}.docx", headers=headers).status_code == 404
    assert client.get(f"/briefing/{older}.docx", headers=headers).status_code == 200


def test_a_limited_link_gets_its_townships_alone(client, snapshot, as_somebody):
    headers = as_somebody(townships=(THERE,))
    page = client.get("/print/briefing", headers=headers).text
    assert "城关街道" in page
    assert "冯原镇" not in page
    assert "冯原镇" not in "".join(cell.text for table in opened(client, headers).tables for row in table.rows for cell in row.cells)


def test_without_a_snapshot_it_says_what_to_do_and_makes_none(client, small_county, as_somebody):
    answer = client.get("/print/briefing", headers=as_somebody("county"))
    assert answer.status_code == 404
    assert "还没有数据快照。请先创建一份。" in answer.text
    assert snapshots.every() == []


@pytest.mark.parametrize("name", ["20120101-000000-0001", "..%2fstore", "*", "%00", "<script>"])
def test_a_snapshot_that_is_none_is_not_found(client, snapshot, as_somebody, name):
    headers = as_somebody("county")
    answer = client.get("/print/briefing", params={"snapshot": name}, headers=headers)
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert client.get(f"/briefing/{name}.docx", headers=headers).status_code == 404


# ---- the file


def opened(client, headers) -> docx.document.Document:
    return docx.Document(io.BytesIO(client.get("/briefing/latest.docx", headers=headers).content))


def test_two_clicks_give_the_same_file_by_its_name(client, snapshot, as_somebody):
    headers = as_somebody("county")
    first, second = (client.get(f"/briefing/{snapshot}.docx", headers=headers) for _ in range(2))
    assert first.content == second.content == client.get("/briefing/latest.docx", headers=as_somebody()).content
    assert first.headers["content-disposition"] == f"attachment; filename*=UTF-8''%E7%AE%80%E6%8A%A5-{snapshot}.docx"
    assert first.headers["content-type"] == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    english = client.get(f"/briefing/{snapshot}.docx?lang=en", headers=headers)
    assert english.headers["content-disposition"].endswith(f"''briefing-{snapshot}.docx")


# ---- the ways to it


def link_buttons(app) -> dict[str, str]:
    return {button.proto.label: button.proto.url for button in app.get("link_button")}


def test_the_shelf_leads_to_a_snapshots_briefing(snapshot, open_as):
    app = open_as("county").run().switch_page("../../pages/snapshots.py").run()
    urls = link_buttons(app)
    assert urls["简报（Word）"] == f"/briefing/{snapshot}.docx"
    assert urls["打印简报"] == f"/print/briefing?snapshot={snapshot}"


BUTTONS = """
from lib.ui import briefing_links, session
with session.run("overview") as run:
    briefing_links.buttons(run)
"""


@pytest.fixture
def buttons(open_as):
    """`buttons("county")`: the briefing's buttons alone, as somebody sees them."""

    def shown(username: str | None = None, **given) -> AppTest:
        before = open_as(username, **given)
        app = AppTest.from_string(BUTTONS)
        if "sid" in before.session_state:
            app.session_state["sid"] = before.session_state["sid"]
        return app.run()

    return shown


def test_staff_have_the_newest_and_can_make_a_new_one(snapshot, buttons):
    app = buttons("county")
    assert link_buttons(app)["简报（Word）"] == f"/briefing/{snapshot}.docx"
    assert "四月调度会" in app.markdown[-1].value
    app = app.button("briefing.new").click().run()
    assert not app.exception
    [newest, *_] = snapshots.every()
    assert newest["id"] != snapshot
    assert newest["created_by"] == "county"
    assert link_buttons(app)["简报（Word）"] == f"/briefing/{newest['id']}.docx"


def test_a_leader_has_the_newest_and_can_make_none(small_county, snapshot, buttons, moment):
    token = links.create(small_county, SYSTEM, "常委会", moment + dt.timedelta(days=30), moment)
    app = buttons(link=token)
    assert link_buttons(app) == {"简报（Word）": "/briefing/latest.docx", "打印简报": "/print/briefing?snapshot=latest"}
    assert len(app.button) == 0


@pytest.mark.parametrize(("who", "said"), [("county", "创建一份，就能出简报"), ("fengyuan", "请县委基层办创建一份")])
def test_without_a_snapshot_there_is_a_word_about_it(small_county, buttons, who, said):
    app = buttons(who)
    assert link_buttons(app) == {}
    assert said in app.markdown[-1].value


# ---- any page on paper


def test_the_rules_for_paper_are_in_every_page_once(small_county, open_as):
    app = open_as("county").run()
    assert [element.proto.component_name for element in app.get("bidi_component")].count("print_style") == 1


PRINTED = """() => [...document.querySelectorAll('button, input, select, a, [role=radio], [role=combobox]')].filter(
    each => each.checkVisibility({visibilityProperty: true}) && each.getClientRects().length).map(each => each.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.xdist_group("browser-2")
def test_paper_carries_map_and_tables_and_no_controls(demo_home):
    server = Server(demo_home)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            server.start()
            page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
            log_in(page, server.url, "county", demo.password())
            for path in ("overview", "ratings", "rectification"):
                page.goto(f"{server.url}/{'' if path == 'overview' else path}")
                settle(page)
                expect(page.locator("[data-testid=stPopoverButton]").first).to_be_visible(timeout=PATIENCE)
                page.emulate_media(media="print")
                eventually(lambda: page.evaluate(PRINTED) == [], seconds=20)  # the print style is mounted with the page
                for hidden in ("stHeader", "stPopover", "stSelectbox", "stButtonGroup"):
                    assert not any(each.is_visible() for each in page.get_by_test_id(hidden).all()), (path, hidden)
                assert page.locator("h2").first.is_visible()
                if path == "overview":
                    assert page.locator(".st-key-overview-map svg").is_visible()
                    assert page.locator(".st-key-overview-ranking table").is_visible()
                    assert page.locator(".st-key-overview-figures .tile").count() == 6
                page.emulate_media(media="screen")
                expect(page.locator("[data-testid=stPopoverButton]").first).to_be_visible()
        finally:
            browser.close()
            server.kill()
