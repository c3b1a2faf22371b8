"""The state machine of one organization's grading in one round (S4), as a table.

自评 → 评定 → 公示 → 核准; the appraisal (测评) is a condition of the proposal, not a state. Who may take an action is
`access`'s business; conditions beyond the state (an appraisal exists, the notice has ended) are checked by the command
that carries it out.
"""

from enum import StrEnum

from lib.core.access import Action
from lib.core.model import Refused


class State(StrEnum):
    NOT_SUBMITTED = "not_submitted"
    RETURNED = "returned"
    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    NOTICED = "noticed"
    APPROVED = "approved"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.NOT_SUBMITTED, Action.FILL): State.NOT_SUBMITTED,
    (State.RETURNED, Action.FILL): State.RETURNED,
    (State.NOT_SUBMITTED, Action.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.REMARK): State.SUBMITTED,
    (State.RETURNED, Action.REPLY): State.RETURNED,
    (State.SUBMITTED, Action.RETURN): State.RETURNED,
    (State.PROPOSED, Action.RETURN): State.RETURNED,
    (State.SUBMITTED, Action.REVIEW): State.SUBMITTED,
    (State.PROPOSED, Action.REVIEW): State.PROPOSED,
    (State.SUBMITTED, Action.PROPOSE): State.PROPOSED,
    (State.PROPOSED, Action.PROPOSE): State.PROPOSED,
    (State.PROPOSED, Action.NOTICE): State.NOTICED,
    (State.NOTICED, Action.OBJECT): State.NOTICED,
    (State.NOTICED, Action.HANDLE_OBJECTION): State.NOTICED,
    (State.PROPOSED, Action.SEND_BACK): State.SUBMITTED,
    (State.NOTICED, Action.SEND_BACK): State.SUBMITTED,
    (State.NOTICED, Action.APPROVE): State.APPROVED,
    (State.APPROVED, Action.REOPEN): State.SUBMITTED,
    **{(state, Action.RECORD_RESULT): State.APPROVED for state in State},
}

ACTIONS = tuple(dict.fromkeys(action for _, action in TRANSITIONS))
GRADED = (State.APPROVED,)
AFTER_SUBMISSION = (State.SUBMITTED, State.PROPOSED, State.NOTICED, State.APPROVED)
HANDED_IN = tuple(state for state in State if state != State.NOT_SUBMITTED)
"""Something was submitted, though it may have been returned since: not 未报."""
FILLING = (State.NOT_SUBMITTED, State.RETURNED)


def after(state: State | str, action: Action) -> State:
    """State that an action leads to. Raises Refused when the state does not allow it."""
    try:
        return TRANSITIONS[State(state), action]
    except KeyError:
        raise Refused("workflow.not_now", action=action.value, state=State(state).value) from None


def possible(state: State | str, action: Action) -> bool:
    return (State(state), action) in TRANSITIONS
