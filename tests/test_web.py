"""The ASGI side: headers on every answer, cookies that no script reads, view links, the CSV bundle for those who may have it."""

import datetime as dt
import io
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.core.model import SYSTEM
from lib.exchange import bundle
from lib.store import accounts, db, links, snapshots
from lib.web import asgi

TICKET = "X-Ticket"


@pytest.fixture
def client(small_county) -> TestClient:
    return TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware), follow_redirects=False)


@pytest.fixture
def opened(small_county):
    return accounts.open_session(small_county, "v1", db.now(small_county))


@pytest.fixture
def link(small_county, moment) -> str:
    return links.create(small_county, SYSTEM, "县委常委会", moment + dt.timedelta(days=30), moment)


def attributes(answer) -> tuple[str, set[str]]:
    """Name and value of the cookie that an answer sets, and its attributes without their values but SameSite's."""
    pair, *rest = answer.headers["set-cookie"].split("; ")
    return pair, {part.lower() if part.lower().startswith("samesite") else part.partition("=")[0].lower() for part in rest}


# ---- headers


@pytest.mark.parametrize("path", ["/", "/health", "/v/x", "/attachments/x", "/snapshots/x.zip"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert {name: headers[name] for name in ("x-content-type-options", "x-frame-options")} == {
        "x-content-type-options": "nosniff", "x-frame-options": "DENY"}
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["object-src"], policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == (
        "'self'", "'none'", "'none'", "'self'", "'self'")
    assert not [source for sources in policy.values() for source in sources.split() if "//" in source or "*" in source]
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert "strict-transport-security" not in headers


def test_over_https_the_browser_is_told_to_stay_there_and_cookies_are_secure(small_county, opened):
    client = TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware), base_url="https://testserver")
    assert client.get("/health").headers["strict-transport-security"] == "max-age=31536000"
    assert attributes(client.post("/auth/claim", headers={TICKET: opened.ticket}))[1] >= {"secure", "httponly"}


def test_health_says_whether_the_store_answers(client, home):
    assert (client.get("/health").status_code, client.get("/health").json()) == (200, {"ok": True})
    db.forget_connections()
    for file in home.glob("store.db*"):
        file.unlink()
    (home / "store.db").write_bytes(b"no database at all" * 1000)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


# ---- the session's cookie


def test_a_ticket_is_traded_once_for_an_http_only_cookie(client, opened):
    answer = client.post("/auth/claim", headers={TICKET: opened.ticket})
    assert (answer.status_code, answer.headers["cache-control"]) == (204, "no-store")
    assert attributes(answer) == (f"{asgi.SESSION_COOKIE}={opened.sid}", {"httponly", "max-age", "path", "samesite=lax"})
    again = client.post("/auth/claim", headers={TICKET: opened.ticket})
    assert (again.status_code, "set-cookie" in again.headers) == (403, False)


@pytest.mark.parametrize("headers", [{}, {TICKET: ""}, {TICKET: "x"}, {"Ticket": "the right one"}])
def test_without_a_good_ticket_in_its_own_header_there_is_no_cookie(client, opened, headers):
    answer = client.post("/auth/claim", headers={name: text.replace("the right one", opened.ticket) for name, text in headers.items()},
                         data={TICKET: opened.ticket})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("path", ["/auth/claim", "/auth/drop"])
def test_cookies_are_not_exchanged_by_a_mere_link(client, path):
    assert client.get(path).status_code == 405


def test_only_a_dead_session_is_dropped(client, small_county, opened, at, actor):
    cookie = {"cookie": f"{asgi.SESSION_COOKIE}={opened.sid}"}
    alive = client.post("/auth/drop", headers={TICKET: "drop", **cookie})
    assert (alive.status_code, "set-cookie" in alive.headers) == (204, False)
    accounts.end_session(small_county, actor("v1"), opened.sid, at)
    assert client.post("/auth/drop", headers=cookie).status_code == 403
    dead = client.post("/auth/drop", headers={TICKET: "drop", **cookie})
    assert (dead.status_code, attributes(dead)[0]) == (204, f'{asgi.SESSION_COOKIE}=""')


# ---- view links


def test_a_view_link_leaves_its_token_in_an_http_only_cookie_and_the_address_clean(client, small_county, link):
    answer = client.get(f"/v/{link}")
    assert (answer.status_code, answer.headers["location"], answer.headers["referrer-policy"], answer.headers["cache-control"]) == (
        303, "/", "no-referrer", "no-store")
    assert attributes(answer) == (f"{asgi.VIEW_COOKIE}={link}", {"httponly", "max-age", "path", "samesite=lax"})
    lifetime = int(answer.headers["set-cookie"].split("Max-Age=")[1].split(";")[0])
    assert 30 * 86400 - 60 < lifetime <= 30 * 86400
    assert links.every(small_county)[0]["used_at"] is not None


def test_wrong_expired_and_revoked_links_get_the_same_answer(client, small_county, moment, link):
    old = links.create(small_county, SYSTEM, "旧链接", moment - dt.timedelta(days=1), moment - dt.timedelta(days=2))
    links.revoke(small_county, SYSTEM, next(row["id"] for row in links.every(small_county) if row["name"] == "县委常委会"), moment)
    answers = [client.get(f"/v/{token}") for token in ("wrong", old, link)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "这个链接无效或已过期" in answers[0].text
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert {row["used_at"] for row in links.every(small_county)} == {None}


# ---- the CSV bundle


@pytest.fixture
def snapshot(small_county, at) -> str:
    return snapshots.create(small_county, SYSTEM, "四月调度会", at)


def cookies(store, link, who) -> dict[str, str]:
    if who is None:
        return {}
    return {"cookie": f"{asgi.VIEW_COOKIE}={link}" if who == "leader" else
            f"{asgi.SESSION_COOKIE}={accounts.open_session(store, who, db.now(store)).sid}"}


@pytest.mark.parametrize("who", ["county", "admin"])
def test_the_county_takes_a_snapshot_away(client, small_county, link, snapshot, who):
    answer = client.get(f"/snapshots/{snapshot}.zip", headers=cookies(small_county, link, who))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''chengping-{snapshot}.zip"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert answer.content == bundle.data(SYSTEM, snapshot)


@pytest.mark.parametrize("who", ["fengyuan", "v1", "leader", None])
def test_for_nobody_else_is_there_a_bundle(client, small_county, link, snapshot, who):
    headers = cookies(small_county, link, who)
    known, unknown = (client.get(f"/snapshots/{name}.zip", headers=headers) for name in (snapshot, "20120101-000000-0001"))
    assert (known.status_code, known.content, unknown.status_code, unknown.content) == (404, b"", 404, b"")
    assert list(snapshots.folder().glob("*.zip")) == []


@pytest.mark.parametrize("name", ["20120101-000000-0001", "..%2fstore", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "*", "%00"])
def test_a_snapshot_that_is_none_is_not_found(client, small_county, link, snapshot, name):
    assert client.get(f"/snapshots/{name}.zip", headers=cookies(small_county, link, "admin")).status_code == 404


def test_a_bundle_is_made_once_a_start_and_never_half(client, small_county, link, snapshot, monkeypatch):
    headers = cookies(small_county, link, "admin")
    kept = snapshots.path(snapshot).with_suffix(".zip")
    kept.write_bytes(b"left by an older version")
    made = []
    write = bundle.write
    monkeypatch.setattr(bundle, "write", lambda actor, which, file: (made.append(which), write(actor, which, file))[1])
    first, second = (client.get(f"/snapshots/{snapshot}.zip", headers=headers).content for _ in range(2))
    assert made == [snapshot]
    assert first == second == kept.read_bytes()

    def fails(actor, which, file):
        file.write(b"half")
        raise OSError("no space left")

    kept.unlink()
    monkeypatch.setattr(bundle, "write", fails)
    with pytest.raises(OSError, match="no space left"):
        client.get(f"/snapshots/{snapshot}.zip", headers=headers)
    assert [path.suffix for path in snapshots.folder().iterdir() if path.suffix in (".zip", ".part")] == []
