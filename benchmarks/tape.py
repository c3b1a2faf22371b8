"""The same page from constants: every call of Streamlit that a page makes is taken down once, with its arguments, and made again.

What is left of a page when it is played is what Streamlit itself needs to draw these elements: no store, no rules, no phrases,
no formatting. That is the floor of a page run. Callbacks are left out, and labels of choices are looked up in a plain table.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.ui import live

CALLED = tuple(name for name in dir(DeltaGenerator) if callable(getattr(DeltaGenerator, name)) and not name.startswith("_"))
ALSO = ("_bidi_component", "__enter__", "__exit__")
FRAMING = ("set_page_config", "logo")
PLACES = ("sidebar", "bottom")
CALLBACKS = ("on_click", "on_change")


@dataclass(frozen=True)
class Call:
    """One call. `target` is "" for the page itself, a name of PLACES, or which earlier call returned the container."""

    target: str | tuple[int, int]
    name: str
    args: tuple
    options: dict


@dataclass
class Tape:
    """A page as its calls."""

    calls: list[Call] = field(default_factory=list)
    seeds: dict[str, object] = field(default_factory=dict)
    """Values that the page gave its choices before it drew them."""
    full: bool = False
    _menu: tuple = ()
    _depth: int = 0
    _containers: dict[int, tuple[int, int]] = field(default_factory=dict)
    _held: list = field(default_factory=list)

    # ---- taking down

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Take down what is called inside; a run that does not come to its end (st.rerun, st.stop) leaves nothing."""
        self.calls, self.seeds, self._menu = [], {}, ()
        before = {(owner, name): getattr(owner, name) for owner, name in self._patched()}
        try:
            self._patch()
            yield
            self.full = True
        finally:
            for (owner, name), original in before.items():
                setattr(owner, name, original)
            self._containers, self._held = {}, []

    @staticmethod
    def _patched() -> Iterator[tuple[object, str]]:
        for name in (*CALLED, *ALSO):
            yield DeltaGenerator, name
            if hasattr(st, name):
                yield st, name
        yield from ((st, name) for name in (*FRAMING, "Page", "navigation"))
        yield live, "watch"

    def _patch(self) -> None:
        for name in (*CALLED, *ALSO):
            method = self._method(name, getattr(DeltaGenerator, name))
            setattr(DeltaGenerator, name, method)
            if hasattr(st, name):
                setattr(st, name, functools.partial(method, st._main))
        for name in FRAMING:
            setattr(st, name, self._function(name, getattr(st, name)))
        made: dict[int, tuple] = {}
        page, navigation = st.Page, st.navigation

        def noted_page(*args, **options):
            found = page(*args, **options)
            made[id(found)] = (args, options)
            self._held.append(found)
            return found

        def noted_navigation(pages, **options):
            menu = pages if isinstance(pages, dict) else {"": pages}
            self._menu = ({section: [made[id(each)] for each in entries] for section, entries in menu.items()}, options)
            return navigation(pages, **options)

        st.Page, st.navigation = noted_page, noted_navigation
        live.watch = lambda run: None  # played by an empty fragment

    def _method(self, name: str, original: Callable) -> Callable:
        @functools.wraps(original)
        def noted(target, *args, **options):
            if self._depth:
                return original(target, *args, **options)
            place = self._place(target)
            self._depth += 1
            try:
                found = original(target, *args, **options)
            finally:
                self._depth -= 1
            self._note(Call(place, name, *self._constant(args, options)), found)
            return found

        return noted

    def _function(self, name: str, original: Callable) -> Callable:
        def noted(*args, **options):
            self.calls.append(Call("", name, args, options))
            return original(*args, **options)

        return noted

    def _place(self, target: DeltaGenerator) -> str | tuple[int, int]:
        if target is st._main:
            return ""
        named = next((name for name in PLACES if target is getattr(st, name)), None)
        return named or self._containers[id(target)]

    def _note(self, call: Call, found: object) -> None:
        self.calls.append(call)
        for position, container in enumerate(found if isinstance(found, (list, tuple)) else [found]):
            if isinstance(container, DeltaGenerator) and not call.name.startswith("__"):
                self._containers[id(container)] = (len(self.calls) - 1, position)
                self._held.append(container)  # so that its id is nobody else's while the tape is made

    def _constant(self, args: tuple, options: dict) -> tuple[tuple, dict]:
        """A call's arguments without callbacks, and with labels that are only looked up."""
        if any(name in options for name in CALLBACKS):
            options = {name: value for name, value in options.items() if name not in (*CALLBACKS, "args", "kwargs")}
        if "format_func" in options:
            choices = args[1] if len(args) > 1 else options["options"]
            options = {**options, "format_func": {choice: options["format_func"](choice) for choice in choices}.__getitem__}
            if options.get("key") in st.session_state:
                self.seeds[options["key"]] = st.session_state[options["key"]]
        return args, options

    # ---- playing

    def play(self) -> None:
        """Draw the page again."""
        for key, value in self.seeds.items():
            if key not in st.session_state:
                st.session_state[key] = value
        if self._menu:
            menu, options = self._menu
            st.navigation({section: [st.Page(*args, **each) for args, each in pages] for section, pages in menu.items()}, **options)
        found: list = []
        for call in self.calls:
            if isinstance(call.target, tuple):
                index, position = call.target
                target = found[index][position] if isinstance(found[index], (list, tuple)) else found[index]
            else:
                target = getattr(st, call.target) if call.target else st
            found.append(getattr(target, call.name)(*call.args, **call.options))
        _idle()


@st.fragment(run_every=live.SECONDS)
def _idle() -> None:
    """Stands for the watcher: a fragment that does nothing."""


TAPE = Tape()
"""The one that `constants.py` records and plays; a server of its own for every page that is measured."""
