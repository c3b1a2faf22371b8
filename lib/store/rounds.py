"""Rounds: the year, the programme that governs it, and the immutable form versions it asks."""

import datetime as dt
import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lib.core import access, forms
from lib.core.access import Action
from lib.core.forms import Form
from lib.core.model import Actor
from lib.core.program import Program, parse
from lib.store import events
from lib.store.db import Database, command, one, value


@dataclass(frozen=True)
class Round:
    code: str
    year: int
    program: Program


def current_code(db: Database) -> str | None:
    """Code of the round that is open: the latest."""
    return value(db, "select code from rounds order by opened_at desc, code desc limit 1")


def current(db: Database) -> Round:
    """The round that is open: the latest. Raises LookupError in a store without one."""
    row = one(db, "select code, year, program from rounds order by opened_at desc, code desc limit 1")
    if row is None:
        raise LookupError("the store has no round")
    return Round(row["code"], row["year"], parse(row["program"], row["year"]))


def previous(db: Database, code: str) -> str | None:
    """Code of the round before one, None for the first."""
    return value(db, """select code from rounds where opened_at < (select opened_at from rounds where code = ?)
                        order by opened_at desc limit 1""", (code,))


def open_round(db: Database, actor: Actor, code: str, year: int, program_text: str, at: str) -> None:
    """Open a round under a programme. Raises ProgramError, Refused."""
    access.require(actor, Action.MANAGE_PROGRAM)
    parse(program_text, year)
    with command(db):
        events.append(db, actor, "round.opened", code, {"year": year}, at)
        db.conn.execute("insert into rounds(code, year, program, opened_at) values(?, ?, ?, ?)", (code, year, program_text, at))


def publish_form(db: Database, actor: Actor, round_code: str, body: dict, at: str) -> str:
    """Make a form's plain data the version that a round asks from now on; what was begun stays with its own version.

    Returns the version. Raises FormError, Refused.
    """
    access.require(actor, Action.MANAGE_PROGRAM)
    form = forms.parse(body)
    with command(db):
        events.append(db, actor, "form.published", form.name, {"round": round_code, "version": form.version}, at)
        db.conn.execute("insert into form_versions(version, name, body, published_at) values(?, ?, ?, ?) on conflict(version) do nothing",
                        (form.version, form.name, json.dumps(body, ensure_ascii=False), at))
        db.conn.execute("""insert into round_forms(round, kind, version) values(?, ?, ?)
                           on conflict(round, kind) do update set version = excluded.version""", (round_code, form.name, form.version))
    return form.version


_forms: dict[str, Form] = {}
"""Published forms by version, parsed once per process: a version is the hash of its content and never changes."""


def form(db: Database, version: str) -> Form:
    """A published form. Raises LookupError."""
    if version not in _forms:
        body = value(db, "select body from form_versions where version = ?", (version,))
        if body is None:
            raise LookupError(version)
        _forms[version] = forms.parse(json.loads(body))
    return _forms[version]


def form_for(db: Database, round_code: str, kind: str) -> Form:
    """The form that a round asks of a kind. Raises LookupError."""
    version = value(db, "select version from round_forms where round = ? and kind = ?", (round_code, kind))
    if version is None:
        raise LookupError(kind)
    return form(db, version)


def local(db: Database, at: str) -> dt.datetime:
    """A stored moment on the county's own clock."""
    return dt.datetime.fromisoformat(at).astimezone(ZoneInfo(current(db).program.timezone))
