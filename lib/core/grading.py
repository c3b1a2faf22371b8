"""Scores, grades, classes and stars (S2, S4, S5; vetoes and caps: questionnaire-facts, section 6).

Scores are integers in hundredths of a point; a rate in per cent is rounded once, here.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lib.core import expressions, forms
from lib.core.forms import Cap, Form, Item, Reading
from lib.core.model import Grade, Kind
from lib.core.program import Program, Rule

DIMENSIONS = ("team", "members", "mechanism", "results", "masses")
DIMENSION_POINTS = 2000
GRADES = tuple(Grade)


def half_up(numerator: int, denominator: int) -> int:
    """Quotient rounded half up, as people round by hand: 0.5 → 1. The denominator is positive."""
    return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


# ---- self-assessment


@dataclass(frozen=True)
class ScoreLine:
    """One scored item: the level chosen, what remains after caps, and the cap that took the rest."""

    item: Item
    chosen: int | None  # level 5 3 1 0; None while unanswered
    points: int
    cap: Cap | None = None
    not_applicable: bool = False
    cause: Cap | None = None  # the lowest cap that holds, whether or not it takes anything


@dataclass(frozen=True)
class Score:
    lines: tuple[ScoreLine, ...]
    dimensions: Mapping[str, int]
    total: int
    answered: int

    @property
    def complete(self) -> bool:
        """Whether everything that is asked has an answer; what is computed from nothing known counts as nothing."""
        return all(line.chosen is not None or line.not_applicable or not line.item.asked for line in self.lines)


def _line(item: Item, reading: Reading) -> ScoreLine:
    value = reading.values[item.name]
    if value == forms.NOT_APPLICABLE or item.name not in reading.visible:
        return ScoreLine(item, None, 0, not_applicable=True)
    chosen = None if value == [] else int(value)
    caps = [cap for cap in item.caps if expressions.holds(cap.when, reading.values)]
    lowest = min(caps, key=lambda cap: cap.level, default=None)
    if chosen is None:
        return ScoreLine(item, None, 0, lowest)
    capped = lowest is not None and lowest.level < chosen
    level = lowest.level if capped else chosen
    return ScoreLine(item, chosen, item.points * level // 5, lowest if capped else None, cause=lowest)


def self_score(form: Form, reading: Reading) -> Score:
    """Score of a form as answered so far. An item that does not apply gets the average of its dimension's others."""
    lines, dimensions = [], {}
    by_dimension: dict[str, list[ScoreLine]] = {dimension: [] for dimension in DIMENSIONS}
    for item in form.scored:
        line = _line(item, reading)
        lines.append(line)
        by_dimension[item.dimension].append(line)
    for dimension, own in by_dimension.items():
        counted = [line for line in own if not line.not_applicable]
        full = sum(line.item.points for line in counted)
        dimensions[dimension] = half_up(DIMENSION_POINTS * sum(line.points for line in counted), full) if full else 0
    answered = sum(line.chosen is not None or line.not_applicable for line in lines)
    return Score(tuple(lines), dimensions, sum(dimensions.values()), answered)


def low(score: Score, level: int) -> tuple[ScoreLine, ...]:
    """Asked items at or below a level for no reason that the research part has already shown: where a cap holds, its answer is the problem."""
    return tuple(line for line in score.lines if line.item.asked and line.chosen is not None and line.chosen <= level and not line.cause)


@dataclass(frozen=True)
class Step:
    """What would raise the score: an item that could reach the next level, or a capped one whose cause could be mended."""

    item: Item
    gain: int  # hundredths
    level: int
    cap: Cap | None


def next_steps(score: Score) -> tuple[Step, ...]:
    """Items by what one level more would bring, largest first; a capped item names the cap instead of a level."""
    steps = []
    for line in score.lines:
        if line.not_applicable or line.chosen is None or line.points == line.item.points:
            continue
        level = line.chosen if line.cap else min(lv for lv in map(int, forms.LEVELS) if lv > line.chosen)
        steps.append(Step(line.item, line.item.points * level // 5 - line.points, level, line.cap))
    return tuple(sorted(steps, key=lambda step: -step.gain))


def grade_of(score: int, program: Program) -> Grade:
    """Grade that a score alone earns; the threshold itself earns the higher grade (S4)."""
    return next((grade for grade in GRADES[:-1] if score >= program.thresholds[grade]), Grade.POOR)


def distance(score: int, program: Program) -> tuple[Grade, int] | None:
    """The next grade up and the hundredths of a point still missing; None at the top."""
    above = [grade for grade in GRADES[:-1] if program.thresholds[grade] > score]
    return (above[-1], program.thresholds[above[-1]] - score) if above else None


# ---- appraisal

BALLOTS_AT_MOST = 100_000
"""Of one organization; more is a slip of the key."""


@dataclass(frozen=True)
class Appraisal:
    """Counts of ballots: by tally and online together."""

    issued: int = 0
    returned: int = 0
    satisfied: int = 0
    basically_satisfied: int = 0
    dissatisfied: int = 0

    def __add__(self, other: "Appraisal") -> "Appraisal":
        return Appraisal(self.issued + other.issued, self.returned + other.returned, self.satisfied + other.satisfied,
                         self.basically_satisfied + other.basically_satisfied, self.dissatisfied + other.dissatisfied)

    @property
    def satisfaction(self) -> int | None:
        """Satisfied and basically satisfied of those returned, hundredths of a per cent; None without a ballot (L4)."""
        return half_up(10000 * (self.satisfied + self.basically_satisfied), self.returned) if self.returned else None

    @property
    def turnout(self) -> int | None:
        """Returned of issued, hundredths of a per cent."""
        return half_up(10000 * self.returned, self.issued) if self.issued else None


def tally_problem(tally: Appraisal) -> str | None:
    """Code of what is inconsistent in a committee's tally, None when it adds up."""
    counts = (tally.issued, tally.returned, tally.satisfied, tally.basically_satisfied, tally.dissatisfied)
    if min(counts) < 0:
        return "appraisal.negative"
    if max(counts) > BALLOTS_AT_MOST:
        return "appraisal.too_many"
    if tally.returned > tally.issued:
        return "appraisal.returned_exceeds_issued"
    if tally.satisfied + tally.basically_satisfied + tally.dissatisfied != tally.returned:
        return "appraisal.opinions_differ_from_returned"
    return None


# ---- final score and grade


def final_score(self_score: int, satisfaction: int, review: int, program: Program) -> int:
    """Weighted score in hundredths: self 15 % + appraisal 20 % + review 65 % by default. The appraisal's score is its
    satisfaction rate."""
    weights = program.weights
    return half_up(self_score * weights["self"] + satisfaction * weights["appraisal"] + review * weights["review"], 100)


@dataclass(frozen=True)
class Reason:
    """Why a grade is what it is: a rule that was met and the grade that remained after it."""

    rule: Rule
    grade: Grade


@dataclass(frozen=True)
class Proposal:
    """What the rules give: the score's own grade, then every rule that lowered it, in order."""

    final: int
    by_score: Grade
    grade: Grade
    reasons: tuple[Reason, ...]

    @property
    def allowed(self) -> tuple[Grade, ...]:
        """A committee may go lower, with a reason; never above what score and rules give."""
        return GRADES[GRADES.index(self.grade):]


def rules_met(program: Program, kind: str, values: Mapping[str, object], found: Iterable[str]) -> tuple[Rule, ...]:
    """Rules that hold for one organization: by its answers and satisfaction, or found and entered by a reviewer."""
    found = set(found)
    known = {**values}
    met = []
    for rule in program.rules:
        if not rule.concerns(kind):
            continue
        if rule.when:
            variables = {name: known.get(name, []) for name in expressions.references(rule.when)}
            if expressions.holds(rule.when, variables):
                met.append(rule)
        elif rule.code in found:
            met.append(rule)
    return tuple(met)


def apply_rules(by_score: Grade, rules: Iterable[Rule]) -> tuple[Grade, tuple[Reason, ...]]:
    """Caps first, then steps down, then vetoes: a rule can only lower (questionnaire-facts, section 6)."""
    grade, reasons = by_score, []
    ordered = sorted(rules, key=lambda rule: (rule.sets is not None, rule.demote > 0))
    for rule in ordered:
        position = GRADES.index(grade)
        if rule.sets is not None:
            position = max(position, GRADES.index(rule.sets))
        elif rule.not_above is not None:
            position = max(position, GRADES.index(rule.not_above))
        else:
            position = min(position + rule.demote, len(GRADES) - 1)
        grade = GRADES[position]
        reasons.append(Reason(rule, grade))
    return grade, tuple(reasons)


def propose(program: Program, kind: str, *, self_score: int, satisfaction: int, review: int,
            values: Mapping[str, object], found: Iterable[str], today: dt.date) -> Proposal:
    """Grade that the rules give. Scores in hundredths of a point, satisfaction in hundredths of a per cent;
    `values` are the submitted answers, typed; `found` the codes of rules that reviewers entered."""
    final = final_score(self_score, satisfaction, review, program)
    by_score = grade_of(final, program)
    known = {**values, "satisfaction": satisfaction / 100, "today": today.isoformat()}
    grade, reasons = apply_rules(by_score, rules_met(program, kind, known, found))
    return Proposal(final, by_score, grade, reasons)


def grade_by_scores(program: Program, kind: str, *, self_score: int | None, satisfaction: int | None, review: int | None) -> Grade | None:
    """Grade that scores and satisfaction alone give, where no answers are known (results decided on paper); None while one is missing."""
    if self_score is None or satisfaction is None or review is None:
        return None
    met = rules_met(program, kind, {"satisfaction": satisfaction / 100}, ())
    return apply_rules(grade_of(final_score(self_score, satisfaction, review, program), program), met)[0]


def is_gap(self_score: int | None, review: int | None, program: Program) -> bool:
    """Whether a self-assessment stands out above the review (flag_gap)."""
    return self_score is not None and review is not None and self_score - review > program.gap


# ---- classes and stars


def proposed_class(kind: str, final: int, program: Program, nominated: bool) -> str | None:
    """Village class or community stars that a final score proposes (S5); None for the other kinds."""
    if kind == Kind.VILLAGE:
        for name, threshold in program.class_thresholds.items():
            if final >= threshold and (nominated or name not in program.needs_nomination):
                return name
        return "fourth"
    if kind == Kind.COMMUNITY:
        return next((name for name, threshold in program.star_thresholds.items() if final >= threshold), "1")
    return None
