"""Ballot slips on paper: one-time codes to cut out and hand out, without any name. What is made here is kept nowhere."""

import html
from collections.abc import Sequence
from urllib.parse import quote

import segno

from lib.core import phrases
from lib.exchange import safe_csv

GROUP = 4
STYLE = """
@page { size: A4; margin: 10mm }
* { box-sizing: border-box }
body { font-family: 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimHei, sans-serif; color: #171410; margin: 0; font-size: 10pt }
.note { max-width: 190mm; margin: 6mm auto; padding: 3mm 4mm; border: 1px solid #978e7e; font-size: 11pt }
.slips { width: 190mm; margin: 0 auto; display: grid; grid-template-columns: 1fr 1fr }
.slip { height: 55mm; padding: 4mm 5mm; border: 0.3mm dashed #978e7e; margin: -0.15mm; overflow: hidden; break-inside: avoid; position: relative }
.slip h2 { margin: 0; font-size: 11.5pt; line-height: 1.3; max-height: 2.6em; overflow: hidden }
.about { margin: 0.5mm 0 0; font-size: 9pt; color: #5f584d }
.code { margin: 4mm 0 0; font-family: Consolas, 'Noto Sans Mono', monospace; font-size: 14pt; font-weight: 700; white-space: nowrap }
.slip svg { position: absolute; right: 5mm; top: 15mm; width: 25mm; height: 25mm }
.how { position: absolute; left: 5mm; right: 5mm; bottom: 2.5mm; margin: 0; padding-top: 1mm; border-top: 0.2mm solid #ddd6c9; font-size: 8pt }
.where { margin: 1.5mm 30mm 0 0; font-size: 8.5pt; color: #5f584d; overflow-wrap: anywhere }
@media print { .note { display: none } }
"""


def grouped(code: str) -> str:
    """A code as it is printed and read out: ABCD EFGH JKLM."""
    return " ".join(code[place:place + GROUP] for place in range(0, len(code), GROUP))


def address(base: str, code: str) -> str:
    """The address that a slip's QR code opens; `base` is where the pages are served from, without a slash at its end."""
    return f"{base}/ballot?code={quote(code)}"


def page(organization: str, codes: Sequence[str], base: str, year: int, language: str) -> str:
    """A page for A4 paper, ten slips a sheet with cut lines; complete in itself, asking no other host for anything."""

    def t(phrase: str, /, **params: object) -> str:
        return html.escape(phrases.text(f"ballot_slips.{phrase}", language, **params))

    def drawn(code: str) -> str:
        picture = segno.make(address(base, code), error="m").svg_inline(border=0, omitsize=True)
        return (f'<section class="slip"><h2>{html.escape(organization)}</h2><p class="about">{t("about", year=year)}</p>'
                f'<p class="code">{grouped(code)}</p><p class="where">{html.escape(base)}/ballot</p>{picture}<p class="how">{t("how")}</p></section>')

    title = t("title", name=organization)
    return (f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8"><title>{title}</title>'
            f'<style>{STYLE}</style></head><body><p class="note"><strong>{title}</strong><br>{t("print", count=len(codes))}</p>'
            f'<main class="slips">{"".join(drawn(code) for code in codes)}</main></body></html>')


def table(organization: str, codes: Sequence[str], base: str, language: str) -> bytes:
    """The codes as a CSV file for a mail merge: organization, code, address."""
    header = [phrases.text(f"ballot_slips.{column}", language) for column in ("organization", "code", "address")]
    return safe_csv.data(header, ((organization, grouped(code), address(base, code)) for code in codes))
