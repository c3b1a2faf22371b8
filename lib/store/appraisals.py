"""The appraisal (测评): a committee's tally of paper ballots, and an online ballot by one-time codes; no name is kept."""

import hashlib
import secrets

from lib.core import access, grading
from lib.core.access import Action
from lib.core.grading import Appraisal
from lib.core.model import Actor, Refused
from lib.core.workflow import State
from lib.store import assessments, events, organizations, rounds
from lib.store.db import Database, command, one, value

OPINIONS = ("satisfied", "basically_satisfied", "dissatisfied")
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0 O 1 I
CODE_LENGTH = 12  # 60 bits
CODES_AT_ONCE = 500


def _hash(code: str) -> str:
    return hashlib.sha256(f"ballot:{code}".encode()).hexdigest()


def normal(code: str) -> str:
    """A code as typed by hand, without blanks and hyphens, in capitals."""
    return "".join(c for c in code.upper() if c.isalnum())[:64]


def tally(db: Database, round_code: str, code: str) -> dict | None:
    """The committee's tally: issued, returned, satisfied, basically_satisfied, dissatisfied, at, author."""
    return one(db, "select * from tallies where round = ? and organization = ?", (round_code, code))


def online(db: Database, round_code: str, code: str) -> Appraisal:
    """The online ballots: issued codes that were not withdrawn, and what came back."""
    issued = value(db, "select count(*) from ballot_codes where round = ? and organization = ? and withdrawn = 0", (round_code, code))
    counts = dict(db.conn.execute("select opinion, count from ballots where round = ? and organization = ?", (round_code, code)).fetchall())
    return Appraisal(issued, sum(counts.values()), *(counts.get(opinion, 0) for opinion in OPINIONS))


def appraisal(db: Database, round_code: str, code: str) -> Appraisal:
    """Paper and online ballots together: what feeds the satisfaction rate."""
    row = tally(db, round_code, code)
    paper = Appraisal(*(row[column] for column in ("issued", "returned", *OPINIONS))) if row else Appraisal()
    return paper + online(db, round_code, code)


def _open(db: Database, round_code: str, code: str) -> None:
    if assessments.state(db, round_code, code) == State.APPROVED:
        raise Refused("appraisal.closed")


def enter_tally(db: Database, actor: Actor, code: str, counts: Appraisal, at: str) -> None:
    """Record the tally of paper ballots, or correct it until the grade is approved. Raises Refused."""
    access.require(actor, Action.ENTER_TALLY, organizations.whose(db, code))
    if problem := grading.tally_problem(counts):
        raise Refused(problem)
    with command(db):
        round_ = rounds.current(db)
        _open(db, round_.code, code)
        figures = {"issued": counts.issued, "returned": counts.returned, "satisfied": counts.satisfied,
                   "basically_satisfied": counts.basically_satisfied, "dissatisfied": counts.dissatisfied}
        events.append(db, actor, "appraisal.tallied", code, figures, at)
        db.conn.execute(
            """insert into tallies(round, organization, issued, returned, satisfied, basically_satisfied, dissatisfied, at, author)
               values(?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(round, organization) do update set issued = excluded.issued,
               returned = excluded.returned, satisfied = excluded.satisfied, basically_satisfied = excluded.basically_satisfied,
               dissatisfied = excluded.dissatisfied, at = excluded.at, author = excluded.author""",
            (round_.code, code, *figures.values(), at, actor.name))


def issue_codes(db: Database, actor: Actor, code: str, count: int, at: str) -> list[str]:
    """Make one-time ballot codes for one organization. They are returned here only; the store keeps hashes. Raises Refused."""
    access.require(actor, Action.ISSUE_BALLOTS, organizations.whose(db, code))
    if not 1 <= count <= CODES_AT_ONCE:
        raise Refused("appraisal.code_count", limit=CODES_AT_ONCE)
    codes = ["".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(count)]
    with command(db):
        round_ = rounds.current(db)
        _open(db, round_.code, code)
        events.append(db, actor, "ballot.codes_issued", code, {"count": count}, at)
        db.conn.executemany("insert into ballot_codes(code_hash, round, organization) values(?, ?, ?)",
                            [(_hash(each), round_.code, code) for each in codes])
    return codes


def withdraw_codes(db: Database, actor: Actor, code: str, at: str) -> int:
    """Make an organization's unused codes worthless (lost slips); they leave the number issued. Returns how many."""
    access.require(actor, Action.ISSUE_BALLOTS, organizations.whose(db, code))
    with command(db):
        round_ = rounds.current(db)
        count = db.conn.execute("update ballot_codes set withdrawn = 1 where round = ? and organization = ? and used = 0 and withdrawn = 0",
                                (round_.code, code)).rowcount
        events.append(db, actor, "ballot.codes_withdrawn", code, {"count": count}, at)
    return count


def ballot_for(db: Database, code: str) -> str | None:
    """Organization whose ballot a code opens, None when it opens none: unknown, used, withdrawn and closed look alike."""
    row = one(db, "select round, organization from ballot_codes where code_hash = ? and used = 0 and withdrawn = 0", (_hash(normal(code)),))
    if row is None or row["round"] != rounds.current(db).code:
        return None
    return None if assessments.state(db, row["round"], row["organization"]) == State.APPROVED else row["organization"]


def cast(db: Database, actor: Actor, code: str, opinion: str, at: str) -> None:
    """One code, one ballot: only the count of opinions goes up, nothing ties it to the code. Raises Refused."""
    access.require(actor, Action.CAST_BALLOT)
    if opinion not in OPINIONS:
        raise Refused("ballot.opinion")
    with command(db):
        organization = ballot_for(db, code)
        if organization is None:
            raise Refused("ballot.code")
        round_ = rounds.current(db)
        db.conn.execute("update ballot_codes set used = 1 where code_hash = ?", (_hash(normal(code)),))
        db.conn.execute("""insert into ballots(round, organization, opinion, count) values(?, ?, ?, 1)
                           on conflict(round, organization, opinion) do update set count = count + 1""",
                        (round_.code, organization, opinion))
        events.append(db, actor, "ballot.cast", organization, {}, at)
