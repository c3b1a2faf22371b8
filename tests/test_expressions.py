"""Expressions over answers: a table of expression × answers, what does not parse, and many threads at once."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.core import expressions
from lib.core.expressions import ExpressionError

NOTHING = []  # an unanswered question
NAN = "not a number"

# expression, answers, this answer (None: unanswered), value
TABLE = (
    # an unanswered question makes every comparison false, and so its negation true
    ("${a} = 'x'", {"a": "x"}, None, True),
    ("${a} = 'x'", {"a": "y"}, None, False),
    ("${a} = 'x'", {"a": NOTHING}, None, False),
    ("not(${a} = 'x')", {"a": NOTHING}, None, True),
    ("not(${a} = 'x')", {"a": "x"}, None, False),
    ("${a} > 3", {"a": NOTHING}, None, False),
    ("${a} <= 3", {"a": NOTHING}, None, False),
    ("not(${a} > 3)", {"a": NOTHING}, None, True),
    ("${a} = ${b}", {"a": NOTHING, "b": NOTHING}, None, False),
    ("${a} = ''", {"a": NOTHING}, None, True),
    ("${a} = ''", {"a": "x"}, None, False),
    ("${a} = 'x' or ${b} > 1", {"a": NOTHING, "b": 2}, None, True),
    ("${a} = 'x' and ${b} > 1", {"a": NOTHING, "b": 2}, None, False),
    # this answer
    (". > 3", {}, 4, True),
    (". > 3", {}, 3, False),
    (". > 3", {}, 0, False),
    (". > 3", {}, None, False),
    (". = 'yes'", {}, "yes", True),
    (". = 'yes'", {}, None, False),
    (". = ''", {}, None, True),
    (". = ''", {}, "x", False),
    (". >= 0 and . <= ${most}", {"most": 5}, 5, True),
    (". >= 0 and . <= ${most}", {"most": 5}, 6, False),
    (". >= 0 and . <= ${most}", {"most": NOTHING}, 0, False),
    (". * 2 < ${members}", {"members": 10}, 4, True),
    (". * 2 < ${members}", {"members": 10}, 5, False),
    (". < 0.9 * ${b}", {"b": 10}, 9, False),
    (". < 0.9 * ${b}", {"b": 10}, 8, True),
    # several choices
    ("selected(., 'a')", {}, "a b", True),
    ("selected(., 'a')", {}, "ab b", False),
    ("selected(., 'a')", {}, None, False),
    ("selected(${m}, 'b')", {"m": "a b"}, None, True),
    ("selected(${m}, 'b')", {"m": NOTHING}, None, False),
    ("count-selected(.)", {}, "a b c", 3),
    ("count-selected(.)", {}, None, 0),
    ("count-selected(${m}) < 3", {"m": "a b"}, None, True),
    # text
    ("string-length(.)", {}, "汉字", 2),
    ("string-length(.)", {}, None, 0),
    ("regex(., '[0-9]{3}')", {}, "123", True),
    ("regex(., '[0-9]{3}')", {}, "1234", False),
    ("regex(., '[0-9]{3}')", {}, "x123", False),
    ("regex(., '[0-9]')", {}, None, False),
    ("regex(., '[a-z].')", {}, "a!", True),  # the full stop in the pattern is not this answer
    ("regex(., '[a-z].')", {}, None, False),
    ("regex(${p}, '0913-[0-9]{7}')", {"p": "0913-6861234"}, None, True),
    # dates
    ("decimal-date-time(${d})", {"d": "1970-01-02"}, None, 1.0),
    ("decimal-date-time(${d})", {"d": "2012-04-10"}, None, 15440.0),
    ("decimal-date-time(${d})", {"d": NOTHING}, None, NAN),
    ("decimal-date-time(${d})", {"d": "10/4/2012"}, None, NAN),
    ("decimal-date-time(${today}) - decimal-date-time(.) > 90", {"today": "2012-04-10"}, "2012-01-10", True),
    ("decimal-date-time(${today}) - decimal-date-time(.) > 90", {"today": "2012-04-10"}, "2012-01-11", False),
    ("decimal-date-time(${today}) - decimal-date-time(.) > 90", {"today": "2012-04-10"}, None, False),
    ("decimal-date-time(.) <= decimal-date-time(${today})", {"today": "2012-04-10"}, "2012-04-10", True),
    # arithmetic with a missing answer has no value
    ("${a} + 1", {"a": 2}, None, 3),
    ("${a} - ${b}", {"a": 5, "b": 7}, None, -2),
    ("${a} - ${b}", {"a": 5, "b": NOTHING}, None, NOTHING),
    ("${a} * 2", {"a": NOTHING}, None, NOTHING),
    ("${a} div ${b}", {"a": 7, "b": 2}, None, 3.5),
    ("${a} + 1", {"a": "unsure"}, None, NAN),
    ("365.25 * ${years} > 3", {"years": "unsure"}, None, False),
    ("365.25 * ${years}", {"years": "2"}, None, 730.5),
    ("number(${a})", {"a": "7"}, None, 7.0),
    ("number(${a})", {"a": NOTHING}, None, NAN),
    ("true()", {}, None, True),
    ("false() or not(false())", {}, None, True),
)


def same(result, expected) -> bool:
    if expected == NAN:
        return isinstance(result, float) and math.isnan(result)
    return result == expected and isinstance(result, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(("expression", "answers", "this", "expected"), TABLE)
def test_value(expression, answers, this, expected):
    assert same(expressions.evaluate(expression, answers, this), expected)


@pytest.mark.parametrize("expression", [
    "", "(", "${a} =", "= 3", "1 +", "'x", "${a} ${b}", "selected(${a}", "selected(${a})", "count-selected(1, 2)", "foo(1)",
    "a = 'x'",  # a name without ${} would be an element, and the condition never true
    "$a = 'x'x", "..", "/a/b", "@x", "${a} | ${b}", "${a} mod 2",
    "today() = .", "if (${a} > 1) then 2 else 3", "if(${a} > 1, 2, 3)",  # ODK's and XPath's differ: neither
    "doc('/etc/passwd')", "unparsed-text('/etc/passwd')", "environment-variable('HOME')", "for $x in (1, 2) return $x", "count(//a)",
])
def test_what_is_no_expression_of_forms(expression):
    with pytest.raises(ExpressionError):
        expressions.parsed(expression)


@pytest.mark.parametrize(("expression", "answers", "this"), [
    ("${a} = 5", {"a": "5"}, None), ("${a} = '5'", {"a": 5}, None), ("${a} > 3", {"a": "many"}, None), ("regex(., '[')", {}, "x"),
])
def test_what_cannot_be_compared_is_an_error_of_the_form(expression, answers, this):
    expressions.parsed(expression)
    with pytest.raises(ExpressionError):
        expressions.evaluate(expression, answers, this)


@pytest.mark.parametrize(("expression", "answers", "expected"), [
    ("${a} div ${b}", {"a": 7, "b": 2}, 3.5),
    ("${a} div ${b}", {"a": 7, "b": NOTHING}, None),
    ("${a} div ${b}", {"a": 7, "b": 0}, None),  # infinite
    ("${a} - 1", {"a": "unsure"}, None),
    ("'x'", {}, None),
    ("${a} > 1", {"a": 2}, 1.0),
])
def test_number(expression, answers, expected):
    assert expressions.number(expression, answers) == expected


def test_an_empty_condition_holds():
    assert expressions.holds("", {}) is True
    assert expressions.holds("${a} > 1", {"a": NOTHING}) is False


def test_references():
    assert expressions.references("${b} > ${a} and . = ${b}") == {"a", "b"}
    assert expressions.references("") == set()


def test_about_leaves_quoted_full_stops_alone():
    assert expressions.about(". > 0.5 and regex(., '.[a-z].') and 1. < .", "n") == "${n} > 0.5 and regex(${n}, '.[a-z].') and 1. < ${n}"


def test_eight_threads_parse_and_evaluate_the_same():
    """Every thread meets expressions that nobody has parsed yet, beside others that parse and evaluate them."""
    rounds = 12
    expressions.parsed.cache_clear()
    expressions._evaluated.cache_clear()

    def work(worker: int) -> list[tuple[str, int]]:
        wrong = []
        for turn in range(rounds):
            for index in range(len(TABLE)):
                expression, answers, this, expected = TABLE[(index + worker * 7) % len(TABLE)]
                spelled = expression + " " * (turn + 1)  # so that it has to be parsed again
                if not same(expressions.evaluate(spelled, answers, this), expected):
                    wrong.append((spelled, worker))
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert [found for each in pool.map(work, range(8)) for found in each] == []
    assert expressions.parsed.cache_info().currsize >= rounds * len({row[0] for row in TABLE})
