"""A short list of facts about one thing: what it is on the left, the value on the right."""

from collections.abc import Mapping

import streamlit as st

from lib.core.model import SYSTEM
from lib.ui.text import plain, t


def title(code: str) -> str:
    """A phrase as the head of a column or a field: words of tables are written small in English."""
    label = t(code)
    return label[:1].upper() + label[1:]


def who(name: str) -> str:
    """Who did something, by the name of the account; the command line has none."""
    return t("snapshots.by_system") if name == SYSTEM.name else name


def show(lines: Mapping[str, str | None], table: str) -> None:
    """The facts that have a value; their names are the phrases of `table`. Values are user text."""
    shown = {name: value for name, value in lines.items() if value}
    st.table({"name": [f":gray[{title(f'{table}.{name}')}]" for name in shown], "value": [plain(value) for value in shown.values()]},
             border="horizontal", hide_index=True, hide_header=True)
