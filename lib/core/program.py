"""The county's programme: phases, weights, thresholds, rules and targets, read from the pack's `program.toml`."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lib.core.model import Grade, Kind

Text = Mapping[str, str]


class ProgramError(ValueError):
    """A programme that cannot govern a round."""


@dataclass(frozen=True)
class Phase:
    code: str
    name: Text
    starts: dt.date
    ends: dt.date  # inclusive


@dataclass(frozen=True)
class Rule:
    """A veto or a cap on the grade. Without `when` a reviewer enters that it was found."""

    code: str
    name: Text
    found_by: Text
    kinds: frozenset[str]
    when: str = ""
    sets: Grade | None = None
    not_above: Grade | None = None
    demote: int = 0

    def concerns(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Target:
    code: str
    value: float  # per cent
    at_most: bool = False
    phase: str = ""  # counts only once this phase has begun


@dataclass(frozen=True)
class LedgerRule:
    """Days of the rectification ledger: within which a drafted item must be confirmed, its usual term, and "near due"."""

    confirm_days: int = 7
    term_days: int = 60
    near_days: int = 10
    low_level: int = 1  # a scored item at or below this level is drafted too


HEADLINE = ("submitted", "graded", "good_share", "satisfaction", "village_upper", "village_fourth")
MAPPED = ("submitted", "graded", "good_share", "satisfaction", "village_upper")


@dataclass(frozen=True)
class Program:
    """A round's programme. Scores and thresholds are hundredths of a point, shares of weights are per cent."""

    year: int
    county: str
    name: Text
    title: Text
    office: Text
    timezone: str
    phases: tuple[Phase, ...]
    submit_by: dt.date
    notice_days: int
    gap: int
    weights: Mapping[str, int]
    thresholds: Mapping[Grade, int]
    class_thresholds: Mapping[str, int]
    needs_nomination: frozenset[str]
    star_thresholds: Mapping[str, int]
    rules: tuple[Rule, ...]
    settings: Mapping[str, object]
    targets: tuple[Target, ...]
    near: float
    behind: float
    ledger: LedgerRule
    assessment: Mapping[str, int]  # target code → weight in the annual assessment (L3)
    headline: tuple[str, ...]  # figures that the overview opens on
    mapped: tuple[str, ...]  # figures that its map and ranking show
    held_back: tuple[str, ...]  # figures among which a place's worst one is sought

    def settings_of(self, kind: str) -> dict[str, str]:
        """The settings' values for one kind of organization, as text for expressions."""
        return {name: str(value.get(kind, value.get("default", "")) if isinstance(value, Mapping) else value)
                for name, value in self.settings.items()}

    def phases_on(self, day: dt.date) -> tuple[Phase, ...]:
        """The phases a day is in: none before the year's work, or two at once."""
        return tuple(phase for phase in self.phases if phase.starts <= day <= phase.ends)

    def target(self, code: str) -> Target:
        return next(target for target in self.targets if target.code == code)

    def begun(self, code: str, day: dt.date) -> bool:
        """Whether a target counts already: the phase that it belongs to has begun."""
        phase = self.target(code).phase
        return all(each.starts <= day for each in self.phases if each.code == phase)


def _rule(row: Mapping) -> Rule:
    return Rule(
        code=row["code"], name=row["name"], found_by=row["found_by"], kinds=frozenset(Kind(k) for k in row.get("kinds", ())),
        when=row.get("when", ""), sets=Grade(row["is"]) if "is" in row else None,
        not_above=Grade(row["not_above"]) if "not_above" in row else None, demote=row.get("demote", 0))


@lru_cache(maxsize=32)
def parse(text: str, year: int | None = None) -> Program:
    """Programme from the text of a `program.toml`, for the pack's own year or another. Raises ProgramError."""
    try:
        data = tomllib.loads(text)
        county, grading = data["county"], data["grading"]
        year = year or county["year"]

        def day(month_day: str) -> dt.date:
            return dt.date.fromisoformat(f"{year}-{month_day}")

        def hundredths(values: Mapping[str, float]) -> dict[str, int]:
            return {key: round(100 * value) for key, value in values.items()}

        program = Program(
            year=year, county=county["code"], name=county["name"], title=county["title"], office=county["office"],
            timezone=county["timezone"],
            phases=tuple(Phase(p["code"], p["name"], day(p["starts"]), day(p["ends"])) for p in data["phases"]),
            submit_by=day(grading["submit_by"]), notice_days=grading["notice_days"], gap=round(100 * grading["gap_points"]),
            weights=grading["weights"],
            thresholds={Grade(g): v for g, v in hundredths(grading["thresholds"]).items()},
            class_thresholds=hundredths(data["classes"]["thresholds"]),
            needs_nomination=frozenset(data["classes"]["needs_nomination"]),
            star_thresholds=hundredths(data["stars"]["thresholds"]),
            rules=tuple(_rule(row) for row in data.get("rules", ())), settings=data.get("settings", {}),
            targets=tuple(Target(t["code"], t["target"], t.get("at_most", False), t.get("phase", "")) for t in data["targets"]),
            near=data["status"]["near"], behind=data["status"]["behind"], ledger=LedgerRule(**data.get("ledger", {})),
            assessment=data.get("assessment", {}).get("weights", {}),
            headline=tuple(data.get("overview", {}).get("headline", HEADLINE)), mapped=tuple(data.get("overview", {}).get("mapped", MAPPED)),
            held_back=tuple(data.get("overview", {}).get("held_back", HEADLINE)))
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise ProgramError(f"program.toml: {error!r}") from error
    if sum(program.weights.values()) != 100 or set(program.weights) != {"self", "appraisal", "review"}:
        raise ProgramError("program.toml: the weights of self, appraisal and review must add up to 100")
    if unknown := {*program.assessment, *program.headline, *program.mapped, *program.held_back} - {target.code for target in program.targets}:
        raise ProgramError(f"program.toml: {', '.join(sorted(unknown))} is no target, but is assessed or shown on the overview")
    return program
