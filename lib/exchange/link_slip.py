"""A view link on paper: for whom, its QR symbol and address, until when it works, whether a PIN is asked. Never the PIN itself.

Plain HTML for A4, complete in itself; every text from outside is escaped.
"""

import datetime as dt
import io
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

import segno

from lib.core.phrases import text
from lib.core.program import Program

STYLE = """
@page { size: A4; margin: 20mm }
body { font: 14pt/1.6 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimSun, sans-serif; color: #171410; max-width: 150mm; margin: 0 auto;
  text-align: center }
h1 { font-size: 20pt; margin: 8mm 0 0; overflow-wrap: anywhere } .meta { color: #5F584D; font-size: 11pt; margin: 0 }
svg { width: 90mm; height: 90mm; margin: 8mm 0 2mm } .address { font: 10pt/1.4 Consolas, 'Noto Sans Mono', monospace; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 5mm; text-align: left; margin: 8mm auto; width: max-content; max-width: 100% }
dt { color: #5F584D } dd { margin: 0 }
@media screen { body { padding: 8mm } }
"""


@dataclass(frozen=True)
class Slip:
    """One link: for whom, its address, the moment (UTC) it ends, whether it asks for a PIN, and what it shows."""

    name: str
    address: str
    expires_at: str
    pin: bool
    scope: str


def symbol(address: str) -> str:
    """The address as a QR symbol: an SVG image that asks no other host for anything."""
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", xmldecl=False, scale=4, border=3, light="#FFFFFF", dark="#171410", omitsize=True)
    return drawing.getvalue().decode()


def page(slip: Slip, program: Program, language: str) -> str:
    """The page to print."""
    ends = dt.datetime.fromisoformat(slip.expires_at).astimezone(ZoneInfo(program.timezone))
    told = {"scope": slip.scope, "expires": f"{ends:%Y-%m-%d %H:%M}", "pin": text("links.pin_asked" if slip.pin else "links.pin_not_asked", language)}
    facts = "".join(f"<dt>{escape(text(f'links.of.{name}', language))}</dt><dd>{escape(words)}</dd>" for name, words in told.items())
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(slip.name)}</title><style>{STYLE}</style><h1>{escape(slip.name)}</h1>"
            f"<p class=meta>{escape(program.title[language])}</p>{symbol(slip.address)}<p class=meta>{escape(text('links.scan', language))}</p>"
            f"<p class=address>{escape(slip.address)}</p><dl>{facts}</dl><p class=meta>{escape(text('links.keep', language))}</p></html>")
