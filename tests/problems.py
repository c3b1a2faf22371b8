"""What a check complains of, as code and parameters, and that it can be told in both languages."""

import re
from collections.abc import Callable, Iterable

import pytest

from lib.core import phrases
from lib.core.model import Problem, Words
from lib.core.phrases import Unreadable

CHINESE = re.compile(r"[\u3400-\u9fff]")
Said = tuple[str, dict[str, object]]


def said(code: str, **params: object) -> Said:
    """A complaint that is expected, with those of its parameters that matter: words in English, another problem as `said` gives it."""
    return code, params


def _same(found: object, expected: object) -> bool:
    if isinstance(found, Problem):
        code, params = expected
        given = dict(found.params)
        return found.code == code and all(name in given and _same(given[name], value) for name, value in params.items())
    return (found.en if isinstance(found, Words) else found) == expected


def _typed(problem: Problem) -> str:
    """All that the file itself says: what a sentence may hold in any language."""
    return "".join(_typed(value) if isinstance(value, Problem) else value.en if isinstance(value, Words) else str(value)
                   for _, value in problem.params)


def told(found: Iterable[Problem], expected: Iterable[Said]) -> None:
    """Exactly the complaints that are expected, in their order, each a sentence of its language."""
    found, expected = list(found), list(expected)
    assert len(found) == len(expected), found
    for problem, each in zip(found, expected, strict=True):
        assert _same(problem, each), (problem, each)
        assert CHINESE.search(phrases.explain(problem, "zh")), problem
        assert not set(CHINESE.findall(phrases.explain(problem, "en"))) - set(_typed(problem)), problem


def refused(act: Callable[[], object], *expected: Said) -> None:
    """What is read is not readable, for the reasons that are expected."""
    with pytest.raises(Unreadable) as error:
        act()
    told(error.value.problems, expected)
