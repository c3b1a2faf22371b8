"""The first view, put into the page that a browser asks for first.

Streamlit's page is an empty one until its script has come, has connected and has been answered: a second on a good computer, several on an old one.
Who may look gets the overview's figures and map with the page itself (lib/exchange/first_view.py); a few lines of script take them away as soon
as the map of the living page, or whatever else was asked for, stands behind them.
"""

from collections.abc import Awaitable, Callable

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 0.4
"""Seconds that the page waits for its first view: the first visitor after a change to a large county gets it without."""
ADDRESSES = ("/", "/overview")
WHOLE_AND_PLAIN = (b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")
"""Headers of a request that could be answered with less than the page as it is."""
SCRIPT = """<script>(() => {
  const first = document.getElementById('first-view'), began = Date.now();
  const stands = () => {
    if (!['/', '/overview'].some(place => location.pathname.endsWith(place))) return true;
    const map = document.querySelector('.st-key-overview-map');
    const drawn = map && [map, ...map.querySelectorAll('*')].some(each => (each.shadowRoot ?? each).querySelector('svg text'));
    return drawn || document.querySelector('[data-testid=stForm],[data-testid=stAlert],[data-testid=stDialog]') || Date.now() - began > 20000;
  };
  const timer = setInterval(() => { if (stands()) { clearInterval(timer); first.remove(); } }, 50);
})()</script>"""


def language(request: Request) -> str | None:
    """The language that a page is asked for in, None where the overview as everybody has it is not what is asked for."""
    asked = dict(request.query_params)
    spoken = asked.pop("lang", "zh")
    return spoken if request.method == "GET" and request.url.path in ADDRESSES and not asked and spoken in ("zh", "en") else None


class FirstPaint:
    """Puts what `look` gives for a request and a language (HTML, None for nothing) into the body of the overview's page."""

    def __init__(self, app: ASGIApp, look: Callable[[Request, str], Awaitable[str | None]]):
        self.app, self.look = app, look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        spoken = language(Request(scope)) if scope["type"] == "http" else None
        first = None
        if spoken:
            with anyio.move_on_after(PATIENCE):
                first = await self.look(Request(scope), spoken)
        if first is None:
            await self.app(scope, receive, send)
            return
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] not in WHOLE_AND_PLAIN]}
        await self.app(scope, receive, _Painted(send, first).send)


class _Painted:
    """Holds back an answer until it is whole, and sends it with the first view in it; what is no page of HTML goes on as it is."""

    def __init__(self, send: Send, first: str):
        self._send, self._first, self._start, self._body = send, first, None, b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if message["status"] == 200 and headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body.replace(b"</body>", (self._first + SCRIPT).encode() + b"</body>", 1)
        headers = MutableHeaders(raw=self._start["headers"])
        for name in ("etag", "last-modified", "accept-ranges"):
            if name in headers:
                del headers[name]
        headers["content-length"], headers["cache-control"] = str(len(body)), "private, no-store"
        await self._send(self._start)
        await self._send({**message, "body": body, "more_body": False})
