"""The honour roll for publication (P4): what was approved, by honour, as a page for A4 and as text to copy.

Approved honours and exemplars alone, without anything private. Every text from outside is escaped.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from lib.core.model import Actor
from lib.core.phrases import text
from lib.core.registers import Register, Standing
from lib.store import records
from lib.store.db import Database
from lib.store.records import Record

SOURCES = {"honours": ("honour", "person", "deeds"), "exemplars": ("category", "title", "reason")}
"""Register → the items that name the honour, who or what has it, and what for."""
STYLE = """
@page { size: A4; margin: 16mm 14mm }
body { font: 11pt/1.5 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimSun, sans-serif; color: #171410; max-width: 182mm; margin: 0 auto }
h1 { font-size: 16pt; text-align: center; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 6mm 0 1mm } .meta { text-align: center; color: #5F584D }
p { margin: 0 } table { width: 100%; border-collapse: collapse } tr { break-inside: avoid }
th, td { border: 1px solid #978E7E; padding: 1mm 2mm; text-align: left; vertical-align: top } th { background: #F2EEE6 }
th:first-child, td:first-child { width: 10mm; text-align: right }
@media screen { body { padding: 8mm } }
"""


@dataclass(frozen=True)
class Line:
    """Who or what has an honour (empty where it is the organization itself), the organization, its township, and what for."""

    name: str
    organization: str
    township: str
    deeds: str


@dataclass(frozen=True)
class Group:
    """One honour with those who have it."""

    title: str
    lines: tuple[Line, ...]


def groups(db: Database, actor: Actor, language: str) -> tuple[Group, ...]:
    """The approved honours and exemplars that somebody may see, in the order of the registers' own choices; by township inside."""
    found = []
    for name in SOURCES:
        kept = records.register(db, name) if name in records.names(db) else None
        if kept is None or not kept.may_see(actor):
            continue
        approved = [record for record in records.every(db, name) if record.state == Standing.APPROVED
                    and (not actor.townships or record.township in actor.townships)]
        found += _grouped(kept, approved, language)
    return tuple(found)


def _grouped(kept: Register, approved: Iterable[Record], language: str) -> list[Group]:
    honour, title, deeds = SOURCES[kept.name]
    private = {item.name for item in kept.items if item.private}
    labels = {choice.name: choice.label[language] for item in kept.items if item.name == honour for choice in item.choices}
    by_code: dict[str, list[Line]] = {code: [] for code in labels}
    for record in sorted(approved, key=lambda each: (each.township or "~", each.organization or "", each.seq)):
        told = {name: "" if name in private else record.values.get(name, "") for name in (honour, title, deeds)}
        line = Line(told[title], record.organization_name, record.township_name, told[deeds])
        by_code.setdefault(told[honour], []).append(line)
    return [Group(labels.get(code, code), tuple(lines)) for code, lines in by_code.items() if lines]


def plain_text(found: Iterable[Group], language: str) -> str:
    """The roll as lines to be copied into a document."""
    blocks = []
    for group in found:
        lines = [text("honours.text_group", language, title=group.title, count=len(group.lines))]
        lines += ["　".join(part for part in (line.name, line.organization) if part) for line in group.lines]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def html(found: Iterable[Group], title: str, as_of: dt.date, language: str) -> str:
    """The roll as a page to print. `title` is the county's, `as_of` the day it shows."""
    heads = "".join(f"<th>{escape(text(f'honours.{name}', language))}</th>" for name in ("number", "who", "organization", "township", "deeds"))
    body = []
    for group in found:
        rows = "".join(_row(str(number), line.name, line.organization, line.township, line.deeds) for number, line in enumerate(group.lines, 1))
        body.append(f"<h2>{escape(text('honours.text_group', language, title=group.title, count=len(group.lines)))}</h2>"
                    f"<table><tr>{heads}</tr>{rows}</table>")
    heading = text("honours.roll_of", language, title=title)
    shown = "".join(body) or f"<p class=meta>{escape(text('honours.roll_empty', language))}</p>"
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(heading)}</title><style>{STYLE}</style><h1>{escape(heading)}</h1>"
            f"<p class=meta>{escape(text('honours.as_of', language, year=as_of.year, month=as_of.month, day=as_of.day))}</p>{shown}</html>")
