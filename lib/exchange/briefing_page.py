"""A briefing as a page to print on A4: the same words, tables and map as the Word file. Plain HTML; every text from outside is escaped."""

from html import escape

from lib.core.phrases import text
from lib.exchange import colours, map_drawing
from lib.exchange.briefing import Briefing, Cell, Map, Table

STYLE = """
@page { size: A4; margin: 16mm 14mm }
body { font: 11pt/1.5 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimSun, sans-serif; color: #171410; max-width: 182mm; margin: 0 auto;
print-color-adjust: exact; -webkit-print-color-adjust: exact }
h1 { font-size: 17pt; text-align: center; margin: 0 0 1mm; line-height: 1.3 } h2 { font-size: 12.5pt; margin: 5mm 0 1mm; break-after: avoid }
p { margin: 0 0 1.5mm } .meta { text-align: center; color: #5F584D } .said { font-size: 13pt; text-indent: 2em; margin: 3mm 0 }
.said:lang(en) { text-indent: 0 }
figure { margin: 0 0 2mm; break-inside: avoid; text-align: center; font-size: 9.5pt; color: #5F584D } svg { width: 100%; height: 92mm }
.legend { justify-content: center }
table { width: 100%; border-collapse: collapse; font-size: 9.5pt; line-height: 1.35; font-variant-numeric: tabular-nums }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 1px solid #978E7E; padding: .8mm 1.5mm; text-align: left; vertical-align: middle; overflow-wrap: anywhere }
th { background: #F2EEE6 }
.foot { margin-top: 5mm; border-top: 1px solid #978E7E; padding-top: 1mm; font-size: 9pt; color: #5F584D; text-align: center }
@media screen { body { padding: 8mm 4mm } .wide { overflow-x: auto } }
"""


def html(briefing: Briefing) -> str:
    """The page."""
    def section(name: str, body: str) -> str:
        return f"<h2>{escape(text(f'briefing.head_{name}', briefing.language))}</h2>{body}"

    body = [section("figures", _table(briefing.figures)),
            section("places", f"{_map(briefing.map, briefing.language)}<p>{escape(briefing.places_said)}</p>{_table(briefing.places)}")]
    for name, said, table in (("movers", briefing.movers_said, briefing.movers), ("overdue", briefing.overdue_said, briefing.overdue),
                              ("decisions", briefing.decisions_said, briefing.decisions)):
        body.append(section(name, f"<p>{escape(said)}</p>{_table(table) if table else ''}"))
    return _page(briefing.title, briefing.language,
                 f"<h1>{escape(briefing.title)}</h1><p class=meta>{escape(briefing.meta)}</p><p class=said>{escape(briefing.conclusion)}</p>"
                 f"{''.join(body)}<p class=foot>{escape(briefing.footer)}</p>")


def refusal(words: str, language: str) -> str:
    """A page that says why there is no briefing."""
    return _page(words, language, f"<p>{escape(words)}</p>")


def _page(title: str, language: str, body: str) -> str:
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(title)}</title><style>{map_drawing.CSS}{STYLE}</style>{body}</html>")


def _table(shown: Table) -> str:
    columns = "".join(f"<col style='width:{100 * width / sum(shown.widths):.1f}%'>" for width in shown.widths)
    head = "".join(f"<th scope=col>{escape(word)}</th>" for word in shown.heads)
    rows = "".join(f"<tr style='height:{shown.height}mm'>{''.join(map(_cell, row))}</tr>" for row in shown.rows)
    return f"<div class=wide><table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _cell(cell: Cell) -> str:
    if not cell.status:
        return f"<td>{escape(cell.text)}</td>"
    fill, _, ink = colours.shades(cell.status)
    return f"<td style='background:{fill};color:{ink}'>{escape(cell.text)}</td>"


def _map(shown: Map, language: str) -> str:
    picture = map_drawing.draw(shown.shapes, shown.names, shown.figures, shown.measure, language)
    return (f"<figure>{picture.svg}<div class=legend>{map_drawing.legend(shown.figures, shown.names, language)}</div>"
            f"<figcaption>{escape(shown.note)}</figcaption></figure>")
