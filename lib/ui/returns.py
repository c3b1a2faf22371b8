"""Ready-made returns upward: the tables of lib.exchange.reports on the screen and to take away."""

from collections.abc import Collection
from decimal import Decimal

import pandas as pd
import streamlit as st

from lib.exchange import reports
from lib.exchange.reports import Report
from lib.ui import downloads, figures
from lib.ui import programme_page as page
from lib.ui.session import Run
from lib.ui.text import DASH, gray, t

PART = "snapshots.part"
OPTIONS: dict[str, Collection[str]] = {"report": tuple(reports.REPORTS)}
DEFAULTS = {"report": next(iter(reports.REPORTS))}
ROW, HEAD, LONGEST = 35, 38, 640


def show(run: Run) -> None:
    """One return at a time, as of what the page shows: live, or the snapshot that is looked at."""
    names = {name: t(f"report_name.{name}") for name in reports.REPORTS}
    name = st.selectbox(t("returns.which"), list(names), format_func=names.get, key=f"{PART}.report", width=360)
    report = page.kept(run, _made, name)
    st.markdown(gray(t(f"report_note.{name}")))
    downloads.offer(run, f"returns.{name}", names[name], report.titles(run.language), lambda own: report.rows, len(report.rows))
    frame = pd.DataFrame(report.rows, columns=list(report.columns))
    words = [column for column in report.columns if not {f"{column}_label", f"{column}_name"} & set(report.columns)]
    titles = dict(zip(report.columns, report.titles(run.language), strict=True))
    st.dataframe(frame[words].map(_number), hide_index=True, key=f"returns.{name}", height=min(HEAD + ROW * len(frame), LONGEST), row_height=ROW,
                 column_config={column: st.column_config.Column(titles[column]) for column in words}, placeholder=DASH)


def _made(run: Run, name: str) -> Report:
    return reports.make(run.db, name, run.today, run.language, figures.tables(run))


def _number(cell: object) -> object:
    """Decimals as numbers: the table would show them as text."""
    return float(cell) if isinstance(cell, Decimal) else cell
