"""What happened in the year, read from the chain: submissions, grades and their reopening, closings, and the moves of the ledger."""

import datetime as dt
import json
from collections.abc import Collection, Iterator
from heapq import merge
from zoneinfo import ZoneInfo

import pandas as pd

from lib.core import trend
from lib.core.trend import CLOSED, ITEM, MOVES, Happened
from lib.core.workflow import HANDED_IN, State
from lib.store import rounds
from lib.store.db import Database

KINDS = (*MOVES, *CLOSED)


def days(db: Database, codes: Collection[str] | None = None) -> pd.DataFrame:
    """The current round's progress by day (lib.core.trend.cumulated), of all organizations or of some."""
    round_ = rounds.current(db)
    zone = ZoneInfo(round_.program.timezone)
    happened = (each for _, each in merge(_events(db, round_.code, zone), _moves(db), key=lambda pair: pair[0])
                if codes is None or each.organization in codes)
    states = dict(db.conn.execute("select organization, state from assessments where round = ?", (round_.code,)))
    standing = {"submitted": {code for code, state in states.items() if state in HANDED_IN},
                "graded": {code for code, state in states.items() if state == State.APPROVED}}
    return trend.cumulated(happened, standing)


def _events(db: Database, round_code: str, zone: ZoneInfo) -> Iterator[tuple[int, Happened]]:
    """Events of organizations since the round was opened; who was closed before is out from the beginning."""
    rows = db.conn.execute(
        f"""select seq, at, kind, subject, case when kind = 'grade.recorded' then body end from events
            where quiet = 0 and kind in ({', '.join('?' * len(KINDS))})
            and (kind in ({', '.join('?' * len(CLOSED))}) or seq > (select max(seq) from events where kind = 'round.opened' and subject = ?))
            order by seq""", (*KINDS, *CLOSED, round_code))
    for seq, at, kind, subject, body in rows:
        # a result on paper counts on the day that it was decided
        day = json.loads(body)["decided_on"] if body else dt.datetime.fromisoformat(at).astimezone(zone).date().isoformat()
        yield seq, Happened(day, kind, subject)


def _moves(db: Database) -> Iterator[tuple[int, Happened]]:
    """Moves of the ledger, of all rounds: what is carried over is still to be signed off."""
    for seq, day, organization, item, state in db.conn.execute(
            """select m.seq, m.on_day, i.organization, m.item, m.state from ledger_moves m join ledger_items i on i.id = m.item order by m.seq"""):
        yield seq, Happened(day, ITEM, organization, item, state)
