"""Charts as functions from rows to plotly figures, in the session's language; counts stand in the bars, so that grey prints read too."""

import datetime as dt
from html import escape

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.core import trend
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


class Finished(go.Figure):
    """A figure that is kept and shown to many, and never changed: its parts are put together once, not at every showing."""

    def to_dict(self) -> dict:
        if self._parts is None:
            self._parts = super().to_dict()
        return self._parts

    _parts: dict | None = None


def figure(traces: list[dict], **layout: object) -> go.Figure:
    return Finished(data=traces, layout={"template": palette.TEMPLATE, **layout})


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


PANELS = {"y": (0.34, 0.70), "y2": (0.0, 0.25), "y3": (0.75, 1.0)}
"""Heights of the year's three parts: organizations, the ledger, the phases."""
LATE = 0.6
"""Share of the year after which there is no room to the right of today any more."""
YEAR_LINES = (
    ("y", (("submitted", {"color": TEAL, "width": 3, "shape": "hv"}, TEAL),
           ("graded", {"color": palette.GOLD_TEXT, "width": 2, "dash": "dot", "shape": "hv"}, palette.GOLD_TEXT))),
    ("y2", (("raised", {"color": MUTED, "width": 2, "dash": "dash", "shape": "hv"}, MUTED),
            ("signed_off", {"color": TEAL, "width": 3, "shape": "hv"}, TEAL))))
"""Lines of each part: colour, width and dashes, so that they are told apart in grey too; the lower one of each pair last."""
STAGES = {"done": ("#DDEBE8", TEAL), "now": ("#F6E4E0", RED), "next": (palette.WHITE, palette.BORDER)}


def year(days: pd.DataFrame, due: int, program: Program, today: dt.date, language: str) -> go.Figure:
    """The whole year: the phases as bands with their names, organizations and ledger cumulated below them, today through all.

    `days`: lib.core.trend.cumulated; `due` is how many organizations are to hand in.
    """
    first, last = min(phase.starts for phase in program.phases), max(today, *(phase.ends for phase in program.phases))
    known = trend.over(days, first, min(max(today, first), last))
    x = [day.date().isoformat() for day in known.index]
    late = (min(today, last) - first).days > LATE * (last - first).days
    beside = {"xanchor": "right", "xshift": -8} if late else {"xanchor": "left", "xshift": 8}
    traces, notes, shapes = [], [], []
    for axis, lines in YEAR_LINES:
        highest = max(due if axis == "y" else int(known[lines[0][0]].iloc[-1]), 1)
        ends = [int(known[column].iloc[-1]) for column, *_ in lines]
        near = ends[0] - ends[1] < 0.2 * highest
        for place, (column, line, color) in enumerate(lines):
            name = t(f"chart.{column}")
            traces.append({"type": "scatter", "mode": "lines", "x": x, "y": known[column].tolist(), "name": name, "line": line, "yaxis": axis,
                           "hovertemplate": f"%{{x|%Y-%m-%d}}　{escape(name)} %{{y}}<extra></extra>"})
            crossing = axis == "y" and not place and 0.85 * due < ends[0] <= due  # the line of those due would run through the words
            anchor = "top" if place and (near or late) else "bottom" if near or late or crossing else "middle"
            notes.append(_note(x[-1], ends[place], f"<b>{escape(name)} {ends[place]:,}</b>", color, yref=axis, yanchor=anchor,
                               yshift=9 if crossing else 0, **beside))
    shapes.append({"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": due, "y1": due, "line": {"color": INK, "width": 1}})
    edge = {"xanchor": "left", "x": 0} if late else {"xanchor": "right", "x": 1}
    notes.append(_note(1, due, escape(t("chart.due", count=due)), MUTED, xref="paper", yanchor="bottom") | edge)
    for lane, phase in enumerate(program.phases):
        fill, line = STAGES["done" if today > phase.ends else "now" if today >= phase.starts else "next"]
        starts, ends_ = phase.starts.isoformat(), phase.ends.isoformat()
        shapes.append({"type": "rect", "xref": "x", "yref": "y3", "x0": starts, "x1": ends_, "y0": lane + 0.06, "y1": lane + 0.94, "fillcolor": fill,
                       "line": {"color": line, "width": 1}, "layer": "below"})
        shapes.append({"type": "line", "xref": "x", "yref": "paper", "x0": starts, "x1": starts, "y0": 0, "y1": PANELS["y3"][0], "layer": "below",
                       "line": {"color": "#B9B09F", "width": 1, "dash": "dot"}})
        notes.append(_note(starts, lane + 0.5, escape(phase.name[language]), INK, yref="y3", yanchor="middle", xshift=3))
    if first <= today:
        shapes.append({"type": "line", "xref": "x", "yref": "paper", "x0": today.isoformat(), "x1": today.isoformat(), "y0": 0, "y1": 1,
                       "line": {"color": RED, "width": 1}})
        notes.append(_note(today.isoformat(), 1, escape(t("chart.today", day=date(today))), RED, yref="paper", yanchor="bottom",
                           xanchor="right" if late else "left"))
    months = [month.date() for month in pd.date_range(first, last, freq="MS")]
    highs = {"y": due, "y2": int(known["raised"].max())}
    scale = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)", "zeroline": True, "zerolinecolor": "#B9B09F"}
    axes = {axis.replace("y", "yaxis"): {"domain": PANELS[axis], "range": [0, max(high * 1.15, 1)], "tickvals": steps(high)[-1:], **scale}
            for axis, high in highs.items()}
    axes["yaxis3"] = {"domain": PANELS["y3"], "range": [len(program.phases), 0], "visible": False}
    return figure(traces, height=480, showlegend=False, shapes=shapes, annotations=notes, margin={"l": 8, "r": 12, "t": 24, "b": 8},
                  xaxis={"type": "date", "range": [first.isoformat(), last.isoformat()], "tickvals": [month.isoformat() for month in months],
                         "ticktext": [t(f"month.{month.month}") for month in months], "showgrid": False, "anchor": "y2"}, **axes)


def steps(highest: int) -> list[int]:
    """Two to five round values of an axis up to `highest`, without zero."""
    size = next((size for size in (m * 10 ** power for power in range(7) for m in (1, 2, 5)) if highest / size <= 5), 1)
    return list(range(size, highest + 1, size))


def _note(x: object, y: float, words: str, color: str, **place: object) -> dict:
    return {"x": x, "y": y, "text": words, "showarrow": False, "xanchor": "left", "yref": "y", "font": {"size": 13, "color": color}, **place}
