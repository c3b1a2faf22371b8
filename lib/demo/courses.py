"""What every organization of a demo county is to come to by the demo's day: state, grade, scores, class, and what is special about it."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from lib.core.model import Actor, Grade, Kind, Role, VillageClass
from lib.core.workflow import State
from lib.demo.answers import Aim
from lib.demo.places import County, Place, quotas

STATES = {State.NOT_SUBMITTED: 4.2, State.RETURNED: 2.4, State.SUBMITTED: 8.4, State.PROPOSED: 6.5, State.NOTICED: 11.5, State.APPROVED: 67.0}
"""Per cent of organizations by where they stand on the demo's day, the latest first."""
GRADES = {Grade.GOOD: 10.1, Grade.FAIRLY_GOOD: 60.6, Grade.AVERAGE: 20.1, Grade.POOR: 9.2}
"""Per cent (the published county of 2012)."""
CLASSES = {VillageClass.DEMONSTRATION: 6, VillageClass.FIRST: 20, VillageClass.SECOND: 36, VillageClass.THIRD: 32, VillageClass.FOURTH: 6}
STARS = {"5": 10, "4": 28, "3": 40, "2": 17, "1": 5}
KIND_QUALITY = {Kind.AGENCY: 0.35, Kind.PUBLIC_INSTITUTION: 0.2, Kind.VILLAGE: -0.1, Kind.PRIVATE_ENTERPRISE: -0.35,
                Kind.SOCIAL_ORGANIZATION: -0.3, Kind.TOWNSHIP_COMMITTEE: 0.6}
SHOWN = {"village": (State.NOT_SUBMITTED, "drafting"), "returned": (State.RETURNED, "plainly_returned"),
         "community": (State.APPROVED, "ballot"), "firm": (State.NOTICED, "objection_open"), "agency": (State.SUBMITTED, "resubmitted")}
"""Where the login page's accounts stand, and what is special about them."""


@dataclass
class Course:
    """One organization's way through the year. Quality and lateness are in standard deviations; the flags are what is special about it."""

    place: Place
    rng: random.Random
    quality: float
    lateness: float
    actor: Actor
    reviewer: Actor
    state: State = State.APPROVED
    rank: float = 0.0
    """Place among those who submit, 0 first, 1 last."""
    aim: Aim | None = None
    known: dict[str, str] = field(default_factory=dict)
    """What the registry knows, by questionnaire item name."""
    flags: set[str] = field(default_factory=set)
    moment: dt.datetime | None = None
    """Time of the last step planned."""
    answers: dict[str, str] = field(default_factory=dict)
    score: int = 0
    """Self-assessment as submitted, hundredths."""
    remarks: list[tuple[str, str, str]] = field(default_factory=list)
    """Made on it: id, item, the answer that will be given."""


def decide(county: County, seed: int) -> list[Course]:
    """A course for every organization, in the county's order. The same county and seed give the same courses."""
    usernames = {code: username for username, code in county.shown.items()}
    courses = [_course(place, usernames.get(place.code, place.code.lower()), seed) for place in county.places]
    by_code = {course.place.code: course for course in courses}
    shown = [(by_code[code], *SHOWN[username]) for username, code in county.shown.items()]
    _place_in_states(courses, shown)
    for state in State:
        _grade([course for course in courses if course.state == state])
    for course, _, flag in shown:
        course.flags.add(flag)
    _mark(courses, random.Random(f"{seed}/flags"))
    for course in courses:
        course.aim = _aim(course)
    _class(courses)
    return courses


def _course(place: Place, username: str, seed: int) -> Course:
    rng = random.Random(f"{seed}/{place.code}")
    return Course(
        place, rng, rng.gauss(0, 1) + place.manner["quality"] + KIND_QUALITY.get(place.kind, 0), rng.gauss(0, 1) + place.manner["late"],
        Actor(username, Role.ORGANIZATION, organization=place.code, label=place.name),
        Actor(place.committee.username, Role.COMMITTEE, committee=place.committee.code, label=place.committee.name))


def _place_in_states(courses: list[Course], shown: list[tuple[Course, State, str]]) -> None:
    """The later an organization is, the less far it has come; the shown ones stand where the login page says."""
    numbers = quotas(len(courses), STATES)
    for course, state, _ in shown:
        course.state = state
        numbers[state] -= 1
    fixed = {course.place.code for course, *_ in shown}
    late = sorted((course for course in courses if course.place.code not in fixed), key=lambda course: -course.lateness)
    ends = list(accumulate(max(0, number) for number in numbers.values()))
    for position, course in enumerate(late):
        course.state = next((state for state, end in zip(numbers, ends, strict=True) if position < end), State.APPROVED)
    furthest = list(STATES)[::-1]
    submitting = sorted((course for course in courses if course.state != State.NOT_SUBMITTED),
                        key=lambda course: (furthest.index(course.state), course.lateness))
    for position, course in enumerate(submitting):
        course.rank = position / max(1, len(submitting) - 1)


def _grade(group: list[Course]) -> None:
    """Grades in the published proportions, by quality, among those who have come equally far."""
    group = sorted(group, key=lambda course: -course.quality)
    for position, course in enumerate(group):
        course.aim = Aim(_share_of(GRADES, (position + 0.5) / len(group)), 0, 0, 0)


def _share_of(mix: dict, at: float):
    """The entry of a mix in per cent that a position from 0 to 1 falls on."""
    bounds = list(accumulate(mix.values()))
    return next((value for value, bound in zip(mix, bounds, strict=True) if 100 * at <= bound), list(mix)[-1])


def _mark(courses: list[Course], rng: random.Random) -> None:
    """The cases that do not go the plain way: a share of a group, and at least one while there is one without a flag."""
    def some(group: list[Course], share: float, flag: str) -> None:
        plain = [course for course in group if not course.flags]
        for course in rng.sample(plain, min(len(plain), max(1, round(share * len(group))))):
            course.flags.add(flag)

    def those(wanted: Callable[[Course], bool]) -> list[Course]:
        return [course for course in courses if wanted(course)]

    early = those(lambda course: course.state == State.APPROVED and course.rank < 0.45)
    average = those(lambda course: course.aim.grade == Grade.AVERAGE and course.state in (State.APPROVED, State.NOTICED))
    poor = those(lambda course: course.aim.grade == Grade.POOR and course.state == State.APPROVED)
    by = {state: those(lambda course, state=state: course.state == state) for state in State}
    for group, share, flag in (
            (by[State.NOT_SUBMITTED], 0.3, "drafting"), (early, 0.1, "resubmitted"), (early, 0.02, "dismissed"), (early, 0.01, "reopened"),
            (early, 0.04, "ballot"), (average, 0.03, "lower"), (average, 0.03, "false_record"), (poor, 0.06, "incident"),
            (poor, 0.25, "dissatisfied"), (by[State.NOTICED], 0.08, "objection_open"), (by[State.NOTICED], 0.05, "upheld"),
            (by[State.NOTICED], 0.07, "dismissed"), (by[State.NOTICED], 0.1, "notice_over"), (by[State.SUBMITTED], 0.12, "sent_back"),
            (by[State.SUBMITTED], 0.12, "resubmitted"), (by[State.SUBMITTED], 0.35, "reviewed"), (by[State.PROPOSED], 0.15, "sent_back_again"),
            (those(lambda course: course.aim.grade in (Grade.FAIRLY_GOOD, Grade.AVERAGE)), 0.05, "inflated")):
        some(group, share, flag)


def _aim(course: Course) -> Aim:
    """Scores under which the rules give the grade decided on: thresholds, the bar of satisfaction, what a reviewer finds."""
    rng, grade, mood, flags = course.rng, course.aim.grade, course.place.manner["mood"], course.flags
    inflated = "inflated" in flags
    if flags & {"false_record", "lower"}:  # the score alone would give one grade more
        final, satisfaction = rng.uniform(80.6, 84), rng.uniform(90.5, 94)
    elif "incident" in flags:
        final, satisfaction = rng.uniform(61, 72), rng.uniform(65, 85)
    elif "dissatisfied" in flags:
        final, satisfaction = rng.uniform(45, 64), rng.uniform(33, 49)
    elif grade == Grade.GOOD:
        final, satisfaction = rng.uniform(90.6, 94.5), min(99.6, max(93, rng.gauss(96.8, 1.3) + mood))
    elif grade == Grade.FAIRLY_GOOD:
        final = rng.uniform(80.6, 84) if inflated else rng.triangular(80.6, 89.2, 85.5)
        satisfaction = min(99.4, max(90.3, rng.gauss(94.6, 1.7) + mood))
    elif grade == Grade.AVERAGE and (rng.random() < 0.6 or mood < -2):  # barred by satisfaction
        final, satisfaction = rng.uniform(68, 84), min(89.6, max(68, rng.gauss(87, 2) + mood))
    elif grade == Grade.AVERAGE:
        final, satisfaction = rng.uniform(63, 79.2), rng.uniform(90.3, 94)
    else:
        final, satisfaction = rng.uniform(46, 59), min(86, max(52, rng.gauss(76, 7) + mood))
    inflation = rng.uniform(13, 17) if inflated else rng.gauss(2.6, 1.6)
    return Aim(grade, final, min(99.0, max(40.0, final + inflation)), satisfaction)


def _class(courses: list[Course]) -> None:
    """Village classes and stars at the start of the year, near to what the quality earns."""
    for kind, name, mix in ((Kind.VILLAGE, "village_class", CLASSES), (Kind.COMMUNITY, "stars", STARS)):
        group = [course for course in courses if course.place.kind == kind]
        group.sort(key=lambda course: -course.quality - course.rng.gauss(0, 0.6))
        for position, course in enumerate(group):
            course.known[name] = str(_share_of(mix, (position + 0.5) / len(group)))


def above(standing: str, rng: random.Random) -> str:
    """The class or stars aimed at: one step up; near the top now and then the same."""
    scale = list(CLASSES) if standing in list(CLASSES) else list(STARS)
    position = scale.index(standing)
    return str(scale[max(0, position - (0 if position <= 1 and rng.random() < 0.6 else 1))])
