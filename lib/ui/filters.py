"""Filters that live in the address as codes, so that what one sees can be sent as a link.

The widgets are seeded from the address when it was changed by somebody else than they (a link), and write it when they change.
Before it opens another page, Streamlit 1.67 adds a step to the browser's history: this page's path with the *other* page's
codes. A way back arrives there; such foreign codes therefore mean "as it was left", and nothing is written over them.
Session keys: `address.<page>`, the filters as the page last had them (`write` sets it, `clear` clears it); `left.<page>`, the codes of the page
that was opened from there (lib.ui.places), which may be called like filters of its own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

import streamlit as st

from lib.ui.text import t

EVERYWHERE = frozenset({"lang", "snapshot"})
"""Codes that any page's address may carry."""


def _foreign(page: str, names: Iterable[str]) -> bool:
    """Whether the address has another page's codes."""
    given = {name: code for name, code in st.query_params.to_dict().items() if name not in EVERYWHERE}
    return bool(given.keys() - set(names)) or (bool(given) and given == st.session_state.get(f"left.{page}"))


def asked(page: str, names: Collection[str]) -> dict[str, str]:
    """What the address asks of a page, "" for what it does not name; after a way back, what the page had before."""
    left = st.session_state.get(f"address.{page}")
    return left if left and _foreign(page, names) else {name: st.query_params.get(name, "") for name in names}


def read(page: str, options: Mapping[str, Collection[str] | None], defaults: Mapping[str, str] | None = None) -> None:
    """Seed a page's filter widgets from the address. Call it before the widgets.

    `options` are the codes of each filter, None for free text; what the address names beyond them is the default, or "" (off).
    """
    given = asked(page, options)
    changed = st.session_state.get(f"address.{page}") != given
    for name, codes in options.items():
        key = f"{page}.{name}"
        if changed or key not in st.session_state:  # a widget that was not drawn last time has lost its value
            valid = given[name] if codes is None or given[name] in codes else ""
            st.session_state[key] = valid or (defaults or {}).get(name, "")


def write(page: str, chosen: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> None:
    """Put the filters' codes into the address; a filter that is off, or at its default, is not named there.

    An address that says the same in other words (it names a default) stays: changing it would be one more step for the way back.
    """
    def short(codes: Mapping[str, str]) -> dict[str, str]:
        return {name: "" if value == (defaults or {}).get(name) else value for name, value in codes.items()}

    wanted, given = short(chosen), asked(page, chosen)
    if wanted == short(given):
        wanted = given
    else:
        kept = {name: st.query_params[name] for name in EVERYWHERE & set(st.query_params)}
        st.query_params.from_dict({**kept, **{name: value for name, value in wanted.items() if value}})
    st.session_state[f"address.{page}"] = wanted


def clear(page: str) -> None:
    """Let every filter of a page go (a callback of a button)."""
    st.session_state.pop(f"address.{page}", None)
    st.query_params.from_dict({name: st.query_params[name] for name in EVERYWHERE & set(st.query_params)})


def select(page: str, name: str, options: tuple[str, ...], label: Callable[[str], str], width: int = 168, table: str = "filter") -> None:
    """A selectbox over codes; its first entry is "all". The phrases `<name>` and `all_<name>` are in `table`."""
    st.selectbox(t(f"{table}.{name}"), ("", *options), format_func=lambda code: label(code) if code else t(f"{table}.all_{name}"),
                 key=f"{page}.{name}", label_visibility="collapsed", width=width)


def search(page: str, name: str, width: int = 220, table: str = "filter") -> None:
    """A search by name."""
    label = t(f"{table}.{name}")
    st.text_input(label, key=f"{page}.{name}", placeholder=label, label_visibility="collapsed", icon=":material/search:", max_chars=40, width=width)
