"""HTML pieces that Streamlit has no element for: the phase strip, the township map, the ranking.

Python writes the whole piece as one string, with every name escaped; the script keeps one box and swaps its content only when
the string differs, so an unchanged piece does not flicker. What carries `data-id` is a link: a click (or Enter) is reported
to the page as `chosen`, and opening it in a new tab works as for any link.
"""

from html import escape
from urllib.parse import urlencode

import streamlit as st

SCRIPT = """
export default function({parentElement, data, setTriggerValue}) {
  let box = parentElement.querySelector('.drawn');
  if (!box) {
    box = document.createElement('div');
    box.className = 'drawn';
    parentElement.appendChild(box);
  }
  if (box.shown !== data.html) {
    const focused = parentElement.activeElement?.closest?.('[data-id]')?.dataset.id;
    box.innerHTML = data.html;
    box.shown = data.html;
    if (focused) box.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }
  box.onclick = event => {
    const link = event.target.closest('[data-id]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setTriggerValue('chosen', link.dataset.id);
  };
}"""
BASE = ".drawn{font-family:var(--st-font);color:#171410;container-type:inline-size} @media print{tr{break-inside:avoid}}"


class Piece:
    """One registered component: `show` draws its HTML and returns the id that was just chosen, None in every other run."""

    def __init__(self, name: str, css: str):
        self._mount = st.components.v2.component(name, css=BASE + css, js=SCRIPT)

    def show(self, html: str, key: str) -> str | None:
        return self._mount(data={"html": html}, key=key, on_chosen_change=_ignore).chosen


def _ignore() -> None:
    """A trigger is only kept when somebody listens; the value itself is read from the result."""


def href(page: str, language: str, **query: str) -> str:
    """Address of a page, relative so that it holds behind a proxy's path; it keeps the language for a new tab."""
    if language != "zh":
        query = {**query, "lang": language}
    return escape(f"{page}?{urlencode(query)}" if query else page)
