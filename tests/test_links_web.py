"""View links over HTTP and in a browser: the PIN in front of a link, what a dead one looks like, and what becomes of an open screen."""

import datetime as dt
import sqlite3

import pytest
from browser import FLAGS, Server, chromium, settle
from playwright.sync_api import expect, sync_playwright
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.core import phrases
from lib.core.model import SYSTEM, Refused
from lib.exchange import link_slip
from lib.store import db, links, meetings, rounds, snapshots
from lib.ui import live
from lib.web import asgi, gate

PIN = "2468"
DAY = dt.timedelta(days=1)


@pytest.fixture
def client(small_county) -> TestClient:
    return TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware), follow_redirects=False)


@pytest.fixture
def link(small_county, moment) -> str:
    """The token of a link that asks for PIN."""
    return links.create(small_county, SYSTEM, "县委常委会", moment + 30 * DAY, moment, pin=PIN)


def cookie(answer) -> str:
    return answer.headers["set-cookie"].split(";")[0].partition("=")[2]


def leader(client, value) -> bool:
    """Whether a cookie lets somebody in; the honour roll is for everybody who may look."""
    return client.get("/print/honours", headers={"cookie": f"{asgi.VIEW_COOKIE}={value}"}).status_code == 200


# ---- the PIN


def test_the_pin_is_asked_for_before_anything_is_given(client, small_county, link):
    asked = client.get(f"/v/{link}")
    assert (asked.status_code, asked.text, "set-cookie" in asked.headers) == (200, gate.page(), False)
    assert links.every(small_county)[0]["used_at"] is None
    wrong = client.post(f"/v/{link}", data={"pin": "1357"})
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (403, False)
    assert phrases.text("problem.link.pin_wrong", "zh") in wrong.text
    right = client.post(f"/v/{link}", data={"pin": f" {PIN} "})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert leader(client, cookie(right))
    assert links.every(small_county)[0]["used_at"] is not None


def test_no_cookie_made_by_hand_lets_anybody_in(client, small_county, link):
    """Whoever has the address but not the PIN would otherwise try all of them as cookies, where nobody counts."""
    given = cookie(client.post(f"/v/{link}", data={"pin": PIN}))
    token, _, passed = given.partition(links.JOIN)
    assert (token, PIN in passed) == (link, False)
    stored = db.value(small_county, "select pin_hash from links")
    for made in (link, f"{link}{links.JOIN}", f"{link}{links.JOIN}{PIN}", f"{link}{links.JOIN}{stored}", f"{link}{links.JOIN}{passed[:-1]}",
                 f"{link}{links.JOIN}{links._pass('', link, PIN)}", f"{links.JOIN}{passed}", passed):
        assert not leader(client, made)
    assert leader(client, given)


def test_neither_token_nor_pin_nor_pass_is_in_the_store(client, home, link):
    passed = cookie(client.post(f"/v/{link}", data={"pin": PIN})).partition(links.JOIN)[2]
    connection = sqlite3.connect(home / "store.db")
    dump = "\n".join(connection.iterdump())
    connection.close()
    assert "县委常委会" in dump
    assert not [secret for secret in (link, passed, f"'{PIN}'", links._pass("", link, PIN)) if secret in dump]


def test_two_links_with_the_same_pin_do_not_open_each_other(client, small_county, moment, link):
    other = links.create(small_county, SYSTEM, "另一个", moment + DAY, moment, pin=PIN)
    passed = cookie(client.post(f"/v/{link}", data={"pin": PIN})).partition(links.JOIN)[2]
    assert not leader(client, f"{other}{links.JOIN}{passed}")


def test_after_too_many_wrong_pins_not_even_the_right_one_opens_until_the_wait_is_over(small_county, moment, link):
    for _ in range(links.PIN_TRIES):
        with pytest.raises(Refused) as refused:
            links.open_with_pin(small_county, link, "0000", moment)
        assert refused.value.problems[0].code == "link.pin_wrong"
    with pytest.raises(Refused) as refused:
        links.open_with_pin(small_county, link, PIN, moment)
    assert refused.value.problems[0].code == "link.pin_wait"
    assert links.open_with_pin(small_county, link, PIN, moment + links.PIN_WAIT)
    with pytest.raises(Refused) as refused:  # the right one has cleared the count
        links.open_with_pin(small_county, link, "0000", moment + links.PIN_WAIT)
    assert refused.value.problems[0].code == "link.pin_wrong"


def test_the_wait_is_told_on_the_page_and_other_links_stay_open(client, small_county, moment, link):
    other = links.create(small_county, SYSTEM, "另一个", moment + DAY, moment, pin=PIN)
    for _ in range(links.PIN_TRIES):
        client.post(f"/v/{link}", data={"pin": "0000"})
    answer = client.post(f"/v/{link}", data={"pin": PIN})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert phrases.text("problem.link.pin_wait", "zh", minutes=10) in answer.text
    assert client.post(f"/v/{other}", data={"pin": PIN}).status_code == 303


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "１２３４", "12 34"])
def test_a_pin_is_four_to_eight_digits(small_county, moment, pin):
    with pytest.raises(Refused) as refused:
        links.create(small_county, SYSTEM, "某人", moment + DAY, moment, pin=pin)
    assert refused.value.problems[0].code == "link.pin"


# ---- dead links


@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_expired_and_revoked_links_look_alike_to_the_byte(client, small_county, moment, method):
    old = links.create(small_county, SYSTEM, "旧链接", moment - DAY, moment - 2 * DAY, pin=PIN)
    plain_old = links.create(small_county, SYSTEM, "旧链接", moment - DAY, moment - 2 * DAY)
    revoked, plain_revoked = (links.create(small_county, SYSTEM, "停用的", moment + DAY, moment, pin=pin) for pin in (PIN, ""))
    for row in links.every(small_county):
        if row["name"] == "停用的":
            links.revoke(small_county, SYSTEM, row["id"], moment)
    more = {"data": {"pin": PIN}} if method == "post" else {}
    answers = [getattr(client, method)(f"/v/{token}", **more) for token in ("wrong", old, plain_old, revoked, plain_revoked)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_a_cookie_of_a_link_that_ended_opens_nothing(client, small_county, moment, link):
    given = cookie(client.post(f"/v/{link}", data={"pin": PIN}))
    links.revoke(small_county, SYSTEM, links.every(small_county)[0]["id"], moment)
    assert not leader(client, given)


# ---- on paper


def test_the_printed_page_has_all_but_the_pin(small_county):
    program = rounds.current(small_county).program
    for pin, words in ((True, "links.pin_asked"), (False, "links.pin_not_asked")):
        slip = link_slip.Slip("<b>县委</b>", "https://cp.example/v/abc", "2012-05-10T15:59:59Z", pin, "全县")
        page = link_slip.page(slip, program, "zh")
        assert "&lt;b&gt;县委&lt;/b&gt;" in page
        assert "<b>县委" not in page
        assert all(part in page for part in ("<svg", "https://cp.example/v/abc", "2012-05-10 23:59", "全县", phrases.text(words, "zh")))


def test_minutes_are_printed_for_those_who_may_read_them(client, small_county, moment, at):
    meeting, token = meetings.open_meeting(small_county, SYSTEM, "四月<调度>会", moment)
    other, foreign = meetings.open_meeting(small_county, SYSTEM, "另一次会", moment)
    minute = meetings.note(small_county, SYSTEM, meeting, "收回<三间>活动室", "李明", "2012-05-01", at, organization="V1")
    meetings.to_ledger(small_county, SYSTEM, minute, "副镇长", at)
    answer = client.get(f"/print/minutes/{meeting}", headers={"cookie": f"{asgi.VIEW_COOKIE}={token}"})
    assert answer.status_code == 200
    assert all(words in answer.text for words in ("四月&lt;调度&gt;会", "收回&lt;三间&gt;活动室", "李明", "2012-05-01", "甲村党支部", "0001",
                                                  phrases.text("item_state.open", "zh")))
    assert client.get(f"/print/minutes/{other}", headers={"cookie": f"{asgi.VIEW_COOKIE}={token}"}).status_code == 404
    assert client.get(f"/print/minutes/{meeting}", headers={"cookie": f"{asgi.VIEW_COOKIE}={foreign}"}).status_code == 404
    assert client.get(f"/print/minutes/{meeting}").status_code == 404
    assert phrases.text("minutes.nothing", "en") in client.get(f"/print/minutes/{other}?lang=en",
                                                               headers={"cookie": f"{asgi.VIEW_COOKIE}={foreign}"}).text


# ---- an open screen


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_revoking_ends_an_open_screen_within_a_tick(small_county, home):
    now = db.now(small_county)
    meeting, token = meetings.open_meeting(small_county, SYSTEM, "四月调度会", now, pin=PIN)
    server = Server(home)
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(locale="zh-CN")
            page.goto(f"{server.url}/v/{token}")
            page.locator("#pin").fill(PIN)
            page.locator("button").click()
            expect(page.get_by_role("heading", name=phrases.text("page.overview", "zh"))).to_be_visible(timeout=20_000)
            assert page.url == f"{server.url}/"
            assert asgi.VIEW_COOKIE not in page.evaluate("document.cookie")
            settle(page)
            assert len(snapshots.every()) == 1
            meetings.close_meeting(small_county, SYSTEM, meeting, db.iso(now))
            small_county.conn.commit()
            expect(page.locator("input[type=password]")).to_be_visible(timeout=(live.SECONDS + 5) * 1000)
            expect(page.get_by_role("heading", name=phrases.text("page.overview", "zh"))).to_have_count(0)
            browser.close()
    finally:
        server.kill()
