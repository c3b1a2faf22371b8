"""The table of cases and what is drawn from it, computed once per revision of a store and shared by everyone who looks."""

import pandas as pd
import streamlit as st

from lib.store import cases as store_cases
from lib.store import db as store
from lib.store import events
from lib.ui.session import Run

KEPT = 6
"""Revisions kept in memory: the live one, a few that are going out of use, and frozen copies."""


def key(run: Run) -> tuple[str, int]:
    """Names what a run sees: which store, at which revision."""
    return f"{store.home().absolute()}/{run.snapshot or ''}", events.revision(run.db)


def scope(run: Run) -> tuple[str, int, tuple[str, ...], str]:
    """What things drawn from the cases are kept by: store and revision, the townships a view link is limited to, the language."""
    return (*key(run), run.actor.townships, run.language)


def cases(run: Run) -> pd.DataFrame:
    """One row an organization (lib.store.cases); shared, so never change it. A view link limited to townships sees only theirs."""
    found = _cases(*key(run), run)
    return found[found["township"].isin(run.actor.townships)] if run.actor.townships else found


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _cases(home: str, revision: int, _run: Run) -> pd.DataFrame:
    return store_cases.table(_run.db, _run.round)
