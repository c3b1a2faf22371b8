"""The linter: refuses a form before anyone sees it, with every complaint at once and the place named."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

from lib.core import expressions, forms, grading
from lib.core.forms import Form, Item
from lib.core.model import Problem
from lib.core.phrases import listed

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
RESERVED = ("today", "organization_code")  # the day of filling in, and whom a form written for ODK is about
RESEARCH_SECTIONS = ("setup", "leadership", "rules", "support", "role")
QUESTIONS = range(4, 8)  # per research section: questionnaire-facts, section 3.1
DIMENSION_POINTS = 2000  # hundredths: each of the five goods adds up to 20 points
LINT_DAY = dt.date(2012, 4, 20)  # examples are relative to a day; any will do


def _expressions(item: Item):
    yield from (("relevant", item.relevant), ("constraint", item.constraint), ("calculation", item.calculation),
                ("problem_when", item.problem_when), ("concern_when", item.concern_when))
    yield from ((f"level_{level}_when", source) for level, source in item.level_when.items())
    yield from (("caps", cap.when) for cap in item.caps)


def _names(form: Form) -> Iterator[Problem]:
    rows = [item for group in form.groups for item in group.items]
    for name, count in Counter(item.name for item in rows).items():
        if count > 1:
            yield Problem.of("lint.name_twice", item=name, count=count)
    for item in rows:
        if not item.parent and not NAME.fullmatch(item.name):
            yield Problem.of("lint.name", item=item.name)
        if item.name in RESERVED:
            yield Problem.of("lint.name_taken", item=item.name)
        for choice in item.choices:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", choice.name):
                yield Problem.of("lint.choice_code", item=item.name, choice=choice.name)


def _translations(form: Form) -> Iterator[Problem]:
    for group in form.groups:
        for language in forms.LANGUAGES:
            if not group.label.get(language, "").strip():
                yield Problem.of("lint.section_label", section=group.name, header=f"label::{language}")
    for item in form.items.values():
        if item.parent:
            continue
        texts = {"label": item.label, "hint": item.hint, "constraint_message": item.message, "problem": item.problem,
                 "evidence": item.evidence, **{f"level_{level}": text for level, text in item.levels.items()}}
        needed = {"label": item.asked or item.scored, "constraint_message": bool(item.constraint),
                  "problem": bool(item.problem_when or item.concern_when)}
        for column, text in texts.items():
            for language in forms.LANGUAGES:
                if not text.get(language, "").strip() and (needed.get(column) or any(text.values())):
                    yield Problem.of("lint.text_missing", item=item.name, header=f"{column}::{language}")
        for choice in item.choices:
            if not all(choice.label.get(language, "").strip() for language in forms.LANGUAGES):
                yield Problem.of("lint.choice_label", item=item.name, choice=choice.name)


def _references(form: Form) -> Iterator[Problem]:
    for item in form.items.values():
        for column, source in () if item.parent else _expressions(item):  # a generated row's conditions are its question's
            unknown = expressions.references(source) - form.items.keys() - {"today"}
            if unknown:
                yield Problem.of("lint.reference", item=item.name, header=column, names=listed(sorted(unknown)))
            if "!=" in source:
                yield Problem.of("lint.unequal", item=item.name, header=column)
            try:
                source and expressions.parsed(source)
            except expressions.ExpressionError as error:
                yield from (Problem.of("lint.unreadable", item=item.name, header=column, detail=problem) for problem in error.problems)
        if item.type.startswith("select") and not item.choices and not item.dynamic:
            yield Problem.of("lint.list", item=item.name, name=item.list_name)
        if item.type == "calculate" and not (item.calculation or item.level_when):
            yield Problem.of("lint.calculate", item=item.name)


def _sections(form: Form) -> Iterator[Problem]:
    for group in form.groups:
        if group.name in RESEARCH_SECTIONS:
            count = sum(not item.relevant and item.prefill != "system" for item in group.questions)
            if count not in QUESTIONS:
                yield Problem.of("lint.section_questions", section=group.name, count=count, fewest=QUESTIONS[0], most=QUESTIONS[-1])


def _scores(form: Form) -> Iterator[Problem]:
    if not form.scored:
        return
    totals = Counter()
    for item in form.scored:
        totals[item.dimension] += item.points
        if set(item.levels) != set(forms.LEVELS):
            yield Problem.of("lint.levels", item=item.name, levels=listed(forms.LEVELS))
    for dimension in grading.DIMENSIONS:
        if totals[dimension] != DIMENSION_POINTS:
            yield Problem.of("lint.dimension_points", name=dimension, points=f"{totals[dimension] / 100:g}", wanted=f"{DIMENSION_POINTS / 100:g}")
    for item in form.scored:
        if item.dimension not in grading.DIMENSIONS:
            yield Problem.of("lint.dimension_unknown", item=item.name, header="dimension", name=item.dimension, names=listed(grading.DIMENSIONS))
    for dimension in grading.DIMENSIONS:
        if sum(item.na for item in form.scored if item.dimension == dimension) > 1:
            yield Problem.of("lint.not_applicable", name=dimension)


def _examples(form: Form, kinds: tuple[str, ...] = ("good", "bad")) -> Iterator[Problem]:
    """The good examples must earn full marks and no problem, the bad ones nothing and every problem."""
    for which in kinds:
        answers = forms.example(form, which, LINT_DAY)
        reading = forms.read(form, answers, LINT_DAY)
        for gap in forms.gaps(form, answers, reading):
            yield Problem.of(f"lint.example_{gap.code}", item=gap.item.name, header=which, value=answers.get(gap.item.name, ""))
        found = {finding.item.name: finding.hard for finding in forms.findings(form, reading)}
        for item in form.items.values():
            if item.name not in reading.visible or not (item.problem_when or item.concern_when):
                continue
            if which == "good" and item.name in found:
                yield Problem.of("lint.good_is_problem", item=item.name, header=which, value=item.good)
            condition = "problem_when" if item.problem_when else "concern_when"
            if which == "bad" and not (found.get(item.name) if item.problem_when else item.name in found):
                yield Problem.of("lint.bad_is_none", item=item.name, header=which, condition=condition, value=item.bad)
        if not form.scored:
            continue
        score, wanted = grading.self_score(form, reading), 10000 if which == "good" else 0
        if score.total != wanted:
            short = (f"{line.item.name} {line.points / 100:g}" for line in score.lines if line.points != (line.item.points if which == "good" else 0))
            yield Problem.of("lint.example_points", header=which, points=f"{score.total / 100:g}", wanted=f"{wanted / 100:g}", names=listed(short))
        for line in score.lines:
            for cap in line.item.caps:
                if expressions.holds(cap.when, reading.values) != (which == "bad"):
                    yield Problem.of(f"lint.cap_{which}", item=line.item.name, header="caps", expression=cap.when)


def complaints(form: Form, examples: tuple[str, ...] = ("good", "bad")) -> list[Problem]:
    """Everything that is wrong with a form, each with the place named; empty for one that may be published.

    `examples` are those that the form must have: a questionnaire's good and bad answers, a register's example record alone.
    """
    sections = _sections(form) if "bad" in examples else ()  # the five research sections are a questionnaire's
    structural = [*_names(form), *_translations(form), *_references(form), *sections, *_scores(form)]
    if structural:
        return structural
    try:
        form.order  # noqa: B018 (raises when conditions depend on each other)
    except forms.FormError as error:
        return [*error.problems]
    try:
        return list(_examples(form, examples))
    except expressions.ExpressionError as error:
        return [*error.problems]
