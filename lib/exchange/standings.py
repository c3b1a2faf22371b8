"""Figures in words, and the townships ranked by one of them with what holds each back: for the screen and for papers alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib.core import targets, words
from lib.core.model import Grade, VillageClass
from lib.core.phrases import text
from lib.core.program import Program
from lib.core.targets import Figure, Tables
from lib.core.workflow import State

COUNTY_LEVEL = "county"
"""Stands for a township's code where organizations belong to none."""
PARTS = 2
"""Of what holds a place back, so many parts are named: the largest."""


def target_of(figure: Figure) -> str:
    """A figure's target in words: 100%, ≤2%."""
    return f"{'≤' if figure.at_most else ''}{figure.target:g}%"


def denominator(figure: Figure, language: str) -> str:
    """What a rate is a share of: 540/585, 21,436 ballots, the average of 533."""
    if figure.unit == targets.ORGANIZATIONS:
        return f"{figure.count}/{figure.total}"
    return text(f"figure.of_{figure.unit}", language, total=f"{figure.total:,}")


def gap_of(figure: Figure, language: str) -> str:
    """How far a figure is from its target, in words."""
    if figure.gap is None:
        return text("figure.nothing", language)
    if figure.gap == 0:
        return text("status.reached", language)
    return text("figure.above" if figure.at_most else "figure.short", language, points=words.points(figure.gap))


def shortfall(rows: pd.DataFrame, figure: Figure, language: str) -> tuple[str, str]:
    """What holds a place back: the measure's short name, and its cases in words ("已报待评 8，公示中 3"); the largest parts alone.

    `rows` are the place's, of the table that the figure is counted over.
    """
    short = text(f"short.{figure.code}", language)
    behind = targets.names(rows, figure.code, figure.at_most)
    match figure.code:
        case "submitted" | "graded":
            column, codes, section = "state", tuple(State), "state"
        case "good_share":
            column, codes, section = "grade", (Grade.AVERAGE, Grade.POOR), "grade"
        case "village_upper" | "village_fourth":
            column, codes, section = "class_now", (VillageClass.THIRD, VillageClass.FOURTH), "class"
        case "satisfaction":
            return short, text("ranking.below_bar", language, count=len(behind))
        case _:
            side = "counted" if figure.at_most else "missing"
            return short, text("ranking.part", language, label=text(f"side.{side}_{figure.code}", language), count=len(behind))
    counts = behind[column].value_counts()
    found = [(int(counts[code]), text(f"{section}.{code}", language)) for code in codes if counts.get(code)]
    if rest := len(behind) - sum(count for count, _ in found):
        found.append((rest, text("chart.unclassed", language)))
    largest = sorted(found, key=lambda part: -part[0])[:PARTS]
    comma = text("ranking.comma", language)
    return short, comma.join(text("ranking.part", language, label=label, count=count) for count, label in largest)


def held_back(tables: Tables, program: Program, language: str) -> dict[str, tuple[str, str]]:
    """What holds each township back (`shortfall`), by code; COUNTY_LEVEL for the organizations that belong to none."""
    worst = targets.worst_by_township(tables, program)
    if tables["organizations"]["township"].isna().any():
        worst[COUNTY_LEVEL] = targets.worst(targets.within(tables, township=""), program)

    def told(place: str, figure: Figure | None) -> tuple[str, str]:
        if figure is None:
            return "", text("ranking.nothing_short", language)
        rows = targets.rows_of(tables, figure.code)
        return shortfall(rows[rows["township"].isna() if place == COUNTY_LEVEL else rows["township"] == place], figure, language)

    return {place: told(place, figure) for place, figure in worst.items()}


@dataclass(frozen=True)
class Row:
    """One place: its figure, what holds it back (the measure's short name and the cases in words), and who answers for it.

    A row that stands `apart` (county-level organizations) is not ranked.
    """

    code: str
    name: str
    figure: Figure | None
    short: tuple[str, str]
    committee: str
    apart: bool = False


def ranked(rows: Sequence[Row], best_first: bool) -> list[tuple[int | None, Row]]:
    """Places with their rank: equal rates share one; places without a rate, then those apart, stand last and unranked."""
    def distance(row: Row) -> int:
        return row.figure.rate if row.figure.at_most else -row.figure.rate

    rated = sorted((row for row in rows if not row.apart and row.figure and row.figure.rate is not None), key=distance)
    distances = [distance(row) for row in rated]
    found = [(distances.index(distance(row)) + 1, row) for row in rated]
    if not best_first:
        found.reverse()
    rest = [row for row in rows if not row.apart and not (row.figure and row.figure.rate is not None)]
    return found + [(None, row) for row in (*rest, *(row for row in rows if row.apart))]


def rows(tables: Tables, program: Program, measure: str, names: Mapping[str, str], committees: Iterable[Mapping],
         held: Mapping[str, tuple[str, str]], language: str) -> list[Row]:
    """A row for each township of `names`, and one for the county level where it has organizations.

    `committees` are the registry's (name, township), `held` is what `held_back` gives.
    """
    counted = targets.rows_of(tables, measure)
    found = targets.by_township(counted, measure, program)
    answering = {row["township"]: row["name"] for row in reversed(list(committees)) if row["township"]}
    nothing = ("", text("map.nothing", language))
    made = [Row(code, name, found.get(code), held.get(code, nothing), answering.get(code, "")) for code, name in names.items()]
    apart = counted[counted["township"].isna()]
    if len(apart):
        made.append(Row(COUNTY_LEVEL, text("ranking.county_level", language), targets.figure(apart, measure, program), held[COUNTY_LEVEL],
                        text("ranking.committees", language, count=apart["committee"].nunique()), apart=True))
    return made
