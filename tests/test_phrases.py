"""The phrase catalogue against the code: every text that is asked for exists in both languages, and none is there for nothing."""

import ast
import re
import string
import tomllib
from functools import cache
from pathlib import Path

import pytest

from lib.core import phrases, targets
from lib.core.access import PAGES, Action
from lib.core.grading import DIMENSIONS
from lib.core.model import Grade, Kind, Problem, Role, Stars, VillageClass
from lib.core.workflow import State
from lib.exchange import bundle_tables, registry_import, results_import

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "app.py", *sorted((ROOT / "lib").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
CATALOGUE = phrases.catalogue()
SPEAKS = {"t", "text", "say", "flash"}
"""Functions whose first argument is a code."""
REFUSES = {"Refused", "of"}
"""Those whose first argument is a code of the table `problem`."""


@cache
def trees() -> dict[str, ast.AST]:
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def is_phrase_call(call: ast.Call, names: set[str], tree: ast.AST) -> bool:
    if name_of(call) not in names or not call.args:
        return False
    if isinstance(call.func, ast.Name):  # `text` is also what some modules call their own helper
        return call.func.id != "text" or any(isinstance(node, ast.ImportFrom) and node.module == "lib.core.phrases" for node in ast.walk(tree))
    return isinstance(call.func.value, ast.Name) and call.func.value.id in ("phrases", "session", "Problem", "text", "base")


def helpers(tree: ast.AST) -> dict[str, str]:
    """A module's own shorthands, by name: the table of `def words(name): … phrases.text(f"slips.{name}", …)`."""
    found = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.args.args + function.args.posonlyargs:
            first = (function.args.posonlyargs + function.args.args)[0].arg
            for node in ast.walk(function):
                match node:
                    case ast.Call(args=[ast.JoinedStr(values=[ast.Constant(value=table), ast.FormattedValue(value=ast.Name(id=name))]), *_]) if (
                            name == first and is_phrase_call(node, SPEAKS, tree)):
                        found[function.name] = table
    return found


def patterns(node: ast.expr) -> list[str]:
    """The codes that an expression can be, as regular expressions; nothing where it is a variable."""
    match node:
        case ast.Constant(value=str(code)):
            return [re.escape(code)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*patterns(body), *patterns(orelse)]
        case ast.JoinedStr(values=values):
            return ["".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+" for part in values)]
    return []


def asked() -> list[tuple[str, str]]:
    """Place and pattern of every phrase that a call names."""
    found = []
    for path, tree in trees().items():
        own = helpers(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            place = f"{path}:{node.lineno}"
            if isinstance(node.func, ast.Name) and node.func.id in own and node.args:
                found += [(place, re.escape(own[node.func.id]) + each) for each in patterns(node.args[0])]
                continue
            for names, prefix in ((SPEAKS, ""), (REFUSES, "problem.")):
                if is_phrase_call(node, names, tree):
                    found += [(place, re.escape(prefix) + each) for each in patterns(node.args[0])]
            if name_of(node) in ("refuse", "warn") and len(node.args) >= 3:  # a check of an imported row: (row, column, code)
                found += [(place, r"problem\." + each) for each in patterns(node.args[2])]
    return found


def test_every_phrase_that_is_asked_for_exists():
    assert len(asked()) > 300
    missing = [f"{place} {pattern}" for place, pattern in asked() if not any(re.fullmatch(pattern, code) for code in CATALOGUE)]
    assert missing == []


FAMILIES = {
    "kind": Kind, "grade": Grade, "class": [*VillageClass, *Stars], "state": State, "role": Role, "dimension": DIMENSIONS, "action": Action,
    "status": targets.STATUSES, "measure": targets.MEASURES, "page": PAGES,
    "class_moment": targets.MOMENTS, "short": targets.MEASURES,
    "figure": targets.MEASURES, "formula": targets.MEASURES,
    "side": [f"{side}_{measure}" for side in ("counted", "missing") for measure in targets.MEASURES],
    "column": {*registry_import.COLUMNS, *results_import.COLUMNS},
    "sheet": [sheet.name for sheet in bundle_tables.SHEETS],
    "field": {field.name for sheet in bundle_tables.SHEETS for field in sheet.fields},
}


@pytest.mark.parametrize("table", FAMILIES)
def test_every_code_of_a_family_has_its_words(table):
    assert [code for code in FAMILIES[table] if f"{table}.{code}" not in CATALOGUE] == []


def test_what_a_check_returns_can_be_told():
    """`tally_problem`, `password_problem` and their like return codes that somebody else refuses with."""
    returned = {node.value.value for tree in trees().values() for function in ast.walk(tree)
                if isinstance(function, ast.FunctionDef) and function.name.endswith("_problem") for node in ast.walk(function)
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)}
    assert len(returned) > 6
    assert [code for code in returned if f"problem.{code}" not in CATALOGUE] == []


def test_every_event_of_a_history_has_its_sentence():
    from lib.ui import history

    assert [kind for kind in history.SENTENCES if f"history.{kind}" not in CATALOGUE] == []


# ---- both languages


def placeholders(text: str) -> list[str]:
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)


RULES = {  # what is wrong with a phrase
    "nothing in one language": lambda zh, en: not zh.strip() or not en.strip(),
    "other placeholders": lambda zh, en: placeholders(zh) != placeholders(en),
    "a placeholder without a name": lambda zh, en: not all(field.isidentifier() for field in placeholders(zh + en)),
    "Chinese in English": lambda zh, en: CHINESE.search(en),
    "half-width punctuation between Chinese": lambda zh, en: re.search(r"[\u4e00-\u9fff”）》][,;:?!][\u4e00-\u9fff“（《]", zh),
    "a half-width full stop": lambda zh, en: re.search(r"[\u4e00-\u9fff]\.(\s|$)", zh),
    "full-width punctuation in English": lambda zh, en: re.search(r"[，。；：？！（）、]", en),
    "blanks around Chinese": lambda zh, en: zh.strip(" ") != zh,
    "an emoji": lambda zh, en: re.search(r"[\U0001f000-\U0001faff\u2600-\u26ff\ufe0f]", zh + en),
}
CHINESE = re.compile(r"[\u3400-\u9fff]")
ALLOWED = {("map.note", "Chinese in English")}  # 示意图 stands on the map in every language (design §7)


@pytest.mark.parametrize("rule", RULES)
def test_every_phrase_is_right_in_both_languages(rule):
    assert len(CATALOGUE) > 500
    assert [code for code, text in CATALOGUE.items() if RULES[rule](text["zh"], text["en"]) and (code, rule) not in ALLOWED] == []


def test_the_file_has_every_code_once():
    """TOML refuses a key twice; a table written in two places would be overlooked, so its lines are counted."""
    text = phrases.FILE.read_text(encoding="utf-8")
    tomllib.loads(text)
    assert sum(bool(re.match(r'\s*"?[\w.]+"?\s*=\s*\{', line)) for line in text.splitlines()) == len(CATALOGUE)


def test_problems_say_what_to_do():
    """A problem is a whole sentence or more in both languages."""
    for code, phrase in CATALOGUE.items():
        if code.startswith("problem."):
            assert phrase["zh"][-1] in "。？！）", code
            assert phrase["en"][-1] in ".?!)", code


# ---- nothing unused


def constants() -> set[str]:
    """Every text in the code, docstrings left out, and every name that a keyword or an attribute has (`**facts(name=…)`)."""
    found = set()
    for tree in trees().values():
        documentation = {id(node.body[0].value) for node in ast.walk(tree)
                         if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body
                         and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                found |= {node.value, *re.split(r"[^\w.]+", node.value)}
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return found


def composed() -> list[re.Pattern]:
    """Every f-string of the code as a pattern, a group for each part that is filled in: `grade.{…}`, `review.note_{…}`, `{…}.all_{…}`."""
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.Constant) for part in node.values):
                pattern = "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"([\w.]+)" for part in node.values)
                found |= {pattern, pattern.split(":")[0]}  # "{…}_score:score": a column and its type
    return [re.compile(each) for each in found]


def test_no_phrase_is_unused():
    """A code stands in the code, or is put together there of parts that stand in the code."""
    known, patterns_ = constants(), composed()

    def stands(part: str, depth: int = 2) -> bool:
        # two parts side by side: f"{origin}{count}" of "paper_" and "issued"
        pairs = ((part[:cut], part[cut:]) for cut in range(1, len(part)) if part[cut - 1] == "_")
        return part in known or any(left in known and right in known for left, right in pairs) or (depth > 0 and any(
            (found := each.fullmatch(part)) and all(stands(group, depth - 1) for group in found.groups()) for each in patterns_))

    assert [code for code in CATALOGUE if not stands(code) and not stands(code.removeprefix("problem."))] == []


# ---- looking up


def test_a_problem_in_words():
    problem = Problem.of("grading.barred", grade="good", highest="average")
    assert phrases.explain(problem, "zh") == phrases.text("problem.grading.barred", "zh", grade="好", highest="一般")
    assert phrases.explain(problem, "en") == phrases.text("problem.grading.barred", "en", grade="Good", highest="Average")


@pytest.mark.parametrize("nasty", ["{name}", "{0}", "{", "}", "%s", "**x**", "{name.__class__}"])
def test_a_parameter_is_text_and_never_a_template(nasty):
    for language in phrases.LANGUAGES:
        assert nasty in phrases.text("problem.organization.unknown", language, code=nasty)
        assert nasty in phrases.explain(Problem.of("organization.unknown", code=nasty), language)


def test_an_unknown_code_is_an_error():
    with pytest.raises(KeyError):
        phrases.text("nothing.of_the_kind", "zh")
