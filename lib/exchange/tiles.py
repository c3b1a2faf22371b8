"""The headline figures as HTML, for the first sight of the overview and for every page that has some: rate, what it is a share of, how far it is
from its target, and the way to the names behind it."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from html import escape

from lib.core import words
from lib.core.phrases import text
from lib.core.program import Program
from lib.core.targets import Figure
from lib.exchange import colours, standings

WIDTH = 166
"""Of one figure: six stand in a row on a small screen, two on a phone."""
CSS = f"""
.tiles{{display:flex;flex-wrap:wrap;gap:12px 16px}} .tiles.apart{{justify-content:space-between}} .tiles+.tiles{{margin-top:12px}}
.tile{{width:{WIDTH}px;display:flex;flex-direction:column;font-size:14px;line-height:24px}}
.tile>*{{display:block}} .tile .name{{flex:1 0 auto;align-content:end}} .tile :is(small,.of){{font-size:14px;color:{colours.MUTED}}}
.tile b{{font-size:30px;line-height:46px;font-variant-numeric:tabular-nums}} .tile em{{font-style:normal;padding:1px 6px;border-radius:12px}}
.tile :is(em,small){{white-space:nowrap}} .tile em{{background:{colours.SAND};margin-right:4px}} .tile .reached{{background:#DDEBE8;color:#1B5753}}
.tile .short{{background:#F6E4E0;color:#8F2522}}
.tile a{{color:{colours.INK};text-decoration:none;border-radius:4px;margin:2px 0 0 -6px;padding:2px 6px;width:fit-content}}
.tile a:hover{{background:{colours.SAND}}} .tile a:focus-visible{{outline:2px solid {colours.TEAL}}}
.tile svg{{width:13px;height:13px;display:inline;vertical-align:-1px;margin-right:8px;stroke:{colours.INK};stroke-width:1.6}}
@media print{{.tile{{break-inside:avoid}} .tile a{{display:none}}}}
"""
LIST = '<svg viewBox="0 0 14 12" aria-hidden="true"><path d="M0 1h2M4 1h10M0 6h2M4 6h10M0 11h2M4 11h10"/></svg>'


Link = Callable[[Figure], tuple[str, str] | None]
"""Address, escaped already, and words of where a figure leads; None for nowhere."""


def html(rows: Iterable[Sequence[Figure]], program: Program, today: dt.date, language: str, link: Link = lambda _: None, *,
         apart: bool = False) -> str:
    """Figures in rows, evenly `apart` or one beside the other. What carries `data-id`, the figure's code, is a link."""
    return "".join(f'<div class="tiles{" apart" if apart else ""}">'
                   f'{"".join(_tile(figure, program, today, language, link(figure)) for figure in row)}</div>' for row in rows)


def _tile(figure: Figure, program: Program, today: dt.date, language: str, link: tuple[str, str] | None) -> str:
    begun = program.begun(figure.code, today)  # before that nobody is late
    gap = standings.gap_of(figure, language) if begun else text("figure.not_yet", language)
    tone = "" if figure.gap is None or not begun else "short" if figure.gap else "reached"
    target = text("figure.target", language, target=standings.target_of(figure))
    leads = f'<a data-id="{figure.code}" href="{link[0]}">{LIST}{escape(link[1])}</a>' if link else ""
    return (f'<div class="tile"><span class="name">{escape(text(f"figure.{figure.code}", language))} '
            f'<span class="of">{escape(standings.denominator(figure, language))}</span></span><b>{words.percent(figure.rate)}</b>'
            f'<span><em class="{tone}">{escape(gap)}</em> <small>{escape(target)}</small></span>{leads}</div>')
