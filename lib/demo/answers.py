"""How an organization of a given quality fills in its questionnaire: from the form's own good and bad examples, with plausible figures."""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass

from lib.core import forms, grading
from lib.core.forms import Form, Item
from lib.core.model import Grade, Kind
from lib.demo.places import Place, days_between

GRAVE = frozenset({"venue_secured", "group_petitions", "wage_arrears", "fatal_accidents", "annual_check", "violations", "pay_secured",
                   "democratic_life_held", "uncovered_units"})
"""Problems that only weak organizations have."""
MAY_BE_UNSURE = ("dues_arrears", "venue_area", "office_funds", "paired_visits", "members_resident", "study_sessions", "service_events",
                 "joint_meetings")
MOST_AWAY = 2000
"""As many as the questionnaire believes of a township; only a county of very many organizations has more."""
SOME_OF = frozenset({"group_orgs", "wjm_steps"})
"""Multiple choices of which any three will do."""
ONE_OF = {"secretary_schooling": ("junior", "senior", "senior", "college", "college"), "secretary_origin": ("owner", "manager", "manager", "worker"),
          "secretary_is": ("head", "head", "deputy", "full_time"), "reform_adjusted": ("yes", "na", "na"),
          "staff_congress_held": ("yes", "yes", "na")}


@dataclass(frozen=True)
class Aim:
    """What an organization's year is to come to. Points and per cent, not yet rounded."""

    grade: Grade
    final: float
    own: float  # its self-assessment
    satisfaction: float

    @property
    def trouble(self) -> float:
        """Probability that a question is answered with a problem."""
        return max(0.008, (95 - self.own) / 160)


def facts(place: Place, aim: Aim, day: dt.date, rng: random.Random) -> dict[str, str]:
    """What the registry and other offices know already, by the questionnaires' item names; a form takes what it asks."""
    bad = aim.trouble
    known = {"org_form": place.org_form, "term_years": "5" if place.kind == Kind.TOWNSHIP_COMMITTEE else "3"}
    known["last_election_on"] = _elected(place.kind, aim, day, rng).isoformat()
    post = rng.choices(("filled", "acting", "vacant"), (1 - 0.5 * bad, 0.3 * bad, 0.2 * bad if aim.grade != Grade.GOOD else 0))[0]
    known["secretary_post"] = post
    known["secretary_trained"] = "no" if rng.random() < bad else "yes"
    known["secretary_hours"] = str(rng.choice((8, 16, 24, 32)) if rng.random() < bad else rng.choice((40, 40, 44, 48, 56, 64)))
    known["left_unsolved"] = str(rng.randint(1, 3) if rng.random() < bad else 0)
    known["annual_rating"] = _rating(aim.own, rng)
    known["setup_mode"] = rng.choices(("single", "joint", "attached"), (60, 30, 10 if aim.own < 88 else 0))[0]
    known["windows"] = str(rng.choice((0, 0, 1, 2, 3, 4, 6)))
    known["leaders_total"] = str(rng.randint(7, 11))
    known |= {name: str(rng.randint(1, 2) if rng.random() < bad else 0) for name in ("posts_vacant_below", "villages_no_venue", "backward_no_plan")}
    return known | ({"field": place.field} if place.field else {})


def _elected(kind: Kind, aim: Aim, day: dt.date, rng: random.Random) -> dt.date:
    """Day of the last election: villages and townships have just had theirs, a few others are overdue."""
    before = day.year - 1
    if kind in (Kind.VILLAGE, Kind.COMMUNITY):
        return days_between(rng, dt.date(before, 11, 10), dt.date(day.year, 1, 12))
    if kind == Kind.TOWNSHIP_COMMITTEE:
        return days_between(rng, dt.date(before, 5, 10), dt.date(before, 7, 20))
    if rng.random() < 0.6 * aim.trouble and aim.grade != Grade.GOOD:
        furthest = dt.date(before - 4, 9, 1) if aim.grade == Grade.POOR else dt.date(before - 3, 5, 20)
        return days_between(rng, furthest, dt.date(before - 3, 12, 31) if aim.grade != Grade.POOR else dt.date(before - 3, 2, 1))
    return days_between(rng, dt.date(before - 2, 6, 1), dt.date(before, 11, 30))


def _rating(own: float, rng: random.Random) -> str:
    rows = ((92, ("excellent",), (1,)), (86, ("excellent", "qualified"), (45, 55)), (72, ("qualified", "basic"), (90, 10)),
            (62, ("qualified", "basic", "none"), (45, 45, 10)), (0, ("basic", "failed", "none"), (45, 30, 25)))
    _, ratings, weights = next(row for row in rows if own >= row[0])
    return rng.choices(ratings, weights)[0]


class Filler:
    """Fills in one organization's form. `texts` are the pack's demo texts."""

    def __init__(self, form: Form, place: Place, aim: Aim, known: Mapping[str, str], texts: Mapping, rng: random.Random):
        self.form, self.place, self.aim, self.known, self.texts, self.rng = form, place, aim, known, texts, rng
        self.members = int(known.get("members_full", place.members or 0))

    def fill(self, begun: dt.date, submitted: dt.date) -> dict[str, str]:
        """Valid answers to everything that is asked, without what is prefilled, whose score comes as near to the aim as problems allow."""
        answers: dict[str, str] = {}
        for item in self.form.items.values():
            if item.name in self.known and item.prefill in ("registry", "system"):
                answers[item.name] = self.known[item.name]
            elif item.parent or not item.asked:
                continue
            else:
                answers[item.name] = forms.LEVELS[0] if item.scored else self._answer(item, answers, begun)
        reading = forms.read(self.form, answers, submitted)
        self._admit(answers, forms.findings(self.form, reading))
        self._choose_levels(answers, grading.self_score(self.form, reading))
        self._doubt(answers)
        kept = {name: text for name, text in answers.items() if self.form.items[name].parent or name in reading.visible}
        return {name: text for name, text in kept.items() if name not in self.known}

    # ---- one answer

    def _answer(self, item: Item, answers: Mapping[str, str], begun: dt.date) -> str:
        # a weak organization has the grave problems too, a good one only what anybody may have
        weight = 0.0 if item.name in GRAVE and self.aim.own > 86 else 0.4 if item.name in GRAVE else 1.0
        troubled = self.rng.random() < weight * self.aim.trouble
        special = getattr(self, f"_{item.name}", None)
        if special:
            return str(special(troubled, answers, begun))
        if item.name in ONE_OF and not troubled:
            return self.rng.choice(ONE_OF[item.name])
        if item.type == "integer":
            return str(self._count(int(item.good), int(item.bad), troubled))
        if item.name in SOME_OF and not troubled and self.aim.own < 93:
            codes = item.good.split()
            return " ".join(code for code in codes if code in self.rng.sample(codes, max(3, len(codes) - 1)))
        return item.bad if troubled else item.good

    def _count(self, good: int, bad: int, troubled: bool) -> int:
        """A count on the side of the example: at least as many as a good one, or none where none is good."""
        if troubled:
            return self.rng.randint(1, bad) if good == 0 else bad
        return good + self.rng.randint(0, max(1, good // 2)) if good else 0

    def _members_resident(self, troubled, answers, begun):
        return round(self.members * (self.rng.uniform(0.25, 0.45) if troubled else self.rng.uniform(0.6, 0.9)))

    def _floating_members(self, troubled, answers, begun):
        return min(MOST_AWAY, round(self.members * self.rng.uniform(0, 0.12)))

    def _floating_contacted(self, troubled, answers, begun):
        away = int(answers["floating_members"])
        return max(0, away - self.rng.randint(1, 2)) if troubled else away

    def _secretary_age(self, troubled, answers, begun):
        return self.rng.randint(61, 67) if troubled else self.rng.randint(33, 59)

    def _secretary_vacant_since(self, troubled, answers, begun):
        return begun - dt.timedelta(days=self.rng.randint(100, 200) if self.aim.grade in (Grade.AVERAGE, Grade.POOR) else self.rng.randint(10, 60))

    def _last_activity_on(self, troubled, answers, begun):
        return begun - dt.timedelta(days=self.rng.randint(100, 165) if troubled else self.rng.randint(2, 35))

    def _party_lectures(self, troubled, answers, begun):
        needed = int(self.known["leaders_total"]) if self.place.kind == Kind.TOWNSHIP_COMMITTEE else 4
        return self.rng.randint(0, 1) if troubled else needed + self.rng.randint(0, 3)

    def _general_meetings(self, troubled, answers, begun):
        return self.rng.randint(1, 3) if troubled else self.rng.randint(4, 8)

    def _activity_funds(self, troubled, answers, begun):
        return 0 if troubled else max(300, 100 * round(self.members * self.rng.uniform(0.6, 2.2)))

    def _collective_income(self, troubled, answers, begun):
        return 0 if troubled else 100 * round(300 * self.rng.lognormvariate(0, 0.7))

    def _new_members_2y(self, troubled, answers, begun):
        return 0 if troubled or self.members < 6 else self.rng.randint(1, max(2, self.members // 15))

    def _ly_ballots(self, troubled, answers, begun):
        return self.rng.randint(20, 120)

    def _ly_satisfied(self, troubled, answers, begun):
        return round(int(answers["ly_ballots"]) * min(1.0, self.aim.satisfaction / 100 + self.rng.uniform(-0.015, 0.025)))

    def _requests_received(self, troubled, answers, begun):
        return 0 if troubled else self.rng.randint(20, 150)

    def _requests_closed(self, troubled, answers, begun):
        return int(int(answers["requests_received"]) * (self.rng.uniform(0.5, 0.75) if troubled else self.rng.uniform(0.97, 1)))

    # ---- what hangs on the answers

    def _admit(self, answers: dict[str, str], found: tuple[forms.Finding, ...]) -> None:
        """Say of every problem what and why."""
        for finding in found:
            name = finding.item.name
            answers[f"{name}__what"] = self._say(self.texts["item_what"].get(name, self.texts["what"]))
            usual = next((cause for cause, names in self.texts["item_why"].items() if name in names), "not_done")
            answers[f"{name}__why"] = usual if self.rng.random() < 0.85 else self.rng.choice(("not_done", "history", "other"))

    def _choose_levels(self, answers: dict[str, str], best: grading.Score) -> None:
        """Levels of the scored items, down from the best that the answers allow until the sum is the aim; some with a note."""
        asked = {line.item.name: (line.points // 100, line) for line in best.lines if line.item.asked}
        chosen = {name: points for name, (points, _) in asked.items()}
        surplus = best.total / 100 - self.aim.own
        if "s_admission" in chosen and self.members < 6 and self.rng.random() < 0.5:
            answers["s_admission"], answers["s_admission__note"] = forms.NOT_APPLICABLE, self._say(self.texts["not_applicable"])
            del chosen["s_admission"]
        while surplus > 1:
            open_ = [name for name, level in chosen.items() if level]
            if not open_:
                break
            name = self.rng.choices(open_, [6 if chosen[level] == 5 else 3 if chosen[level] == 3 else 1 for level in open_])[0]
            lower = {5: 3, 3: 1, 1: 0}[chosen[name]]
            surplus -= chosen[name] - lower
            chosen[name] = lower
        for name, level in chosen.items():
            answers[name] = str(level)
            if level and self.rng.random() < 0.35:
                evidence = asked[name][1].item.evidence.get("zh", "")
                answers[f"{name}__note"] = self._say(self.texts["notes"], evidence=evidence)

    def _doubt(self, answers: dict[str, str]) -> None:
        """Now and then a figure is left open for the reviewer to verify."""
        names = [name for name in MAY_BE_UNSURE if name in answers and name not in self.known and f"{name}__what" not in answers]
        if names and self.rng.random() < 0.12:
            name = self.rng.choice(names)
            answers[name] = ""
            answers[f"{name}__unsure"] = "yes"

    def _say(self, choices: list[str], **params: str) -> str:
        return self.rng.choice(choices).format(month=self.rng.choice((1, 2, 10, 11, 12)), **params)
