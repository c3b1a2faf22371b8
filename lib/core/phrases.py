"""Every text of the interface, looked up by code in `data/phrases.toml`, in Chinese and English side by side."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from lib.core.model import Problem, Words

LANGUAGES = ("zh", "en")
FILE = Path(__file__).resolve().parents[2] / "data" / "phrases.toml"


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Code → language → text; a code is `section.name`, with deeper tables joined by dots."""
    found: dict[str, Mapping[str, str]] = {}

    def collect(table: Mapping, prefix: str) -> None:
        for key, entry in table.items():
            if set(entry) == set(LANGUAGES):
                found[prefix + key] = entry
            else:
                collect(entry, f"{prefix}{key}.")

    collect(tomllib.loads(FILE.read_text(encoding="utf-8")), "")
    return found


def text(code: str, language: str, /, **params: object) -> str:
    """One phrase with its placeholders filled in. Raises KeyError for a code that the catalogue lacks: a test finds those."""
    phrase = catalogue()[code][language]
    return phrase.format(**params) if params else phrase


def listed(names: Iterable[str]) -> Words:
    """Codes one after the other, as a parameter of a problem: in each language with its own comma."""
    names = list(names)
    return Words("、".join(names), ", ".join(names))


SAME_TABLE = {"highest": "grade", "expected": "grade"}
"""Parameters that are codes of a table named otherwise."""


def explain(problem: Problem, language: str) -> str:
    """A problem in words: what happened, and what to do next. Parameters that are codes of the catalogue, or problems, are told in words too."""
    params = dict(problem.params)
    for name, given in params.items():
        if isinstance(given, Words):
            params[name] = getattr(given, language)
            continue
        if isinstance(given, Problem):
            params[name] = explain(given, language)
            continue
        code = f"{SAME_TABLE.get(name, name)}.{given}"
        if code in catalogue():
            params[name] = text(code, language)
    return text(f"problem.{problem.code}", language, **params)


class Unreadable(ValueError):
    """Data that cannot be read. `problems` say why, for a person in either language; str() is English, for a log and a traceback."""

    def __init__(self, *problems: Problem):
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(explain(problem, "en") for problem in self.problems)
