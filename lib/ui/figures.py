"""The table of cases and what is drawn from it, computed once per revision of a store and shared by everyone who looks."""

import pandas as pd

from lib.core import targets
from lib.store import events, programme
from lib.store.programme import Tables
from lib.ui.session import Run


def key(run: Run) -> tuple[str, int]:
    """Names what a run sees: which store, at which revision."""
    return events.seen(run.db)


def scope(run: Run) -> tuple[str, int, tuple[str, ...], str]:
    """What things drawn from the cases are kept by: store and revision, the townships a view link is limited to, the language."""
    return (*key(run), run.actor.townships, run.language)


def tables(run: Run) -> Tables:
    """The tables that the figures are counted over (lib.store.programme); shared, so never change them.

    A view link limited to townships sees only theirs.
    """
    return targets.of_townships(programme.kept(run.db, run.today), run.actor.townships)


def cases(run: Run) -> pd.DataFrame:
    """One row an organization: the table of cases (lib.store.cases) with what the work programme knows of each; never change it."""
    return tables(run)["organizations"]
