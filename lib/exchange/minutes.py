"""The minutes of a meeting to print: what was decided, who answers for it, until when, where it stands on the ledger.

Plain HTML for A4; every text from outside is escaped.
"""

from collections.abc import Mapping, Sequence
from html import escape

from lib.core.phrases import text

STYLE = """
@page { size: A4; margin: 18mm 16mm }
body { font: 11pt/1.6 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimSun, sans-serif; color: #171410; max-width: 178mm; margin: 0 auto }
h1 { font-size: 16pt; text-align: center; margin: 0 0 2mm; overflow-wrap: anywhere } .meta { text-align: center; color: #5F584D; margin: 0 0 4mm }
table { width: 100%; border-collapse: collapse } tr { break-inside: avoid }
th, td { border: 1px solid #978E7E; padding: 1.5mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere } th { background: #F2EEE6 }
th:first-child, td:first-child { width: 10mm; text-align: right } td.decision { width: 38%; white-space: pre-line } td.due_on { white-space: nowrap }
.sign { margin-top: 14mm; display: flex; justify-content: space-between }
@media screen { body { padding: 8mm } }
"""
COLUMNS = ("number", "decision", "responsible", "due_on", "organization", "ledger")


def page(meeting: Mapping, minutes: Sequence[Mapping], opened: str, title: str, language: str) -> str:
    """The page. `opened` says when the meeting was opened, on the county's clock; `title` is the county's."""

    def t(name: str, **params: object) -> str:
        return escape(text(f"minutes.{name}", language, **params))

    def row(place: int, minute: Mapping) -> str:
        listed = text("minutes.listed", language, number=f"{minute['number']:04d}",
                      state=text(f"item_state.{minute['item_state']}", language)) if minute["item"] else ""
        cells = (str(place), minute["decision"], minute["responsible"], minute["due_on"], minute["organization_name"] or "", listed)
        return f"<tr>{''.join(f'<td class={name}>{escape(words)}</td>' for name, words in zip(COLUMNS, cells, strict=True))}</tr>"

    rows = "".join(row(place, minute) for place, minute in enumerate(minutes, 1))
    head = "".join(f"<th>{t(name)}</th>" for name in COLUMNS)
    body = f"<table><tr>{head}</tr>{rows}</table>" if rows else f"<p class=meta>{t('nothing')}</p>"
    heading = text("minutes.title", language, name=meeting["name"])
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(heading)}</title><style>{STYLE}</style><h1>{escape(heading)}</h1>"
            f"<p class=meta>{escape(title)} · {t('opened', when=opened)} · {t('snapshot', snapshot=meeting['snapshot'])}</p>{body}"
            f"<div class=sign><span>{t('recorder')}</span><span>{t('chair')}</span></div></html>")
