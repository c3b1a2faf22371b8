"""A process with many writers, for test_durability: `python tests/writers.py THREADS`, on the store of $CHENGPING_HOME.

Each thread fills in one organization's form again and again through the real commands, and writes a line to stdout after each commit:
`answer CODE VALUE SEQ`, `submit CODE VALUE RECEIPT`. Whoever has read a line may rely on it for ever. It runs until it is killed.
"""

import os
import sys
import threading
from itertools import count

from lib.core.model import SYSTEM, Actor, Role
from lib.store import assessments, db

QUESTION = "q1"


def acknowledge(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # one write: lines of other threads do not come between


def work(code: str) -> None:
    actor = Actor(code, Role.ORGANIZATION, organization=code)
    with db.session() as store:
        begun = int(assessments.draft(store, code).answers.get(QUESTION, 0))
    for value in count(begun + 1):
        with db.session() as store:
            now = db.now(store)
            if assessments.draft(store, code).state not in ("not_submitted", "returned"):
                assessments.return_(store, SYSTEM, code, "再填", db.iso(now))
            seq, _ = assessments.save_answers(store, actor, code, {QUESTION: value}, db.iso(now))
        acknowledge("answer", code, value, seq)
        if value % 3 == 0:
            with db.session() as store:
                receipt = assessments.submit(store, actor, code, seq, db.iso(now), now.date())
            acknowledge("submit", code, value, receipt.number)


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        threading.Thread(target=work, args=(f"W{number}",)).start()
