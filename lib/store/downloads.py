"""Downloads that hold telephone numbers: who took them away, what for, how many rows. Others are not recorded."""

from lib.core import access
from lib.core.access import Action
from lib.core.model import Actor, Refused, Role, said
from lib.store import events
from lib.store.db import Database, command

REASON_LEAST = 4
"""Characters of a reason that says something."""


def may_have_phones(actor: Actor) -> bool:
    """Whether somebody may take a list with telephone numbers away: offices, as far as they see the numbers at all."""
    return actor.role in (Role.COMMITTEE, Role.COUNTY) and access.allowed(actor, Action.SEE_PHONE)


def check_reason(reason: str) -> str:
    """A reason, trimmed. Raises Refused when it says nothing."""
    reason = said(reason, required=False)
    if len(reason) < REASON_LEAST:
        raise Refused("download.reason", least=REASON_LEAST)
    return reason


def with_phones(db: Database, actor: Actor, what: str, reason: str, rows: int, at: str) -> None:
    """Note that a list is taken away with telephone numbers; whoever makes the file calls it first. Raises Refused.

    `what` is the list's code, `rows` how many it has.
    """
    if not may_have_phones(actor):
        raise Refused("access.refused", action=Action.SEE_PHONE.value, role=actor.role.value)
    reason = check_reason(reason)
    with command(db):
        events.append(db, actor, "download.with_phones", what, {"reason": reason, "rows": rows}, at, quiet=True)
