"""The linter: an intact minimal form has no complaint, and every rule of docs/forms.md has a form that breaks exactly it."""

import copy

import pytest
from problems import said, told

from lib.core import forms, lint, phrases
from lib.core.grading import DIMENSIONS
from lib.core.model import Problem

LANGUAGES = phrases.LANGUAGES
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


def complaints(body: dict) -> list[Problem]:
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


def example(which: str, fault: str, value: str, name: str = "q2"):
    return said(f"lint.example_{fault}", item=name, header=which, value=value)


def lacks(name: str, *headers: str):
    return [said("lint.text_missing", item=name, header=header) for header in headers]


# what is broken -> the complaints in order
BROKEN = (
    # unknown references, in every column that has expressions
    ("relevant refers", change("q2", relevant="${qq1} > 0"), [said("lint.reference", item="q2", header="relevant", names="qq1")]),
    ("constraint refers", change("q2", constraint=". > ${a} + ${b}", constraint_message__zh="x", constraint_message__en="x"),
     [said("lint.reference", item="q2", header="constraint", names="a, b")]),
    ("problem refers", change("q2", problem_when=". > ${a}"), [said("lint.reference", item="q2", header="problem_when", names="a")]),
    ("cap refers", change("s_team_1", caps=["${a} > 5 => 1"]), [said("lint.reference", item="s_team_1", header="caps", names="a")]),
    ("calculation refers", add("team", row("c", "calculate", calculation="${a} + 1")),
     [said("lint.reference", item="c", header="calculation", names="a")]),
    ("level refers", change("s_team_2", type="calculate", level_5_when="${a} > 5"),
     [said("lint.reference", item="s_team_2", header="level_5_when", names="a")]),
    # expressions that are none
    ("does not parse", change("q2", relevant="${q1} >"),
     [said("lint.unreadable", item="q2", header="relevant", detail=said("expression.syntax", expression="${q1} >"))]),
    ("a name without ${}", change("q2", relevant="q1 = 5"),
     [said("lint.unreadable", item="q2", header="relevant", detail=said("expression.word", expression="q1 = 5", word="q1"))]),
    ("a foreign function", change("q2", relevant="doc('x') = 'x'"),
     [said("lint.unreadable", item="q2", header="relevant", detail=said("expression.word", expression="doc('x') = 'x'", word="doc"))]),
    ("!=", change("q2", relevant="${q1} != 9"), [said("lint.unequal", item="q2", header="relevant")]),
    ("a circle", change("q1", relevant="${q1} > 0"), [said("form.circle", item="q1", names="q1 → q1")]),
    ("a number against a code", change("q2", problem_when=". = '9'"), [said("expression.value", expression="(${q2} = '9')")]),
    # names
    *((what, add("setup", asked(name)), [said("lint.name", item=name)]) for what, name in (
        ("capitals", "Q5"), ("two underscores", "q__what"), ("a hyphen", "q-5"), ("starts with a digit", "5q"), ("Chinese", "题"))),
    ("twice", add("setup", asked("q6"), asked("q6")), [said("lint.name_twice", item="q6", count=2)]),
    ("the system's", add("setup", asked("today")), [said("lint.name_taken", item="today")]),
    # translations
    ("a section's label", without("groups", "0", "label::en"), [said("lint.section_label", section="setup", header="label::en")]),
    ("a label", change("q1", label__en=None), lacks("q1", "label::en")),
    ("a blank label", change("q1", label__zh=" "), lacks("q1", "label::zh")),
    ("a hint in one language", change("q1", hint__zh="数名册"), lacks("q1", "hint::en")),
    ("no message for a constraint", change("q1", constraint=". >= 0"), lacks("q1", "constraint_message::zh", "constraint_message::en")),
    ("no title for a problem", change("q1", problem__zh=None, problem__en=None), lacks("q1", "problem::zh", "problem::en")),
    ("evidence in one language", change("s_team_1", evidence__en="paper"), lacks("s_team_1", "evidence::zh")),
    ("a level in one language", change("s_team_1", level_3__en=None), lacks("s_team_1", "level_3::en")),
    # choices
    ("no list", add("setup", asked("q6", "select_one", list_name="nowhere", good="yes", bad="yes")), [said("lint.list", item="q6", name="nowhere")]),
    ("a calculate of nothing", add("team", row("c", "calculate")), [said("lint.calculate", item="c")]),
    # scores
    ("a level not described", change("s_team_1", level_3__zh=None, level_3__en=None), [said("lint.levels", item="s_team_1", levels="5, 3, 1, 0")]),
    ("a dimension too small", change("s_team_1", score="4"), [said("lint.dimension_points", name="team", points="19", wanted="20")]),
    ("a dimension too large", add("team", scored("s_more", "team")), [said("lint.dimension_points", name="team", points="25", wanted="20")]),
    ("an unknown dimension", change("s_team_1", dimension="teem"),
     [said("lint.dimension_points", name="team", points="15", wanted="20"), said("lint.dimension_unknown", item="s_team_1", name="teem")]),
    ("two that may not apply", lambda body: [item(body, name).update(na="yes") for name in ("s_team_1", "s_team_2")],
     [said("lint.not_applicable", name="team")]),
    # examples
    ("a bad example that is none", change("q2", bad="5"),
     [said("lint.bad_is_none", item="q2", header="bad", condition="problem_when", value="5")]),
    ("a soft one that is none", change("q2", problem_when=None, concern_when=". > 5", bad="5"),
     [said("lint.bad_is_none", item="q2", header="bad", condition="concern_when", value="5")]),
    ("a hard one that is only soft", change("q2", concern_when=". > 3", bad="4"),
     [said("lint.bad_is_none", item="q2", header="bad", condition="problem_when", value="4")]),
    ("a good example that is bad", change("q2", good="6"), [said("lint.good_is_problem", item="q2", header="good", value="6")]),
    ("a good example beyond the constraint", change("q2", constraint=". > 0", constraint_message__zh="x", constraint_message__en="x"),
     [example("good", "constraint", "0")]),
    ("no example", change("q2", good=None), [example("good", "required", "")]),
    ("no bad example", add("setup", asked("q6", bad="")), [example("bad", "required", "", "q6")]),
    ("an example of another type", change("q2", good="many"), [example("good", "type", "many")]),
    ("an example that is no choice", add("setup", asked("q6", "select_one", list_name="yn", good="maybe", bad="no")),
     [example("good", "type", "maybe", "q6")]),
    ("a cap that the bad examples do not set off", change("s_team_1", caps=["${q1} > 10 => 1"]),
     [said("lint.cap_bad", item="s_team_1", expression="${q1} > 10")]),
    ("a cap that the good ones set off", change("s_team_1", caps=["${q1} < 10 => 1"]),
     [said("lint.example_points", header="good", points="96", wanted="100", names="s_team_1 1"),
      said("lint.cap_good", item="s_team_1", expression="${q1} < 10")]),
    ("a computed level that the good ones miss", change("s_team_2", type="calculate", level_5_when="${q1} > 5"),
     [said("lint.example_points", header="good", points="95", wanted="100", names="s_team_2 0"),
      said("lint.example_points", header="bad", points="5", wanted="0", names="s_team_2 5")]),
    # sections
    *((what, broken, [said("lint.section_questions", section="setup", count=count, fewest=4, most=7)]) for what, count, broken in (
        ("three questions", 3, remove("q4", "q5")),
        ("eight questions", 8, add("setup", *(asked(f"q{number}") for number in range(6, 9)))),
        ("conditional ones do not count", 3, both(change("q4", relevant="${q1} > 5"), remove("q5"))),
        ("nor those the system knows", 3, both(change("q4", prefill="system"), remove("q5"))))),
)


@pytest.mark.parametrize(("broken", "expected"), [(broken, expected) for _, broken, expected in BROKEN], ids=[name for name, *_ in BROKEN])
def test_exactly_what_is_broken_is_told(broken, expected):
    body = intact()
    broken(body)
    told(complaints(body), expected)


@pytest.mark.parametrize(("choice", "expected"), [
    ({"name": "Yes!", "label::zh": "是", "label::en": "yes"}, said("lint.choice_code", item="q6", choice="Yes!")),
    ({"name": "maybe", "label::zh": "也许"}, said("lint.choice_label", item="q6", choice="maybe")),
])
def test_choices(choice, expected):
    body = intact()
    body["choices"]["yn"].append(choice)
    add("setup", asked("q6", "select_one", list_name="yn", good="yes", bad="no"))(body)
    told(complaints(body), [expected])


def test_every_complaint_is_broken_by_some_form():
    """A rule whose words nobody has seen is one whose words may be wrong."""
    seen = {code for _, _, expected in BROKEN for code, _ in expected} | {"lint.choice_code", "lint.choice_label"}
    known = {code.removeprefix("problem.") for code in phrases.catalogue() if code.startswith("problem.lint.")}
    assert known - seen == set()


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
    told(complaints(body), [*lacks("q1", "label::en"), said("lint.reference", item="q2"), said("lint.section_questions", section="setup"),
                            said("lint.dimension_points", name="team")])
