"""Charts as functions from rows to plotly figures, in the session's language; counts stand in the bars, so that grey prints read too."""

import datetime as dt
from html import escape

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.core.model import Grade
from lib.core.program import Program
from lib.core.targets import MOMENTS, UNCLASSED, UPPER_CLASSES
from lib.ui import palette
from lib.ui.palette import INK, MUTED, RED, TEAL
from lib.ui.text import date, t

LEGIBLE = 5
"""Share of a bar (per cent) from which its count has room inside."""
FIGURE_SPACE = "\u2007"
COLUMNS = (*(grade.value for grade in Grade), "not_graded", "not_submitted")


def figure(traces: list[dict], **layout: object) -> go.Figure:
    return go.Figure(data=traces, layout={"template": palette.TEMPLATE, **layout})


def show(chart: go.Figure, key: str, alt: str) -> None:
    """Place a chart; `alt` says its finding for those who do not see it."""
    st.plotly_chart(chart, theme=None, config=palette.CONFIG, key=key, alt=alt)


def _share(count: int, total: int) -> float:
    return 100 * count / total if total else 0.0


def worst_first(counts: pd.DataFrame) -> list[str]:
    """Kinds by their share of poor, then of average, among those graded; kinds without a grade last. `counts`: targets.grades_by_kind."""
    graded = counts[[grade.value for grade in Grade]].sum(axis=1)

    def badness(kind: str) -> tuple:
        total = int(graded[kind])
        return (total > 0, _share(int(counts.at[kind, Grade.POOR]), total), _share(int(counts.at[kind, Grade.AVERAGE]), total))

    return sorted(counts.index, key=badness, reverse=True)


def _stack(name: str, labels: list[str], counts: list[int], totals: list[int], shades: tuple[str, str, str], *, hatched: bool = False) -> dict:
    fill, edge, on = shades
    shares = [_share(count, total) for count, total in zip(counts, totals, strict=True)]
    return {
        "type": "bar", "orientation": "h", "name": name, "y": labels, "x": shares, "textposition": "inside", "insidetextanchor": "middle",
        "text": [str(count) if share >= LEGIBLE else "" for count, share in zip(counts, shares, strict=True)], "textangle": 0,
        "textfont": {"size": 13, "color": on}, "customdata": list(zip(counts, totals, strict=True)),
        "marker": {"color": fill, "line": {"color": edge, "width": 1},
                   "pattern": {"shape": "/" if hatched else "", "fgcolor": palette.HATCH, "size": 6, "solidity": 0.18}},
        "hovertemplate": f"%{{y}}　{escape(name)} %{{customdata[0]}}/%{{customdata[1]}}（%{{x:.1f}}%）<extra></extra>"}


def grades_by_kind(counts: pd.DataFrame) -> go.Figure:
    """Grades of each kind as stacked shares with counts inside: all kinds first, then the worst kind first. `counts`: targets.grades_by_kind."""
    order = worst_first(counts)
    rows = [(t("chart.all"), counts.sum()), *((t(f"kind.{kind}"), counts.loc[kind]) for kind in order)]
    totals = [int(row.sum()) for _, row in rows]
    digits = len(str(totals[0]))
    labels = [f"{name}　{str(total).rjust(digits, FIGURE_SPACE)}" for (name, _), total in zip(rows, totals, strict=True)]
    traces = [_stack(t(f"grade.{column}"), labels, [int(row[column]) for _, row in rows], totals, palette.shades(column),
                     hatched=column == "not_submitted") for column in COLUMNS]
    return figure(traces, barmode="stack", height=60 + 36 * len(rows), bargap=0.28, margin={"l": 8, "r": 8, "t": 34, "b": 4},
                  xaxis={"visible": False, "range": [0, 100.4]}, yaxis=palette.CATEGORIES)


def village_classes(counts: pd.DataFrame, upper_target: float, fourth_target: float) -> go.Figure:
    """Villages by class at the start, now, and as their own targets. `counts`: targets.village_classes; the targets in per cent."""
    labels = [t(f"chart.moment_{moment}") for moment in MOMENTS]
    totals = [int(counts.loc[moment].sum()) for moment in MOMENTS]
    columns = [column for column in counts.columns if column != UNCLASSED or counts[UNCLASSED].any()]
    traces = [_stack(class_words(column), labels, [int(counts.at[moment, column]) for moment in MOMENTS], totals,
                     palette.NOTHING[UNCLASSED] if column == UNCLASSED else palette.CLASS[column], hatched=column == UNCLASSED)
              for column in columns]
    marks = ((upper_target, t("chart.upper_target", share=f"{upper_target:g}"), "right"),
             (100 - fourth_target, t("chart.fourth_target", share=f"{fourth_target:g}"), "right"))
    lines = [{"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": {"color": INK, "width": 2}}
             for x, *_ in marks]
    notes = [{"x": x, "y": 0, "yref": "paper", "yanchor": "top", "xanchor": anchor, "text": words, "showarrow": False,
              "font": {"size": 13, "color": MUTED}} for x, words, anchor in marks]
    return figure(traces, barmode="stack", height=270, bargap=0.3, margin={"l": 8, "r": 8, "t": 58, "b": 26}, shapes=lines, annotations=notes,
                  xaxis={"visible": False, "range": [0, 100.4]}, yaxis=palette.CATEGORIES)


def class_words(code: str) -> str:
    """A class in words, or that a village has none yet."""
    return t("chart.unclassed") if code == UNCLASSED else t(f"class.{code}")


def upper(counts: pd.DataFrame, moment: str) -> int:
    """Villages in class 2 or above at a moment."""
    return int(counts.loc[moment, [each.value for each in UPPER_CLASSES]].sum())


def progress(days: pd.DataFrame, due: int, program: Program, today: dt.date) -> go.Figure:
    """Submissions and approvals cumulated by day, with the steps of the grading, its last day and today. `days`: targets.by_day."""
    phase = next(phase for phase in program.phases if phase.starts <= program.submit_by <= phase.ends)
    inside = days.loc[[day for day in days.index if day.date() <= today]]  # an empty mask would drop the columns
    first = min([phase.starts, *(day.date() for day in inside.index[:1])])
    last = max([phase.ends, *(day.date() for day in inside.index[-1:])])
    reach = [pd.Timestamp(first), pd.Timestamp(min(max(today, first), last))]
    filled = inside.reindex(pd.date_range(*reach)).ffill().fillna(0).astype(int) if reach[0] <= reach[1] else inside
    lines = (("submitted", t("chart.submitted"), {"color": TEAL, "width": 3, "shape": "hv"}, TEAL),
             ("graded", t("chart.graded"), {"color": palette.GOLD_TEXT, "width": 2, "dash": "dot", "shape": "hv"}, palette.GOLD_TEXT))
    x = [day.date().isoformat() for day in filled.index]
    traces = [{"type": "scatter", "mode": "lines", "x": x, "y": filled[column].tolist(), "name": name, "line": line,
               "hovertemplate": f"%{{x|%Y-%m-%d}}　{escape(name)} %{{y}}<extra></extra>"} for column, name, line, _ in lines]
    review_from = program.submit_by + dt.timedelta(days=1)
    step = [(phase.starts, program.submit_by, t("chart.step_self", day=date(program.submit_by)), palette.SAND),
            (review_from, phase.ends, t("chart.step_review", day=date(phase.ends)), "rgba(0,0,0,0)")]
    shapes = [{"type": "rect", "xref": "x", "yref": "paper", "x0": a.isoformat(), "x1": b.isoformat(), "y0": 0, "y1": 1, "fillcolor": color,
               "line": {"width": 0}, "layer": "below"} for a, b, _, color in step]
    shapes.append({"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": due, "y1": due, "line": {"color": INK, "width": 1}})
    notes = [_note(a.isoformat(), 1, f"<b>{escape(words)}</b>", MUTED, yref="paper", yanchor="bottom") for a, _, words, _ in step]
    notes.append(_note(1, due, escape(t("chart.due", count=due)), MUTED, xref="paper", xanchor="right", yanchor="bottom"))
    if first <= today <= last:
        shapes.append({"type": "line", "xref": "x", "yref": "paper", "x0": today.isoformat(), "x1": today.isoformat(), "y0": 0, "y1": 1,
                       "line": {"color": RED, "width": 1}})
        notes.append(_note(today.isoformat(), 0.03, escape(t("chart.today", day=date(today))), RED, yref="paper", xshift=6, yanchor="bottom"))
    if x:
        ends = [int(filled[column].iloc[-1]) for column, *_ in lines]
        low = [-2 if ends[0] - ends[1] < 0.08 * max(due, 1) and place else 0 for place in range(2)]
        notes += [_note(x[-1], end, f"<b>{end}</b>", color, xshift=8, yanchor="top" if shift else "middle")
                  for end, (*_, color), shift in zip(ends, lines, low, strict=True)]
    ticks = pd.date_range(first, last, periods=5).normalize()
    return figure(traces, height=300, showlegend=False, shapes=shapes, annotations=notes, margin={"l": 8, "r": 36, "t": 28, "b": 8},
                  xaxis={"type": "date", "range": [first.isoformat(), last.isoformat()], "tickvals": [tick.date().isoformat() for tick in ticks],
                         "ticktext": [date(tick.date()) for tick in ticks], "showgrid": False},
                  yaxis={"range": [0, max(due * 1.12, 1)], "tickvals": steps(due), "ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"})


def steps(highest: int) -> list[int]:
    """Two to five round values of an axis up to `highest`, without zero."""
    size = next((size for size in (m * 10 ** power for power in range(7) for m in (1, 2, 5)) if highest / size <= 5), 1)
    return list(range(size, highest + 1, size))


def _note(x: object, y: float, words: str, color: str, **place: object) -> dict:
    return {"x": x, "y": y, "text": words, "showarrow": False, "xanchor": "left", "yref": "y", "font": {"size": 13, "color": color}, **place}
