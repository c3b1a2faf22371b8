"""XForms XPath expressions over a set of answers.

An expression is parsed once, when its form is loaded (parsing is not thread-safe, evaluating is), and evaluated with the
answers as variables. An unanswered question is the empty sequence: every comparison with it is false, as in ODK, except
`!=`, which the linter therefore refuses.
"""

import datetime as dt
import math
import re
import threading
from functools import cache, lru_cache

from elementpath import ElementPathError, XPath2Parser, XPathContext, XPathToken

from lib.core.model import Problem
from lib.core.phrases import Unreadable

EPOCH = dt.date(1970, 1, 1)
REFERENCE = re.compile(r"\$\{(\w+)\}")
THIS = re.compile(r"(?<![\w.'\"/])\.(?![\w.])")
QUOTED_OR_THIS = re.compile(r"('[^']*'|\"[^\"]*\")|" + THIS.pattern)
Value = int | float | str | list


class ExpressionError(Unreadable):
    """An expression that does not parse, or that compares what cannot be compared (a code with a number)."""


WORDS = frozenset({"(", "$", "(name)", ".", "(integer)", "(decimal)", "(float)", "(string)", "=", "!=", "<", "<=", ">", ">=", "and", "or", "not",
                   "+", "-", "*", "div", "true", "false", "number", "string", "string-length", "selected", "count-selected", "regex",
                   "decimal-date-time"})
"""The vocabulary (docs/forms.md). XPath has more: a name without ${} would be an element, which is never there; doc() opens files."""


def _text(argument) -> str:
    if isinstance(argument, list):
        argument = argument[0] if argument else ""
    return "" if argument is None else str(argument)


def _selected(answer, code) -> bool:
    return _text(code) in _text(answer).split()


def _count_selected(answer) -> int:
    return len(_text(answer).split())


def _regex(answer, pattern) -> bool:
    return re.fullmatch(_text(pattern), _text(answer)) is not None


def _decimal_date_time(date) -> float:
    """Days since 1970-01-01, as in ODK; NaN for a missing or malformed date, so that comparisons are false."""
    try:
        return float((dt.date.fromisoformat(_text(date)) - EPOCH).days)
    except ValueError:
        return math.nan


_parser = XPath2Parser(compatibility_mode=True)
_parser.external_function(_selected, name="selected")
_parser.external_function(_count_selected, name="count-selected")
_parser.external_function(_regex, name="regex")
_parser.external_function(_decimal_date_time, name="decimal-date-time")
_parse_lock = threading.Lock()


@cache
def about(expression: str, name: str) -> str:
    """An expression about `.` as one about a named answer. A full stop in a quoted text is left alone."""
    return QUOTED_OR_THIS.sub(lambda found: found[1] or f"${{{name}}}", expression)


@cache
def references(expression: str) -> frozenset[str]:
    """Names of the answers that an expression reads."""
    return frozenset(REFERENCE.findall(expression or ""))


@cache
def parsed(expression: str) -> XPathToken:
    """Parsed form of an expression. Raises ExpressionError."""
    # an unanswered question is '' in XForms and () here: compare its string with ''
    xpath = re.sub(r"(\$\{\w+\}|" + THIS.pattern + r")\s*(=|!=)\s*''", r"string(\1) \2 ''", expression)
    xpath = REFERENCE.sub(r"$\1", xpath)
    with _parse_lock:
        try:
            root = _parser.parse(xpath)
        except ElementPathError as error:
            raise ExpressionError(Problem.of("expression.syntax", expression=expression, detail=str(error))) from error
    variables = {id(token[0]) for token in root.iter("$")}
    foreign = [token.value if token.symbol == "(name)" else token.symbol for token in root.iter()
               if token.symbol not in WORDS or (token.symbol == "(name)" and id(token) not in variables)]
    if foreign:
        raise ExpressionError(Problem.of("expression.word", expression=expression, word=foreign[0]))
    return root


def evaluate(expression: str, answers: dict[str, Value], this: Value | None = None):
    """Value of an expression. `answers` has every name it refers to; `[]` stands for unanswered."""
    if this is None and (named := about(expression, "__this")) != expression:
        # `.` must be the empty sequence while unanswered, which a context item cannot be
        return evaluate(named, {**answers, "__this": []})
    # a context checks every variable it is given, which costs ten times the evaluation: only those that are read
    read = [(name, None if (value := answers[name]) == [] else value) for name in _order(expression) if name in answers]
    return _evaluated(expression, "" if this is None else this, tuple(name for name, _ in read), *(value for _, value in read))


@cache
def _order(expression: str) -> tuple[str, ...]:
    return tuple(sorted(references(expression)))


@lru_cache(maxsize=20_000, typed=True)
def _evaluated(expression: str, this: Value, names: tuple[str, ...], *values: Value | None):
    """An expression's value depends on nothing but its answers, and most are codes that come again: remembered. None is unanswered."""
    variables = {name: [] if value is None else value for name, value in zip(names, values, strict=True)}
    try:
        return parsed(expression).evaluate(XPathContext(None, item=this, variables=variables))
    except (ElementPathError, re.error) as error:
        raise ExpressionError(Problem.of("expression.value", expression=expression, detail=str(error))) from error


def holds(expression: str, answers: dict[str, Value], this: Value | None = None) -> bool:
    """Whether a condition is true. An empty condition is."""
    return not expression or bool(evaluate(expression, answers, this))


def number(expression: str, answers: dict[str, Value]) -> float | None:
    """Numeric value of a calculation; None while an answer that it needs is missing, and for a division by nothing."""
    result = evaluate(expression, answers)
    if isinstance(result, list):
        result = result[0] if result else None
    if result is None or isinstance(result, bool):
        return None if result is None else float(result)
    try:
        value = float(result)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
