"""Counted counties as an overview: every figure of each and of all together against its target, ranked, and grades by kind.

A figure that a county's snapshot has no tables or columns for is not available: it is no 0, and its county is left out of the sum and of the rank.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lib.core import targets
from lib.core.model import Grade, Kind
from lib.core.program import Program
from lib.core.targets import Figure
from lib.rollup import measures
from lib.rollup.counting import Counts
from lib.rollup.sources import Given

GRADES = (*(grade.value for grade in Grade), "not_graded", "not_submitted")


@dataclass(frozen=True)
class Overview:
    """`figures`: county's code → figure's code → the figure, None where it is not available. `totals`: of all that have it, and how many
    these are. `ranks`: county → figure → its place, best first; equal rates share one. `grades`: county → (kind, grade) → organizations.
    """

    counties: tuple[Given, ...]
    program: Program
    codes: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Figure | None]]
    totals: Mapping[str, tuple[Figure | None, int]]
    ranks: Mapping[str, Mapping[str, int | None]]
    grades: Mapping[str, Mapping[tuple[str, str], int]]

    def organizations(self, county: str | None = None) -> int:
        """How many organizations a county has, or all."""
        return sum(sum(grades.values()) for code, grades in self.grades.items() if county in (None, code))

    def grade(self, kind: str, grade: str) -> int:
        """How many organizations of a kind have a grade, in all counties."""
        return sum(grades.get((kind, grade), 0) for grades in self.grades.values())

    @property
    def kinds(self) -> list[str]:
        """Kinds that occur."""
        found = {kind for grades in self.grades.values() for kind, _ in grades}
        return [kind.value for kind in Kind if kind in found]


def make(given: Sequence[Given], counted: Sequence[Counts], program: Program) -> Overview:
    codes = tuple(code for code in targets.shown(program) if code in measures.MEASURES)
    figures = {each.county: {code: _figure(code, program, [counts]) for code in codes} for each, counts in zip(given, counted, strict=True)}
    totals = {code: (_figure(code, program, counted), sum(code in counts.figures for counts in counted)) for code in codes}
    ranked = {code: _ranks({county: found[code] for county, found in figures.items()}) for code in codes}
    return Overview(tuple(given), program, codes, figures, totals, {county: {code: ranked[code][county] for code in codes} for county in figures},
                    {each.county: counts.grades for each, counts in zip(given, counted, strict=True)})


def _figure(code: str, program: Program, counted: Sequence[Counts]) -> Figure | None:
    """A figure over some counties: what they counted, added up, and rated once. None where none of them has it."""
    parts = [counts.figures[code] for counts in counted if code in counts.figures]
    if not parts:
        return None
    met, among, pleased, returned, rates = map(sum, zip(*parts, strict=True))
    if fixed := targets.MEASURES[code].fixed:  # a number that each county is to reach
        program = replace(program, settings={**program.settings, fixed: len(parts) * int(program.settings.get(fixed, 0))})
    if code != measures.BALLOTS:
        return targets.made(code, program, among, met)
    return targets.made(code, program, among, met, (pleased, returned) if returned else None, rates)


def _ranks(figures: Mapping[str, Figure | None]) -> dict[str, int | None]:
    rates = {county: figure.rate for county, figure in figures.items() if figure and figure.rate is not None}
    at_most = any(figure.at_most for figure in figures.values() if figure)
    better = Counter(rates.values())
    places, place = {}, 1
    for rate in sorted(better, reverse=not at_most):
        places[rate] = place
        place += better[rate]
    return {county: places[rates[county]] if county in rates else None for county in figures}
