"""The linter: an intact minimal form has no complaint, and every rule of docs/forms.md has a form that breaks exactly it."""

import copy

import pytest

from lib.core import forms, lint
from lib.core.grading import DIMENSIONS

LANGUAGES = ("zh", "en")
LISTS = {"yn": [{"name": code, "label::zh": code, "label::en": code} for code in ("yes", "no")],
         "cause": [{"name": "people", "label::zh": "缺人", "label::en": "people"}]}


def row(name: str, type_: str = "integer", **columns) -> dict:
    both = {f"{column}::{language}": f"{column} {name}" for column in ("label", *columns.pop("texts", ())) for language in LANGUAGES}
    return {"type": type_, "name": name, "required": "yes", **both, **columns}


def question(name: str) -> dict:
    return row(name, good="0", bad="9", problem_when=". > 5", texts=("problem",))


def scored(name: str, dimension: str, **columns) -> dict:
    return row(name, "select_one", dimension=dimension, score="5", texts=tuple(f"level_{level}" for level in forms.LEVELS), **columns)


def intact() -> dict:
    """The smallest form of a questionnaire's shape: a research section of five questions and twenty scored items, one with a cap."""
    return {"name": "f", "label::zh": "表", "label::en": "Form", "choices": copy.deepcopy(LISTS), "groups": [
        {"name": "setup", "label::zh": "设置", "label::en": "Set-up", "items": [question(f"q{number}") for number in range(1, 6)]},
        *({"name": dimension, "label::zh": "维", "label::en": "Dimension", "items": [
            scored(f"s_{dimension}_{number}", dimension, **({"caps": ["${q1} > 5 => 1"]} if number == 1 else {})) for number in range(1, 5)]}
          for dimension in DIMENSIONS)]}


def complaints(body: dict) -> list[str]:
    return lint.complaints(forms.parse(body))


def item(body: dict, name: str) -> dict:
    return next(each for group in body["groups"] for each in group["items"] if each["name"] == name)


def test_an_intact_form():
    assert complaints(intact()) == []


def test_a_register_needs_no_scores_and_no_research_sections():
    body = intact()
    body["groups"] = [{"name": "visit", "label::zh": "走访", "label::en": "Visit", "items": [question("q1")]}]
    assert complaints(body) == []


def change(name: str, **columns):
    """Changes columns of one item; None takes a column away. `__` stands for `::`."""
    def changed(body: dict) -> None:
        for column, value in columns.items():
            column = column.replace("__", "::")
            item(body, name).pop(column, None)
            if value is not None:
                item(body, name)[column] = value
    return changed


def add(group: str, *rows: dict):
    def changed(body: dict) -> None:
        next(each for each in body["groups"] if each["name"] == group)["items"].extend(rows)
    return changed


def remove(*names: str):
    def changed(body: dict) -> None:
        for group in body["groups"]:
            group["items"] = [each for each in group["items"] if each["name"] not in names]
    return changed


def both(*changes):
    def changed(body: dict) -> None:
        for each in changes:
            each(body)
    return changed


def without(*path: str):
    def changed(body: dict) -> None:
        found = body
        for step in path[:-1]:
            found = found[int(step) if step.isdigit() else step]
        del found[path[-1]]
    return changed


def asked(name: str, type_: str = "integer", **columns) -> dict:
    return row(name, type_, **{"good": "0", "bad": "0", **columns})


# what is broken -> the complaints, whole or as their beginnings, in order
BROKEN = (
    # unknown references, in every column that has expressions
    ("relevant refers", change("q2", relevant="${qq1} > 0"), ["q2: relevant refers to qq1, which"]),
    ("constraint refers", change("q2", constraint=". > ${a} + ${b}", constraint_message__zh="x", constraint_message__en="x"),
     ["q2: constraint refers to a, b, which"]),
    ("problem refers", change("q2", problem_when=". > ${a}"), ["q2: problem_when refers to a, which"]),
    ("cap refers", change("s_team_1", caps=["${a} > 5 => 1"]), ["s_team_1: caps refers to a, which"]),
    ("calculation refers", add("team", row("c", "calculate", calculation="${a} + 1")), ["c: calculation refers to a, which"]),
    ("level refers", change("s_team_2", type="calculate", level_5_when="${a} > 5"), ["s_team_2: level_5_when refers to a, which"]),
    # expressions that are none
    ("does not parse", change("q2", relevant="${q1} >"), ["q2: relevant does not parse: ${q1} >: "]),
    ("a name without ${}", change("q2", relevant="q1 = 5"), ["q2: relevant does not parse: q1 = 5: `q1` is no word"]),
    ("a foreign function", change("q2", relevant="doc('x') = 'x'"), ["q2: relevant does not parse: doc('x') = 'x': `doc` is no word"]),
    ("!=", change("q2", relevant="${q1} != 9"), ["q2: relevant uses `!=`"]),
    ("a circle", change("q1", relevant="${q1} > 0"), ["f: conditions depend on each other: q1 → q1"]),
    ("a number against a code", change("q2", problem_when=". = '9'"), ["an expression fails on the examples: (${q2} = '9'): "]),
    # names
    ("capitals", add("setup", asked("Q5")), ["Q5: a name is lower-case"]),
    ("two underscores", add("setup", asked("q__what")), ["q__what: a name is lower-case"]),
    ("a hyphen", add("setup", asked("q-5")), ["q-5: a name is lower-case"]),
    ("starts with a digit", add("setup", asked("5q")), ["5q: a name is lower-case"]),
    ("Chinese", add("setup", asked("题")), ["题: a name is lower-case"]),
    ("twice", add("setup", asked("q6"), asked("q6")), ["q6: the name stands 2 times"]),
    # translations
    ("a section's label", without("groups", "0", "label::en"), ["section setup: label::en is missing"]),
    ("a label", change("q1", label__en=None), ["q1: label::en is missing"]),
    ("a blank label", change("q1", label__zh=" "), ["q1: label::zh is missing"]),
    ("a hint in one language", change("q1", hint__zh="数名册"), ["q1: hint::en is missing"]),
    ("no message for a constraint", change("q1", constraint=". >= 0"), ["q1: constraint_message::zh is missing",
     "q1: constraint_message::en is missing"]),
    ("no title for a problem", change("q1", problem__zh=None, problem__en=None), ["q1: problem::zh is missing", "q1: problem::en is missing"]),
    ("evidence in one language", change("s_team_1", evidence__en="paper"), ["s_team_1: evidence::zh is missing"]),
    ("a level in one language", change("s_team_1", level_3__en=None), ["s_team_1: level_3::en is missing"]),
    # choices
    ("no list", add("setup", asked("q6", "select_one", list_name="nowhere", good="yes", bad="yes")), ["q6: choice list `nowhere` is missing"]),
    ("a calculate of nothing", add("team", row("c", "calculate")), ["c: a calculate needs `calculation` or"]),
    # scores
    ("a level not described", change("s_team_1", level_3__zh=None, level_3__en=None), ["s_team_1: levels 5, 3, 1 and 0"]),
    ("a dimension too small", change("s_team_1", score="4"), ["dimension team: 19 points; 20 are wanted"]),
    ("a dimension too large", add("team", scored("s_more", "team")), ["dimension team: 25 points; 20 are wanted"]),
    ("an unknown dimension", change("s_team_1", dimension="teem"), ["dimension team: 15 points", "dimension teem: 5 points"]),
    ("two that may not apply", lambda body: [item(body, name).update(na="yes") for name in ("s_team_1", "s_team_2")],
     ["dimension team: at most one item"]),
    # examples
    ("a bad example that is none", change("q2", bad="5"), ["q2: problem_when never holds for the bad example '5'"]),
    ("a soft one that is none", change("q2", problem_when=None, concern_when=". > 5", bad="5"),
     ["q2: concern_when never holds for the bad example '5'"]),
    ("a hard one that is only soft", change("q2", concern_when=". > 3", bad="4"), ["q2: problem_when never holds for the bad example '4'"]),
    ("a good example that is bad", change("q2", good="6"), ["q2: the good example '6' is a problem"]),
    ("a good example beyond the constraint", change("q2", constraint=". > 0", constraint_message__zh="x", constraint_message__en="x"),
     ["q2: the good example '0' fails (constraint)"]),
    ("no example", change("q2", good=None), ["q2: the good example '' fails (required)"]),
    ("an example of another type", change("q2", good="many"), ["q2: the good example 'many' fails (type)"]),
    ("an example that is no choice", add("setup", asked("q6", "select_one", list_name="yn", good="maybe", bad="no")),
     ["q6: the good example 'maybe' fails (type)"]),
    ("a cap that the bad examples do not set off", change("s_team_1", caps=["${q1} > 10 => 1"]),
     ["s_team_1: cap `${q1} > 10` does not hold for the bad"]),
    ("a cap that the good ones set off", change("s_team_1", caps=["${q1} < 10 => 1"]),
     ["the good examples earn 96 points: s_team_1 1", "s_team_1: cap `${q1} < 10` holds for the good examples"]),
    ("a computed level that the good ones miss", change("s_team_2", type="calculate", level_5_when="${q1} > 5"),
     ["the good examples earn 95 points: s_team_2 0", "the bad examples earn 5 points: s_team_2 5"]),
    # sections
    ("three questions", remove("q4", "q5"), ["section setup: 3 questions"]),
    ("eight questions", add("setup", *(asked(f"q{number}") for number in range(6, 9))), ["section setup: 8 questions"]),
    ("conditional ones do not count", both(change("q4", relevant="${q1} > 5"), remove("q5")), ["section setup: 3 questions"]),
    ("nor those the system knows", both(change("q4", prefill="system"), remove("q5")), ["section setup: 3 questions"]),
)


@pytest.mark.parametrize(("broken", "expected"), [(broken, expected) for _, broken, expected in BROKEN], ids=[name for name, *_ in BROKEN])
def test_exactly_what_is_broken_is_told(broken, expected):
    body = intact()
    broken(body)
    found = complaints(body)
    assert len(found) == len(expected or ()), found
    for complaint, beginning in zip(found, expected or (), strict=True):
        assert complaint.startswith(beginning)


@pytest.mark.parametrize(("choice", "told"), [
    ({"name": "Yes!", "label::zh": "是", "label::en": "yes"}, "q6: choice `Yes!` is no code"),
    ({"name": "maybe", "label::zh": "也许"}, "q6: choice `maybe` has no label in both languages"),
])
def test_choices(choice, told):
    body = intact()
    body["choices"]["yn"].append(choice)
    add("setup", asked("q6", "select_one", list_name="yn", good="yes", bad="no"))(body)
    assert complaints(body) == [told]


@pytest.mark.parametrize("count", [4, 5, 6, 7])
def test_four_to_seven_questions_are_right(count):
    body = intact()
    remove("q4", "q5")(body)
    add("setup", *(asked(f"q{number}") for number in range(4, count + 1)))(body)
    assert complaints(body) == []


def test_everything_is_told_at_once():
    body = intact()
    for broken in (change("q1", label__en=None), change("q2", relevant="${nobody} > 1"), change("s_team_1", score="4"), remove("q4", "q5")):
        broken(body)
    assert [complaint.split(":")[0] for complaint in complaints(body)] == ["q1", "q2", "section setup", "dimension team"]
