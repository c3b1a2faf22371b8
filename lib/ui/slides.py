"""The slides of a presentation as HTML: each answers one question and leads to the names behind its figures; kept per revision and day.

What lies in a box with `data-fit` (a selector of its rows) is as long as the screen has room: the browser leaves rows out from the end and
says in `.more` how many there are besides, those included that are not sent at all (`data-rest`). What carries `data-id` is a link: a
township's code, or a page with its address.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode

import pandas as pd

from lib.core import targets
from lib.core.access import Action, Whose
from lib.core.changes import KINDS
from lib.core.grading import half_up
from lib.core.program import Program
from lib.core.targets import Figure
from lib.ui import changes, charts, drawn, figures, overview, palette, rectification, shared, target_board, text
from lib.ui.session import Run
from lib.ui.text import DASH, date, percent, t

OTHERS = ("targets", "ledger", "changes", "grades")
WORST = 5
"""So many townships stand on the first slide."""
SENT = 40
"""Rows that no screen has room for are not sent."""
KEPT = 64


@dataclass(frozen=True)
class Slide:
    """One slide: its code in the address, its title, what stands below it."""

    code: str
    title: str
    html: str


def codes(program: Program) -> tuple[str, ...]:
    """All slides that there can be: the overview, the map of each mapped measure under the measure's code, OTHERS."""
    return ("overview", *program.mapped, *OTHERS)


def title(code: str) -> str:
    """A slide's title; also what it is called in the list of choices."""
    return t(f"presentation.slide_{code}") if code in ("overview", *OTHERS) else _map_title(code)


def _map_title(measure: str) -> str:
    return t("presentation.slide_map", measure=t(f"measure.{measure}"))


def slide(run: Run, code: str) -> Slide:
    """One slide as somebody may see it."""
    # what is written in the ledger is not for everybody, and no list of the dissatisfied for an organization
    viewer = (run.actor.role.value, *((run.actor.organization, run.actor.committee) if code == "ledger" else ()))
    return _slide(*figures.scope(run), run.today, viewer, _since(run) if code in ("overview", "changes") else None, code, run)


@shared.once(KEPT)
def _slide(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, viewer: tuple, since: tuple[str, str] | None,
           code: str, _run: Run) -> Slide:
    match code:
        case "overview":
            html = _overview(_run, since)
        case "targets":
            html = _targets(_run)
        case "ledger":
            html = _ledger(_run)
        case "changes":
            html = _changes(_run, since)
        case "grades":
            html = _grades(_run)
        case _:
            html = _map(_run, code)
    return Slide(code, title(code), html)


def _since(run: Run) -> tuple[str, str] | None:
    """The snapshot that changes are counted from, with when it was made: the latest before what the run shows; None without one."""
    return next(((each["id"], each["created_at"]) for each in changes.known(run) if each["id"] != run.snapshot), None)


# ---- pieces


def _link(run: Run, words: str, page: str, css: str = "", **query: str) -> str:
    """A link to a page; `words` are HTML."""
    address = escape(f"{page}?{urlencode(query)}")
    return f'<a data-id="{address}"{css and f" class={css}"} href="{drawn.href(page, run.language, **query)}">{words}</a>'


def chosen(identity: str) -> tuple[str, dict[str, str]]:
    """Page and address that a link of a slide leads to: the township's where it is a code alone."""
    page, _, query = identity.partition("?")
    return (page, dict(parse_qsl(query))) if query else ("township", {"township": identity} if identity else {})


def _tiles(tiles: Iterable[tuple[str, str, str, str]], css: str = "") -> str:
    """Large figures side by side: (label, value, what stands below as HTML, class)."""
    return f'<div class="tiles {css}">' + "".join(
        f'<div class="{kind}"><div>{escape(label)}</div><div class="value">{value}</div><div class="gap">{below}</div></div>'
        for label, value, below, kind in tiles) + "</div>"


def _table(title: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return f'<table aria-label="{escape(title)}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _fitted(inside: str, rows: str = "tbody tr", rest: int = 0, most: int | None = None) -> str:
    """A box whose rows are left out where the screen has no room; of `most` rows nobody is told that there are others."""
    if most is not None:
        return f'<div class="fit" data-fit="{rows}" data-most="{most}">{inside}</div>'
    return f'<div class="fit" data-fit="{rows}" data-rest="{rest}">{inside}<p class="more" hidden></p></div>'


def _gap(figure: Figure) -> str:
    """How far a figure is from its target, and the target."""
    tone = "" if figure.gap is None else "bad" if figure.gap else "good"
    return f'<b class="{tone}">{escape(overview.gap_of(figure))}</b>{escape(t("figure.target", target=overview.target_of(figure)))}'


def _figure(run: Run, code: str) -> Figure:
    return targets.figure(targets.rows_of(figures.tables(run), code), code, run.program)


# ---- the slides


def _overview(run: Run, since: tuple[str, str] | None) -> str:
    """The year's phases, the headline figures, where the first mapped figure that is short of its target lacks, the ledger and what changed."""
    shown = overview.summary(run)
    tiles = _tiles((t(f"figure.{code}"), percent(figure.rate), f"{_gap(figure)}<br><small>{escape(overview.denominator(figure))}</small>", "")
                   for code, figure in shown.figures.items())
    measure = next((code for code in run.program.mapped if _figure(run, code).gap), run.program.mapped[0])
    drawn_ = overview.townships_by(run, measure)
    name = t(f"measure.{measure}")
    lights = rectification.counts(rectification.listed(run))
    below = _line(title("ledger"), (
        (_link(run, escape(_light(run, light)), "rectification", light=light), lights[light]) for light in rectification.FIGURES))
    if since:
        counts = changes.compared(run, since[0], run.snapshot or changes.NOW).counts
        told = ((_change(run, since, kind), count) for kind, count in counts.items() if count)
        below += _line(t("changes.since", when=text.moment(since[1])), told)
    return (f'{shown.phases}{tiles}<div class="two"><section class="map"><h3>{escape(name)}</h3>{drawn_.picture}</section>'
            f'<section class="roomy"><h3>{escape(t("presentation.worst", measure=name))}</h3>{_fitted(drawn_.tables["worst"], most=WORST)}{below}'
            '</section></div>')


def _line(head: str, parts: Iterable[tuple[str, int]]) -> str:
    """Counts in one line, each behind its link (HTML)."""
    told = "".join(f"<span>{words}<b>{count:,}</b></span>" for words, count in parts)
    return f'<div class="moved"><strong>{escape(head)}</strong>{told or escape(t("changes.nothing_yet"))}</div>'


def _change(run: Run, since: tuple[str, str], kind: str) -> str:
    """A kind of change, leading to its names."""
    return _link(run, escape(t(f"change.{kind}")), "changes", **{"from": since[0], "kind": kind})


def _light(run: Run, light: str) -> str:
    return t(f"rectification.figure_{light}", days=run.program.ledger.near_days)


def _map(run: Run, measure: str) -> str:
    """The map of a measure beside all townships, those behind first."""
    figure, drawn_ = _figure(run, measure), overview.townships_by(run, measure)
    standing = t("figure.nothing") if figure.status is None else t(f"status.{figure.status}")
    said = t("targets.stands", rate=percent(figure.rate), of=overview.denominator(figure), target=overview.target_of(figure), status=standing)
    return (f'<p class="said">{escape(said)}</p><div class="two"><section class="map">{drawn_.picture}</section>'
            f'<section class="roomy">{_fitted(drawn_.tables["worst"])}</section></div>')


def _targets(run: Run) -> str:
    """The figures that have not reached their target though their phase has begun, farthest first."""
    board, program, today = target_board.board(run), run.program, run.today
    behind = sorted((each for each in board.figures.values() if program.begun(each.code, today) and each.gap), key=lambda each: -each.gap)
    said = f'<p class="said">{escape(target_board.summary(board))}</p>'
    if not behind:
        return said + f'<p class="said good">{escape(t("presentation.all_reached"))}</p>'
    listed = overview.listed(run)

    def row(figure: Figure) -> str:
        name, (side, count) = escape(t(f"measure.{figure.code}")), target_board.to_list(figure)
        what = _link(run, name, "targets", figure=figure.code, side=side) if figure.code in listed else f"<b>{name}</b>"
        return (f'<tr><td class="key">{what}</td><td class="rate"><div class="rate">{target_board.bar(figure, judged=True)}</div></td>'
                f'<td class="keep">{escape(overview.target_of(figure))}</td>'
                f'<td><span class="tag {figure.status}">{escape(target_board.standing_words(figure, program, today))}</span></td>'
                f'<td class="keep">{escape(t(f"side.{side}_{figure.code}"))} {count:,}</td></tr>')

    heads = (t(f"targets.{head}") for head in ("part", "now", "target", "standing", "names"))
    return said + _fitted(_table(title("targets"), heads, map(row, behind)))


def _ledger(run: Run) -> str:
    """The ledger by lights; below, what is overdue longest (or, while nothing is, what is due next) and who answers for it."""
    rows = rectification.listed(run)
    counts = rectification.counts(rows)

    def below(light: str) -> str:
        own = rectification.behind(rows, light)
        if light == "signed_off":
            share = percent(half_up(10000 * len(own), len(rows)) if len(rows) else None)
            return t("rectification.share", share=share, part=len(own), total=len(rows))
        return t("rectification.organizations", count=own["organization"].nunique())

    tiles = _tiles((_light(run, light), f"{counts[light]:,}", escape(below(light)),
                    "late" if light == "overdue" and counts[light] else "") for light in rectification.FIGURES)
    light = "overdue" if counts["overdue"] else "near"
    listed = rectification.behind(rows, light)
    if not len(listed):
        return tiles + f'<p class="said good">{escape(t("presentation.none_due"))}</p>'
    names = overview.township_names(run)

    def row(item: Mapping) -> str:
        township = item["township"] if isinstance(item["township"], str) else None
        may = run.may(Action.LOOK_AT_ORGANIZATION, Whose(item["organization"], item["committee"], township))
        who = item["responsible"] if item["post"] in item["responsible"] else f"{item['responsible']} {item['post']}".strip()
        words = escape(rectification.light_words(item["light"], item["days"]))
        problem = f'<span class="clip" title="{escape(item["problem"])}">{escape(item["problem"])}</span>' if may else DASH
        return (f'<tr><td class="keep {"late" if light == "overdue" else "near"}-light">'
                f'{_link(run, words, "rectification", "keep", item=item["code"]) if may else words}</td>'
                f'<td class="keep">{escape(names.get(township, township) if township else t("ranking.county_level"))}</td>'
                f'<td><span class="clip" title="{escape(item["name"])}">{escape(item["name"])}</span></td><td>{problem}</td>'
                f'<td><span class="clip">{escape(who if may and who else DASH)}</span></td><td class="keep">{escape(date(item["due_on"]))}</td></tr>')

    heads = (t(f"rectification.column_{head}") for head in ("light", "township", "name", "problem", "responsible", "due"))
    table = _table(title("ledger"), heads, (row(item) for item in listed.head(SENT).to_dict("records")))
    head = t("presentation.ledger_overdue" if light == "overdue" else "presentation.ledger_near")
    return f"{tiles}<h3>{escape(head)}</h3>{_fitted(table, rest=max(0, len(listed) - SENT))}"


def _changes(run: Run, since: tuple[str, str] | None) -> str:
    """What changed since the last snapshot: every kind counted, those that a meeting asks about by name."""
    if since is None:
        return f'<p class="said">{escape(t("changes.no_snapshot"))}</p>'
    found = changes.compared(run, since[0], run.snapshot or changes.NOW)
    tiles = _tiles(((t(f"change.{kind}"), f"{found.counts[kind]:,}", "", "late" if kind in ("fallen", "overdue") and found.counts[kind] else "")
                    for kind in KINDS), "many")

    names = overview.township_names(run)

    def beside(row: Mapping) -> str:
        if row["kind"] not in changes.ITEMS:
            return changes.step(row)
        return names.get(row["township"], t("ranking.county_level"))

    def panel(kind: str) -> str:
        rows = found.rows[found.rows["kind"] == kind]
        shown = rows.head(SENT).to_dict("records")
        lines = "".join(f"<li><span>{escape(row['name'])}</span><span>{escape(beside(row))}</span></li>" for row in shown)
        return (f'<section><h3>{_change(run, since, kind)}<b class="{changes.TONES[kind]}">{len(rows):,}</b></h3>'
                f'{_fitted(f"<ul>{lines}</ul>", "li", len(rows) - len(shown))}</section>')

    panels = "".join(panel(kind) for kind in changes.BRIEF if found.counts[kind])
    below = f'<div class="four">{panels}</div>' if any(found.counts.values()) else f"<p>{escape(t('changes.nothing_yet'))}</p>"
    return f'<p class="said">{escape(t("changes.since", when=text.moment(since[1])))}</p>{tiles}{below}'


def _grades(run: Run) -> str:
    """Grades of each kind as shares with their counts, all kinds first, then the worst; what is not graded stays in the bar."""
    counts = targets.grades_by_kind(figures.cases(run))
    rows = [(t("chart.all"), counts.sum()), *((t(f"kind.{kind}"), counts.loc[kind]) for kind in charts.worst_first(counts))]
    body = "".join(f'<tr><td class="kind">{escape(name)}</td><td class="num">{int(row.sum()):,}</td><td>{_stack(name, row)}</td></tr>'
                   for name, row in rows)
    legend = "".join(f'<span><i class="{"hatched" if column == "not_submitted" else ""}" style="{_paint(column, palette.shades)}"></i>'
                     f'{escape(t(f"grade.{column}"))}</span>' for column in charts.COLUMNS)
    return (f'<p class="said">{escape(overview.grades_said(counts))}</p><div class="legend">{legend}</div>'
            + _fitted(f'<table class="stacks" aria-label="{escape(title("grades"))}"><tbody>{body}</tbody></table>'))


def _paint(column: str, shades: Callable[[str], tuple[str, str, str]]) -> str:
    """The colours of a grade; what is hatched keeps its pattern."""
    fill, edge, ink = shades(column)
    return f"{'background-color' if column == 'not_submitted' else 'background'}:{fill};border:1px solid {edge};color:{ink}"


def _stack(name: str, row: pd.Series) -> str:
    """One stacked bar; a count stands in its part where there is room."""
    total = int(row.sum())
    parts, said = [], []
    for column in charts.COLUMNS:
        if count := int(row[column]):
            share = 100 * count / total
            said.append(t("ranking.part", label=t(f"grade.{column}"), count=count))
            parts.append(f'<span{" class=hatched" if column == "not_submitted" else ""} style="width:{share:.2f}%;{_paint(column, palette.shades)}">'
                         f'{count if share >= charts.LEGIBLE else ""}</span>')
    words = escape(f"{name} {t('ranking.comma').join(said)}")
    return f'<div class="stack" role="img" aria-label="{words}" title="{words}">{"".join(parts)}</div>'
