"""The townships ranked by one measure: bar against target, status in a word, what holds each back, which committee answers for it."""

from collections.abc import Sequence
from html import escape

from lib.core.targets import BALLOTS
from lib.exchange.standings import Row, ranked
from lib.ui import drawn, palette
from lib.ui.text import percent, t

CSS = """
table{border-collapse:collapse;width:100%;font-size:clamp(14px,1.5cqw,16px);line-height:1.4}
th{font-weight:400;color:#5F584D;text-align:left;padding:4px 10px 6px 0;white-space:nowrap;border-bottom:1px solid #978E7E}
td{border-bottom:1px solid #E6E0D5;padding:3px 10px 3px 0;height:31px;box-sizing:border-box}
td.key,td.own,.rate,.tag{white-space:nowrap} .num{text-align:right;padding-right:14px} .num,.rate{font-variant-numeric:tabular-nums}
.rate small{color:#5F584D;font-size:13px;margin-left:6px} th:last-child,td:last-child{padding-right:0}
a{color:#1F635F;text-decoration:underline;text-underline-offset:3px;font-weight:600} a:focus-visible{outline:2px solid #1F635F;outline-offset:2px}
.bar{display:inline-block;width:clamp(70px,11cqw,180px);height:9px;background:#EFEAE0;margin-right:8px;position:relative}
.bar i{position:absolute;left:0;top:0;bottom:0;box-sizing:border-box}
.bar u{position:absolute;top:-3px;bottom:-3px;width:2px;margin-left:-1px;background:#171410}
.tag{padding:1px 6px;border-radius:3px;margin-left:-6px} .behind{background:#F7EBD0;color:#7A5610;font-weight:600}
.far{background:#F6E4E0;color:#8F2522;font-weight:600} .short b{margin-right:.6em} tr.apart td{color:#5F584D}
@container (max-width:600px){thead{display:none}table,tbody{display:block}
 tr{display:grid;grid-template-columns:1.7em minmax(5.4em,auto) 1fr auto;align-items:center;column-gap:6px}
 tr{border-bottom:1px solid #DDD6C9;padding:7px 0} td{border:0;height:auto;padding:0} .num{text-align:left;padding:0} .rate small{display:none}
 td.short{grid-column:2/5;padding-top:3px} td.own{grid-column:2/5;color:#5F584D;font-size:14px} .bar{width:64px} .tag{margin:0}}
"""
_piece = drawn.Piece("ranking", CSS)


def html(rows: Sequence[Row], measure: str, target: str, best_first: bool, language: str) -> str:
    """The table. `rows` in the county's order; `target` as text."""
    heads = ("rank", "township", "value", "status", "short", "committee")
    head = "".join(f'<th{" class=num" if name == "rank" else ""}>{escape(t(f"ranking.{name}", target=target))}</th>' for name in heads)
    body = "".join(_row(rank, row, language) for rank, row in ranked(rows, best_first))
    title = escape(t("ranking.head", measure=t(f"measure.{measure}")))
    return f'<table aria-label="{title}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(rank: int | None, row: Row, language: str) -> str:
    link = f'<a data-id="{escape(row.code)}" href="{drawn.href("township", language, township=row.code)}">{escape(row.name)}</a>'
    figure = row.figure
    if figure is None or figure.rate is None:
        rate, tag = percent(None), t("map.nothing")
        status = ""
    else:
        fill, edge, _ = palette.shades(figure.status)
        total = "" if figure.unit == BALLOTS else f"<small>{figure.count}/{figure.total}</small>"
        rate = (f'<span class="bar"><i style="width:{min(figure.rate, 10000) / 100:.1f}%;background:{fill};border:1px solid {edge}"></i>'
                f'<u style="left:{figure.target:g}%"></u></span><b>{percent(figure.rate)}</b>{total}')
        tag, status = t(f"status.{figure.status}"), figure.status
    return (f'<tr{" class=apart" if row.apart else ""}><td class="num">{rank or ""}</td><td class="key">{link}</td><td class="rate">{rate}</td>'
            f'<td><span class="tag {status}">{escape(tag)}</span></td><td class="short"><b>{escape(row.short[0])}</b>{escape(row.short[1])}</td>'
            f'<td class="own">{escape(row.committee)}</td></tr>')


def show(table: str, key: str) -> str | None:
    """Draw the ranking; the township just chosen, None in every other run."""
    return _piece.show(table, key)
