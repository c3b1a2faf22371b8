"""The linter: refuses a form before anyone sees it, with every complaint at once and the place named."""

import datetime as dt
import re
from collections import Counter

from lib.core import expressions, forms, grading
from lib.core.forms import Form, Item

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
RESERVED = ("today", "organization_code")  # the day of filling in, and whom a form written for ODK is about
RESEARCH_SECTIONS = ("setup", "leadership", "rules", "support", "role")
QUESTIONS = range(4, 8)  # per research section: questionnaire-facts, section 3.1
LINT_DAY = dt.date(2012, 4, 20)  # examples are relative to a day; any will do


def _expressions(item: Item):
    yield from (("relevant", item.relevant), ("constraint", item.constraint), ("calculation", item.calculation),
                ("problem_when", item.problem_when), ("concern_when", item.concern_when))
    yield from ((f"level_{level}_when", source) for level, source in item.level_when.items())
    yield from (("caps", cap.when) for cap in item.caps)


def _names(form: Form):
    rows = [item for group in form.groups for item in group.items]
    for name, count in Counter(item.name for item in rows).items():
        if count > 1:
            yield f"{name}: the name stands {count} times"
    for item in rows:
        if not item.parent and not NAME.fullmatch(item.name):
            yield f"{item.name}: a name is lower-case letters, digits and single underscores, and starts with a letter"
        if item.name in RESERVED:
            yield f"{item.name}: the name is taken by the system"
        for choice in item.choices:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", choice.name):
                yield f"{item.name}: choice `{choice.name}` is no code"


def _translations(form: Form):
    for group in form.groups:
        for language in forms.LANGUAGES:
            if not group.label.get(language, "").strip():
                yield f"section {group.name}: label::{language} is missing"
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
                    yield f"{item.name}: {column}::{language} is missing"
        for choice in item.choices:
            if not all(choice.label.get(language, "").strip() for language in forms.LANGUAGES):
                yield f"{item.name}: choice `{choice.name}` has no label in both languages"


def _references(form: Form):
    for item in form.items.values():
        for column, source in () if item.parent else _expressions(item):  # a generated row's conditions are its question's
            unknown = expressions.references(source) - form.items.keys() - {"today"}
            if unknown:
                yield f"{item.name}: {column} refers to {', '.join(sorted(unknown))}, which the form does not have"
            if "!=" in source:
                yield f"{item.name}: {column} uses `!=`; write not(… = …), which ODK reads the same way"
            try:
                source and expressions.parsed(source)
            except expressions.ExpressionError as error:
                yield f"{item.name}: {column} does not parse: {error}"
        if item.type.startswith("select") and not item.choices and not item.dynamic:
            yield f"{item.name}: choice list `{item.list_name}` is missing"
        if item.type == "calculate" and not (item.calculation or item.level_when):
            yield f"{item.name}: a calculate needs `calculation` or `level_5_when`"


def _sections(form: Form):
    for group in form.groups:
        if group.name in RESEARCH_SECTIONS:
            count = sum(not item.relevant and item.prefill != "system" for item in group.questions)
            if count not in QUESTIONS:
                yield f"section {group.name}: {count} questions; four to seven are wanted"


def _scores(form: Form):
    if not form.scored:
        return
    totals = Counter()
    for item in form.scored:
        totals[item.dimension] += item.points
        if set(item.levels) != set(forms.LEVELS):
            yield f"{item.name}: levels 5, 3, 1 and 0 must all be described"
    for dimension in (*grading.DIMENSIONS, *(totals.keys() - set(grading.DIMENSIONS))):
        if totals[dimension] != (2000 if dimension in grading.DIMENSIONS else 0):
            yield f"dimension {dimension}: {totals[dimension] / 100:g} points; 20 are wanted"
    for dimension in grading.DIMENSIONS:
        if sum(item.na for item in form.scored if item.dimension == dimension) > 1:
            yield f"dimension {dimension}: at most one item may be `na`"


def _examples(form: Form, kinds: tuple[str, ...] = ("good", "bad")):
    """The good examples must earn full marks and no problem, the bad ones nothing and every problem."""
    for which in kinds:
        answers = forms.example(form, which, LINT_DAY)
        reading = forms.read(form, answers, LINT_DAY)
        for gap in forms.gaps(form, answers, reading):
            yield f"{gap.item.name}: the {which} example {answers.get(gap.item.name, '')!r} fails ({gap.code})"
        found = {finding.item.name: finding.hard for finding in forms.findings(form, reading)}
        for item in form.items.values():
            if item.name not in reading.visible or not (item.problem_when or item.concern_when):
                continue
            if which == "good" and item.name in found:
                yield f"{item.name}: the good example {item.good!r} is a problem"
            if which == "bad" and item.problem_when and not found.get(item.name):
                yield f"{item.name}: problem_when never holds for the bad example {item.bad!r}"
            if which == "bad" and not item.problem_when and item.name not in found:
                yield f"{item.name}: concern_when never holds for the bad example {item.bad!r}"
        if not form.scored:
            continue
        score = grading.self_score(form, reading)
        if score.total != (10000 if which == "good" else 0):
            short = [f"{line.item.name} {line.points / 100:g}" for line in score.lines
                     if line.points != (line.item.points if which == "good" else 0)]
            yield f"the {which} examples earn {score.total / 100:g} points: {', '.join(short)}"
        for line in score.lines:
            for cap in line.item.caps:
                if expressions.holds(cap.when, reading.values) != (which == "bad"):
                    yield f"{line.item.name}: cap `{cap.when}` {'holds for the good' if which == 'good' else 'does not hold for the bad'} examples"


def complaints(form: Form, examples: tuple[str, ...] = ("good", "bad")) -> list[str]:
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
        return [str(error)]
    try:
        return list(_examples(form, examples))
    except expressions.ExpressionError as error:
        return [f"an expression fails on the examples: {error}"]
