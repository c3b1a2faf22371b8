"""One browser tab, as Streamlit's server sees it: the websocket `/_stcore/stream` and its protobuf messages, without a browser.

A `Tab` keeps what a browser keeps: the elements on the page, the widgets' values, the buffers of forms, the page and its
address, the timers of fragments, and the cache of large messages. It does not render, and sends only the values that were set.
"""

import asyncio
import ipaddress
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

EARLY = ForwardMsg.ScriptFinishedStatus.Value("FINISHED_EARLY_FOR_RERUN")
BROKEN = ForwardMsg.ScriptFinishedStatus.Value("FINISHED_WITH_COMPILE_ERROR")
VALUES = {
    "text_input": "string_value", "text_area": "string_value", "selectbox": "string_value", "radio": "string_value",
    "number_input": "double_value", "checkbox": "bool_value", "multiselect": "string_array_value", "button_group": "string_array_value",
    "slider": "double_array_value", "date_input": "string_array_value", "time_input": "string_value",
}
"""Kind of a widget → the field of WidgetState that holds its value. A choice is sent as its label."""
SEEDS = {"radio": "raw_value", "selectbox": "raw_value", "number_input": "value", "text_input": "value", "text_area": "value", "checkbox": "value"}
"""Kind of a widget → where the server puts a value of its own (`set_value`), which the browser takes over."""
WORDS = {"markdown": "body", "text": "body", "heading": "body", "alert": "body", "metric": "body", "toast": "body", "html": "body"}
PATIENCE = 60.0
"""Seconds after which a run that has not ended is an error."""
SHOWN = 600


class TabError(Exception):
    """The tab cannot go on: no such widget, no answer, connection lost."""


def loopback(url: str) -> str:
    """The address without a trailing slash. Raises ValueError unless it is of this machine: load is for one's own server only."""
    host = urlsplit(url).hostname or ""
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise ValueError(f"{url}: only a server on this machine (localhost, 127.0.0.1, ::1) may be put under load")
    return url.rstrip("/")


@dataclass
class Numbers:
    """What all tabs of a measurement have seen."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By phase: from sending a request to the end of its last run."""
    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By phase: bytes received."""
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By phase: when its first run began and its last one ended."""
    errors: Counter = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    """The first message of each kind of error."""
    alerts: Counter = field(default_factory=Counter)
    """Error boxes that the page itself showed."""
    skipped_ticks: int = 0

    def ran(self, phase: str, began: float, size: int) -> None:
        now = time.perf_counter()
        self.seconds[phase].append(now - began)
        self.sizes[phase].append(size)
        first, last = self.spans.get(phase, (began, now))
        self.spans[phase] = (min(first, began), max(last, now))

    def failed(self, kind: str, detail: object = "") -> None:
        self.errors[kind] += 1
        self.samples.setdefault(kind, str(detail)[:SHOWN])


@dataclass
class Element:
    """One element on the page; a widget has an id."""

    kind: str
    message: object
    fragment: str
    run: int

    @property
    def id(self) -> str:
        return getattr(self.message, "id", "") or ""

    @property
    def key(self) -> str:
        """The widget's own key: an id is `$$ID-<hash>-<key>`."""
        parts = self.id.split("-", 2)
        return parts[2] if self.id.startswith("$$ID") and len(parts) == 3 and parts[2] != "None" else ""

    @property
    def label(self) -> str:
        return getattr(self.message, "label", "") or ""

    @property
    def form(self) -> str:
        return getattr(self.message, "form_id", "") or ""

    @property
    def options(self) -> list[str]:
        return [getattr(option, "content", option) for option in getattr(self.message, "options", ())]

    @property
    def words(self) -> str:
        """What it says, its label aside."""
        return getattr(self.message, WORDS[self.kind]) if self.kind in WORDS else ""


class Tab:
    """A tab of one visitor. Its runs follow one another, as a browser's do."""

    def __init__(self, url: str, numbers: Numbers, *, page: str = "", query: str = "", cookie: str = "", patience: float = PATIENCE):
        self.url, self.numbers, self.page, self.query, self.patience = loopback(url), numbers, page.strip("/"), query.lstrip("?"), patience
        self.headers = {"Cookie": cookie} if cookie else {}
        self.elements: dict[tuple[int, ...], Element] = {}
        self.timers: dict[str, float] = {}
        """Fragments that refresh themselves → seconds between."""
        self._values: dict[str, WidgetState] = {}
        self._buffers: dict[str, dict[str, WidgetState]] = defaultdict(dict)
        self._cache: dict[str, tuple[ForwardMsg, int]] = {}
        self.drawn = 0.0
        """When the whole page was last drawn to its end (`time.perf_counter`)."""
        self._page_hash, self._run, self._fragments, self._size, self._cache_age = "", 0, (), 0, 2
        self._ended: asyncio.Future | None = None
        self._turn = asyncio.Lock()

    # ---- connection

    async def open(self, phase: str = "open") -> None:
        """Connect and run the page for the first time."""
        address = urlsplit(self.url)
        stream = f"{'wss' if address.scheme == 'https' else 'ws'}://{address.netloc}{address.path}/_stcore/stream"
        self._socket = await websockets.connect(stream, max_size=None, compression=None, proxy=None, ping_interval=None,
                                                subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"], additional_headers=self.headers,
                                                open_timeout=self.patience)
        self._reader = asyncio.create_task(self._read())
        await self.run(phase)

    async def close(self) -> None:
        if hasattr(self, "_socket"):
            self._reader.cancel()
            await self._socket.close()

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                self._size += len(raw)
                self._take(ForwardMsg.FromString(raw))
        except websockets.ConnectionClosed as closed:
            self._lost(closed)
        else:
            self._lost("the server closed the connection")

    def _lost(self, reason: object) -> None:
        self.numbers.failed("connection lost", reason)
        if self._ended and not self._ended.done():
            self._ended.set_exception(TabError("connection lost"))

    # ---- what the server says

    def _take(self, message: ForwardMsg) -> None:
        kind, place = message.WhichOneof("type"), tuple(message.metadata.delta_path)
        if kind == "ref_hash":
            if message.ref_hash not in self._cache:
                self.numbers.failed("message not in the cache")
                return
            message = self._cache[message.ref_hash][0]
            self._cache[message.hash] = (message, self._run)
            kind = "delta"
        elif kind == "delta" and message.metadata.cacheable:
            self._cache[message.hash] = (message, self._run)
        match kind:
            case "delta":
                self._draw(message.delta, place)
            case "new_session":
                self._begin(message)
            case "auto_rerun":
                self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self.timers.pop(fragment, None)
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string.lstrip("?")
            case "page_not_found":
                self.numbers.failed("page not found", self.page)
            case "session_event" if message.session_event.WhichOneof("type") == "script_compilation_exception":
                self.numbers.failed("script does not compile", message.session_event.script_compilation_exception.message)
            case "script_finished":
                self._end(message.script_finished)

    def _begin(self, message: ForwardMsg) -> None:
        self._run += 1
        self._page_hash = message.new_session.page_script_hash
        self._cache_age = message.new_session.config.max_cached_message_age or self._cache_age
        self._fragments = tuple(message.metadata.run.fragment_ids)
        if not self._fragments:
            self.timers.clear()

    def _draw(self, delta, place: tuple[int, ...]) -> None:
        if delta.WhichOneof("type") == "add_block":
            self.elements.pop(place, None)
            return
        kind = delta.new_element.WhichOneof("type") if delta.WhichOneof("type") == "new_element" else None
        if kind is None:
            return
        for below in [known for known in self.elements if known[:len(place)] == place]:
            del self.elements[below]
        element = self.elements[place] = Element(kind, getattr(delta.new_element, kind), delta.fragment_id, self._run)
        if kind == "exception" and not element.message.is_warning:
            self.numbers.failed(f"exception {element.message.type}", element.message.message)
        elif kind == "alert" and element.message.format == element.message.ERROR:
            self.numbers.alerts[element.message.body[:80]] += 1
        if getattr(element.message, "set_value", False):
            self._take_over(element)

    def _take_over(self, element: Element) -> None:
        """Put the server's value into a widget, as the browser does; none at all empties it."""
        self._values.pop(element.id, None)
        seed = SEEDS.get(element.kind)
        if seed and (element.kind == "checkbox" or element.message.HasField(seed)):
            self._values[element.id] = _state(element, getattr(element.message, seed))

    def _end(self, status: int) -> None:
        if status == EARLY:
            return  # st.rerun, st.switch_page: another run follows
        if status == BROKEN:
            self.numbers.failed("script does not compile")
        for place, element in list(self.elements.items()):
            if element.run != self._run and (not self._fragments or element.fragment in self._fragments):
                del self.elements[place]
        shown = {element.id for element in self.elements.values()}
        self._values = {id_: value for id_, value in self._values.items() if id_ in shown}
        if not self._fragments:
            self.drawn = time.perf_counter()
            self._cache = {hash_: kept for hash_, kept in self._cache.items() if self._run - kept[1] <= self._cache_age}
        if self._ended and not self._ended.done():
            self._ended.set_result(None)

    # ---- what the visitor does

    async def run(self, phase: str, *, fragment: str = "", automatic: bool = False, pressed: WidgetState | None = None) -> None:
        """Ask for a run, of the page or of one fragment, and wait for its end. Raises TabError."""
        async with self._turn:
            self._ended, self._size = asyncio.get_running_loop().create_future(), 0
            asked, began = self._request(fragment, automatic, pressed), time.perf_counter()
            try:
                await self._socket.send(asked.SerializeToString())
                await asyncio.wait_for(self._ended, self.patience)
            except TimeoutError:
                self.numbers.failed(f"no answer: {phase}", f"no end of the run within {self.patience:g} s")
                raise TabError("no answer") from None
            except websockets.ConnectionClosed:
                raise TabError("connection lost") from None
            finally:
                self._ended = None
            self.numbers.ran(phase, began, self._size)

    def _request(self, fragment: str, automatic: bool, pressed: WidgetState | None) -> BackMsg:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.fragment_id, asked.is_auto_rerun = self.query, fragment, automatic
        asked.page_script_hash, asked.page_name = self._page_hash, "" if self._page_hash else self.page
        asked.context_info.timezone, asked.context_info.timezone_offset, asked.context_info.locale = "Asia/Shanghai", -480, "zh-CN"
        asked.context_info.url = f"{self.url}/{self.page}"
        asked.widget_states.widgets.extend([*self._values.values(), *([pressed] if pressed else [])])
        asked.cached_message_hashes.extend(self._cache)
        return message

    async def set(self, element: Element, value: object, phase: str) -> None:
        """Change a widget's value; within a form it waits for the form's button."""
        if element.form:
            self._buffers[element.form][element.id] = _state(element, value)
            return
        self._values[element.id] = _state(element, value)
        await self.run(phase, fragment=element.fragment)

    async def press(self, element: Element, phase: str) -> None:
        """Press a button; a form's button sends the form. Raises TabError when it is disabled."""
        if getattr(element.message, "disabled", False):
            raise TabError(f"disabled: {element.label}")
        if element.form:
            self._values.update(self._buffers.pop(element.form, {}))
        await self.run(phase, fragment=element.fragment, pressed=WidgetState(id=element.id, trigger_value=True))

    async def go(self, page: str, phase: str, query: str = "") -> None:
        """Open another page of the app in this tab."""
        self.page, self.query, self._page_hash = page.strip("/"), query.lstrip("?"), ""
        self._values.clear()
        self._buffers.clear()
        await self.run(phase)

    async def hold(self, seconds: float, phase: str = "tick", until: Callable[[], bool] = lambda: False) -> None:
        """Stay on the page, refreshing what refreshes itself, as often as it asks (`run_every`), no longer than `until` something holds."""
        ends = time.perf_counter() + seconds
        due = {fragment: time.perf_counter() + random.random() * every for fragment, every in self.timers.items()}
        while (now := time.perf_counter()) < ends and not until():
            # a refresh that found something new has run the whole page, and with it come other timers
            due = {fragment: due.get(fragment, now + every) for fragment, every in self.timers.items()}
            fragment = min(due, key=due.get, default=None)
            if fragment is None or due[fragment] >= ends:
                await asyncio.sleep(ends - now)
                return
            await asyncio.sleep(max(0.0, due[fragment] - now))
            await self.run(phase, fragment=fragment, automatic=True)
            if fragment in self.timers:
                missed = max(0, int((time.perf_counter() - due[fragment]) // self.timers[fragment]))
                self.numbers.skipped_ticks += missed
                due[fragment] += (missed + 1) * self.timers[fragment]

    # ---- what is on the page

    def shown(self) -> list[Element]:
        """Elements in their order on the page."""
        return [self.elements[place] for place in sorted(self.elements)]

    def widgets(self, kinds: Collection[str] = (), *, key: str = "", label: str = "") -> list[Element]:
        """Widgets by kind, by key and by label, in their order."""
        return [element for element in self.shown() if element.id and (not kinds or element.kind in kinds)
                and (not key or element.key == key) and (not label or element.label == label)]

    def find(self, kinds: Collection[str] = (), *, key: str = "", label: str = "") -> Element:
        """The one widget meant. Raises TabError when there is none."""
        if found := self.widgets(kinds, key=key, label=label):
            return found[0]
        there = [f"{element.kind}:{element.key or element.label}" for element in self.widgets()]
        self.numbers.failed(f"no widget {key or label}", there)
        raise TabError(f"no widget {key or label}")

    @property
    def at(self) -> str:
        """Streamlit's hash of the page that the tab is on, the same on every server of the app."""
        return self._page_hash

    def value(self, element: Element) -> object:
        """What a widget of one value holds, as far as this tab or the server has set it; else None."""
        state = self._values.get(element.id)
        return getattr(state, VALUES[element.kind]) if state else None

    def words(self) -> str:
        """All that the page says."""
        return "\n".join(_lines(self.shown()))


def _state(element: Element, value: object) -> WidgetState:
    name, state = VALUES[element.kind], WidgetState(id=element.id)
    if name.endswith("_array_value"):
        getattr(state, name).data.extend(value if isinstance(value, list) else [value])
    else:
        setattr(state, name, {"double_value": float, "bool_value": bool}.get(name, str)(value))
    return state


def _lines(elements: Iterable[Element]) -> Iterable[str]:
    for element in elements:
        yield from (said for said in (element.label, element.words) if said)
