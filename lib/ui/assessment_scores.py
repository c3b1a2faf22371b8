"""The annual assessment (L3): a composite score per committee from the figures, with its parts; other weights can be tried, in this tab only.

Session keys: `whatif` (weights tried, by figure; a moved input sets it, the reset button clears it) and the inputs `targets.weight_<figure>`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.model import Role
from lib.core.targets import Assessment, Figure, Part
from lib.ui import drawn, figures, overview, paging, places, shared, target_board
from lib.ui.session import Run
from lib.ui.text import DASH, gray, percent, plain, signed, t

KEPT = 24
HEAVIEST = 100
"""The largest weight that can be tried."""
INPUTS_IN_A_ROW = 7
CSS = target_board.SHARED_CSS + """
td{vertical-align:middle} tr.here td{background:#DDEBE8} tr.apart td{color:#5F584D} tfoot td{font-weight:700;border-bottom:0} td.grow{width:100%}
.score{display:inline-block;width:clamp(60px,16cqw,150px);height:9px;background:#EFEAE0;position:relative;margin-right:8px}
.score i{position:absolute;left:0;top:0;bottom:0;background:#8CBBB6;border:1px solid #1F635F;box-sizing:border-box}
@container (max-width:520px){.score{display:none} th{white-space:normal} .bar{width:56px}}
@media print{a{color:#171410;text-decoration:none}}
"""
_ranks, _parts = drawn.Piece("assessment_ranks", CSS), drawn.Piece("assessment_parts", CSS)


@dataclass(frozen=True)
class Scored:
    """One committee: its score with the parts, and its rank; None where nothing applies to it."""

    code: str
    name: str
    assessment: Assessment
    rank: int | None


def figures_of(run: Run) -> Mapping[str, Mapping[str, Figure]]:
    """By committee the figures that the pack weighs and that count today."""
    return _figures_of(*figures.scope(run), run.today, run)


@shared.once(KEPT)
def _figures_of(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, _run: Run) -> Mapping[str, Mapping[str, Figure]]:
    program = _run.program
    return targets.by_committee(figures.tables(_run), program, targets.assessed(program, program.assessment, today))


def scored(run: Run, weights: Mapping[str, float]) -> tuple[Scored, ...]:
    """Every committee by its score, the best first; equal scores share a rank, and those without one stand last."""
    return _scored(*figures.scope(run), run.today, tuple(weights.items()), run)


@shared.once(KEPT)
def _scored(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, weights: tuple[tuple[str, float], ...],
            _run: Run) -> tuple[Scored, ...]:
    committees = figures.tables(_run)["committees"]
    names = dict(zip(committees["code"], committees["name"], strict=True))
    of = figures_of(_run)
    found = {code: targets.weighed(of[code], dict(weights)) for code in names}
    ranked = sorted((code for code in names if found[code].score is not None), key=lambda code: -found[code].score)
    scores = [found[code].score for code in ranked]
    return (*(Scored(code, names[code], found[code], scores.index(found[code].score) + 1) for code in ranked),
            *(Scored(code, names[code], found[code], None) for code in names if found[code].score is None))


# ---- trying other weights


def tried(run: Run) -> Mapping[str, float]:
    """The weights as they were moved in this tab; the pack's where nothing was."""
    moved = st.session_state.get("whatif", {})
    return {code: moved.get(code, weight) for code, weight in run.program.assessment.items()}


def _moved(code: str) -> None:
    st.session_state["whatif"] = {**st.session_state.get("whatif", {}), code: st.session_state[f"targets.weight_{code}"]}


def _reset(codes: Sequence[str]) -> None:
    for key in ("whatif", *(f"targets.weight_{code}" for code in codes)):
        st.session_state.pop(key, None)


def ask(run: Run) -> None:
    """An input for each weight; nothing of it is stored."""
    weights, codes = tried(run), list(run.program.assessment)
    with st.expander(t("targets.whatif"), icon=":material/tune:", expanded=weights != dict(run.program.assessment)):
        st.markdown(gray(t("targets.whatif_note")))
        for start in range(0, len(codes), INPUTS_IN_A_ROW):
            with st.container(horizontal=True, gap="small"):
                for code in codes[start:start + INPUTS_IN_A_ROW]:
                    key = f"targets.weight_{code}"
                    if key not in st.session_state:
                        st.session_state[key] = int(weights[code])
                    st.number_input(t(f"short.{code}"), 0, HEAVIEST, step=1, key=key, on_change=_moved, args=(code,), width=140,
                                    help=t("targets.weight_of", measure=t(f"measure.{code}"), weight=f"{run.program.assessment[code]:g}"))
        st.button(t("targets.whatif_reset"), key="targets.whatif_reset", icon=":material/restart_alt:", on_click=_reset, args=(codes,),
                  disabled=weights == dict(run.program.assessment))


# ---- on the page


def show(run: Run, committee: str) -> None:
    """The committees ranked, and the parts of one beside them: the one chosen, else one's own, else the first."""
    program = run.program
    if not program.assessment:
        st.info(t("targets.no_weights"), icon=":material/info:")
        return
    st.markdown(gray(t("targets.assessment_note")))
    ask(run)
    official, weights = scored(run, program.assessment), tried(run)
    other = scored(run, weights) if weights != dict(program.assessment) else None
    here = committee or (run.actor.committee or "") if run.actor.role == Role.COMMITTEE else committee
    shown = next((each for each in official if each.code == here), official[0])
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader(t("targets.ranks"), anchor=False)
        cut = set(paging.cut(pd.DataFrame({"code": [each.code for each in official]}), "targets.ranks")["code"])
        asked = _ranks.show(_ranks_html([each for each in official if each.code in cut], other, shown.code, run.language), "targets.committees")
    with right:
        st.subheader(plain(shown.name), anchor=False)
        again = next((each for each in other if each.code == shown.code), None) if other else None
        figure = _parts.show(_parts_html(shown, again, overview.listed(run), run.language), "targets.parts")
        if left_out := _left_out(run, shown):
            st.markdown(gray(plain(left_out)))
    if asked:
        places.go("targets", view="assessment", committee=asked)
    if figure:
        places.go("targets", **target_board.chosen(figure))


def _left_out(run: Run, shown: Scored) -> str:
    """Which figures do not count for a committee, and why."""
    counted = {part.figure.code for part in shown.assessment.parts}
    due = set(targets.assessed(run.program, run.program.assessment, run.today))
    missing = [code for code in run.program.assessment if code not in counted]
    later, nothing = [code for code in missing if code not in due], [code for code in missing if code in due]
    groups = (("targets.left_out_later", later), ("targets.left_out_nothing", nothing))
    return " ".join(t(phrase, names=t("targets.between").join(t(f"measure.{code}") for code in codes)) for phrase, codes in groups if codes)


def _points(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}"


def _ranks_html(official: Sequence[Scored], other: Sequence[Scored] | None, here: str, language: str) -> str:
    """The committees: rank and score, and beside them what other weights would give."""
    heads = [("rank", "num"), ("committee", ""), ("score", ""), *([("whatif_score", "num"), ("whatif_rank", "num")] if other else [])]
    head = "".join(f"<th{css and f' class={css}'}>{escape(t(f'targets.{name}'))}</th>" for name, css in heads)
    again = {each.code: each for each in other or ()}
    rows = "".join(_rank_row(each, again.get(each.code), each.code == here, language) for each in official)
    return f'<table aria-label="{escape(t("targets.ranks"))}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _rank_row(each: Scored, again: Scored | None, here: bool, language: str) -> str:
    score = each.assessment.score
    name = (f'<a class="key" data-id="{escape(each.code)}" href="{drawn.href("targets", language, view="assessment", committee=each.code)}"'
            f'{" aria-current=true" if here else ""}>{escape(each.name)}</a>')
    line = f'<span class="score"><i style="width:{score or 0:.1f}%"></i></span><b>{_points(score)}</b>'
    beside = ""
    if again:
        moved = again.assessment.score
        change = "" if moved is None or score is None or moved == score else f" <small>{signed(round(100 * (moved - score)))}</small>"
        beside = f'<td class="num">{_points(moved)}{change}</td><td class="num">{again.rank or DASH}</td>'
    css = "here" if here else "apart" if each.rank is None else ""
    return f'<tr{css and f" class={css}"}><td class="num">{each.rank or ""}</td><td class="grow">{name}</td><td class="rate">{line}</td>{beside}</tr>'


def _parts_html(shown: Scored, again: Scored | None, listed: Sequence[str], language: str) -> str:
    """What a committee's score is made of: weight × how far the target was reached."""
    heads = ["part", "weight", "now", "achieved", "points", *(["whatif_points"] if again else [])]
    head = "".join(f"<th{'' if name in ('part', 'now') else ' class=num'}>{escape(t(f'targets.{name}'))}</th>" for name in heads)
    tried_parts = {part.figure.code: part for part in again.assessment.parts} if again else None
    rows = "".join(_part_row(part, tried_parts, shown.code, listed, language) for part in shown.assessment.parts)
    last = f'<td class="num">{_points(again.assessment.score)}</td>' if again else ""
    total = (f'<tr><td colspan="4">{escape(t("targets.total"))}</td><td class="num">{_points(shown.assessment.score)}</td>{last}</tr>')
    return f'<table aria-label="{escape(shown.name)}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot></table>'


def _part_row(part: Part, tried_parts: Mapping[str, Part] | None, committee: str, listed: Sequence[str], language: str) -> str:
    figure, name = part.figure, escape(t(f"measure.{part.figure.code}"))
    side, count = target_board.to_list(figure)
    status = escape(t(f"status.{figure.status}"))
    if figure.code in listed:
        name = target_board.link(name, language, figure.code, side, committee=committee, css="key")
        status += f"{escape(t('ranking.comma'))}{escape(t(f'side.{side}_{figure.code}'))} {count}"
    name += f"<small>{status}</small>"
    again = ""
    if tried_parts is not None:
        found = tried_parts.get(figure.code)
        again = f'<td class="num">{_points(found.points if found else None)}</td>'
    return (f'<tr><td>{name}</td><td class="num">{part.weight:.1f}</td><td class="rate">{target_board.bar(figure, judged=True)}</td><td class="num">'
            f'{percent(part.achieved)}</td><td class="num">{_points(part.points)}</td>{again}</tr>')
