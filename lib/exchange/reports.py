"""Ready-made tables for reports: computed from the same figures as the screens, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lib.core import phrases, targets
from lib.core.grading import half_up
from lib.core.model import Grade, Refused
from lib.store import cases, rounds
from lib.store.db import Database

TOTAL = "total"


@dataclass(frozen=True)
class Report:
    """A table: column codes, and rows of values in their order (text, whole numbers, decimals; None where nothing can be said)."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple, ...]

    def records(self) -> list[dict]:
        """Rows as mappings for JSON; decimals as numbers."""
        return [{column: float(value) if isinstance(value, Decimal) else value for column, value in zip(self.columns, row, strict=True)}
                for row in self.rows]


def share(count: int, total: int) -> Decimal | None:
    """Per cent with one decimal, rounded half up; None of nothing."""
    return Decimal(half_up(1000 * count, total)).scaleb(-1) if total else None


def grades(db: Database) -> Report:
    """Kind × grade: counts, and shares of those graded; the last row is the total of all kinds."""
    counts = targets.grades_by_kind(cases.table(db, rounds.current(db)))
    counts.loc[TOTAL] = counts.sum()
    names = [grade.value for grade in Grade]
    rows = []
    for kind, row in counts.iterrows():
        by_grade = [int(row[name]) for name in names]
        graded = sum(by_grade)
        label = phrases.text(f"report.{TOTAL}" if kind == TOTAL else f"kind.{kind}", "zh")
        rest = [int(row["not_graded"]), int(row["not_submitted"])]
        rows.append((kind, label, graded + sum(rest), graded, *by_grade, *rest, *(share(count, graded) for count in by_grade)))
    columns = ("kind", "kind_label", "organizations", "graded", *names, "not_graded", "not_submitted", *(f"{name}_pct" for name in names))
    return Report("grades", columns, tuple(rows))


REPORTS: Mapping[str, Callable[[Database], Report]] = {"grades": grades}


def make(db: Database, name: str) -> Report:
    """A report by its name, of the live store or a frozen one. Raises Refused for an unknown name."""
    if name not in REPORTS:
        raise Refused("report.unknown", name=name[:40], known=", ".join(REPORTS))
    return REPORTS[name](db)
