"""Figures of a benchmark: quantiles, lines with their floors and limits, and the table that is printed."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADS = ("name", "measured", "p95", "floor", "ratio", "limit", "ok")


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0–1) of all values do not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def median(values: Iterable[float]) -> float:
    return quantile(values, 0.5)


@dataclass(frozen=True)
class Line:
    """One figure. `floor` is in the same unit; `ratio_limit` bounds measured ÷ floor, `limit` the measured figure itself.

    `paired` is the ratio where it was measured pair by pair, which stands more noise than the ratio of two medians.
    """

    name: str
    measured: float
    unit: str = "ms"
    p95: float | None = None
    floor: float | None = None
    ratio_limit: float | None = None
    limit: float | None = None
    paired: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.paired or (self.measured / self.floor if self.floor else None)

    @property
    def ok(self) -> bool | None:
        """Whether the limit is kept; None for a figure that is only printed."""
        if self.limit is None and self.ratio_limit is None:
            return None
        # written so that a figure that could not be measured (nan, no floor) does not pass
        ratio = math.nan if self.ratio is None else self.ratio
        return (self.limit is None or self.measured <= self.limit) and (self.ratio_limit is None or ratio <= self.ratio_limit)

    def cells(self) -> tuple[str, ...]:
        limits = [] if self.ratio_limit is None else [f"≤ {self.ratio_limit:g} ×"]
        limits += [] if self.limit is None else [f"≤ {self.limit:g} {self.unit}".rstrip()]
        verdict = {True: "yes", False: "MISSED", None: ""}[self.ok]
        return (self.name, f"{_short(self.measured)} {self.unit}".rstrip(), _short(self.p95), _short(self.floor),
                "" if self.ratio is None else f"{self.ratio:.2f} ×", ", ".join(limits), verdict)


def _short(number: float | None) -> str:
    """Three significant digits, whole numbers as they are."""
    if number is None:
        return ""
    return f"{number:.0f}" if number == int(number) or number >= 100 else f"{number:.3g}"


def table(lines: Sequence[Line]) -> str:
    """Lines as a Markdown table, so that it can be pasted into the README."""
    rows = [HEADS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    written = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([written[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *written[1:]])
