"""How a demo's year goes: every step planned with its time, then carried out by the real commands in order of time."""

import datetime as dt
import random
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from itertools import count, pairwise
from zoneinfo import ZoneInfo

from lib.core.forms import Form
from lib.core.grading import DIMENSION_POINTS, DIMENSIONS, Appraisal
from lib.core.model import Actor, Kind, Role, VillageClass
from lib.core.program import Program
from lib.core.workflow import State
from lib.demo.answers import Filler, facts
from lib.demo.courses import Course, above
from lib.store import appraisals, assessments, gradings, organizations
from lib.store.db import Database, iso

COUNTY = Actor("county", Role.COUNTY)
ADMINISTRATOR = Actor("admin", Role.COUNTY, administrator=True)
PUBLIC = Actor("public", Role.PUBLIC)
REPORT_EVERY = 100

SUBMITTED_BY = ((0.0, -22), (0.12, -13), (0.35, -6), (0.62, -3), (0.8, -1), (0.9, 0), (0.95, 3), (1.0, 10))
"""Share of those who submit, in order of lateness → days from the deadline: most come in its last days."""
FOUND = {"incident": "veto_incident", "false_record": "cap_false"}
"""Flags of a course whose rule a reviewer enters."""
MOST_MEMBERS = 20_000
"""As many as the questionnaire believes of a township; only a county of very many organizations has more."""
Step = tuple[dt.datetime, int, Callable[[str, dt.date], None]]
"""When, its turn among those of one moment, and what is done: given the moment as stored, and the county's date."""


class Year:
    """Plans the courses of a county's organizations and carries them out."""

    def __init__(self, store: Database, courses: list[Course], program: Program, round_code: str, forms: Mapping[str, Form], source: Mapping):
        """`forms` by kind; `source` is the pack's `demo.toml`."""
        self.store, self.courses, self.program, self.round, self.forms = store, courses, program, round_code, forms
        self.texts, self.day, self.zone = source["texts"], source["day"], ZoneInfo(program.timezone)
        self.steps: list[Step] = []
        self._turns = count()
        self._planned: int | None = None
        self.looked_at: set[str] = set()
        """Organizations that something may have put on the ledger for since it was last looked through (lib.demo.rectification)."""

    # ---- planning

    def add(self, moment: dt.datetime, action: Callable[[str, dt.date], None]) -> None:
        """Plan a step; one that is being carried out may plan what follows from it, later than itself."""
        heappush(self.steps, (moment, next(self._turns), action))

    def at(self, day: dt.date, rng: random.Random, hours: tuple[float, float] = (8.5, 17.5)) -> dt.datetime:
        start = dt.datetime.combine(day, dt.time(), self.zone)
        return start + dt.timedelta(seconds=round(3600 * rng.uniform(*hours)))

    def workday(self, day: dt.date) -> dt.date:
        return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)

    def _do(self, course: Course, day: dt.date, action: Callable[[str, dt.date], None], *, work: bool = True, soon: bool = False,
            gap: tuple[int, int] = (4, 40)) -> dt.date:
        """Plan a step of a course on a day, or `gap` minutes after the one before where that is later (or `soon`). Returns its day."""
        moment = self.at(self.workday(day) if work else day, course.rng)
        if course.moment and (soon or moment <= course.moment):
            moment = course.moment + dt.timedelta(minutes=course.rng.randint(*gap), seconds=course.rng.randint(0, 59))
        if moment >= self.now:  # nothing lies in the future: between the step before and now
            before = course.moment or self.now - dt.timedelta(days=1)
            moment = before + (self.now - before) * course.rng.uniform(0.3, 0.7)
        course.moment = moment
        self.add(course.moment, action)
        return course.moment.date()

    @property
    def now(self) -> dt.datetime:
        """The moment at which the demo stands when it has been built."""
        return dt.datetime.combine(self.day, dt.time(9, 30), self.zone)

    def _date(self, days_from_deadline: float) -> dt.date:
        return self.program.submit_by + dt.timedelta(days=round(days_from_deadline))

    def plan(self) -> None:
        self._plan_registry()
        for course in self.courses:
            self._plan_course(course)
        self._plan_class_changes()

    def _plan_registry(self) -> None:
        """What the county office enters in the year's first days: facts, classes at the start, targets."""
        first = self.program.phases[0].starts
        for course in self.courses:
            known = facts(course.place, course.aim, self.day, course.rng)
            if course.place.kind == Kind.TOWNSHIP_COMMITTEE:
                known |= self._township_facts(course.place.township)
            elif course.place.members is not None:
                course.known["members_full"] = str(course.place.members)
            form = self.forms[course.place.kind]
            known = {name: text for name, text in known.items() if name in form.items and form.items[name].prefill in ("registry", "system")}
            course.known |= known
            self.add(self._office(first, 2, 10), lambda at, _, code=course.place.code, known=known: organizations.save_facts(
                self.store, COUNTY, code, known, at))
        for course in self.courses:
            standing = course.known.get("village_class") or course.known.get("stars")
            if standing:
                self._plan_class(course, self._office(first, 3, 9), "start", standing, self.texts["class_start"], COUNTY)
                self._plan_class(course, self._office(first, 16, 9), "target", above(standing, course.rng), self.texts["class_target"],
                                 course.reviewer)

    def _office(self, first: dt.date, days: int, hour: int) -> dt.datetime:
        return dt.datetime.combine(first + dt.timedelta(days=days), dt.time(hour), self.zone)

    def _plan_class(self, course: Course, moment: dt.datetime, which: str, new: str, reason: str, actor: Actor) -> None:
        self.add(moment, lambda at, today: organizations.change_class(
            self.store, actor, self.round, course.place.code, which, new, today.isoformat(), reason, at))

    def _township_facts(self, township: str) -> dict[str, str]:
        own = [course for course in self.courses if course.place.township == township]
        classes = [course.known["village_class"] for course in own if course.place.kind == Kind.VILLAGE]
        upper = sum(each in (VillageClass.DEMONSTRATION, VillageClass.FIRST, VillageClass.SECOND) for each in classes)
        share = {"villages_good_share": upper, "villages_fourth_share": classes.count(VillageClass.FOURTH)}
        members = min(MOST_MEMBERS, sum(course.place.members or 0 for course in own))
        return {"members_full": str(members),
                **{name: str(round(100 * number / len(classes)) if classes else 0) for name, number in share.items()}}

    def _plan_course(self, course: Course) -> None:
        rng, state = course.rng, course.state
        if state == State.NOT_SUBMITTED:
            if "drafting" in course.flags:
                self._plan_filling(course, self._date(rng.randint(-4, 12)), complete=False)
            if rng.random() < 0.5:
                self._plan_tally(course, self._date(rng.randint(-6, 6)))
            return
        day = self._date(_between(SUBMITTED_BY, course.rank) + rng.choice((-1, 0, 0, 0, 0)))
        day = self._plan_filling(course, day, complete=True)
        if state == State.RETURNED:
            self._plan_return(course, day + dt.timedelta(days=rng.randint(2, 5)))
            if "plainly_returned" not in course.flags and rng.random() < 0.4:
                self._do(course, day + dt.timedelta(days=7), self._replying(course, 1), work=False)
            return
        if "resubmitted" in course.flags:
            day = self._plan_return(course, day + dt.timedelta(days=rng.randint(1, 2)))
            day = self._plan_resubmission(course, day + dt.timedelta(days=rng.randint(1, 3)))
        if state == State.SUBMITTED and not course.flags & {"sent_back", "reviewed"}:
            if rng.random() < 0.6:
                self._plan_tally(course, day)
            return
        if state == State.APPROVED:
            self._plan_approval(course, day)
        elif state == State.NOTICED:
            over = course.flags & {"objection_open", "upheld", "notice_over"}
            day = self._plan_proposal(course, day, self._date(5 if over else rng.randint(7, 12)))
            day = self._plan_notice(course, self._date(8) if over else max(day, self._date(rng.randint(11, 14))))
            if course.flags & {"objection_open", "upheld", "dismissed"}:
                self._plan_objection(course, day)
        elif state == State.PROPOSED:
            if "sent_back_again" in course.flags:
                day = self._plan_proposal(course, day, day)
                day = self._do(course, self._date(12), self._sending_back(course))
            self._plan_proposal(course, day, self._date(rng.randint(11, 14)))
        elif "sent_back" in course.flags:
            day = self._plan_proposal(course, day, day)
            self._do(course, self._date(rng.randint(12, 14)), self._sending_back(course))
        else:
            self._plan_tally(course, day)
            self._do(course, self._date(rng.randint(11, 14)), self._reviewing(course))

    def _plan_filling(self, course: Course, day: dt.date, *, complete: bool) -> dt.date:
        """Three sittings, the last on the day of the submission; an unfinished one stops in the middle of the second."""
        rng = course.rng
        started = min(day, self.day - dt.timedelta(days=1)) - dt.timedelta(days=rng.randint(1, 5))
        started = max(started, self.program.phases[1].starts)
        form = self.forms[course.place.kind]
        half = [group.name for group in form.groups[:5]]

        def sitting(part: int, at: str, today: dt.date) -> None:
            if part == 0:
                course.answers = Filler(form, course.place, course.aim, course.known, self.texts, rng).fill(today, max(today, day))
            sections = (half[:2], half[2:] if complete else half[2:3], [group.name for group in form.groups[5:]])[part]
            batch = {name: text for name, text in course.answers.items() if form.items[name].group in sections}
            assessments.save_answers(self.store, course.actor, course.place.code, batch, at)

        self._do(course, started, lambda at, today: sitting(0, at, today), work=False)
        self._do(course, started + dt.timedelta(days=rng.randint(0, 2)), lambda at, today: sitting(1, at, today), work=False)
        if not complete:
            return course.moment.date()
        self._do(course, day, lambda at, today: sitting(2, at, today), work=False)
        return self._do(course, day, self._submitting(course), work=False, soon=True)

    def _submitting(self, course: Course) -> Callable[[str, dt.date], None]:
        def step(at: str, today: dt.date) -> None:
            seen = assessments.draft(self.store, course.place.code).seq
            course.score = assessments.submit(self.store, course.actor, course.place.code, seen, at, today).score
            self.looked_at.add(course.place.code)
        return step

    def _plan_return(self, course: Course, day: dt.date) -> dt.date:
        """Two or three remarks at single items, then back with a reason."""
        form, rng = self.forms[course.place.kind], course.rng

        def remarking(at: str, today: dt.date) -> None:
            scored = [name for name in course.answers if form.items[name].scored and course.answers[name] in ("5", "3")]
            counts = [name for name in course.answers if form.items[name].type == "integer" and course.answers[name] not in ("", "0")]
            for name in (*rng.sample(scored, min(len(scored), 2)), *rng.sample(counts, min(len(counts), rng.randint(0, 1)))):
                said = rng.choice(self.texts["level_remarks" if form.items[name].scored else "count_remarks"])
                remark = assessments.remark(self.store, course.reviewer, course.place.code, name, said["ask"], at)
                course.remarks.append((remark, name, said["reply"]))

        self._do(course, day, remarking)
        return self._do(course, day, lambda at, _: assessments.return_(
            self.store, course.reviewer, course.place.code, self._say(course, "returns", n=len(course.remarks)), at), soon=True)

    def _replying(self, course: Course, most: int) -> Callable[[str, dt.date], None]:
        def step(at: str, today: dt.date) -> None:
            for remark, _, answer in course.remarks[:most]:
                assessments.reply(self.store, course.actor, remark, answer, at)
        return step

    def _plan_resubmission(self, course: Course, day: dt.date) -> dt.date:
        """The remarks answered, the levels in doubt one lower, and submitted anew; the reviewer settles them."""
        form = self.forms[course.place.kind]

        def correcting(at: str, today: dt.date) -> None:
            lower = {name: {"5": "3", "3": "1"}[course.answers[name]] for _, name, _ in course.remarks if form.items[name].scored}
            notes = {f"{name}__note": self._say(course, "notes", evidence=form.items[name].evidence.get("zh", "")) for name in lower}
            course.answers |= lower | notes
            assessments.save_answers(self.store, course.actor, course.place.code, lower | notes, at)

        def settling(at: str, today: dt.date) -> None:
            for remark, *_ in course.remarks:
                assessments.settle(self.store, course.reviewer, remark, at)

        self._do(course, day, correcting, work=False)
        self._do(course, day, self._replying(course, 9), work=False, soon=True)
        day = self._do(course, day, self._submitting(course), work=False, soon=True)
        return day if course.state == State.SUBMITTED else self._do(course, day + dt.timedelta(days=1), settling)

    def _plan_tally(self, course: Course, day: dt.date) -> None:
        """The appraisal, by tally or with some online ballots besides, so that together they come to the satisfaction aimed at."""
        rng, place = course.rng, course.place
        issued = {Kind.VILLAGE: rng.randint(60, 160), Kind.COMMUNITY: rng.randint(80, 200)}.get(place.kind, rng.randint(20, 70))
        returned = round(issued * rng.uniform(0.84, 1))
        content = course.aim.satisfaction / 100 * returned
        content = min(returned, int(content) + (course.aim.satisfaction >= 90))  # on the side of the bar that is aimed at
        online = round(returned * 0.3) if "ballot" in course.flags else 0
        online_content = min(online, round(content * online / returned))
        satisfied = round((content - online_content) * rng.uniform(0.5, 0.75))
        counts = Appraisal(issued - online, returned - online, satisfied, content - online_content - satisfied,
                           returned - online - content + online_content)
        if online:
            self._plan_ballots(course, day, online, online_content)
        self._do(course, day, lambda at, _: appraisals.enter_tally(self.store, course.reviewer, place.code, counts, at))

    def _plan_ballots(self, course: Course, day: dt.date, returned: int, content: int) -> None:
        rng, codes = course.rng, []
        opinions = ["satisfied"] * (content - content // 3) + ["basically_satisfied"] * (content // 3) + ["dissatisfied"] * (returned - content)
        rng.shuffle(opinions)
        self._do(course, day, lambda at, _: codes.extend(
            appraisals.issue_codes(self.store, course.reviewer, course.place.code, round(returned * 1.3), at)))
        for opinion in opinions:
            self._do(course, day, lambda at, _, given=opinion: appraisals.cast(self.store, PUBLIC, codes.pop(), given, at),
                     work=False, soon=True, gap=(0, 8))

    def _plan_proposal(self, course: Course, submitted: dt.date, day: dt.date) -> dt.date:
        if "tallied" not in course.flags:
            course.flags.add("tallied")
            self._plan_tally(course, submitted + dt.timedelta(days=course.rng.randint(0, 1)))
        self._do(course, max(day, submitted + dt.timedelta(days=1)), self._reviewing(course))
        return self._do(course, day, self._proposing(course), soon=True)

    def _reviewing(self, course: Course) -> Callable[[str, dt.date], None]:
        def step(at: str, today: dt.date) -> None:
            flag = next((flag for flag in FOUND if flag in course.flags), None)
            comment = self._say(course, flag) if flag else course.rng.choice(self.texts["comments"][course.aim.grade])
            gradings.save_review(self.store, course.reviewer, course.place.code, self._scores(course), [FOUND[flag]] if flag else [], comment, at)
        return step

    def _scores(self, course: Course) -> dict[str, int]:
        """Review scores that bring the final score to the aim, shared out like the self-assessment's, in half points."""
        weights, aim = self.program.weights, course.aim
        total = (aim.final * 100 - course.score / 100 * weights["self"] - aim.satisfaction * weights["appraisal"]) / weights["review"]
        halves = round(2 * min(100.0, max(0.0, total)))
        full = DIMENSION_POINTS // 50
        shares = [min(full, max(0, halves // 5 + course.rng.randint(-3, 3))) for _ in DIMENSIONS]
        while (rest := halves - sum(shares)) != 0:
            step = 1 if rest > 0 else -1
            room = [position for position, share in enumerate(shares) if 0 <= share + step <= full]
            shares[course.rng.choice(room)] += step
        return {dimension: 50 * share for dimension, share in zip(DIMENSIONS, shares, strict=True)}

    def _proposing(self, course: Course) -> Callable[[str, dt.date], None]:
        def step(at: str, today: dt.date) -> None:
            lower = "lower" in course.flags
            gradings.propose(self.store, course.reviewer, course.place.code, course.aim.grade if lower else None,
                             self._say(course, "lower") if lower else "", at)
        return step

    def _plan_notice(self, course: Course, day: dt.date) -> dt.date:
        return self._do(course, day, lambda at, today: gradings.open_notice(self.store, course.reviewer, course.place.code, today, at))

    def _plan_objection(self, course: Course, noticed: dt.date) -> dt.date:
        rng, found = course.rng, []
        said = rng.choice(self.texts["objections"])
        contact = rng.choice(self.texts["contacts"].get(course.place.kind, self.texts["contacts"]["other"]))

        def objecting(at: str, today: dt.date) -> None:
            found.append(gradings.object_(self.store, PUBLIC, course.place.code, said["text"], contact, at, today))

        day = self._do(course, noticed + dt.timedelta(days=rng.randint(1, 2)), objecting, work=False)
        if "objection_open" in course.flags:
            return day
        upheld = "upheld" in course.flags
        outcome = said["upheld" if upheld else "dismissed"].format(n=rng.randint(5, 9))

        def handling(at: str, today: dt.date) -> None:
            gradings.handle_objection(self.store, course.reviewer, found[0], upheld, outcome, at)
            self.looked_at.add(course.place.code)

        return self._do(course, day + dt.timedelta(days=rng.randint(1, 3)), handling)

    def _sending_back(self, course: Course) -> Callable[[str, dt.date], None]:
        return lambda at, _: gradings.send_back(self.store, COUNTY, course.place.code, self._say(course, "sent_back"), at)

    def _plan_approval(self, course: Course, submitted: dt.date) -> None:
        """Review, proposal and notice within days, approval at the county's next meeting after the notice."""
        rng = course.rng
        latest = self.day - dt.timedelta(days=self.program.notice_days + 2)
        day = self._plan_proposal(course, submitted, min(submitted + dt.timedelta(days=rng.randint(3, 9)), latest))
        noticed = day = self._plan_notice(course, min(day + dt.timedelta(days=rng.randint(0, 2)), latest))
        if "dismissed" in course.flags:
            day = self._plan_objection(course, noticed)
        after = max(day, noticed + dt.timedelta(days=self.program.notice_days))
        meeting = next(each for each in (after + dt.timedelta(days=ahead) for ahead in range(5)) if each.weekday() in (0, 2, 3) or
                       each >= self.day - dt.timedelta(days=1))

        def approving(at: str, today: dt.date) -> None:
            gradings.approve(self.store, COUNTY, course.place.code, at, today)
            self.looked_at.add(course.place.code)

        self._do(course, meeting, approving)
        if "reopened" in course.flags:
            self._do(course, self.day, lambda at, _: gradings.reopen(self.store, ADMINISTRATOR, course.place.code, self._say(course, "reopened"), at))

    def _plan_class_changes(self) -> None:
        """In April a few villages and communities rise, fewer fall, each with its reason."""
        days = (1, 5, 8, 13)
        changes = ((Kind.VILLAGE, "third", "second", 0.17, "class_up"), (Kind.VILLAGE, "fourth", "third", 0.5, "class_up"),
                   (Kind.VILLAGE, "second", "first", 0.06, "class_up"), (Kind.VILLAGE, "first", "second", 0.04, "class_down"),
                   (Kind.VILLAGE, "second", "third", 0.03, "class_down"), (Kind.COMMUNITY, "3", "4", 0.2, "stars_up"),
                   (Kind.COMMUNITY, "2", "3", 0.3, "stars_up"))
        changed: set[str] = set()
        for kind, old, new, share, reason in changes:
            group = [course for course in self.courses if course.place.kind == kind and course.place.code not in changed
                     and old in (course.known.get("village_class"), course.known.get("stars"))]
            group.sort(key=lambda course: course.quality if reason == "class_down" else -course.quality)
            for course in group[:round(share * len(group))]:
                changed.add(course.place.code)
                moment = self.at(self.workday(self._date(course.rng.choice(days))), course.rng)
                self._plan_class(course, moment, "now", new, self._say(course, reason), course.reviewer)

    def _say(self, course: Course, what: str, **params: object) -> str:
        return course.rng.choice(self.texts[what]).format(**params)

    # ---- carrying out

    def run(self, progress: Callable[[int, int], None], until: dt.datetime | None = None) -> None:
        """Every planned step in order of time, or those before a moment. Progress counts those that were planned before the first run;
        what follows from them comes among them.
        """
        if self._planned is None:
            self._planned, self._first_turn, self._done = len(self.steps), next(self._turns), 0
        while self.steps and (until is None or self.steps[0][0] < until):
            moment, turn, action = heappop(self.steps)
            action(iso(moment), moment.date())
            if turn < self._first_turn:
                self._done += 1
                if self._done % REPORT_EVERY == 0 or self._done == self._planned:
                    progress(self._done, self._planned)


def _between(points: tuple[tuple[float, float], ...], at: float) -> float:
    """Linear interpolation in a table of (x, y) with ascending x."""
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return points[-1][1]
