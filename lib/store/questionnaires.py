"""Versions of the questionnaires: which there are, who answered which, and publishing a new one for whoever begins later."""

import json
from dataclasses import dataclass

from lib.core import access, forms, lint
from lib.core.access import Action
from lib.core.model import Actor, Kind, Problem, Refused
from lib.core.phrases import listed
from lib.store import rounds
from lib.store.db import Database, command, value


@dataclass(frozen=True)
class Version:
    """A published version of a questionnaire. `assessments` are those begun with it in any round, `submissions` what was handed in."""

    kind: str
    version: str
    published_at: str
    current: bool
    assessments: int
    submissions: int


def versions(db: Database) -> dict[str, list[Version]]:
    """Every version of every questionnaire, by kind: the current one first, then newest first."""
    found: dict[str, list[Version]] = {kind.value: [] for kind in Kind}
    asked = {version for version, in db.conn.execute("select version from round_forms where round = ?", (rounds.current_code(db),))}
    begun, handed_in = (dict(db.conn.execute(f"select form_version, count(*) from {table} group by form_version").fetchall())
                        for table in ("assessments", "submissions"))
    for version, kind, at in db.conn.execute("select version, name, published_at from form_versions order by published_at desc, version"):
        if kind in found:
            found[kind].append(Version(kind, version, at, version in asked, begun.get(version, 0), handed_in.get(version, 0)))
    return {kind: sorted(each, key=lambda one: not one.current) for kind, each in found.items()}


def body(db: Database, version: str) -> dict:
    """Plain data of a published version. Raises LookupError."""
    found = value(db, "select body from form_versions where version = ?", (version,))
    if found is None:
        raise LookupError(version)
    return json.loads(found)


def current_body(db: Database, kind: str) -> dict:
    """Plain data of the questionnaire that the current round asks of a kind. Raises Refused for what is no kind."""
    if kind not in set(Kind):
        raise Refused("questionnaire.unknown", value=kind, kinds=listed(Kind))
    return body(db, rounds.form_for(db, rounds.current(db).code, kind).version)


def publish(db: Database, actor: Actor, new: dict, at: str) -> str:
    """Make a questionnaire's plain data what the current round asks of whoever begins from now on. Returns the version.

    What was begun stays with its version, and so do its answers. Raises Refused: for a form that is no kind's, that the linter
    complains of, or that is asked already.
    """
    access.require(actor, Action.MANAGE_PROGRAM)
    form = forms.parse(new)
    if form.name not in set(Kind):
        raise Refused("questionnaire.unknown", value=form.name, kinds=listed(Kind))
    if complaints := lint.complaints(form):
        raise Refused(problems=tuple(Problem.of("questionnaire.lint", detail=complaint) for complaint in complaints))
    with command(db):
        round_ = rounds.current(db)
        if rounds.form_for(db, round_.code, form.name).version == form.version:
            raise Refused("questionnaire.same", version=form.version)
        return rounds.publish_form(db, actor, round_.code, new, at)
