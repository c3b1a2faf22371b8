"""Filters that live in the address as codes, so that what one sees can be sent as a link.

The widgets are seeded from the address when it was changed by somebody else than they (a link, the browser's way back), and
write it when they change. Session key `<page>.address`: what the page wrote last (`write` sets it; nobody clears it).
"""

from collections.abc import Callable, Collection, Iterable, Mapping

import streamlit as st

from lib.ui.text import t


def _address(names: Iterable[str]) -> dict[str, str]:
    return {name: st.query_params.get(name, "") for name in names}


def read(page: str, options: Mapping[str, Collection[str] | None], defaults: Mapping[str, str] | None = None) -> None:
    """Seed a page's filter widgets from the address. Call it before the widgets.

    `options` are the codes of each filter, None for free text; what the address names beyond them is the default, or "" (off).
    """
    asked = _address(options)
    changed = st.session_state.get(f"{page}.address") != asked
    for name, codes in options.items():
        key = f"{page}.{name}"
        if changed or key not in st.session_state:  # a widget that was not drawn last time has lost its value
            valid = asked[name] if codes is None or asked[name] in codes else ""
            st.session_state[key] = valid or (defaults or {}).get(name, "")


def write(page: str, chosen: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> None:
    """Put the filters' codes into the address; a filter that is off, or at its default, is not named there."""
    for name, value in chosen.items():
        if value == (defaults or {}).get(name, ""):
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value
    st.session_state[f"{page}.address"] = _address(chosen)


def select(page: str, name: str, options: tuple[str, ...], label: Callable[[str], str], width: int = 168) -> None:
    """A selectbox over codes; its first entry is "all"."""
    st.selectbox(t(f"filter.{name}"), ("", *options), format_func=lambda code: label(code) if code else t(f"filter.all_{name}"),
                 key=f"{page}.{name}", label_visibility="collapsed", width=width)


def search(page: str, name: str, width: int = 220) -> None:
    """A search by name."""
    st.text_input(t(f"filter.{name}"), key=f"{page}.{name}", placeholder=t(f"filter.{name}"), label_visibility="collapsed", icon=":material/search:",
                  max_chars=40, width=width)
