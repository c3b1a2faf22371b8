"""An organization's history in plain words, from its events. A kind of event without a sentence here is not shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lib.core.forms import Form
from lib.core.ledger import ACTIONS
from lib.core.model import SYSTEM, Role
from lib.store import accounts, events
from lib.store.ledger import RAISE
from lib.ui.session import Run
from lib.ui.text import date, moment, percent, points, t

LIMIT = 60
STOPS = "。.；;"
"""What a text that a sentence goes on after must not end in."""


@dataclass(frozen=True)
class Line:
    when: str
    who: str
    what: str


def _grade(body: Mapping) -> dict:
    return {"grade": t(f"grade.{body['grade']}"), "score": points(body.get("final"))}


def _class(body: Mapping) -> dict:
    return {"moment": t(f"chart.moment_{body['moment']}"),
            "before": t(f"class.{body['from']}") if body["from"] else t("chart.unclassed"),
            "after": t(f"class.{body['to']}"), "reason": _because(body)}


def _because(body: Mapping) -> str:
    return t("history.because", reason=body["reason"]) if body.get("reason") else ""


def _tally(body: Mapping) -> dict:
    pleased = body["satisfied"] + body["basically_satisfied"]
    return {**body, "rate": percent(10000 * pleased // body["returned"] if body["returned"] else None)}


def _submission(body: Mapping) -> dict:
    return {"version": body["version"], "score": points(body["score"]), "late": t("history.late") if body["late"] else ""}


def _reason(body: Mapping) -> dict:
    return {"reason": body.get("reason", "")}


def _moved(body: Mapping) -> dict:
    """A move of an item of the ledger; its number is in its id."""
    return {"number": f"{int(body['item'][1:]):04d}", "problem": body["problem"], "measure": body["measure"].rstrip(STOPS),
            "due": date(body["due_on"]), "who": f"{body['responsible']} {body['post']}".strip(), "progress": body["progress"],
            "day": date(body["on"]), "note": t("ledger_move.said", note=body["note"]) if body["note"] else ""}


SENTENCES: Mapping[str, Callable[[Mapping], dict]] = {
    "organization.added": lambda body: {},
    "organization.reopened": _reason,
    "organization.closed": lambda body: {"on": date(body["on"], year=True), "reason": _because(body)},
    "assessment.submitted": _submission,
    "assessment.returned": _reason,
    "remark.made": lambda body: body,
    "remark.answered": lambda body: {"text": body.get("text", "")},
    "remark.settled": lambda body: {},
    "review.saved": lambda body: {"score": points(sum(body["scores"].values()))},
    "grade.proposed": _grade,
    "notice.opened": lambda body: {"starts": date(body["from"]), "until": date(body["until"])},
    "objection.raised": lambda body: {},
    "objection.handled": lambda body: {"upheld": t("history.upheld" if body["upheld"] else "history.not_upheld"), "outcome": body["outcome"]},
    "grade.approved": _grade,
    "grade.recorded": _grade,
    "grade.sent_back": _reason,
    "grade.reopened": _reason,
    "grade.restored": lambda body: {"grade": t(f"grade.{body['grade']}"), "reason": body["reason"]},
    "appraisal.tallied": _tally,
    "ballot.codes_issued": lambda body: body,
    "ballot.codes_withdrawn": lambda body: body,
    "class.changed": _class,
    "class.withdrawn": lambda body: {"moment": t(f"chart.moment_{body['moment']}"), "value": t(f"class.{body['value']}")},
    **{f"ledger.{action}": _moved for action in (RAISE, *ACTIONS)},
}
"""Kind of event → what its phrase `history.<kind>` is filled in with."""
OFFICE_ONLY = frozenset({"remark.made", "remark.settled", "review.saved", "grade.proposed", "grade.sent_back"})
"""Not for the organization itself: it learns of remarks by the return, of a grade by the notice."""


def office(run: Run, names: Iterable[str], own: str) -> dict[str, str]:
    """Who acted, as an office: an account's name, "本组织" for the organization itself, the county office for the command line."""
    found = {}
    for name in set(names):
        account = accounts.get(run.db, name)
        if account is None:
            found[name] = {"public": t("history.public"), SYSTEM.name: run.program.office[run.language]}.get(name, name)
        else:
            found[name] = t("history.own") if account["organization"] == own else account["name"]
    return found


def lines(run: Run, organization: str, form: Form | None) -> list[Line]:
    """What happened to an organization, newest first, as far as who looks may know."""
    kinds = [kind for kind in SENTENCES if run.actor.role != Role.ORGANIZATION or kind not in OFFICE_ONLY]
    found = list(events.history(run.db, organization, tuple(kinds), LIMIT))
    who = office(run, (event["actor"] for event in found), organization)
    return [Line(moment(event["at"]), who[event["actor"]], sentence(event["kind"], event["body"], form)) for event in found]


def sentence(kind: str, body: Mapping, form: Form | None) -> str:
    """One event in words."""
    filled = SENTENCES[kind](body)
    if kind == "remark.made":
        number = form.number_of(body["item"]) if form and body["item"] in form.items else body["item"]
        filled = {"number": number, "text": body["text"]}
    return t(f"history.{kind}", **filled)
