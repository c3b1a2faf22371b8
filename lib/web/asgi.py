"""The ASGI side: cookies that no script can read, view links, files for those who may have them, headers, start-up."""

import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote
from zoneinfo import ZoneInfo

import anyio
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib import demo
from lib.core import access, phrases
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role
from lib.exchange import briefing, briefing_page, briefing_word, bundle, first_view, honour_roll, paper
from lib.exchange import minutes as minutes_on_paper
from lib.store import accounts, assessments, attachments, db, events, links, meetings, organizations, rounds, snapshots
from lib.store.db import Database
from lib.web import gate
from lib.web.first_paint import FirstPaint

log = logging.getLogger(__name__)

LONGEST_FORM = 200
"""Bytes of a PIN's form that are read."""
SESSION_COOKIE, VIEW_COOKIE = "cp_session", "cp_view"
SECURITY_HEADERS = (
    (b"content-security-policy",
     b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
     b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; "
     b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


def cookie_flags(request: Request) -> dict:
    return {"httponly": True, "samesite": "lax", "secure": request.url.scheme == "https", "path": "/"}


async def ask(function: Callable, *arguments):
    """Call a function of the store with a connection of its own, off the event loop."""

    def call():
        with db.session() as store:
            return function(store, *arguments)

    return await anyio.to_thread.run_sync(call)


def whoever(store: Database, sid: str | None, token: str | None) -> Actor | None:
    now = db.now(store)
    return accounts.actor_for(store, sid, now) or links.actor_for(store, token, now)


async def actor_of(request: Request) -> Actor | None:
    return await ask(whoever, request.cookies.get(SESSION_COOKIE), request.cookies.get(VIEW_COOKIE))


# ---- cookies


async def claim(request: Request) -> Response:
    """Trade a one-time ticket for the session cookie. The custom header keeps other sites' forms out."""
    sid = await ask(lambda store: accounts.claim(store, request.headers.get("x-ticket", ""), db.now(store)))
    if sid is None:
        return PlainTextResponse("", 403)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(SESSION_COOKIE, sid, max_age=accounts.SESSION_HOURS * 3600, **cookie_flags(request))
    return response


async def drop(request: Request) -> Response:
    """Delete a session cookie that is dead; a living one stays."""
    if request.headers.get("x-ticket") != "drop":
        return PlainTextResponse("", 403)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    if await ask(lambda store: accounts.actor_for(store, request.cookies.get(SESSION_COOKIE), db.now(store))) is None:
        response.delete_cookie(SESSION_COOKIE, **cookie_flags(request))
    return response


LINK_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


async def view(request: Request) -> Response:
    """A leader's link: the token goes into a cookie and the address comes out clean. Wrong, expired and revoked look alike.

    A link with a PIN asks for it first, on a page of its own; only the right one is traded for the cookie.
    """
    token = request.path_params["token"]

    def enter(store: Database) -> tuple[dict, float] | None:
        now = db.now(store)
        link = links.find(store, token, now)
        return link and (link, (dt.datetime.fromisoformat(link["expires_at"]) - now).total_seconds())

    found = await ask(enter)
    if found is None:
        lines = "".join(f"<p lang='{language}'>{phrases.text('link.dead', language)}</p>" for language in phrases.LANGUAGES)
        return HTMLResponse(f"<!doctype html><meta charset=utf-8><title>Chengping</title>{lines}", 404, LINK_HEADERS)
    link, seconds = found
    cookie = token
    if link["pin_hash"]:
        if request.method != "POST":
            return HTMLResponse(gate.page(), headers=LINK_HEADERS)
        given = parse_qs((await request.body())[:LONGEST_FORM].decode("utf-8", "replace")).get("pin", [""])[0]
        try:
            cookie = await ask(lambda store: links.open_with_pin(store, token, given.strip(), db.now(store)))
        except Refused as refused:
            return HTMLResponse(gate.page(refused.problems), 403, LINK_HEADERS)
    await ask(lambda store: links.used(store, link["id"], db.now(store)))
    response = RedirectResponse("/", 303, LINK_HEADERS)
    response.set_cookie(VIEW_COOKIE, cookie, max_age=max(1, int(seconds)), **cookie_flags(request))
    return response


# ---- files


def attached(name: str) -> dict[str, str]:
    """Headers for a file with any name (RFC 6266); it is saved, never shown as part of our site."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "private, no-store"}


async def attachment(request: Request) -> Response:
    """An evidence file, for those who answer for its organization; for anybody else it does not exist."""
    actor = await actor_of(request)
    try:
        if actor is None:
            raise Refused("attachment.unknown")
        name, media, path = await ask(attachments.open_, actor, request.path_params["id"])
    except Refused:
        return PlainTextResponse("", 404)
    return FileResponse(path, media_type=media, headers=attached(name))


async def snapshot(request: Request) -> Response:
    """A snapshot's CSV bundle, for those who manage snapshots; for anybody else it does not exist."""
    actor = await actor_of(request)
    try:
        if actor is None:
            raise Refused("snapshot.unknown", snapshot="")
        path = await anyio.to_thread.run_sync(bundle.kept, actor, request.path_params["id"])
    except Refused:
        return PlainTextResponse("", 404)
    return FileResponse(path, media_type="application/zip", headers=attached(bundle.name(path.stem)))


async def printed(request: Request) -> Response:
    """A form on paper: `/print/form/village` blank, `/print/assessment/CODE` as it is filled in."""
    actor = await actor_of(request)
    what, name = request.path_params["what"], request.path_params["name"]
    language = "en" if request.query_params.get("lang") == "en" else "zh"

    def page(store: Database) -> str:
        if actor is None:
            raise Refused("organization.unknown", code=name)
        if what == "form":
            access.require(actor, Action.FILL)
            current = rounds.current(store)
            return paper.blank(rounds.form_for(store, current.code, name), current.year, language)
        access.require(actor, Action.FILL, organizations.whose(store, name))
        draft = assessments.draft(store, name)
        submitted = assessments.submissions(store, draft.round.code, name)
        today = db.now(store).astimezone(ZoneInfo(draft.round.program.timezone)).date()
        return paper.filled(draft, draft.read(today), language, submitted[0]["receipt"] if submitted else "")

    try:
        html = await ask(page)
    except (Refused, LookupError):
        return PlainTextResponse("", 404)
    return HTMLResponse(html, headers={"Cache-Control": "private, no-store"})


async def honours(request: Request) -> Response:
    """The honour roll to print, for everybody who may look; `?snapshot=` as it stood then, for staff and for a link to that snapshot."""
    actor = await actor_of(request)
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    frozen = request.query_params.get("snapshot")

    def page(store: Database, when: dt.datetime) -> str:
        program = rounds.current(store).program
        day = when.astimezone(ZoneInfo(program.timezone)).date()
        return honour_roll.html(honour_roll.groups(store, actor, language), program.title[language], day, language)

    def read(store: Database) -> str:
        if actor is None or not access.allowed(actor, Action.LOOK):
            raise Refused("access.refused")
        if not frozen:
            return page(store, db.now(store))
        if actor.role not in (Role.COUNTY, Role.COMMITTEE) and actor.snapshot != frozen:
            raise Refused("snapshot.unknown", snapshot=frozen[:40])
        with db.session(snapshots.path(frozen)) as copy:
            return page(copy, dt.datetime.fromisoformat(events.last(copy)[1]))

    try:
        html = await ask(read)
    except Refused:
        return PlainTextResponse("", 404)
    return HTMLResponse(html, headers={"Cache-Control": "private, no-store"})


async def minutes(request: Request) -> Response:
    """A meeting's minutes to print, for those who may read them; for anybody else they do not exist."""
    actor = await actor_of(request)
    language = "en" if request.query_params.get("lang") == "en" else "zh"

    def read(store: Database) -> str:
        if actor is None:
            raise Refused("meeting.unknown")
        meeting, found = meetings.read(store, actor, request.path_params["id"])
        opened = rounds.local(store, meeting["opened_at"]).strftime("%Y-%m-%d %H:%M")
        return minutes_on_paper.page(meeting, found, opened, rounds.current(store).program.title[language], language)

    try:
        html = await ask(read)
    except Refused:
        return PlainTextResponse("", 404)
    return HTMLResponse(html, headers={"Cache-Control": "private, no-store"})


def _made(store: Database, actor: Actor | None, asked: str, language: str) -> briefing.Briefing:
    if actor is None:
        raise Refused("access.refused")
    return briefing.content(store, actor, asked, language)


async def briefing_to_print(request: Request) -> Response:
    """The briefing as a page, for everybody who may look: of `?snapshot=`, else of the newest. Who may look is told why there is none."""
    actor = await actor_of(request)
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    try:
        html, status = briefing_page.html(await ask(_made, actor, request.query_params.get("snapshot", ""), language)), 200
    except Refused as refused:
        if actor is None or not access.allowed(actor, Action.LOOK):
            return PlainTextResponse("", 404)
        html, status = briefing_page.refusal("".join(phrases.explain(problem, language) for problem in refused.problems), language), 404
    return HTMLResponse(html, status, {"Cache-Control": "private, no-store"})


async def briefing_to_edit(request: Request) -> Response:
    """The briefing as a Word file, for those who may see the page."""
    actor = await actor_of(request)
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    try:
        made = await ask(_made, actor, request.path_params["id"], language)
    except Refused:
        return PlainTextResponse("", 404)
    data = await anyio.to_thread.run_sync(briefing_word.docx, made)
    return Response(data, media_type=briefing_word.MEDIA, headers=attached(briefing.file_name(made.snapshot, language)))


async def health(request: Request) -> Response:
    """Whether the store answers: for a proxy or a monitor."""
    try:
        await ask(events.revision)
    except db.SQLiteError:
        return JSONResponse({"ok": False}, 503)
    return JSONResponse({"ok": True})


# ---- around everything


async def first_sight(request: Request, language: str) -> str | None:
    """What stands on the overview's page from the beginning, for those who may look; whatever goes wrong here, the page comes without it."""

    def see() -> str | None:
        with db.session() as store:
            now = db.now(store)
            actor = whoever(store, request.cookies.get(SESSION_COOKIE), request.cookies.get(VIEW_COOKIE))
            if actor is None or actor.must_change_password or not access.allowed(actor, Action.LOOK):
                return None
            return first_view.html(store, actor, now, language)

    try:
        return await anyio.to_thread.run_sync(see, abandon_on_cancel=True)
    except Refused:
        return None
    except Exception:
        log.exception("the first view could not be made")
        return None


class Headers:
    """Security headers on every answer."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", [])}
                extra = [header for header in SECURITY_HEADERS if header[0] not in given]
                if scope.get("scheme") == "https":
                    extra.append((b"strict-transport-security", b"max-age=31536000"))
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


@asynccontextmanager
async def lifespan(_app: ASGIApp) -> AsyncIterator[None]:
    await anyio.to_thread.run_sync(demo.start)
    yield


routes = [
    Route("/auth/claim", claim, methods=["POST"]),
    Route("/auth/drop", drop, methods=["POST"]),
    Route("/v/{token}", view, methods=["GET", "POST"]),
    Route("/attachments/{id}", attachment),
    Route("/snapshots/{id}.zip", snapshot),
    Route("/briefing/{id}.docx", briefing_to_edit),
    Route("/print/briefing", briefing_to_print),
    Route("/print/honours", honours),
    Route("/print/minutes/{id}", minutes),
    Route("/print/{what:str}/{name}", printed),
    Route("/health", health),
]
middleware = [Middleware(Headers), Middleware(FirstPaint, look=first_sight)]
