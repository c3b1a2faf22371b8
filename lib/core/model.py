"""The words of the field as codes, and the few records that pass between the layers (design §9)."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an organization is; a questionnaire's name is its kind."""

    VILLAGE = "village"
    COMMUNITY = "community"
    AGENCY = "agency"
    PUBLIC_INSTITUTION = "public_institution"
    STATE_ENTERPRISE = "state_enterprise"
    PRIVATE_ENTERPRISE = "private_enterprise"
    SOCIAL_ORGANIZATION = "social_organization"
    TOWNSHIP_COMMITTEE = "township_committee"


class Grade(StrEnum):
    """Result of the grading (S4), best first."""

    GOOD = "good"
    FAIRLY_GOOD = "fairly_good"
    AVERAGE = "average"
    POOR = "poor"


class VillageClass(StrEnum):
    """Class of a village (S5), best first."""

    DEMONSTRATION = "demonstration"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"


class Stars(StrEnum):
    """Stars of a community (S5), best first."""

    FIVE = "5"
    FOUR = "4"
    THREE = "3"
    TWO = "2"
    ONE = "1"


class Role(StrEnum):
    ORGANIZATION = "organization"
    COMMITTEE = "committee"
    COUNTY = "county"
    LEADER = "leader"
    PUBLIC = "public"


@dataclass(frozen=True)
class Actor:
    """Who acts: `name` is the account (or `link:…`, `system`), the rest says how far the role reaches."""

    name: str
    role: Role
    organization: str | None = None
    committee: str | None = None
    administrator: bool = False
    label: str = ""
    must_change_password: bool = False
    townships: tuple[str, ...] = ()  # a view link may be limited to some
    snapshot: str | None = None  # a meeting's view link shows one frozen copy


SYSTEM = Actor("system", Role.COUNTY, administrator=True)
"""The command line, imports and the demo."""


@dataclass(frozen=True)
class Words:
    """A text of the pack in both languages, as a problem's parameter: the label of a question, the name of a condition."""

    zh: str
    en: str


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, as a code of the phrase catalogue and what to fill in."""

    code: str
    params: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, code: str, /, **params: object) -> "Problem":
        return cls(code, tuple(sorted(params.items())))


class Refused(Exception):
    """A command that was not carried out; nothing was changed. `problems` say why, for a person."""

    def __init__(self, code: str | None = None, /, *, problems: tuple[Problem, ...] = (), **params: object):
        self.problems = problems or (Problem.of(code, **params),)
        super().__init__("; ".join(f"{p.code} {dict(p.params)}" for p in self.problems))


TEXT_LIMIT = 1000
"""Characters of a reason, a remark, an outcome."""


def said(text: str, *, required: bool = True) -> str:
    """What a person wrote as a reason, remark or outcome, trimmed. Raises Refused when it is missing or too long."""
    text = text.strip()
    if required and not text:
        raise Refused("reason.missing")
    if len(text) > TEXT_LIMIT:
        raise Refused("text.too_long", limit=TEXT_LIMIT)
    return text


def grades_like(kind: str) -> type[StrEnum] | None:
    """The scale that an organization of a kind moves on besides its grade: classes, stars, or none."""
    return {Kind.VILLAGE: VillageClass, Kind.COMMUNITY: Stars}.get(Kind(kind))
