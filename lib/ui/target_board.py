"""The board of the plan's figures: each with its formula, target, today's value over its denominator, status, trend and worst townships.

One piece of HTML, kept per revision and day. What carries `data-id` leads to the names behind a figure: `figure|side|township`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from lib.core import targets
from lib.core.model import Kind
from lib.core.program import Program
from lib.core.targets import Figure
from lib.ui import drawn, figures, overview, palette, shared
from lib.ui.session import Run
from lib.ui.text import DASH, date, percent, t

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("P1", ("mobilized", "committees_mobilized")),
    ("P2", ("submitted", "graded", "good_share")),
    ("W1", ("villages_paired", "stays_assessed")),
    ("W2", ("village_upper", "village_fourth")),
    ("W3", ("exemplar_sites", "exemplar_members")),
    ("W4", ("five_good_townships",)),
    ("W5", ("secretaries_trained", "heads_trained", "credits_earned")),
    ("W6", ("backward_ledger", "signed_off", "overdue")),
    ("W7", ("community_staff", "community_funds", "community_venue", "community_secured")),
    ("W8", ("covered_operating", "covered_eligible", "coverage_planned")),
    ("W9", ("windows_appraised",)),
    ("W10", ("village_venue", "two_new_venue")),
    ("W11", ("village_pay",)),
    ("L1", ("leaders_complete",)),
    ("L4", ("satisfaction",)),
    ("P5", ("rule_report", "rule_appraise", "rule_assess")),
)
"""The plan's clauses in its own order (standing rules come last in the year), each with its figures."""
WORST = 2
KEPT = 12
NOT_DUE = "not_due"
"""Stands for a status where a figure's phase has not begun."""
SPARK = (96, 26)  # pixels

SHARED_CSS = """
table{border-collapse:collapse;width:100%;font-size:clamp(14px,1.2cqw,16px);line-height:1.4}
th{font-weight:400;color:#5F584D;text-align:left;padding:4px 12px 6px 0;border-bottom:1px solid #978E7E;white-space:nowrap}
td{border-bottom:1px solid #E6E0D5;padding:6px 12px 6px 0;vertical-align:top} th:last-child,td:last-child{padding-right:0}
small{display:block;color:#5F584D;font-size:13px;line-height:1.4} .rate,.num{font-variant-numeric:tabular-nums;white-space:nowrap}
.num{text-align:right} a{color:#1F635F;text-decoration:underline;text-underline-offset:3px} a.key{font-weight:600}
a:focus-visible{outline:2px solid #1F635F;outline-offset:2px}
.bar{display:block;width:clamp(64px,8cqw,120px);height:8px;background:#EFEAE0;margin:3px 0 1px;position:relative}
.bar i{position:absolute;left:0;top:0;bottom:0;box-sizing:border-box}
.bar u{position:absolute;top:-3px;bottom:-3px;width:2px;margin-left:-1px;background:#171410}
"""
CSS = SHARED_CSS + """
tr.part th{color:#171410;font-weight:700;font-size:16px;padding:16px 0 4px;border-bottom:1px solid #DDD6C9}
tr.part th span{color:#5F584D;font-weight:400;margin-left:8px}
.tag{white-space:nowrap} .tag i{display:inline-block;width:14px;height:14px;box-sizing:border-box;vertical-align:-2px;margin-right:5px}
.behind{color:#7A5610;font-weight:600} .far{color:#8F2522;font-weight:600} .not_due{color:#5F584D}
td.worst :is(a,span){display:block;white-space:nowrap}
svg{display:block;overflow:visible} td.what{min-width:15em} td.list{white-space:nowrap}
@container (max-width:760px){thead{display:none}table,tbody{display:block}
 tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 12px;padding:9px 0;border-bottom:1px solid #DDD6C9} td{border:0;padding:0}
 tr.part{display:block;padding:14px 0 2px} tr.part th{white-space:normal;padding:0;border:0;display:block} td.what{grid-column:1/3;min-width:0}
 td.target::before{content:attr(data-head) " ";color:#5F584D} td.worst :is(a,span){white-space:normal}}
@media print{a{color:#171410;text-decoration:none}}
"""
_piece = drawn.Piece("target_board", CSS)


@dataclass(frozen=True)
class Board:
    """The board as HTML, the figures on it by code, and how many of them stand where (STATUSES, NOT_DUE, "none" without a rate)."""

    html: str
    figures: Mapping[str, Figure]
    standing: Mapping[str, int]


def formula(code: str, program: Program) -> str:
    """A figure's formula in words, with the settings that it names."""
    kinds = {f"{kind}_funds": program.settings_of(kind).get("office_funds", DASH) for kind in (Kind.VILLAGE, Kind.COMMUNITY)}
    of = program.settings_of(Kind.COMMUNITY)
    return t(f"formula.{code}", sites=of.get("exemplar_sites", DASH), models=of.get("exemplar_members", DASH),
             per_township=of.get("demo_sites", DASH), credits=of.get("credits_required", DASH), staff=of.get("staff_full_time", DASH),
             eligible=targets.ELIGIBLE_MEMBERS, appraisers=targets.APPRAISERS, **kinds)


def standing_of(figure: Figure, program: Program, today: dt.date) -> str:
    """A figure's status, NOT_DUE before its phase has begun, "none" where there is nothing to divide by."""
    return NOT_DUE if not program.begun(figure.code, today) else figure.status or "none"


def standing_words(figure: Figure, program: Program, today: dt.date) -> str:
    """The status in words: 达标, 滞后 差 6.2, 未到时段（5月21日起）, 暂无数据."""
    standing = standing_of(figure, program, today)
    if standing == NOT_DUE:
        starts = next(phase.starts for phase in program.phases if phase.code == program.target(figure.code).phase)
        return t("targets.not_due", day=date(starts))
    if standing == "none":
        return t("figure.nothing")
    return t(f"status.{standing}") if not figure.gap else t("targets.status", status=t(f"status.{standing}"), gap=overview.gap_of(figure))


def to_list(figure: Figure) -> tuple[str, int]:
    """The side of a figure that one has to do something about, and how many names it has."""
    return ("counted", figure.met) if figure.at_most else ("missing", figure.among - figure.met)


def parts(program: Program) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """PARTS with the figures that the round's programme has a target for."""
    known = set(targets.shown(program))
    found = ((part, tuple(code for code in codes if code in known)) for part, codes in PARTS)
    return tuple((part, codes) for part, codes in found if codes)


def board(run: Run) -> Board:
    return _board(*figures.scope(run), overview.listed(run), run.today, run)


@shared.once(KEPT)
def _board(home: str, revision: int, townships: tuple[str, ...], language: str, listed: tuple[str, ...], today: dt.date, _run: Run) -> Board:
    tables, program, names = figures.tables(_run), _run.program, overview.township_names(_run)
    found: dict[str, Figure] = {}
    rows, counts = [], dict.fromkeys((*targets.STATUSES, NOT_DUE, "none"), 0)
    heads = "".join(f"<th>{escape(t(f'targets.{head}'))}</th>" for head in ("figure", "target", "now", "standing", "trend", "worst", "names"))
    for part, codes in parts(program):
        rows.append(f'<tr class="part"><th colspan="7" scope="rowgroup">{escape(t(f"clause.{part}"))}<span>{part}</span></th></tr>')
        for code in codes:
            own = targets.rows_of(tables, code)
            figure = found[code] = targets.figure(own, code, program)
            counts[standing_of(figure, program, today)] += 1
            due = program.begun(code, today)
            worst = _worst(targets.by_township(own, code, program), names) if due else ()
            rows.append(_row(figure, program, today, targets.trend(own, code, program, today), worst, code in listed, language))
    title = escape(t("targets.board"))
    return Board(f'<table aria-label="{title}"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>', found, counts)


def _worst(by_township: Mapping[str, Figure], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The townships farthest from the target, by code, in words ("甲镇 45.0%"); one that has reached it is not among them."""
    behind = sorted((place for place, each in by_township.items() if each.gap), key=lambda place: -by_township[place].gap)
    return tuple((place, f"{names.get(place, place)} {percent(by_township[place].rate)}") for place in behind[:WORST])


def link(words: str, language: str, figure: str, side: str, township: str = "", committee: str = "", css: str = "") -> str:
    """A link of a piece to the names behind a figure; `words` are HTML."""
    query = {name: code for name, code in (("figure", figure), ("side", side), ("township", township), ("committee", committee)) if code}
    identity = "|".join((figure, side, township, committee))
    return f'<a data-id="{escape(identity)}"{css and f" class={css}"} href="{drawn.href("targets", language, **query)}">{words}</a>'


def chosen(identity: str) -> dict[str, str]:
    """What a link that was clicked asks of the page's address."""
    pairs = zip(("figure", "side", "township", "committee"), identity.split("|"), strict=False)
    return {name: code for name, code in pairs if code}


def bar(figure: Figure, *, judged: bool) -> str:
    """The rate as a bar against the target's mark, with the rate and its denominator; "—" alone where there is none. HTML."""
    if figure.rate is None:
        return f"<b>{DASH}</b><small>{escape(overview.denominator(figure))}</small>"
    fill, edge, _ = palette.shades(figure.status) if judged else palette.NOTHING["none"]
    reached = f"width:{min(figure.rate, 10000) / 100:.1f}%;background:{fill};border:1px solid {edge}"
    return (f'<b>{percent(figure.rate)}</b><span class="bar"><i style="{reached}"></i>'
            f'<u style="left:{min(figure.target, 100):g}%"></u></span><small>{escape(overview.denominator(figure))}</small>')


def swatch(standing: str) -> str:
    """A status as a small square; the words beside it carry the same. HTML."""
    fill, edge, _ = palette.shades(standing if standing in palette.STATUS else "none")
    return f'<i style="background:{fill};border:1px solid {edge}"></i>'


def _row(figure: Figure, program: Program, today: dt.date, points: list[float] | None, worst: Iterable[tuple[str, str]], listed: bool,
         language: str) -> str:
    """One figure. `worst` are townships by code, in words; without `listed` the names behind are not for this reader."""
    code, standing = figure.code, standing_of(figure, program, today)
    name, (side, count) = escape(t(f"measure.{code}")), to_list(figure)
    what = link(name, language, code, side, css="key") if listed else f"<b>{name}</b>"
    places = "".join(link(escape(said), language, code, side, township) if listed else f"<span>{escape(said)}</span>" for township, said in worst)
    words = f"{escape(t(f'side.{side}_{code}'))} {count}"
    names = link(words, language, code, side) if listed and count else words if listed else DASH
    return (f'<tr><td class="what">{what}<small>{escape(formula(code, program))}</small></td>'
            f'<td class="target rate" data-head="{escape(t("targets.target"))}">{overview.target_of(figure)}</td>'
            f'<td class="rate">{bar(figure, judged=standing in palette.STATUS)}</td>'
            f'<td><span class="tag {standing}">{swatch(standing)}{escape(standing_words(figure, program, today))}</span></td>'
            f'<td>{spark(points, figure)}</td><td class="worst">{places or DASH}</td><td class="list">{names}</td></tr>')


def spark(points: list[float] | None, figure: Figure) -> str:
    """The trend as a line over 0–100 %, so that slopes compare, with the target dashed; "—" for a figure whose parts are not dated. HTML."""
    if points is None:
        return DASH
    width, height = SPARK

    def up(per_cent: float) -> float:
        return height - height * min(per_cent, 100) / 100

    line = " ".join(f"{width * step / (len(points) - 1):.0f},{up(value):.1f}" for step, value in enumerate(points))
    said = escape(t("targets.trend_said", first=f"{points[0]:.1f}%", last=f"{points[-1]:.1f}%"))
    goal = f'<line x1="0" x2="{width}" y1="{up(figure.target):.1f}" y2="{up(figure.target):.1f}" stroke="#978E7E" stroke-dasharray="3 3"/>'
    return (f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{said}"><title>{said}</title>{goal}'
            f'<polyline points="{line}" fill="none" stroke="{palette.TEAL}" stroke-width="2"/>'
            f'<circle cx="{width}" cy="{up(points[-1]):.1f}" r="3" fill="{palette.TEAL}"/></svg>')


def summary(shown: Board) -> str:
    """How many figures stand where: 34 项指标：达标 3，滞后 5 …"""
    words = {**{status: t(f"status.{status}") for status in targets.STATUSES}, NOT_DUE: t("targets.standing_not_due"), "none": t("figure.nothing")}
    told = t("ranking.comma").join(t("ranking.part", label=words[standing], count=count) for standing, count in shown.standing.items() if count)
    return t("targets.summary", count=len(shown.figures), told=told)


def show(shown: Board, key: str) -> str | None:
    """Draw the board; what was just chosen on it (`chosen`), None in every other run."""
    return _piece.show(shown.html, key)
