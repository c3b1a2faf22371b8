"""The strip of steps: the year's phases, or the five steps of one organization's grading; which are over, which run, which come."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from lib.core.program import Phase, Program
from lib.ui import drawn
from lib.ui.text import date, t

SOON = 60
"""Days before its start from which a phase is counted down."""

CSS = """
ol{list-style:none;margin:0;padding:0;display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);gap:0 16px}
li{border-top:1px solid #DDD6C9;position:relative;padding:12px 0 0;font-size:13px;line-height:1.55;color:#5F584D}
li i{position:absolute;left:0;top:-3px;height:5px;background:#A32E2B} li.done i{background:#1F635F}
b{font-size:16px;color:#171410;margin-right:8px} em{font-style:normal;display:inline-block} .now em{color:#8F2522;font-weight:600}
.done em{color:#1B5753} .next b{color:#5F584D} .when{white-space:nowrap} .what{display:block;color:#171410}
@container (max-width:640px){ol{grid-auto-flow:row;gap:0}
 li{padding:6px 0 6px 12px;border-top:0;border-left:1px solid #DDD6C9} li i{left:-3px;top:0;width:5px!important;height:100%} .next i{display:none}
 .what{display:inline;margin-left:.8em}
 .brief .done :is(.what,.when,br),.brief .next :is(.what,.when,br){display:none}}
"""
_piece = drawn.Piece("strip", CSS)


@dataclass(frozen=True)
class Step:
    """One step as it is shown: `stage` is done, now or next; `gone` the share of it that is over, in per cent."""

    name: str
    stage: str
    standing: str
    when: str = ""
    what: str = ""
    gone: int = 100


def stage(phase: Phase, today: dt.date) -> str:
    """`done`, `now` or `next`."""
    return "done" if today > phase.ends else "now" if today >= phase.starts else "next"


def standing(phase: Phase, today: dt.date) -> str:
    """A phase's stage in words, with the days that are left or to come."""
    match stage(phase, today):
        case "done":
            return t("phase.done")
        case "now":
            left = (phase.ends - today).days
            return t("phase.now", days=left) if left else t("phase.last_day")
        case _:
            days = (phase.starts - today).days
            return t("phase.next", days=days) if days <= SOON else t("phase.later")


def phases(program: Program, today: dt.date, lines: Mapping[str, str], language: str) -> list[Step]:
    """The year's phases. `lines` says by phase code what a phase stands at; one without shows its dates and stage alone."""
    steps = []
    for phase in program.phases:
        length = (phase.ends - phase.starts).days + 1
        gone = min(max((today - phase.starts).days + 1, 0), length)
        steps.append(Step(phase.name[language], stage(phase, today), standing(phase, today), f"{date(phase.starts)}–{date(phase.ends)}",
                          lines.get(phase.code, ""), 100 * gone // length))
    return steps


def html(steps: Iterable[Step], title: str, *, brief: bool = False) -> str:
    """The strip; a `brief` one shows only the running steps in full on a phone."""
    items = []
    for step in steps:
        when = f'<br><span class="when">{escape(step.when)}</span>' if step.when else ""
        what = f'<span class="what">{escape(step.what)}</span>' if step.what else ""
        items.append(f'<li class="{step.stage}"><i style="width:{step.gone}%"></i><b>{escape(step.name)}</b>'
                     f'<em>{escape(step.standing)}</em>{when}{what}</li>')
    return f'<ol{" class=brief" if brief else ""} aria-label="{escape(title)}">{"".join(items)}</ol>'


def show(strip: str, key: str) -> None:
    _piece.show(strip, key)
