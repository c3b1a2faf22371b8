"""The grade: the committee's review and proposal (评定), the public notice (公示), the county's approval (核准)."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lib.core import access, forms, grading, phrases, workflow
from lib.core.access import Action
from lib.core.grading import DIMENSIONS, Proposal
from lib.core.ledger import LIMITS as LEDGER_LIMITS
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Grade, Problem, Refused, said
from lib.core.workflow import State
from lib.store import appraisals, assessments, events, ledger, organizations, rounds
from lib.store.db import Database, command, one
from lib.store.rounds import Round

NOTICE_AHEAD = dt.timedelta(days=30)
"""How far ahead a notice may be announced."""
CONTACT_LIMIT = 100


@dataclass(frozen=True)
class Outcome:
    """What became of a command carried out for several organizations: those done, and of the others why not."""

    done: tuple[str, ...]
    refused: Mapping[str, tuple[Problem, ...]]


def _local(at: str, round_: Round) -> dt.date:
    """The county's date at a stored moment."""
    return dt.datetime.fromisoformat(at).astimezone(ZoneInfo(round_.program.timezone)).date()


def review(db: Database, round_code: str, code: str) -> dict | None:
    """The review's scores by dimension (hundredths), rules found, comment; None before there is one."""
    row = one(db, "select * from reviews where round = ? and organization = ?", (round_code, code))
    return row and {**row, "found": row["found"].split(), "total": sum(row[dimension] for dimension in DIMENSIONS)}


def get(db: Database, round_code: str, code: str) -> dict | None:
    """The grading of an organization: scores, grade, reasons (codes of rules), notice and approval; None before a proposal."""
    row = one(db, "select * from gradings where round = ? and organization = ?", (round_code, code))
    return row and {**row, "reasons": row["reasons"].split()}


def every(db: Database, round_code: str) -> dict[str, dict]:
    """The gradings of a round by organization, as rows: what an import compares with."""
    return {row["organization"]: row for row in db.query("select * from gradings where round = ?", (round_code,))}


def objections(db: Database, round_code: str, code: str) -> list[dict]:
    """Objections to one grade, oldest first: text, contact, raised_at, raised_by; upheld, outcome, handled_at once handled."""
    return list(db.query("select * from objections where round = ? and organization = ? order by raised_at, id", (round_code, code)))


def blocking_objections(db: Database, round_code: str) -> dict[str, int]:
    """Objections that keep a proposed grade from approval, counted by organization: not handled yet, or upheld since the proposal."""
    return dict(db.conn.execute("""select o.organization, count(*) from objections o
                                   join gradings g on g.round = o.round and g.organization = o.organization
                                   where o.round = ? and (o.handled_at is null or (o.upheld = 1 and o.handled_at >= g.proposed_at))
                                   group by o.organization""", (round_code,)).fetchall())


def proposal(db: Database, round_: Round, code: str, scores: Mapping[str, int], found: Iterable[str]) -> Proposal | None:
    """What the rules would give for review scores; None while there is no submission or no ballot.

    Shown beside the form as a preview, and used by `propose`.
    """
    submissions = assessments.submissions(db, round_.code, code)
    satisfaction = appraisals.appraisal(db, round_.code, code).satisfaction
    if not submissions or satisfaction is None:
        return None
    last = submissions[0]
    form = rounds.form(db, last["form_version"])
    answers = assessments.submitted_answers(db, last["id"])
    # rules on dates ("no activity for a year") are judged on the day of the submission, not of the click
    submitted_on = _local(last["submitted_at"], round_)
    kind = organizations.get(db, code).kind
    return grading.propose(round_.program, kind, self_score=last["score"], satisfaction=satisfaction, review=sum(scores.values()),
                           values=forms.kept_values(form, answers), found=found, today=submitted_on)


# ---- commands


def save_review(db: Database, actor: Actor, code: str, scores: Mapping[str, int], found: Iterable[str], comment: str, at: str) -> None:
    """Keep the review's scores by dimension (hundredths, 0–2000 each) and the rules found. Raises Refused."""
    organization = organizations.get(db, code)
    access.require(actor, Action.REVIEW, organization.whose)
    if set(scores) != set(DIMENSIONS) or any(not 0 <= score <= grading.DIMENSION_POINTS for score in scores.values()):
        raise Refused("review.scores")
    found, comment = sorted(set(found)), said(comment, required=False)
    with command(db):
        round_ = rounds.current(db)
        enterable = {rule.code for rule in round_.program.rules if not rule.when and rule.concerns(organization.kind)}
        if unknown := set(found) - enterable:
            raise Refused("review.rule", rule=sorted(unknown)[0])
        workflow.after(assessments.state(db, round_.code, code), Action.REVIEW)
        events.append(db, actor, "review.saved", code, {"scores": dict(scores), "found": found, "comment": comment}, at)
        db.conn.execute(
            """insert into reviews(round, organization, team, members, mechanism, results, masses, found, comment, at, author)
               values(?,?,?,?,?,?,?,?,?,?,?) on conflict(round, organization) do update set team = excluded.team, members = excluded.members,
               mechanism = excluded.mechanism, results = excluded.results, masses = excluded.masses, found = excluded.found,
               comment = excluded.comment, at = excluded.at, author = excluded.author""",
            (round_.code, code, *(scores[dimension] for dimension in DIMENSIONS), " ".join(found), comment, at, actor.name))


def propose(db: Database, actor: Actor, code: str, grade: Grade | None, comment: str, at: str) -> Proposal:
    """Propose a grade (评定): the one the rules give, or a lower one with a reason. Raises Refused."""
    access.require(actor, Action.PROPOSE, organizations.whose(db, code))
    comment = said(comment, required=False)
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(assessments.state(db, round_.code, code), Action.PROPOSE)
        if not (submissions := assessments.submissions(db, round_.code, code)):
            raise Refused("grading.no_submission")
        reviewed = review(db, round_.code, code)
        if reviewed is None:
            raise Refused("grading.no_review")
        given = proposal(db, round_, code, {d: reviewed[d] for d in DIMENSIONS}, reviewed["found"])
        if given is None:
            raise Refused("grading.no_appraisal")
        grade = Grade(grade or given.grade)
        if grade not in given.allowed:
            raise Refused("grading.barred", grade=grade.value, highest=given.grade.value)
        if grade != given.grade and not comment:
            raise Refused("grading.reason_for_lower")
        last = submissions[0]
        satisfaction = appraisals.appraisal(db, round_.code, code).satisfaction
        reasons = [reason.rule.code for reason in given.reasons]
        events.append(db, actor, "grade.proposed", code, {"grade": grade.value, "final": given.final, "self": last["score"],
                      "satisfaction": satisfaction, "review": reviewed["total"], "reasons": reasons, "comment": comment}, at)
        _save(db, round_.code, code, source="review", self_score=last["score"], satisfaction=satisfaction, review_score=reviewed["total"],
              final_score=given.final, grade=grade.value, reasons=" ".join(reasons), comment=comment, proposed_at=at,
              proposed_by=actor.name, notice_from=None, notice_until=None, approved_at=None, approved_by=None, decided_on=None)
        _move(db, round_.code, code, after)
    return given


def open_notice(db: Database, actor: Actor, code: str, starts: dt.date, at: str) -> dt.date:
    """Put a proposed grade on public notice for the programme's number of days (公示), from today or a day soon after.

    Returns the last day. Raises Refused.
    """
    access.require(actor, Action.NOTICE, organizations.whose(db, code))
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(assessments.state(db, round_.code, code), Action.NOTICE)
        if not _local(at, round_) <= starts <= _local(at, round_) + NOTICE_AHEAD:
            raise Refused("notice.start", days=NOTICE_AHEAD.days)
        _check_stands(db, round_, code)
        until = starts + dt.timedelta(days=round_.program.notice_days - 1)
        events.append(db, actor, "notice.opened", code, {"from": starts.isoformat(), "until": until.isoformat()}, at)
        db.conn.execute("update gradings set notice_from = ?, notice_until = ? where round = ? and organization = ?",
                        (starts.isoformat(), until.isoformat(), round_.code, code))
        _move(db, round_.code, code, after)
    return until


def object_(db: Database, actor: Actor, code: str, text: str, contact: str, at: str, today: dt.date) -> str:
    """Raise an objection while the notice runs; from the public, a contact is asked but may stay empty. Returns its id. Raises Refused."""
    access.require(actor, Action.OBJECT, organizations.whose(db, code))
    text, contact = said(text, required=False), contact.strip()
    if not text:
        raise Refused("objection.empty")
    if len(contact) > CONTACT_LIMIT:
        raise Refused("text.too_long", limit=CONTACT_LIMIT)
    with command(db):
        round_ = rounds.current(db)
        workflow.after(assessments.state(db, round_.code, code), Action.OBJECT)
        notice = get(db, round_.code, code)
        if today.isoformat() < notice["notice_from"]:
            raise Refused("objection.notice_not_begun", begins=notice["notice_from"])
        if today.isoformat() > notice["notice_until"]:
            raise Refused("objection.notice_over", until=notice["notice_until"])
        seq = events.append(db, actor, "objection.raised", code, {"text": text}, at)
        db.conn.execute("insert into objections(id, round, organization, text, contact, raised_at, raised_by) values(?, ?, ?, ?, ?, ?, ?)",
                        (f"o{seq}", round_.code, code, text, contact, at, actor.name))
    return f"o{seq}"


def handle_objection(db: Database, actor: Actor, objection: str, upheld: bool, outcome: str, at: str) -> None:
    """Record how an objection was handled. An upheld one goes on the organization's ledger, and the grade is to be sent back. Raises Refused."""
    row = one(db, "select * from objections where id = ?", (objection,))
    if row is None:
        raise Refused("objection.unknown")
    access.require(actor, Action.HANDLE_OBJECTION, organizations.whose(db, row["organization"]))
    outcome = said(outcome)
    with command(db):
        workflow.after(assessments.state(db, row["round"], row["organization"]), Action.HANDLE_OBJECTION)
        events.append(db, actor, "objection.handled", row["organization"], {"objection": objection, "upheld": upheld, "outcome": outcome}, at)
        db.conn.execute("update objections set upheld = ?, outcome = ?, handled_at = ?, handled_by = ? where id = ?",
                        (int(upheld), outcome, at, actor.name, objection))
        if upheld and not ledger.has(db, row["organization"], Source.OBJECTION, objection):  # the outcome may be written anew
            plan = Plan(problem=row["text"][:LEDGER_LIMITS["problem"]])
            ledger.raise_item(db, SYSTEM, row["organization"], Source.OBJECTION, plan, at, source_id=objection)


def send_back(db: Database, actor: Actor, code: str, reason: str, at: str) -> None:
    """Send a proposed or noticed grade back to the committee for a new review. Raises Refused."""
    _back(db, actor, code, reason, at, Action.SEND_BACK, "grade.sent_back")


def reopen(db: Database, actor: Actor, code: str, reason: str, at: str) -> None:
    """Open an approved grade again (an administrator, with a reason). Raises Refused."""
    _back(db, actor, code, reason, at, Action.REOPEN, "grade.reopened")


def _back(db: Database, actor: Actor, code: str, reason: str, at: str, action: Action, kind: str) -> None:
    access.require(actor, action, organizations.whose(db, code))
    reason = said(reason)
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(assessments.state(db, round_.code, code), action)
        events.append(db, actor, kind, code, {"reason": reason}, at)
        db.conn.execute("delete from gradings where round = ? and organization = ?", (round_.code, code))
        _move(db, round_.code, code, after)


def approve(db: Database, actor: Actor, code: str, at: str, today: dt.date) -> Grade:
    """The county's approval (核准): only after the notice has ended, every objection is handled and the grade still stands.

    Where the masses are less content than the target asks, that goes on the ledger. Raises Refused.
    """
    access.require(actor, Action.APPROVE, organizations.whose(db, code))
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(assessments.state(db, round_.code, code), Action.APPROVE)
        row = get(db, round_.code, code)
        if today.isoformat() <= row["notice_until"]:
            raise Refused("approval.notice_runs", until=row["notice_until"])
        raised = objections(db, round_.code, code)
        if any(o["handled_at"] is None for o in raised):
            raise Refused("approval.objections_open")
        if any(o["upheld"] and o["handled_at"] >= row["proposed_at"] for o in raised):
            raise Refused("approval.objection_upheld")
        _check_stands(db, round_, code)
        events.append(db, actor, "grade.approved", code, {"grade": row["grade"], "final": row["final_score"]}, at)
        db.conn.execute("update gradings set approved_at = ?, approved_by = ?, decided_on = ? where round = ? and organization = ?",
                        (at, actor.name, today.isoformat(), round_.code, code))
        _move(db, round_.code, code, after)
        if row["satisfaction"] < round(100 * round_.program.target("satisfaction").value) and not ledger.has(db, code, Source.APPRAISAL, round_.code):
            words = phrases.text("ledger.dissatisfied", ledger.NOTED_IN, rate=f"{row['satisfaction'] / 100:.1f}")
            ledger.raise_item(db, SYSTEM, code, Source.APPRAISAL, Plan(problem=words), at, source_id=round_.code)
    return Grade(row["grade"])


def in_bulk(command_: Callable[[str], object], codes: Iterable[str]) -> Outcome:
    """Carry out a command for one organization after the other; one that is refused does not keep the others back."""
    done, refused = [], {}
    for code in codes:
        try:
            command_(code)
            done.append(code)
        except Refused as error:
            refused[code] = error.problems
    return Outcome(tuple(done), refused)


def _check_stands(db: Database, round_: Round, code: str) -> None:
    """Refuse to go on with a proposed grade that is now better than score and rules give: ballots that came in, a corrected
    tally or a changed review can bring that about."""
    reviewed = review(db, round_.code, code)
    given = proposal(db, round_, code, {d: reviewed[d] for d in DIMENSIONS}, reviewed["found"])
    grade = Grade(get(db, round_.code, code)["grade"])
    if grade not in given.allowed:
        raise Refused("grading.outdated", grade=grade.value, highest=given.grade.value)


def record_result(db: Database, actor: Actor, code: str, grade: Grade, decided_on: str, at: str, *, self_score: int | None = None,
                  satisfaction: int | None = None, review_score: int | None = None) -> Grade | None:
    """Keep a result decided on paper as the approved one. Scores in hundredths.

    Returns the grade that weights, thresholds and satisfaction would give, when it differs or None when it agrees or the
    scores do not suffice to say. Raises Refused.
    """
    organization = organizations.get(db, code)
    access.require(actor, Action.RECORD_RESULT, organization.whose)
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(assessments.state(db, round_.code, code), Action.RECORD_RESULT)
        expected = grading.grade_by_scores(round_.program, organization.kind, self_score=self_score, satisfaction=satisfaction,
                                           review=review_score)
        final = expected and grading.final_score(self_score, satisfaction, review_score, round_.program)
        events.append(db, actor, "grade.recorded", code, {"grade": grade.value, "self": self_score, "satisfaction": satisfaction,
                      "review": review_score, "decided_on": decided_on}, at)
        db.conn.execute("""insert into assessments(round, organization, state, opened_at) values(?, ?, ?, ?)
                           on conflict(round, organization) do nothing""", (round_.code, code, after, at))
        _save(db, round_.code, code, source="paper", self_score=self_score, satisfaction=satisfaction, review_score=review_score,
              final_score=final, grade=grade.value, reasons="", comment="", proposed_at=at, proposed_by=actor.name, notice_from=None,
              notice_until=None, approved_at=at, approved_by=actor.name, decided_on=decided_on)
        _move(db, round_.code, code, after)
    return expected if expected != grade else None


def _save(db: Database, round_code: str, code: str, **columns: object) -> None:
    names = ("round", "organization", *columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    db.conn.execute(f"insert into gradings({', '.join(names)}) values({', '.join('?' * len(names))}) "
                    f"on conflict(round, organization) do update set {changes}", (round_code, code, *columns.values()))


def _move(db: Database, round_code: str, code: str, state: State) -> None:
    db.conn.execute("update assessments set state = ? where round = ? and organization = ?", (state, round_code, code))
