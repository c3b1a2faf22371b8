"""What the registers' records say, in words: answers, whom a record is about, lists of choices; tables of a register, kept per revision."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from lib.core import access
from lib.core.access import Action
from lib.core.forms import Choice, Item
from lib.core.model import Kind, Role
from lib.core.registers import WRITERS, Register
from lib.store import organizations, records
from lib.store.db import Database
from lib.store.records import Record
from lib.ui import figures, form, shared, text
from lib.ui.session import Run
from lib.ui.text import t

KEPT = 48
MOST_KEPT = 256
"""Of what one unit may read, which is little for each."""
STATE_COLOURS = {"entered": "gray", "nominated": "orange", "approved": "green", "refused": "gray"}


# ---- lists of choices


def choices(run: Run, list_name: str) -> Mapping[str, str]:
    """Codes and names of a dynamic list (`@leaders`), shared; never change it."""
    return _choices(*figures.key(run), list_name, run)


@shared.once(KEPT)
def _choices(home: str, revision: int, list_name: str, _run: Run) -> Mapping[str, str]:
    return records.choices(_run.db, list_name)


def organizations_of(run: Run, kept: Register) -> Mapping[str, str]:
    """Codes and names of the organizations that an actor may write a record about, shared; never change it."""
    return _organizations(*figures.key(run), run.actor.committee, run.actor.organization, tuple(sorted(kept.kinds)), run)


@shared.once(KEPT)
def _organizations(home: str, revision: int, committee: str | None, organization: str | None, kinds: tuple[Kind, ...],
                   _run: Run) -> Mapping[str, str]:
    return {row.code: row.name for row in organizations.every(_run.db, _run.actor) if not kinds or row.kind in kinds}


def committees_of(run: Run) -> Mapping[str, str]:
    """Codes and names of the committees that an actor may write a record about."""
    every = {row["code"]: row["name"] for row in organizations.committees(run.db)}
    return {run.actor.committee: every[run.actor.committee]} if run.actor.committee else every


def with_choices(item: Item, names: Mapping[str, str]) -> Item:
    """A question of a dynamic list as the form's widgets draw it: with its choices in place."""
    return replace(item, choices=tuple(Choice(code, {"zh": name, "en": name}) for code, name in names.items()))


# ---- records


def label(item: Item) -> str:
    """What a question is called; not yet escaped."""
    return item.label[text.language()]


def spoken(db: Database, item: Item, stored: str | None) -> str:
    """An answer in words, not yet escaped."""
    if not stored:
        return text.DASH
    if item.type == "date":
        return text.date(stored, year=True)
    if not item.dynamic:
        return form.spoken(item, stored)
    codes = stored.split() if item.type == "select_multiple" else [stored]
    return t("form.comma").join(records.spoken(db, item, code) for code in codes)


def about(record: Record) -> str:
    """Whom a record is about: the organization, its committee, or the county; not yet escaped."""
    return record.organization_name or record.committee_name or t("register.county")


def title(kept: Register, record: Record, db: Database) -> str:
    """What a record is called; not yet escaped."""
    item = next(item for item in kept.items if item.name == kept.title)
    return spoken(db, item, record.values.get(kept.title))


def visible(run: Run, record: Record) -> bool:
    """Whether who looks may read a record: the county's own are everybody's, the others' whoever may look at whom they are about."""
    return record.whose is None or access.allowed(run.actor, Action.LOOK, record.whose)


# ---- tables


def table(run: Run, kept: Register) -> pd.DataFrame:
    """A register as it is listed, newest first, of what who looks may read; shared, so never change it.

    COLUMNS (`search` is what the search looks in, in small letters), and `item.<name>` for the register's columns: words, numbers or days.
    """
    rows = _table(*figures.scope(run), kept.name, run.actor.role in WRITERS, run)
    unit = run.actor.organization or run.actor.committee
    if not unit and not run.actor.townships:
        return rows
    return _narrowed(*figures.scope(run), kept.name, run.actor.role, unit, rows)


@shared.once(MOST_KEPT)
def _narrowed(home: str, revision: int, townships: tuple[str, ...], language: str, name: str, role: Role, unit: str | None,
              _rows: pd.DataFrame) -> pd.DataFrame:
    countys = _rows["committee"].isna()
    match role:
        case Role.ORGANIZATION:
            return _rows[countys | (_rows["organization"] == unit)]
        case Role.COMMITTEE:
            return _rows[countys | (_rows["committee"] == unit)]
    return _rows[countys | _rows["township"].isin(townships)]


COLUMNS = ("code", "about", "organization", "committee", "committee_name", "township", "township_name", "state", "state_words", "search",
           "changed_at")


@shared.once(KEPT)
def _table(home: str, revision: int, townships: tuple[str, ...], language: str, name: str, private: bool, _run: Run) -> pd.DataFrame:
    kept = records.register(_run.db, name)
    items = [item for item in kept.items if private or not item.private]
    shown = [item for item in items if item.name in kept.columns]
    names = {item.name: choices(_run, item.list_name) for item in items if item.dynamic and item.name in {*kept.columns, kept.title}}

    def words(item: Item, stored: str) -> str:
        if item.name not in names:
            return spoken(_run.db, item, stored)
        codes = stored.split() if item.type == "select_multiple" else [stored]
        return t("form.comma").join(names[item.name].get(code) or records.spoken(_run.db, item, code) for code in codes)

    def cell(item: Item, stored: str | None) -> object:
        if not stored:
            return None
        match item.type:
            case "integer":
                return int(stored)
            case "decimal":
                return float(stored)
            case "date":
                return dt.date.fromisoformat(stored)
        return words(item, stored)

    rows = []
    for record in records.every(_run.db, name):
        cells = [cell(item, record.values.get(item.name)) for item in shown]
        searched = [record.organization_name, record.organization or "", record.committee_name,
                    *(record.values.get(item.name, "") for item in items if item.type == "text"), *(c for c in cells if isinstance(c, str))]
        rows.append((record.id, about(record), record.organization, record.committee, record.committee_name, record.township, record.township_name,
                     record.state.value, t(f"standing_of.{record.state}"), "\n".join(searched).lower(), record.changed_at, *cells))
    return pd.DataFrame(rows, columns=[*COLUMNS, *(f"item.{item.name}" for item in shown)], dtype="object")
