"""The self-assessment (自评): drafts kept answer by answer, submissions kept for ever, remarks and returns."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from lib.core import access, forms, grading, workflow
from lib.core.access import Action
from lib.core.forms import Form, Reading
from lib.core.grading import Score
from lib.core.ledger import Source
from lib.core.model import TEXT_LIMIT, Actor, Problem, Refused, Role, said
from lib.core.workflow import State
from lib.store import events, ledger, organizations, rounds
from lib.store.db import Database, command, one, value
from lib.store.ledger import Found
from lib.store.organizations import Organization
from lib.store.rounds import Round

REMARK_LIMIT = TEXT_LIMIT


@dataclass(frozen=True)
class Answer:
    value: str | None
    origin: str  # person, registry, last, system
    seq: int
    at: str
    author: str


@dataclass(frozen=True)
class Draft:
    """An assessment as it stands: what is answered, by whom and when, and the state of its grading."""

    round: Round
    organization: Organization
    form: Form
    state: State
    rows: Mapping[str, Answer]
    returned_at: str | None
    return_reason: str

    @property
    def answers(self) -> dict[str, str]:
        return {name: row.value for name, row in self.rows.items() if row.value is not None}

    @property
    def seq(self) -> int:
        """Seq of the latest change: what a tab has seen."""
        return max((row.seq for row in self.rows.values()), default=0)

    @property
    def saved_at(self) -> str | None:
        return max((row.at for row in self.rows.values() if row.origin == "person"), default=None)

    def read(self, today: dt.date) -> Reading:
        return forms.read(self.form, self.answers, today)


@dataclass(frozen=True)
class Receipt:
    number: str
    version: int
    at: str
    score: int


@dataclass(frozen=True)
class Overwritten:
    """An answer that somebody else had changed since the tab last saw it: theirs, kept in the events."""

    name: str
    value: str | None
    author: str
    at: str


# ---- reads


def state(db: Database, round_code: str, code: str) -> State:
    found = value(db, "select state from assessments where round = ? and organization = ?", (round_code, code))
    return State(found or State.NOT_SUBMITTED)


def draft(db: Database, code: str) -> Draft:
    """The current round's assessment of an organization; an empty one before it was opened. Raises Refused."""
    organization, round_ = organizations.get(db, code), rounds.current(db)
    row = one(db, "select form_version, state, returned_at, return_reason from assessments where round = ? and organization = ?",
              (round_.code, code)) or {"form_version": None, "state": State.NOT_SUBMITTED, "returned_at": None, "return_reason": ""}
    version = row["form_version"]
    form = rounds.form(db, version) if version else rounds.form_for(db, round_.code, organization.kind)
    rows = {name: Answer(*rest) for name, *rest in db.conn.execute(
        "select name, value, origin, seq, at, author from draft_answers where round = ? and organization = ?", (round_.code, code))}
    return Draft(round_, organization, form, State(row["state"]), rows, row["returned_at"], row["return_reason"])


def submissions(db: Database, round_code: str, code: str) -> list[dict]:
    """Rows of every submission of a round, newest first, with the five dimension scores in hundredths."""
    return list(db.query("select * from submissions where round = ? and organization = ? order by version desc", (round_code, code)))


def submitted_answers(db: Database, submission: str) -> dict[str, str]:
    return dict(db.conn.execute("select name, value from submitted_answers where submission = ?", (submission,)).fetchall())


def findings(db: Database, submission: str) -> list[dict]:
    """Problem answers of a submission: name, hard, what, why."""
    return list(db.query("select name, hard, what, why from findings where submission = ?", (submission,)))


def last_round_answers(db: Database, round_code: str, code: str) -> dict[str, str]:
    """The submitted answers of the round before, empty without one."""
    before = rounds.previous(db, round_code)
    if before is None:
        return {}
    last = value(db, "select id from submissions where round = ? and organization = ? order by version desc limit 1", (before, code))
    return submitted_answers(db, last) if last else {}


def changes(db: Database, round_code: str, code: str) -> dict[str, tuple[str | None, str | None]]:
    """Answers that differ between the last two submissions: name → (before, after). Empty after a first submission.

    Submissions under two versions of the form are compared where both ask; the rest is `asked_in_one`'s.
    """
    rows = submissions(db, round_code, code)[:2]
    if len(rows) < 2:
        return {}
    after, before = (submitted_answers(db, row["id"]) for row in rows)
    alone = frozenset().union(*asked_in_one(db, round_code, code))
    return {name: (before.get(name), after.get(name)) for name in {**before, **after} if before.get(name) != after.get(name) and name not in alone}


def asked_in_one(db: Database, round_code: str, code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names that only the submission before, and only the last one, had in its form: nothing to compare. The submission before is this
    round's, else the last round's. Both are empty while there is none, and within one version."""
    rows = submissions(db, round_code, code)[:2]
    if len(rows) == 1 and (before := rounds.previous(db, round_code)):
        rows += submissions(db, before, code)[:1]
    if len(rows) < 2 or rows[0]["form_version"] == rows[1]["form_version"]:
        return frozenset(), frozenset()
    after, before_ = (frozenset(rounds.form(db, row["form_version"]).items) for row in rows)
    return before_ - after, after - before_


def remarks(db: Database, round_code: str, code: str, *, unsettled: bool = False) -> list[dict]:
    """Remarks at single items, oldest first."""
    where = "and settled_at is null" if unsettled else ""
    return list(db.query(f"select * from remarks where round = ? and organization = ? {where} order by at, id", (round_code, code)))


def returned_on(db: Database, round_code: str) -> dict[str, str]:
    """When each assessment that is with its organization for correction was returned, by organization."""
    return dict(db.conn.execute("select organization, returned_at from assessments where round = ? and state = ?",
                                (round_code, State.RETURNED)).fetchall())


# ---- commands of the organization


def _begin(db: Database, actor: Actor, code: str, at: str) -> Draft:
    """Make sure that an assessment exists, with what the registry and the last round already know filled in."""
    found = draft(db, code)
    if one(db, "select 1 from assessments where round = ? and organization = ? and form_version is not null", (found.round.code, code)):
        return found
    answers = prefilled(db, found)
    seq = events.append(db, actor, "assessment.opened", code, {"form": found.form.version, "prefilled": len(answers)}, at, quiet=True)
    db.conn.execute("""insert into assessments(round, organization, form_version, state, opened_at) values(?, ?, ?, ?, ?)
                       on conflict(round, organization) do update set form_version = excluded.form_version""",
                    (found.round.code, code, found.form.version, found.state, at))
    db.conn.executemany("insert into draft_answers(round, organization, name, value, origin, seq, at, author) values(?, ?, ?, ?, ?, ?, ?, ?)",
                        [(found.round.code, code, name, text, origin, seq, at, actor.name) for name, (text, origin) in answers.items()])
    return draft(db, code)


def prefilled(db: Database, found: Draft) -> dict[str, tuple[str, str]]:
    """What the registry and the last round already answer when an assessment is begun: name → (text, origin)."""
    code = found.organization.code
    known = {**organizations.facts(db, code)}
    if found.organization.members is not None:
        known.setdefault("members_full", str(found.organization.members))
    if standing := organizations.class_now(db, found.round.code, code):
        known.setdefault("village_class", standing)
        known.setdefault("stars", standing)
    last = last_round_answers(db, found.round.code, code)
    sources = {"registry": known, "last": last, "system": known}
    answers = {}
    for item in found.form.items.values():
        text = sources.get(item.prefill, {}).get(item.name)
        try:
            if text and (text := forms.encode(item, text)):
                answers[item.name] = (text, item.prefill)
        except ValueError:
            continue  # a code of last year's list that this year's form no longer has: asked anew
    return answers


def open_assessment(db: Database, actor: Actor, code: str, at: str) -> Draft:
    """Begin filling in, once; afterwards just the draft. Raises Refused."""
    access.require(actor, Action.FILL, organizations.whose(db, code))
    if value(db, "select form_version from assessments where round = ? and organization = ?", (rounds.current(db).code, code)):
        return draft(db, code)
    with command(db):
        return _begin(db, actor, code, at)


def save_answers(db: Database, actor: Actor, code: str, answers: Mapping[str, object], at: str,
                 seen: Mapping[str, int] | None = None) -> tuple[int, list[Overwritten]]:
    """Keep answers as they are typed, valid or not, as one event. Nothing is refused but what is no answer of the form at all.

    `seen` maps names to the seq at which the writer last saw them; what somebody else had put there since is returned.
    Returns the event's seq and those. Raises Refused.
    """
    access.require(actor, Action.FILL, organizations.whose(db, code))
    with command(db):
        round_code, form, state_ = _open(db, actor, code, at)
        workflow.after(state_, Action.FILL)
        texts, wrong = {}, []
        for name, given in answers.items():
            item = form.items.get(name)
            if item is None or not item.asked or item.type == "file":
                wrong.append(Problem.of("answer.unknown", name=name))
                continue
            try:
                texts[name] = forms.encode(item, given)
            except (ValueError, TypeError, OverflowError):
                wrong.append(Problem.of("answer.not_of_type", number=form.number_of(name), value=str(given)[:40]))
        if wrong:
            raise Refused(problems=tuple(wrong))
        overwritten = _overwritten(db, round_code, code, texts, seen) if seen is not None else []
        seq = events.append(db, actor, "assessment.answered", code, texts, at, quiet=True)
        db.conn.executemany(
            """insert into draft_answers(round, organization, name, value, origin, seq, at, author) values(?, ?, ?, ?, 'person', ?, ?, ?)
               on conflict(round, organization, name) do update set value = excluded.value, origin = excluded.origin,
               seq = excluded.seq, at = excluded.at, author = excluded.author""",
            [(round_code, code, name, text, seq, at, actor.name) for name, text in texts.items()])
    return seq, overwritten


def _open(db: Database, actor: Actor, code: str, at: str) -> tuple[str, Form, State]:
    """Round, form and state of an assessment, begun if it was not; without reading its answers, since every answer saved comes by here."""
    round_code = rounds.current_code(db)
    row = db.conn.execute("select form_version, state from assessments where round = ? and organization = ?", (round_code, code)).fetchone()
    if row is None or row[0] is None:
        begun = _begin(db, actor, code, at)
        return round_code, begun.form, begun.state
    return round_code, rounds.form(db, row[0]), State(row[1])


def _overwritten(db: Database, round_code: str, code: str, texts: Mapping[str, str | None], seen: Mapping[str, int]) -> list[Overwritten]:
    found = []
    for name, text in texts.items():
        row = db.conn.execute("select value, seq, author, at from draft_answers where round = ? and organization = ? and name = ?",
                              (round_code, code, name)).fetchone()
        if row and row[1] > seen.get(name, 0) and row[0] != text:
            found.append(Overwritten(name, row[0], row[2], row[3]))
    return found


def submit(db: Database, actor: Actor, code: str, based_on: int, at: str, today: dt.date) -> Receipt:
    """Hand in the draft as the next immutable version (自评). `based_on` is the draft's seq that the writer has seen.

    The same submit twice is one submit. When somebody else has changed answers since, it is refused and says which.
    Raises Refused with every gap at once.
    """
    organization = organizations.get(db, code)
    access.require(actor, Action.SUBMIT, organization.whose)
    with command(db):
        found = _begin(db, actor, code, at)
        last = one(db, "select version, draft_seq, receipt, submitted_at, score from submissions where round = ? and organization = ? "
                       "order by version desc limit 1", (found.round.code, code))
        if last and found.state not in workflow.FILLING and last["draft_seq"] == found.seq:
            return Receipt(last["receipt"], last["version"], last["submitted_at"], last["score"])
        after = workflow.after(found.state, Action.SUBMIT)
        if newer := sorted((row.seq, name, row) for name, row in found.rows.items() if row.seq > based_on):
            raise Refused(problems=tuple(
                Problem.of("submit.changed_elsewhere", number=found.form.number_of(name), name=name, value=row.value or "",
                           author=row.author, at=row.at) for _, name, row in newer))
        reading = found.read(today)
        if missing := forms.gaps(found.form, found.answers, reading):
            raise Refused(problems=tuple(Problem.of(f"gap.{gap.code}", number=found.form.number_of(gap.item.name), name=gap.item.name)
                                         for gap in missing))
        if found.state == State.RETURNED and (open_ := [r for r in remarks(db, found.round.code, code, unsettled=True) if not r["reply"]]):
            raise Refused(problems=tuple(Problem.of("gap.remark", number=found.form.number_of(r["item"]), name=r["item"]) for r in open_))
        score = grading.self_score(found.form, reading)
        version = (last["version"] if last else 0) + 1
        late = today > found.round.program.submit_by and version == 1
        seq = events.append(db, actor, "assessment.submitted", code, {"version": version, "score": score.total, "late": late}, at)
        receipt = f"{found.round.year}-{seq:06d}"
        submission = f"s{seq}"
        db.conn.execute(
            """insert into submissions(id, round, organization, version, form_version, draft_seq, receipt, submitted_at, submitted_by,
               late, score, team, members, mechanism, results, masses) values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)""",
            (submission, found.round.code, code, version, found.form.version, found.seq, receipt, at, actor.name, int(late), score.total,
             *(score.dimensions[dimension] for dimension in grading.DIMENSIONS)))
        kept = forms.relevant_answers(found.form, found.answers, reading)
        db.conn.executemany("insert into submitted_answers(submission, name, value) values(?, ?, ?)",
                            [(submission, name, text) for name, text in kept.items()])
        db.conn.executemany("insert into findings(submission, name, hard, what, why) values(?, ?, ?, ?, ?)",
                            [(submission, f.item.name, int(f.hard), kept.get(f"{f.item.name}__what", ""), kept.get(f"{f.item.name}__why", ""))
                             for f in forms.findings(found.form, reading)])
        _set_state(db, found.round.code, code, after)
        ledger.take_in(db, code, submission, _problems(found, reading, kept, score), at)
    return Receipt(receipt, version, at, score.total)


def _problems(found: Draft, reading: Reading, kept: Mapping[str, str], score: Score) -> list[Found]:
    """What a submission puts on the ledger: hard problem answers, and low scores that no such answer explains."""
    said_ = [Found(f.item.name, Source.ANSWER, f.item.problem[ledger.NOTED_IN], kept.get(f"{f.item.name}__what", ""))
             for f in forms.findings(found.form, reading) if f.hard]
    said_ += [Found(line.item.name, Source.SCORE, line.item.label[ledger.NOTED_IN], line.item.levels[str(line.chosen)][ledger.NOTED_IN])
              for line in grading.low(score, found.round.program.ledger.low_level)]
    return said_


def reply(db: Database, actor: Actor, remark: str, text: str, at: str) -> None:
    """An organization's answer to one remark. Raises Refused."""
    row = _remark(db, remark)
    access.require(actor, Action.REPLY, organizations.whose(db, row["organization"]))
    text = said(text)
    with command(db):
        workflow.after(state(db, row["round"], row["organization"]), Action.REPLY)
        events.append(db, actor, "remark.answered", row["organization"], {"remark": remark, "text": text}, at)
        db.conn.execute("update remarks set reply = ?, replied_at = ?, replied_by = ? where id = ?", (text, at, actor.name, remark))


# ---- commands of the reviewer


def remark(db: Database, actor: Actor, code: str, item: str, text: str, at: str) -> str:
    """A reviewer's remark at one item; it reaches the organization when the assessment is returned. Returns its id. Raises Refused."""
    access.require(actor, Action.REMARK, organizations.whose(db, code))
    text = said(text)
    with command(db):
        found = draft(db, code)
        workflow.after(found.state, Action.REMARK)
        if item not in found.form.items:
            raise Refused("answer.unknown", name=item)
        version = value(db, "select max(version) from submissions where round = ? and organization = ?", (found.round.code, code)) or 0
        seq = events.append(db, actor, "remark.made", code, {"item": item, "text": text}, at)
        db.conn.execute("insert into remarks(id, round, organization, item, text, version, at, author) values(?, ?, ?, ?, ?, ?, ?, ?)",
                        (f"r{seq}", found.round.code, code, item, text, version, at, actor.name))
    return f"r{seq}"


def settle(db: Database, actor: Actor, remark: str, at: str) -> None:
    """The reviewer is content with a remark's answer, or takes it back; once settled it stays so. Raises Refused."""
    access.require(actor, Action.REMARK, organizations.get(db, _remark(db, remark)["organization"]).whose)
    with command(db):
        row = _remark(db, remark)
        if row["settled_at"]:
            return
        events.append(db, actor, "remark.settled", row["organization"], {"remark": remark}, at)
        db.conn.execute("update remarks set settled_at = ?, settled_by = ? where id = ?", (at, actor.name, remark))


def return_(db: Database, actor: Actor, code: str, reason: str, at: str) -> None:
    """Send an assessment back to its organization with the reason and the open remarks (退回修改). Raises Refused."""
    access.require(actor, Action.RETURN, organizations.whose(db, code))
    reason = said(reason)
    with command(db):
        round_ = rounds.current(db)
        after = workflow.after(state(db, round_.code, code), Action.RETURN)
        events.append(db, actor, "assessment.returned", code, {"reason": reason}, at)
        db.conn.execute("delete from gradings where round = ? and organization = ?", (round_.code, code))
        db.conn.execute("update assessments set state = ?, returned_at = ?, returned_by = ?, return_reason = ? "
                        "where round = ? and organization = ?", (after, at, actor.name, reason, round_.code, code))


def _set_state(db: Database, round_code: str, code: str, new: State) -> None:
    db.conn.execute("update assessments set state = ? where round = ? and organization = ?", (new, round_code, code))


def _remark(db: Database, remark: str) -> dict:
    row = one(db, "select * from remarks where id = ?", (remark,))
    if row is None:
        raise Refused("remark.unknown")
    return row


def may_fill(actor: Actor, draft_: Draft) -> bool:
    """Whether an actor may write into an assessment now: its right, and the state."""
    return (access.allowed(actor, Action.FILL, draft_.organization.whose) and workflow.possible(draft_.state, Action.FILL)
            and actor.role != Role.LEADER)
