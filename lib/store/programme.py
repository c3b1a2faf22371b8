"""The tables that the plan's figures are counted over, one row for each thing that a figure counts; read once per revision of the store.

Every table has `code`, `name`, `organization`, `committee`, `committee_name`, `township`, `township_name`; the organizations' is the
table of cases with what registers, ledger and the survey's factual answers say of each. A closed organization is in none of them.
"""

import datetime as dt
from collections.abc import Mapping
from threading import Condition
from zoneinfo import ZoneInfo

import pandas as pd
from cachetools import LRUCache, cached

from lib.core.ledger import FINISHED, PLANNED, ItemState, Light
from lib.core.model import Grade, Kind, VillageClass
from lib.core.program import Program
from lib.core.registers import Standing
from lib.store import cases, events, ledger, records, rounds
from lib.store.db import Database
from lib.store.rounds import Round

PLACE = ("code", "name", "organization", "committee", "committee_name", "township", "township_name")
ANSWERS = ("venue_secured", "staff_full_time", "office_funds", "pay_secured", "secretary_trained", "windows", "setup_mode")
"""Factual answers of the survey that figures read (W5, W7–W11); corrections go through the survey."""
RULES = {"report": "rule_report", "appraise": "rule_appraise", "assess": "rule_assess"}
"""Standing rules of the whole county (P5): code in the register → figure."""
TWO_NEW = (Kind.PRIVATE_ENTERPRISE, Kind.SOCIAL_ORGANIZATION)
BACKWARD_CLASSES = (VillageClass.THIRD, VillageClass.FOURTH)
"""Villages that leading members take on (L1): the plan's 三、四类村."""
Tables = Mapping[str, pd.DataFrame]
KEPT = 6
"""Revisions kept in memory: the live one, a few that are going out of use, and frozen copies."""


def tables(db: Database, round_: Round, today: dt.date) -> Tables:
    """Every table by name (targets.Measure.over)."""
    program = round_.program
    register = _Registers(db)
    items = ledger.table(db, today, program.ledger.near_days)
    organizations = _organizations(db, round_, register, items)
    return {"organizations": organizations, "items": items[items["state"] != ItemState.DISMISSED.value],
            "committees": _committees(organizations, register), "townships": _townships(organizations, register, program),
            "leaders": _leaders(organizations, register, program), "census": _census(register, program), "exemplars": _exemplars(register)}


@cached(LRUCache(KEPT), key=lambda db, today: (*events.seen(db), today), condition=Condition())
def kept(db: Database, today: dt.date) -> Tables:
    """The tables of the current round, read once per revision of a store and day for everybody who looks; shared, so never change them."""
    return tables(db, rounds.current(db), today)


class _Registers:
    """The registers as tables, each read when it is first asked for; one that the pack does not have is empty."""

    def __init__(self, db: Database):
        self.db, self._known, self._read = db, set(records.names(db)), {}

    def __call__(self, name: str, *columns: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = records.table(self.db, name)
        table = self._read[name]
        return table if set(columns) <= set(table.columns) else table.reindex(columns=[*table.columns, *(set(columns) - set(table.columns))])

    def place(self, name: str, title: str, *columns: str) -> pd.DataFrame:
        """A register's records as rows of PLACE and `columns`."""
        table = self(name, title, *columns)
        named = table.assign(code=table["id"], name=table[title])
        return named[[*PLACE, *(column for column in dict.fromkeys(("id", "state", title, *columns)) if column not in PLACE)]].reset_index(drop=True)


def _edge(table: pd.DataFrame, day: str, by: str = "organization", *, last: bool = False) -> pd.Series:
    """The earliest, or the latest, day of each organization's (leader's, …) records that have one.

    By sorting once: the smallest text of each group, group by group, takes a second in a large county.
    """
    dated = table.loc[table[by].notna() & table[day].notna(), [by, day]].sort_values(day, ascending=not last, kind="stable")
    return dated.drop_duplicates(by).set_index(by)[day]


def _answers(db: Database, round_: Round) -> pd.DataFrame:
    """Factual answers of each organization's last submission (index); what the registry alone knows of windows stands in for an answer."""
    marks = ",".join("?" * len(ANSWERS))
    rows = db.conn.execute(
        f"""select s.organization, a.name, a.value from submissions s join submitted_answers a on a.submission = s.id and a.name in ({marks})
            where s.round = ? and s.version =
            (select max(v.version) from submissions v where v.round = s.round and v.organization = s.organization)""",
        (*ANSWERS, round_.code)).fetchall()
    known = db.conn.execute("select organization, name, value from registry_facts where name = 'windows'").fetchall()
    long = pd.DataFrame([*known, *rows], columns=["organization", "name", "value"]).drop_duplicates(["organization", "name"], keep="last")
    return long.pivot(index="organization", columns="name", values="value").reindex(columns=list(ANSWERS)) if len(long) else pd.DataFrame(
        columns=list(ANSWERS))


def _at_least(values: pd.Series, kinds: pd.Series, program: Program, setting: str) -> pd.Series:
    """Whether a number reaches the pack's setting for the kind; what was not answered does not."""
    needed = kinds.map({kind: float(program.settings_of(kind).get(setting, 0)) for kind in kinds.unique()}).astype(float)
    return (pd.to_numeric(values, errors="coerce") >= needed).fillna(False)


def _organizations(db: Database, round_: Round, register: _Registers, items: pd.DataFrame) -> pd.DataFrame:
    frame = cases.table(db, round_)
    by_code = frame.set_index("code", drop=False)
    new: dict[str, pd.Series] = {}
    codes = by_code.index

    def of(series: pd.Series) -> pd.Series:
        return series.reindex(codes)

    new["organization"] = by_code["code"]
    zone = ZoneInfo(round_.program.timezone)
    new["submitted_on"] = by_code["submitted_at"].map(lambda at: dt.datetime.fromisoformat(at).astimezone(zone).date().isoformat(),
                                                      na_action="ignore")
    # registers
    new["mobilized_on"] = of(_edge(register("mobilization", "held_on"), "held_on"))
    rules = register("standing_rules", "rule", "adopted_on")
    for code, figure in RULES.items():
        new[f"{figure}_on"] = of(_edge(rules[rules["rule"] == code], "adopted_on"))
    pairings = register("pairings", "leader", "since", "ended_on")
    pairings = pairings[pairings["ended_on"].isna()]
    new["paired_on"] = of(_edge(pairings, "since"))
    visits = register("visits", "visited_on")
    new["visits"] = of(visits.groupby("organization").size()).fillna(0).astype(int)
    new["visited_on"] = of(_edge(visits, "visited_on", last=True))
    # survey and training
    answers = _answers(db, round_).reindex(codes)
    rotation = register("rotation", "role", "completed_on")
    for role in ("secretary", "head"):
        new[f"{role}_trained_on"] = of(_edge(rotation[rotation["role"] == role], "completed_on"))
    by_survey = (answers["secretary_trained"] == "yes") & new["secretary_trained_on"].isna()
    new["secretary_trained_on"] = new["secretary_trained_on"].where(~by_survey, new["submitted_on"])
    new["venue"] = answers["venue_secured"] == "yes"
    new["staff_enough"] = _at_least(answers["staff_full_time"], by_code["kind"], round_.program, "staff_full_time")
    new["funds_enough"] = _at_least(answers["office_funds"], by_code["kind"], round_.program, "office_funds")
    new["secured"] = new["venue"] & new["staff_enough"] & new["funds_enough"]
    new["pay_and_funds"] = (answers["pay_secured"] == "yes") & new["funds_enough"]
    new["windows"] = pd.to_numeric(answers["windows"], errors="coerce").fillna(0).astype(int)
    appraised = register("window_appraisals", "appraiser", "held_on")
    appraised = appraised.drop_duplicates(["organization", "appraiser"])
    new["appraisers"] = of(appraised.groupby("organization").size()).fillna(0).astype(int)
    new["appraised_on"] = of(_edge(appraised, "held_on", last=True))
    # the ledger
    new["backward"] = (by_code["grade"] == Grade.POOR) | (by_code["class_now"] == VillageClass.FOURTH)
    counted = items[items["state"] != ItemState.DISMISSED.value]
    new["items"] = of(counted.groupby("organization").size()).fillna(0).astype(int)
    new["items_open"] = of(counted[~counted["state"].isin(FINISHED)].groupby("organization").size()).fillna(0).astype(int)
    new["items_overdue"] = of(counted[counted["light"] == Light.OVERDUE.value].groupby("organization").size()).fillna(0).astype(int)
    planned = counted[counted["state"].isin(PLANNED)]
    led = planned[planned["leader"].astype(bool) & planned["due_on"].astype(bool)]
    new["has_plan"] = of(planned.groupby("organization").size()).fillna(0) > 0
    new["ledger_on"] = of(_edge(led, "raised_on"))
    return pd.concat([by_code, pd.DataFrame(new, index=codes)], axis=1).reset_index(drop=True)


def _committees(organizations: pd.DataFrame, register: _Registers) -> pd.DataFrame:
    """Committees that answer for organizations, with their own kick-off meeting."""
    found = organizations.drop_duplicates("committee")
    township = organizations.groupby("committee")[["township", "township_name"]].agg(lambda places: places.iloc[0] if places.nunique() == 1 else None)
    held = register("mobilization", "held_on")
    own = _edge(held[held["organization"].isna()], "held_on", "committee")
    return pd.DataFrame({
        "code": found["committee"], "name": found["committee_name"], "organization": None, "committee": found["committee"],
        "committee_name": found["committee_name"], "township": found["committee"].map(township["township"]),
        "township_name": found["committee"].map(township["township_name"]), "mobilized_on": found["committee"].map(own)}).reset_index(drop=True)


def _townships(organizations: pd.DataFrame, register: _Registers, program: Program) -> pd.DataFrame:
    """Townships that have villages, with their approved five-good villages."""
    villages = organizations[(organizations["kind"] == Kind.VILLAGE) & organizations["township"].notna()]
    found = villages.drop_duplicates("township")
    sites = register("exemplars", "category", "nominated_on")
    approved = sites[(sites["category"] == "five_good") & (sites["state"] == Standing.APPROVED)]
    return pd.DataFrame({
        "code": found["township"], "name": found["township_name"], "organization": None, "committee": found["committee"],
        "committee_name": found["committee_name"], "township": found["township"], "township_name": found["township_name"],
        "villages": found["township"].map(villages["township"].value_counts()),
        "five_good_needed": int(program.settings.get("demo_sites", 0)),
        "five_good": found["township"].map(approved["township"].value_counts()).fillna(0).astype(int),
        "five_good_on": found["township"].map(_edge(approved, "nominated_on", "township", last=True))}).reset_index(drop=True)


def _leaders(organizations: pd.DataFrame, register: _Registers, program: Program) -> pd.DataFrame:
    """Leading members and cadres: what each is to take on and still lacks (L1), stays in a village (W1), training credits (W5)."""
    frame = register.place("leaders", "name", "post", "rank", "newly_promoted", "credits_required")
    pairings = register("pairings", "leader", "since", "ended_on")
    pairings = pairings[pairings["ended_on"].isna() & pairings["organization"].notna()]
    kinds = organizations.set_index("code")
    taken: dict[str, list[str]] = {}
    since = _edge(pairings, "since", "leader", last=True)
    for leader, code in zip(pairings["leader"], pairings["organization"], strict=True):
        if code in kinds.index:
            taken.setdefault(leader, []).append(code)
    backward = kinds[(kinds["kind"] == Kind.VILLAGE) & (kinds["class_start"].isin(BACKWARD_CLASSES) | kinds["class_now"].isin(BACKWARD_CLASSES)
                                                        | (kinds["grade"] == Grade.POOR))]
    offered = {"backward_village": set(backward.index), "village": set(kinds.index[kinds["kind"] == Kind.VILLAGE]),
               "community": set(kinds.index[kinds["kind"] == Kind.COMMUNITY]), "two_new": set(kinds.index[kinds["kind"].isin(TWO_NEW)])}
    near = {kind: set(kinds.loc[list(codes), "committee"]) for kind, codes in offered.items()}

    def needs(rank: str, committee: str) -> tuple[str, ...]:
        if rank == "secretary":  # where no village of the township's own is backward, or none at all, any village will do
            first = "village" if not offered["backward_village"] or committee in near["village"] - near["backward_village"] else "backward_village"
            return tuple(kind for kind in (first, "community", "two_new") if offered[kind])
        return ("village",) if rank == "member" else ()

    lacks = [tuple(kind for kind in needs(rank, committee) if not offered[kind] & set(taken.get(leader, ())))
             for leader, rank, committee in zip(frame["id"], frame["rank"], frame["committee"], strict=True)]
    frame["needs"] = [" ".join(needs(rank, committee)) for rank, committee in zip(frame["rank"], frame["committee"], strict=True)]
    frame["lacks"] = [" ".join(each) for each in lacks]
    frame["paired"] = [len(taken.get(leader, ())) for leader in frame["id"]]
    frame["paired_on"] = frame["id"].map(since)
    stays = register("stays", "leader", "assessed_on", "result")
    stays = stays[stays["assessed_on"].notna() & stays["result"].notna()]
    frame["stay_assessed_on"] = frame["id"].map(_edge(stays, "assessed_on", "leader", last=True))
    earned = register("credits", "leader", "credits", "earned_on")
    frame["earned"] = frame["id"].map(pd.to_numeric(earned["credits"]).groupby(earned["leader"]).sum()).fillna(0.0).astype(float)
    frame["earned_on"] = frame["id"].map(_edge(earned, "earned_on", "leader", last=True))
    required = float(program.settings_of(Kind.TOWNSHIP_COMMITTEE).get("credits_required", 0))
    frame["required"] = pd.to_numeric(frame["credits_required"], errors="coerce").fillna(required).astype(float)
    return frame


def _census(register: _Registers, program: Program) -> pd.DataFrame:
    """Firms and social organizations of the census (W8): operating ones, their members, how they are covered."""
    frame = register.place("census", "unit", "unit_kind", "operating", "members", "mode", "organized_on", "plan", "plan_on")
    modes = str(program.settings.get("coverage_modes", "single joint attached")).split()
    frame["members"] = pd.to_numeric(frame["members"], errors="coerce").fillna(0).astype(int)
    frame["covered"] = frame["mode"].isin(modes)
    return frame


def _exemplars(register: _Registers) -> pd.DataFrame:
    """Demonstration sites and model members, nominated and approved (W3)."""
    frame = register.place("exemplars", "title", "category", "field", "nominated_on")
    frame["approved"] = frame["state"] == Standing.APPROVED
    return frame


