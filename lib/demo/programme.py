"""The work programme in a demo's year (the plan's part 3): who leads and is paired, who was trained, visited, inspected, put forward.

Every record is entered by the real command on a day of its own, after it happened. People appear as offices: a surname and a post.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, cycle

from lib.core.model import Actor, Grade, Kind, Role, VillageClass
from lib.core.workflow import State
from lib.demo.courses import Course
from lib.demo.places import SUFFIXES, Committee, County, days_between
from lib.demo.year import COUNTY, Year
from lib.store import pack, records
from lib.store.records import Entry

UNPAIRED, UNMOBILIZED = 0.12, 0.04
"""Shares of the villages and of the organizations that are behind."""
ADOPTED_RULES = 0.05
TRAINED = {"secretary": 0.6, "head": 0.45}
APPRAISED = {3: 0.55, 2: 0.13, 1: 0.14, 0: 0.18}
"""Share of the window units by how many of the three appraisals they have held."""
COVERED_OPERATING, COVERED_ELIGIBLE = 0.8, 0.92
"""Shares that the census comes to: of operating units, and of those with members enough for an organization of their own."""
ATTACHED, CLOSED, PLANNED_UNITS = 0.11, 0.04, 0.65
LACKS = {"secretary": 0.1, "member": 0.08}
"""Probability that a leading member has not yet taken on one of the contact points due (L1)."""
PER_500 = {"inspections": 12, "site": 25, "member": 15, "honours": 3}
"""Records in a county of 500."""
MOST = 60
"""However large the county: a hundred sites and a hundred members are wanted of the whole of it."""
BACKWARD = (VillageClass.THIRD, VillageClass.FOURTH)
TWO_NEW = (Kind.PRIVATE_ENTERPRISE, Kind.SOCIAL_ORGANIZATION)
FIELDS = {Kind.VILLAGE: "rural", Kind.COMMUNITY: "community", Kind.AGENCY: "agency", Kind.STATE_ENTERPRISE: "enterprise",
          Kind.PRIVATE_ENTERPRISE: "enterprise"}


@dataclass(eq=False)
class Kept:
    """A record to be: its id is known once its step has been carried out."""

    id: str = ""


@dataclass(eq=False)
class Leader(Kept):
    committee: Committee | None = None
    rank: str = ""
    name: str = ""
    post: str = ""
    promoted: bool = False
    department: str = ""


class Programme:
    """Plans the registers' records of a county's year, after the courses of its organizations (`Year.plan`)."""

    def __init__(self, year: Year, people: County, seed: int, source: Mapping):
        """`source` is the pack's `demo.toml`."""
        self.year, self.people, self.seed, self.texts, self.source = year, people, seed, source["programme"], source
        self.known = set(records.names(year.store))
        self.townships = {row["code"]: row["name"] for row in pack.townships()}
        self.yesterday = year.day - dt.timedelta(days=1)
        self.begun = year.program.phases[0].starts
        used = {course.place.committee.code for course in year.courses}
        self.committees = [each for each in people.committees if each.township or each.code in used]
        self.by_code = {course.place.code: course for course in year.courses}
        self.villages = self._of(Kind.VILLAGE)
        self.leaders: dict[str, list[Leader]] = {}
        """Leading members and cadres by their committee's code, in order of standing."""
        self.paired: dict[str, list[Leader]] = {}
        """Who has taken on an organization, by its code."""
        self.paired_on: dict[str, dt.date] = {}

    def plan(self) -> None:
        self._plan_mobilization()
        self._plan_leaders()
        self._plan_pairings()
        self._plan_stays()
        self._plan_training()
        self._plan_census()
        self._plan_windows()
        self._plan_rules()
        self._plan_exemplars()
        self._plan_inspections()

    # ---- the means

    def rng(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/programme/{what}")

    def _of(self, *kinds: Kind) -> list[Course]:
        return [course for course in self.year.courses if course.place.kind in kinds]

    def _number(self, what: str) -> int:
        return min(MOST, max(1, round(PER_500[what] * len(self.year.courses) / 500)))

    def _actor(self, committee: Committee) -> Actor:
        return Actor(committee.username, Role.COMMITTEE, committee=committee.code, label=committee.name)

    def _after(self, day: dt.date, rng: random.Random, days: int = 2) -> dt.datetime:
        """A moment in office hours within some days after something, at the latest on the eve of the demo's day."""
        moment = self.year.at(self.year.workday(day + dt.timedelta(days=rng.randint(0, days))), rng)
        return moment if moment.date() <= self.yesterday else self.year.at(self.yesterday, rng, (17.6, 18.6))

    def _enter(self, moment: dt.datetime, actor: Actor, register: str, values: Mapping[str, object], *, organization: str | None = None,
               committee: str | None = None, kept: Kept | None = None) -> None:
        """Plan a record. An answer that is Kept stands for the id that it will have by then; empty answers are left out."""
        if register not in self.known:
            return
        kept = kept or Kept()

        def step(at: str, today: dt.date) -> None:
            told = {name: given.id if isinstance(given, Kept) else str(given) for name, given in values.items()}
            told = {name: text for name, text in told.items() if text}
            kept.id = records.add(self.year.store, actor, register, Entry(told, organization, committee), at, today)
            if organization:
                self.year.looked_at.add(organization)

        self.year.add(moment, step)

    def _change(self, moment: dt.datetime, kept: Kept, **values: object) -> None:
        """Plan a change by the county of a record entered before."""
        self.year.add(moment, lambda at, today: kept.id and records.change(self.year.store, COUNTY, kept.id, values, at, today))

    # ---- P1 and P5

    def _plan_mobilization(self) -> None:
        """Committees first, then organizations; the latest have not held theirs, a few only after the phase."""
        rng, texts = self.rng("mobilization"), self.texts["mobilization"]
        ends = self.year.program.phases[0].ends
        for committee in self.committees:
            held = days_between(rng, self.begun + dt.timedelta(days=1), self.begun + dt.timedelta(days=7))
            self._enter(self._after(held, rng), self._actor(committee), "mobilization", self._meeting(
                held, texts["chairs"]["committee"], rng.randint(30, 120), committee.name, rng), committee=committee.code)
        order = sorted(self.year.courses, key=lambda course: course.lateness + rng.gauss(0, 0.5))
        for position, course in enumerate(order[:len(order) - round(UNMOBILIZED * len(order))]):
            late = position > 0.92 * len(order)
            first, last = (ends, ends + dt.timedelta(days=14)) if late else (self.begun + dt.timedelta(days=4), ends)
            held = days_between(rng, first, last)
            present = max(3, round((course.place.members or 60) * rng.uniform(0.7, 1)))
            self._enter(self._after(held, rng), course.actor, "mobilization", self._meeting(
                held, texts["chairs"][course.place.kind], present, course.place.name, rng), organization=course.place.code)

    def _meeting(self, held: dt.date, chair: str, present: int, name: str, rng: random.Random) -> dict[str, object]:
        values = {"held_on": held, "led_by": chair, "attendance": present}
        if rng.random() < 0.85:  # the plan was issued on the day of the meeting
            values |= {"plan": self.texts["mobilization"]["plan"].format(name=name), "plan_on": held}
        return values

    def _plan_rules(self) -> None:
        """Long before their phase a few organizations have adopted one or two rules."""
        rng, texts = self.rng("rules"), self.texts["rules"]
        early = sorted(self.year.courses, key=lambda course: course.lateness + rng.gauss(0, 0.7))
        for course in early[:max(3, round(ADOPTED_RULES * len(early)))]:
            for rule in rng.sample(("report", "appraise", "assess", "own"), rng.choice((1, 1, 2, 3))):
                adopted = days_between(rng, self.yesterday - dt.timedelta(days=26), self.yesterday)
                title = rng.choice(texts["own"]) if rule == "own" else texts[rule]
                self._enter(self._after(adopted, rng), course.actor, "standing_rules", {
                    "rule": rule, "title": course.place.name + title, "adopted_on": adopted,
                    "document": rng.choice(texts["document"]).format(month=adopted.month)}, organization=course.place.code)

    # ---- leaders, and whom they take on (W1, L1)

    def _plan_leaders(self) -> None:
        rng, texts = self.rng("leaders"), self.texts["leaders"]
        agencies = {row["name"]: row.get("agency", []) for row in self.source["systems"]}
        for committee in self.committees:
            surnames = rng.sample(self.texts["surnames"], len(self.texts["surnames"]))
            own: list[Leader] = []
            for (title, post), rank, promoted in self._posts(committee, rng, texts):
                for old, new in self._style(committee).items():
                    title, post = title.replace(old, new), post.replace(old, new)
                department = rng.choice(agencies[committee.name]) if agencies.get(committee.name) else ""
                own.append(Leader("", committee, rank, surnames[len(own)] + title, post, promoted, department))
            self.leaders[committee.code] = own
            entered = self._after(self.begun + dt.timedelta(days=2), rng, 4)
            for leader in own:
                entered += dt.timedelta(minutes=rng.randint(2, 9))
                credits = 40 if committee.township and leader.rank in ("cadre", "section_head") else 24 if committee.township else ""
                self._enter(entered, self._actor(committee), "leaders", {
                    "name": leader.name, "post": leader.post, "rank": leader.rank, "newly_promoted": "yes" if leader.promoted else "no",
                    "credits_required": credits, "phone": f"0000-{rng.randrange(10**7):07d}"}, committee=committee.code, kept=leader)

    def _posts(self, committee: Committee, rng: random.Random, texts: Mapping) -> list[tuple[tuple[str, str], str, bool]]:
        """Title and post, rank, and whether newly promoted, for each leading member and cadre of a committee."""
        if committee.township:
            members = texts["township_members"][:rng.randint(5, 7)]
            heads = texts["township_heads"][:rng.randint(2, 3)]
            return [(texts["township_secretary"], "secretary", False), *((each, "member", False) for each in members),
                    *((each, "section_head", position == 0 or rng.random() < 0.3) for position, each in enumerate(heads)),
                    *((each, "cadre", False) for each in texts["township_cadres"][:rng.randint(2, 4)])]
        if committee.name == self.source["superior"]["name"]:
            return [(each, "county_leader", False) for each in texts["county_leaders"]]
        return [(texts["system_secretary"], "secretary", False),
                *((each, "member", False) for each in texts["system_members"][:rng.randint(2, 3)]),
                *((each, "section_head", True) for each in texts["system_heads"] if rng.random() < 0.35)]

    def _style(self, committee: Committee) -> Mapping[str, str]:
        """How offices are called where the committee is a working one, or the township a sub-district."""
        if not committee.name.endswith("工委"):
            return {}
        return self.texts["leaders"]["subdistrict" if committee.township else "working"]

    def _plan_pairings(self) -> None:
        """Backward villages, communities and firms go to the secretaries, a village to every other leading member; some lack theirs still."""
        rng = self.rng("pairings")
        by_lateness = sorted(self.villages, key=lambda course: 0.6 * course.lateness + rng.gauss(0, 0.8))
        open_to = by_lateness[:len(by_lateness) - round(UNPAIRED * len(by_lateness))] or by_lateness
        backward = [course for course in open_to if self._is_backward(course)]
        turns = {"village": _turns(open_to, rng), "backward": _turns(backward or open_to, rng), "community": _turns(self._of(Kind.COMMUNITY), rng),
                 "two_new": _turns(self._of(*TWO_NEW), rng)}
        for committee in self.committees:
            near = [course for course in open_to if course.place.township == committee.township] if committee.township else []
            own = _turns(near, rng) if near else turns["village"]
            near_backward = [course for course in near if self._is_backward(course)]
            firsts = _turns(near_backward, rng) if near_backward else own if near else turns["backward"]
            for leader in self.leaders[committee.code]:
                if leader.rank == "secretary":
                    local = {kind: [course for course in self._of(*kinds) if course.place.committee == committee]
                             for kind, kinds in (("community", (Kind.COMMUNITY,)), ("two_new", TWO_NEW))}
                    wanted = [firsts, *(iter(local[kind][:1] or [next(turns[kind])]) for kind in local)]
                elif leader.rank in ("member", "county_leader"):
                    wanted = [own] * (2 if leader.rank == "county_leader" else 1)
                else:
                    continue
                for each in wanted:
                    if rng.random() >= LACKS.get(leader.rank, 0):
                        self._pair(leader, next(each), rng)
        self._pair_the_rest(open_to, rng)
        self._plan_visits(open_to)

    def _pair_the_rest(self, open_to: list[Course], rng: random.Random) -> None:
        """Villages that nobody has yet go to their township's members in turn; now and then somebody hands over to the next."""
        members: dict[str, Iterator[Leader]] = {}
        for course in open_to:
            if course.place.code not in self.paired:
                committee = course.place.committee
                self._pair(next(members.setdefault(committee.code, self._members(committee))), course, rng)
        for course in rng.sample(open_to, max(1, round(0.02 * len(open_to)))):
            former, gone = Kept(), next(leader for leader in self.leaders[course.place.committee.code] if leader.rank == "section_head")
            since, ended = self.begun + dt.timedelta(days=14), self.yesterday - dt.timedelta(days=rng.randint(8, 20))
            self._enter(self._after(since, rng), course.reviewer, "pairings", {"leader": gone, "since": since}, organization=course.place.code,
                        kept=former)
            self._change(self._after(ended, rng, 1), former, ended_on=ended.isoformat())
            self._pair(next(members.setdefault(gone.committee.code, self._members(gone.committee))), course, rng, ended)

    def _members(self, committee: Committee) -> Iterator[Leader]:
        return cycle([leader for leader in self.leaders[committee.code] if leader.rank == "member"])

    def _pair(self, leader: Leader, course: Course, rng: random.Random, since: dt.date | None = None) -> None:
        taken = self.paired.setdefault(course.place.code, [])
        if leader in taken:
            return
        taken.append(leader)
        since = since or min(self.begun + dt.timedelta(days=rng.randint(12, 24) if rng.random() < 0.85 else rng.randint(25, 55)), self.yesterday)
        self.paired_on[course.place.code] = min(since, self.paired_on.get(course.place.code, since))
        values = {"leader": leader, "department": leader.department, "since": since}
        if rng.random() < 0.7:
            values["goal"] = rng.choice(self.texts["pairings"]["goals"])
        self._enter(self._after(since, rng), course.reviewer, "pairings", values, organization=course.place.code)

    @staticmethod
    def _is_backward(course: Course) -> bool:
        return course.known.get("village_class") in BACKWARD or course.aim.grade == Grade.POOR

    def _plan_visits(self, paired: list[Course]) -> None:
        """One and a half to a village on average; what a few of them find goes on the ledger."""
        rng, texts = self.rng("visits"), self.texts["pairings"]
        found = set(rng.sample([course.place.code for course in paired], max(2, round(0.07 * len(paired)))))
        for course in paired:
            first = self.paired_on[course.place.code]
            possible = range((self.yesterday - first).days + 1)
            days = sorted(rng.sample(possible, min(len(possible), rng.choices((0, 1, 2, 3), (15, 40, 28, 17))[0])))
            for turn, day in enumerate(days):
                leader = rng.choice(self.paired[course.place.code])
                visited = first + dt.timedelta(days=day)
                who = {"leader": leader} if rng.random() < 0.9 else {"visitor": rng.choice(self.texts["surnames"]) + texts["cadre"]}
                asked = [each for each in ("governance", "needs", "counsel") if rng.random() < 0.6]
                solved = [each for each in ("worries", "grievances", "hardships") if rng.random() < 0.3]
                note = rng.choice(texts["visit_notes"]).format(n=rng.randint(3, 9))
                problem = rng.choice(texts["visit_found"]) if turn == 0 and course.place.code in found else ""
                self._enter(self._after(visited, rng), course.reviewer, "visits", {
                    "visited_on": visited, **who, "asked": " ".join(asked), "solved": " ".join(solved), "found": problem, "note": note},
                    organization=course.place.code)

    def _plan_stays(self) -> None:
        """Newly promoted section heads in their township's villages, the systems' wherever; the first are assessed already."""
        rng = self.rng("stays")
        anywhere = _turns(self.villages, rng)
        for committee in self.committees:
            near = [course for course in self.villages if committee.township and course.place.township == committee.township]
            own = _turns(near, rng) if near else anywhere
            for leader in (each for each in self.leaders[committee.code] if each.promoted and rng.random() < 0.7):
                course = next(own)
                since = self.begun + dt.timedelta(days=rng.randint(10, 28))  # once the leaders have been entered
                stay = Kept()
                self._enter(self._after(since, rng), COUNTY, "stays", {"leader": leader, "from_on": since}, organization=course.place.code, kept=stay)
                until = since + dt.timedelta(days=rng.randint(22, 45))
                if until < self.yesterday and rng.random() < 0.75:
                    result = rng.choices(("excellent", "qualified", "basic"), (35, 58, 7))[0]
                    self._change(self._after(until, rng), stay, to_on=until.isoformat(), result=result, assessed_on=until.isoformat())

    # ---- training (W5)

    def _plan_training(self) -> None:
        rng = self.rng("training")
        courses: dict[str, list[tuple[Kept, dt.date, Mapping]]] = {}
        for row in self.texts["courses"]:
            held, kept = self.year.day + dt.timedelta(days=row["day"]), Kept()
            values = {name: row[name] for name in ("title", "kind", "organizer", "hours", "place", "credits") if name in row}
            self._enter(self._after(held - dt.timedelta(days=2), rng, 1), COUNTY, "courses", {**values, "held_on": held}, kept=kept)
            courses.setdefault(row["kind"], []).append((kept, held, row))
        for course in self._of(Kind.VILLAGE, Kind.COMMUNITY):
            share = {"secretary": TRAINED["secretary"], **({"head": TRAINED["head"]} if course.place.kind == Kind.VILLAGE else {})}
            for role, likely in share.items():
                # who the registry says has not been trained is less often there
                if rng.random() >= likely * (0.5 if role == "secretary" and course.known.get("secretary_trained") == "no" else 1.06):
                    continue
                kept, held, _ = rng.choice(courses["rotation"])
                done = held + dt.timedelta(days=2)
                person = rng.choice(self.texts["surnames"]) + {"secretary": "书记", "head": "主任"}[role]
                self._enter(self._after(done, rng, 4), course.reviewer, "rotation", {"course": kept, "role": role, "person": person,
                                                                                     "completed_on": done}, organization=course.place.code)
        for committee in (each for each in self.committees if each.township):
            for leader, (kept, held, row) in ((leader, each) for leader in self.leaders[committee.code] for each in courses["credits"]):
                if rng.random() < 0.5:
                    earned = held + dt.timedelta(days=row["hours"] // 8 - 1)
                    self._enter(self._after(earned, rng, 5), self._actor(committee), "credits", {
                        "leader": leader, "course": kept, "credits": row["credits"], "earned_on": earned}, committee=committee.code)

    # ---- private firms and social organizations (W8), windows (W9)

    def _plan_census(self) -> None:
        """Those with an organization of their own or a joint one, some attached to them, and as many without as the shares leave."""
        rng, texts, own = self.rng("census"), self.texts["census"], self._of(*TWO_NEW)
        names: set[tuple[str, str]] = set()
        for course in own:
            unit = _stem(course.place.name)
            names.add((course.place.committee.code, unit))
            self._census(course.place.committee, rng, unit, texts["kept"][course.place.kind], course.place.members,
                         mode=course.known.get("setup_mode", "single"), covering=course.place.code)
        attached, closed = round(ATTACHED * len(own)), max(1, round(CLOSED * len(own)))
        missing = max(2, round((len(own) + attached) * (1 / COVERED_OPERATING - 1)))
        eligible = max(1, round(len(own) * (1 / COVERED_ELIGIBLE - 1)))
        members = chain((rng.randint(1, 2) for _ in range(attached)), (rng.randint(3, 6) for _ in range(eligible)),
                        (rng.randint(0, 2) for _ in count()))
        for turn in range(attached + missing + closed):
            host = rng.choice(own)
            committee, kind = host.place.committee, rng.choices(("private", "social"), (4, 1))[0]
            unit = self._unit(committee, rng.choice(texts[kind]), names)
            if turn < attached:
                self._census(committee, rng, unit, kind, next(members), mode="attached", covering=host.place.code)
                continue
            plan = {}
            if rng.random() < PLANNED_UNITS:
                by = days_between(rng, dt.date(self.year.day.year, 5, 31), dt.date(self.year.day.year, 12, 20))
                plan = {"plan": rng.choice(texts["plans"]), "plan_on": by}
            self._census(committee, rng, unit, kind, next(members), operating="yes" if turn < attached + missing else "no", mode="none", **plan)

    def _unit(self, committee: Committee, what: str, names: set[tuple[str, str]]) -> str:
        """A name that the committee's list does not have yet; a second one of the same trade is numbered."""
        place = self.townships.get(committee.township, self.texts["census"]["county"])
        possible = chain((place + what,), (f"{place}第{number}{what}" for number in count(2)))
        unit = next(name for name in possible if (committee.code, name) not in names)
        names.add((committee.code, unit))
        return unit

    def _census(self, committee: Committee, rng: random.Random, unit: str, kind: str, members: int, *, operating: str = "yes",
                **coverage: object) -> None:
        counted = days_between(rng, self.begun + dt.timedelta(days=15), self.begun + dt.timedelta(days=45))
        if coverage["mode"] != "none":
            year = self.year.day.year
            coverage["organized_on"] = days_between(rng, dt.date(year - 9, 3, 1), dt.date(year - 1, 11, 30)) if rng.random() < 0.85 else days_between(
                rng, self.begun, counted)
        self._enter(self._after(counted, rng), self._actor(committee), "census", {
            "unit": unit, "unit_kind": kind, "operating": operating, "employees": members + rng.randint(6, 60), "members": members,
            "contact": f"0000-{rng.randrange(10**7):07d}", **coverage}, committee=committee.code)

    def _plan_windows(self) -> None:
        """三亮三比三评: those who have windows hold the three appraisals on days of their own."""
        rng = self.rng("windows")
        first = self.begun + dt.timedelta(days=25)
        for course in (each for each in self.year.courses if int(each.known.get("windows", 0)) > 0):
            number = rng.choices(list(APPRAISED), list(APPRAISED.values()))[0]
            for appraiser in rng.sample(("masses", "members", "leaders"), number):
                held = days_between(rng, first, self.yesterday)
                present = {"masses": rng.randint(25, 120), "members": course.place.members or 20, "leaders": rng.randint(3, 9)}[appraiser]
                content = min(present, round(present * min(1.0, course.aim.satisfaction / 100 + rng.uniform(-0.02, 0.04))))
                self._enter(self._after(held, rng), course.reviewer, "window_appraisals", {
                    "appraiser": appraiser, "held_on": held, "participants": present, "satisfied": content,
                    "shown": " ".join(each for each in ("standards", "identity", "promise") if rng.random() < 0.85),
                    "compared": " ".join(each for each in ("skills", "style", "results") if rng.random() < 0.7),
                    "note": rng.choice(self.texts["windows"]["notes"])}, organization=course.place.code)

    # ---- what is put forward (W3, W4, P4), and what is found fault with (L2)

    def _plan_exemplars(self) -> None:
        """Nominated by their committees in April; the first whose conditions hold are approved, one is refused."""
        rng, texts = self.rng("exemplars"), self.texts["exemplars"]
        approved = [course for course in self.year.courses if course.state == State.APPROVED]
        good = [course for course in approved if course.aim.grade == Grade.GOOD]
        fair = [course for course in approved if course.aim.grade == Grade.FAIRLY_GOOD]
        villages = [course for course in good if course.place.kind == Kind.VILLAGE]
        put_forward = [("five_good", course) for course in villages[:MOST]]
        for category in ("site", "member"):
            number = self._number(category)
            chosen = rng.sample(good, min(len(good), round(0.7 * number) or 1))
            chosen += rng.sample(fair, min(len(fair), number - len(chosen)))
            put_forward += [(category, course) for course in chosen]
        for turn, (category, course) in enumerate(put_forward):
            pattern = texts[category] if isinstance(texts[category], str) else rng.choice(texts[category])
            title = pattern.format(stem=_stem(course.place.name), surname=rng.choice(self.texts["surnames"]))
            nominated, record = days_between(rng, self.year.program.submit_by, self.yesterday - dt.timedelta(days=3)), Kept()
            reasons = texts["reasons"] + (texts["rural_reasons"] if course.place.kind == Kind.VILLAGE else [])
            self._enter(self._after(nominated, rng, 1), course.reviewer, "exemplars", {
                "category": category, "title": title, "field": FIELDS.get(course.place.kind, "other"), "reason": rng.choice(reasons),
                "nominated_on": nominated}, organization=course.place.code, kept=record)
            if turn % 3 == 0:  # most are still to be decided on: the phase has not begun
                self.year.add(self.year.at(self.yesterday, rng, (14, 17)), self._deciding(record, turn == 3))
        for course in rng.sample(good or approved, min(len(good or approved), self._number("honours"))):
            nominated = days_between(rng, self.yesterday - dt.timedelta(days=6), self.yesterday)
            values = {"honour": "advanced_organization", "deeds": rng.choice(texts["collective_deeds"])}
            if rng.random() < 0.5:
                values = {"honour": rng.choice(("excellent_member", "excellent_worker")), "deeds": rng.choice(texts["deeds"]),
                          "person": rng.choice(texts["honours"]).format(surname=rng.choice(self.texts["surnames"]))}
            self._enter(self._after(nominated, rng, 0), course.reviewer, "honours", {**values, "nominated_on": nominated},
                        organization=course.place.code)

    def _deciding(self, record: Kept, refused: bool) -> Callable[[str, dt.date], None]:
        def step(at: str, today: dt.date) -> None:
            if refused:
                records.decide(self.year.store, COUNTY, record.id, False, self.texts["exemplars"]["refused"], at, today)
            elif record.id and not records.unmet(self.year.store, records.get(self.year.store, record.id), today):
                records.decide(self.year.store, COUNTY, record.id, True, "", at, today)
        return step

    def _plan_inspections(self) -> None:
        """Three teams, a dozen visits, half of them unannounced; two organizations are criticized, one of them no longer."""
        rng, texts = self.rng("inspections"), self.texts["inspections"]
        areas = [list(self.townships.values())[start::3] for start in range(3)]
        teams = []
        for (name, head, members), area in zip(texts["teams"], areas, strict=True):
            teams.append(Kept())
            self._enter(self._after(self.begun + dt.timedelta(days=10), rng), COUNTY, "teams", {
                "name": name, "head": rng.choice(self.texts["surnames"]) + head, "members": members, "area": "、".join(area)}, kept=teams[-1])
        late = sorted(self.year.courses, key=lambda course: rng.gauss(0, 1) - 0.6 * course.lateness)
        for turn, course in enumerate(late[:max(3, self._number("inspections"))]):
            seen = days_between(rng, self.year.program.phases[1].starts + dt.timedelta(days=8), self.yesterday)
            fault = turn % 2 == 0
            self._enter(self._after(seen, rng, 1), COUNTY, "inspections", {
                "team": teams[turn % 3], "inspected_on": seen, "announced": "yes" if turn % 4 < 2 else "no",
                "found": rng.choice(texts["found"]) if fault else "", "conclusion": texts["noted"] if fault else rng.choice(texts["clear"])},
                organization=course.place.code)
        poor = sorted(self.year.courses, key=lambda course: course.quality)
        for turn, (reason, document, lifted) in enumerate(texts["criticisms"]):
            issued, record = self.yesterday - dt.timedelta(days=21 - 13 * turn), Kept()
            self._enter(self._after(issued, rng, 0), COUNTY, "criticisms", {"reason": reason, "issued_on": issued, "document": document},
                        organization=poor[turn].place.code, kept=record)
            if lifted:
                day = self.yesterday - dt.timedelta(days=3)
                self._change(self._after(day, rng, 0), record, lifted_on=day.isoformat(), lifted_reason=lifted)


def _turns(courses: Iterable[Course], rng: random.Random) -> Iterator[Course]:
    """The courses in an order of chance, again and again."""
    found = list(courses)
    rng.shuffle(found)
    return cycle(found)


def _stem(name: str) -> str:
    """An organization's name without what its form adds to it."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES.values() if name.endswith(suffix)), name)
