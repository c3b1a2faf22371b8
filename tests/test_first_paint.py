"""The first view that comes with the page itself: for whom, of what, and that nothing about it stops the page."""

import datetime as dt
import threading

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lib.core import phrases
from lib.core.model import SYSTEM
from lib.exchange import first_view
from lib.store import accounts, links, organizations, snapshots
from lib.web import asgi, first_paint

PAGE = "<!doctype html><html><body><div id=root></div></body></html>"
DAY = dt.timedelta(days=1)
FOURTH = {"code": "V3", "name": "丙村党支部", "kind": "village", "committee": "610525101000", "township": "610525101", "members": 30,
          "secretary": "书记", "phone": ""}


async def page(request) -> HTMLResponse:
    """Streamlit's page: answered with nothing when the browser says that it has it."""
    if request.headers.get("if-none-match") == "x":
        return HTMLResponse("", 304)
    return HTMLResponse(PAGE, headers={"etag": "x", "cache-control": "no-cache"})


@pytest.fixture
def client(small_county) -> TestClient:
    routes = [*asgi.routes, Route("/", page, methods=["GET", "POST"]), Route("/overview", page), Route("/work", page),
              Route("/plain", lambda _: PlainTextResponse("x"))]
    return TestClient(Starlette(routes=routes, middleware=asgi.middleware))


@pytest.fixture
def signed_in(client, small_county, moment):
    def sign_in(username: str) -> TestClient:
        client.cookies.set(asgi.SESSION_COOKIE, accounts.open_session(small_county, username, moment).sid)
        return client
    return sign_in


@pytest.fixture
def by_link(client, small_county, moment):
    """`by_link(townships=…)`: the browser of a leader who has opened such a view link."""
    def open_link(**scope) -> TestClient:
        client.cookies.set(asgi.VIEW_COOKIE, links.create(small_county, SYSTEM, "县委常委会", moment + 30 * DAY, moment, **scope))
        return client
    return open_link


def painted(answer) -> bool:
    return "first-view" in answer.text


def test_a_leader_has_figures_and_map_with_the_page(by_link):
    answer = by_link().get("/")
    assert answer.status_code == 200
    assert answer.text.startswith(PAGE.removesuffix("</body></html>"))
    for words in ("全县总览", "自评提交率", "0/3", "0.0%", "冯原镇", "目标 100%"):
        assert words in answer.text
    assert answer.text.count("<path") == 10
    assert (answer.headers["cache-control"], "etag" in answer.headers) == ("private, no-store", False)
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("username", ["county", "fengyuan", "v1"])
def test_every_account_that_may_look_has_it(signed_in, username):
    assert painted(signed_in(username).get("/overview"))


def test_nobody_else_has_it(client, small_county, moment):
    assert client.get("/").text == PAGE
    client.cookies.set(asgi.VIEW_COOKIE, "rubbish")
    client.cookies.set(asgi.SESSION_COOKIE, "rubbish")
    assert client.get("/").text == PAGE


def test_who_must_change_the_password_sees_nothing_before(signed_in, small_county):
    small_county.conn.execute("update accounts set must_change = 1 where username = 'county'")
    small_county.conn.commit()
    assert not painted(signed_in("county").get("/"))


def test_only_the_page_that_everybody_has_is_painted(by_link):
    client = by_link()
    assert painted(client.get("/?lang=en"))
    assert "County overview" in client.get("/?lang=en").text
    for address in ("/?measure=graded", "/?lang=fr", "/work", "/plain", "/overview?snapshot=x"):
        assert not painted(client.get(address)), address
    assert not painted(client.post("/"))


def test_a_copy_that_the_browser_has_is_no_answer(by_link):
    assert painted(by_link().get("/", headers={"if-none-match": "x"}))


def test_a_link_to_one_township_sees_that_alone(by_link, small_county):
    text = by_link(townships=("610525001",)).get("/").text
    assert "0/1" in text
    assert "0/3" not in text


def test_a_meetings_link_sees_the_frozen_figures(by_link, small_county, at):
    frozen = snapshots.create(small_county, SYSTEM, "会前", at)
    organizations.save_organization(small_county, SYSTEM, FOURTH, at)
    client = by_link(snapshot=frozen)
    assert "0/3" in client.get("/").text
    assert phrases.text("frame.meeting", "zh", when="").split("·")[1].strip() in client.get("/").text
    client.cookies.clear()
    assert "0/4" in by_link().get("/").text


def test_the_figures_move_with_the_store(by_link, small_county, at):
    client = by_link()
    assert "0/3" in client.get("/").text
    organizations.save_organization(small_county, SYSTEM, FOURTH, at)
    assert "0/4" in client.get("/").text


def test_names_are_no_markup(by_link, small_county):
    small_county.conn.execute("update townships set name = '<b>镇' where code = '610525101'")
    small_county.conn.commit()
    text = by_link().get("/").text
    assert "&lt;b&gt;镇" in text
    assert "<b>镇" not in text


def test_an_empty_county_has_the_page_alone(store, moment):
    client = TestClient(Starlette(routes=[Route("/", page)], middleware=asgi.middleware))
    client.cookies.set(asgi.VIEW_COOKIE, links.create(store, SYSTEM, "县委常委会", moment + 30 * DAY, moment))
    assert client.get("/").text == PAGE


def test_neither_an_error_nor_slowness_stops_the_page(by_link, monkeypatch):
    made, go_on = threading.Event(), threading.Event()

    def broken(*_):
        raise ValueError

    def slow(*_):
        assert go_on.wait(60)
        made.set()

    client = by_link()
    monkeypatch.setattr(first_view, "html", broken)
    assert client.get("/").text == PAGE
    monkeypatch.setattr(first_view, "html", slow)
    monkeypatch.setattr(first_paint, "PATIENCE", 0.05)
    assert client.get("/").text == PAGE
    assert not made.is_set()  # the page came first
    go_on.set()
    assert made.wait(60)
