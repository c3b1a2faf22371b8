"""Who may do what (design §5): one table, asked by the page to show or hide, and again by the command to allow or refuse."""

from dataclasses import dataclass
from enum import StrEnum

from lib.core.model import Actor, Refused, Role


class Action(StrEnum):
    # looking
    LOOK = "look"  # overview, townships, ratings
    LOOK_AT_ORGANIZATION = "look_at_organization"
    SEE_PHONE = "see_phone"
    READ_ATTACHMENT = "read_attachment"
    READ_MINUTES = "read_minutes"  # a leader: of the meeting that the link was made for
    SEE_NOTICE = "see_notice"
    # the organization's own work
    FILL = "fill"
    SUBMIT = "submit"
    REPLY = "reply"
    CAST_BALLOT = "cast_ballot"
    # the committee's and the county's
    REMARK = "remark"
    RETURN = "return"
    REVIEW = "review"
    PROPOSE = "propose"
    NOTICE = "notice"
    OBJECT = "object"
    HANDLE_OBJECTION = "handle_objection"
    ENTER_TALLY = "enter_tally"
    ISSUE_BALLOTS = "issue_ballots"
    CHANGE_CLASS = "change_class"
    # the work programme: registers and the ledger
    KEEP_RECORD = "keep_record"  # a register's head narrows it
    APPROVE_RECORD = "approve_record"
    RAISE_ITEM = "raise_item"
    CONFIRM_ITEM = "confirm_item"
    DISMISS_ITEM = "dismiss_item"
    RETURN_MEASURE = "return_measure"
    REVISE_ITEM = "revise_item"
    REPORT_PROGRESS = "report_progress"
    APPLY_SIGN_OFF = "apply_sign_off"
    CHECK_ITEM = "check_item"
    REFUSE_ITEM = "refuse_item"
    SIGN_OFF = "sign_off"
    REOPEN_ITEM = "reopen_item"
    # the county's alone
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    RECORD_RESULT = "record_result"
    EDIT_REGISTRY = "edit_registry"
    MANAGE_SNAPSHOTS = "manage_snapshots"
    MANAGE_LINKS = "manage_links"
    MANAGE_MEETINGS = "manage_meetings"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_PROGRAM = "manage_program"
    OWN_ACCOUNT = "own_account"


ORG, COM, CTY, LDR, PUB = Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY, Role.LEADER, Role.PUBLIC

ALLOWED: dict[Action, frozenset[Role]] = {action: frozenset(roles) for action, roles in {
    Action.LOOK: (ORG, COM, CTY, LDR),
    Action.LOOK_AT_ORGANIZATION: (ORG, COM, CTY, LDR),
    Action.SEE_PHONE: (ORG, COM, CTY),
    Action.READ_ATTACHMENT: (ORG, COM, CTY),
    Action.READ_MINUTES: (CTY, LDR),
    Action.SEE_NOTICE: (ORG, COM, CTY, LDR, PUB),
    Action.FILL: (ORG, COM, CTY),
    Action.SUBMIT: (ORG, COM, CTY),
    Action.REPLY: (ORG, COM, CTY),
    Action.CAST_BALLOT: (PUB,),
    Action.REMARK: (COM, CTY),
    Action.RETURN: (COM, CTY),
    Action.REVIEW: (COM, CTY),
    Action.PROPOSE: (COM, CTY),
    Action.NOTICE: (COM, CTY),
    Action.OBJECT: (COM, CTY, PUB),
    Action.HANDLE_OBJECTION: (COM, CTY),
    Action.ENTER_TALLY: (COM, CTY),
    Action.ISSUE_BALLOTS: (COM, CTY),
    Action.CHANGE_CLASS: (COM, CTY),
    Action.KEEP_RECORD: (ORG, COM, CTY),
    Action.APPROVE_RECORD: (CTY,),
    Action.RAISE_ITEM: (ORG, COM, CTY),
    Action.CONFIRM_ITEM: (ORG, COM, CTY),
    Action.DISMISS_ITEM: (COM, CTY),
    Action.RETURN_MEASURE: (COM, CTY),
    Action.REVISE_ITEM: (COM, CTY),
    Action.REPORT_PROGRESS: (ORG, COM, CTY),
    Action.APPLY_SIGN_OFF: (ORG, COM, CTY),
    Action.CHECK_ITEM: (COM, CTY),
    Action.REFUSE_ITEM: (COM, CTY),
    Action.SIGN_OFF: (CTY,),
    Action.REOPEN_ITEM: (CTY,),
    Action.APPROVE: (CTY,),
    Action.SEND_BACK: (CTY,),
    Action.REOPEN: (CTY,),
    Action.RECORD_RESULT: (CTY,),
    Action.EDIT_REGISTRY: (CTY,),
    Action.MANAGE_SNAPSHOTS: (CTY,),
    Action.MANAGE_LINKS: (CTY,),
    Action.MANAGE_MEETINGS: (CTY,),
    Action.MANAGE_ACCOUNTS: (CTY,),
    Action.MANAGE_PROGRAM: (CTY,),
    Action.OWN_ACCOUNT: (ORG, COM, CTY),
}.items()}

ADMINISTRATOR_ONLY = frozenset({Action.MANAGE_ACCOUNTS, Action.MANAGE_PROGRAM, Action.REOPEN})
EVERYBODYS = frozenset({Action.SEE_NOTICE, Action.CAST_BALLOT, Action.OBJECT})
"""What the public may do to any organization: it is not bound to one's own."""

PAGES: dict[str, Action] = {
    "overview": Action.LOOK,
    "work": Action.OWN_ACCOUNT,
    "targets": Action.LOOK,
    "rectification": Action.LOOK,
    "pairing": Action.LOOK,
    "coverage": Action.LOOK,
    "communities": Action.LOOK,
    "training": Action.LOOK,
    "exemplars": Action.LOOK,
    "honours": Action.LOOK,
    "agencies": Action.LOOK,
    "inspections": Action.LOOK,
    "standing_rules": Action.LOOK,
    "registers": Action.LOOK,
    "township": Action.LOOK,
    "side_by_side": Action.LOOK,
    "ratings": Action.LOOK,
    "changes": Action.LOOK,
    "presentation": Action.LOOK,
    "organization": Action.LOOK_AT_ORGANIZATION,
    "assessment": Action.FILL,
    "appraisal": Action.ENTER_TALLY,
    "review": Action.REVIEW,
    "registry": Action.EDIT_REGISTRY,
    "snapshots": Action.MANAGE_SNAPSHOTS,
    "links": Action.MANAGE_LINKS,
    "meetings": Action.READ_MINUTES,
    "forms": Action.MANAGE_PROGRAM,
    "accounts": Action.MANAGE_ACCOUNTS,
    "account": Action.OWN_ACCOUNT,
    "ballot": Action.CAST_BALLOT,
    "notice": Action.SEE_NOTICE,
}
PUBLIC_PAGES = tuple(page for page, action in PAGES.items() if Role.PUBLIC in ALLOWED[action])
"""Shown without login; every other page shows the login and nothing else."""


@dataclass(frozen=True)
class Whose:
    """What an action is done to: an organization and those who answer for it."""

    organization: str
    committee: str
    township: str | None


def allowed(actor: Actor, action: Action, whose: Whose | None = None) -> bool:
    """Whether an actor may take an action, on a given organization or, without one, at all."""
    if actor.role not in ALLOWED[action] or (action in ADMINISTRATOR_ONLY and not actor.administrator):
        return False
    if actor.must_change_password and action != Action.OWN_ACCOUNT:
        return False
    if whose is None or action in EVERYBODYS:
        return True
    match actor.role:
        case Role.ORGANIZATION:
            return actor.organization == whose.organization
        case Role.COMMITTEE:
            return actor.committee == whose.committee
        case Role.LEADER:
            return not actor.townships or whose.township in actor.townships
        case Role.COUNTY:
            return True
    return False


def require(actor: Actor, action: Action, whose: Whose | None = None) -> None:
    """Raises Refused when an actor may not take an action."""
    if not allowed(actor, action, whose):
        raise Refused("access.refused", action=action.value, role=actor.role.value)
