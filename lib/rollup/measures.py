"""The plan's figures as SQL over the bundle's tables: what `lib.core.targets` says over data frames. A test holds the two together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lib.core.ledger import DONE, PLANNED, ItemState
from lib.core.model import Grade, Kind, VillageClass
from lib.core.program import Program
from lib.core.registers import Standing
from lib.core.targets import APPRAISERS, ELIGIBLE_MEMBERS, UPPER_CLASSES
from lib.core.workflow import HANDED_IN, State
from lib.store.programme import BACKWARD_CLASSES

LEDGER, REGISTERS = ("ledger",), ("records", "record_answers")
"""Tables that an older snapshot may lack."""
WINDOWS = ("cases.windows",)
"""A column that a bundle of an older program lacks."""
ANSWERS = ("venue_secured", "staff_full_time", "office_funds", "pay_secured", "secretary_trained")
BALLOTS = "satisfaction"
"""The figure that is a rate of ballots, or where there are none an average of rates."""
VALUES = {
    "mobilization": ("held_on",), "standing_rules": ("rule", "adopted_on"), "pairings": ("leader", "since", "ended_on"),
    "rotation": ("role", "completed_on"), "leaders": ("rank", "newly_promoted", "credits_required"),
    "stays": ("leader", "assessed_on", "result"), "credits": ("leader", "credits"), "exemplars": ("category",),
    "census": ("operating", "members", "mode", "plan", "plan_on"), "window_appraisals": ("appraiser",)}
"""Register → what is read of its records."""


@dataclass(frozen=True)
class Measure:
    """A figure: the table whose rows it looks at, among which, which of them it counts, and what it cannot do without (tables, `table.column`)."""

    over: str
    among: str
    counted: str
    needs: tuple[str, ...] = ()


def listed(codes: Iterable[str]) -> str:
    """Codes as a list of SQL."""
    return "(" + ", ".join(f"'{code}'" for code in codes) + ")"


VILLAGE, COMMUNITY = f"kind = '{Kind.VILLAGE}'", f"kind = '{Kind.COMMUNITY}'"
SELF_GOVERNED = f"kind in {listed((Kind.VILLAGE, Kind.COMMUNITY))}"
TWO_NEW = f"kind in {listed((Kind.PRIVATE_ENTERPRISE, Kind.SOCIAL_ORGANIZATION))}"
BACKWARD = f"{VILLAGE} and (class_start in {listed(BACKWARD_CLASSES)} or class_now in {listed(BACKWARD_CLASSES)} or grade = '{Grade.POOR}')"
TAKEN_ON = {"backward": BACKWARD, "village": VILLAGE, "community": COMMUNITY, "two_new": TWO_NEW}
"""What a leading member may have to take on one of → which organizations these are."""
GOOD = f"grade in {listed((Grade.GOOD, Grade.FAIRLY_GOOD))}"

MEASURES: Mapping[str, Measure] = {
    "submitted": Measure("organizations", "true", f"state in {listed(HANDED_IN)}"),
    "graded": Measure("organizations", "true", f"state = '{State.APPROVED}'"),
    "good_share": Measure("organizations", "grade is not null", GOOD),
    "satisfaction": Measure("organizations", "satisfaction is not null", "satisfaction >= 9000"),
    "village_upper": Measure("organizations", VILLAGE, f"class_now in {listed(UPPER_CLASSES)}"),
    "village_fourth": Measure("organizations", VILLAGE, f"class_now = '{VillageClass.FOURTH}'"),
    "mobilized": Measure("organizations", "true", "mobilized", REGISTERS),
    "committees_mobilized": Measure("committees", "true", "mobilized", REGISTERS),
    "villages_paired": Measure("organizations", VILLAGE, "paired", REGISTERS),
    "stays_assessed": Measure("leaders", "newly_promoted = 'yes'", "stayed", REGISTERS),
    "exemplar_sites": Measure("exemplars", "category = 'site'", "approved", REGISTERS),
    "exemplar_members": Measure("exemplars", "category = 'member'", "approved", REGISTERS),
    "five_good_townships": Measure("townships", "true", "five_good >= five_good_needed", REGISTERS),
    "secretaries_trained": Measure("organizations", SELF_GOVERNED, "secretary_trained", REGISTERS),
    "heads_trained": Measure("organizations", VILLAGE, "head_trained", REGISTERS),
    "credits_earned": Measure("leaders", "township is not null and required > 0", "earned >= required", REGISTERS),
    "backward_ledger": Measure("organizations", f"grade = '{Grade.POOR}' or class_now = '{VillageClass.FOURTH}'", "has_ledger", LEDGER),
    "signed_off": Measure("items", "true", f"state = '{ItemState.SIGNED_OFF}'", LEDGER),
    "overdue": Measure("items", f"state <> '{ItemState.SIGNED_OFF}'", f"not (state in {listed(DONE)} and applied_on is not null) and due_on < day",
                       LEDGER),
    "community_staff": Measure("organizations", COMMUNITY, "staff_enough"),
    "community_funds": Measure("organizations", COMMUNITY, "funds_enough"),
    "community_venue": Measure("organizations", COMMUNITY, "venue"),
    "community_secured": Measure("organizations", COMMUNITY, "venue and staff_enough and funds_enough"),
    "covered_operating": Measure("census", "operating = 'yes'", "covered", REGISTERS),
    "covered_eligible": Measure("census", f"operating = 'yes' and members >= {ELIGIBLE_MEMBERS}", "covered", REGISTERS),
    "coverage_planned": Measure("census", "operating = 'yes' and not covered", "plan is not null and plan_on is not null", REGISTERS),
    "windows_appraised": Measure("organizations", "windows > 0", f"appraisers >= {APPRAISERS}", (*REGISTERS, *WINDOWS)),
    "village_venue": Measure("organizations", VILLAGE, "venue"),
    "two_new_venue": Measure("organizations", TWO_NEW, "venue"),
    "village_pay": Measure("organizations", VILLAGE, "pay and funds_enough"),
    "rule_report": Measure("organizations", "true", "rule_report", REGISTERS),
    "rule_appraise": Measure("organizations", "true", "rule_appraise", REGISTERS),
    "rule_assess": Measure("organizations", "true", "rule_assess", REGISTERS),
    "leaders_complete": Measure("leaders", " or ".join(f"needs_{kind}" for kind in TAKEN_ON),
                                " and ".join(f"(not needs_{kind} or has_{kind})" for kind in TAKEN_ON), REGISTERS),
}


def tables(program: Program) -> list[str]:
    """What figures are counted over, made in this order of the tables that lib.rollup.counting reads in: `k` is the county, `township` null
    at county level. Each is made once, since dozens of figures ask for it."""
    modes = str(program.settings.get("coverage_modes", "single joint attached")).split()
    credits_required = float(program.settings_of(Kind.TOWNSHIP_COMMITTEE).get("credits_required") or 0)
    return [
        f"""create table said as select a.k, a.organization, {_by_item(ANSWERS)} from answers a
            join submissions s on s.k = a.k and s.id = a.submission join latest_rounds l on l.k = s.k and l.code = s.round
            group by a.k, a.organization""",
        # a record stands when nobody struck it out, it is of the round that is open, and its organization is not closed
        """create table standing as select r.k, r.id, r.register, r.organization, r.committee, r.state, coalesce(c.township, p.township) as township
           from records r join latest_rounds l on l.k = r.k and l.code = r.round
           left join cases c on c.k = r.k and c.code = r.organization left join committee_places p on p.k = r.k and p.code = r.committee
           where r.removed_at is null and (r.organization is null or c.code is not null)""",
        *(f"""create table r_{register} as select s.*, {', '.join(f'v.{item}' for item in items)} from standing s
              left join (select k, record, {_by_item(items)} from record_values where register = '{register}' group by k, record) v
              on v.k = s.k and v.record = s.id where s.register = '{register}'""" for register, items in VALUES.items()),
        f"""create table led as select distinct k, organization from ledger
            where state in {listed(PLANNED)} and leader is not null and due_on is not null""",
        """create table items as select i.k, c.township, i.state, i.due_on, i.applied_on, d.day from ledger i
           join cases c on c.k = i.k and c.code = i.organization join days d on d.k = i.k where i.state <> 'dismissed'""",
        f"""create table organizations as select c.*,
            {_has("mobilization", "held_on is not null")} as mobilized,
            {_has("pairings", "ended_on is null and since is not null")} as paired,
            {_has("rotation", "role = 'secretary' and completed_on is not null")} or coalesce(s.secretary_trained = 'yes', false)
            as secretary_trained,
            {_has("rotation", "role = 'head' and completed_on is not null")} as head_trained,
            {', '.join(f'''{_has("standing_rules", f"rule = '{rule}' and adopted_on is not null")} as rule_{rule}'''
                       for rule in ("report", "appraise", "assess"))},
            (select count(distinct coalesce(w.appraiser, '')) from r_window_appraisals w where w.k = c.k and w.organization = c.code) as appraisers,
            exists(select 1 from led l where l.k = c.k and l.organization = c.code) as has_ledger,
            s.venue_secured = 'yes' as venue, s.pay_secured = 'yes' as pay,
            {_enough(program, "staff_full_time")} as staff_enough, {_enough(program, "office_funds")} as funds_enough
            from cases c left join said s on s.k = c.k and s.organization = c.code""",
        # a committee that answers for one township alone is that township's
        """create table committees as select c.k, c.committee, case when count(distinct c.township) = 1 then min(c.township) end as township,
           exists(select 1 from r_mobilization m where m.k = c.k and m.committee = c.committee and m.organization is null and m.held_on is not null)
           as mobilized from cases c group by c.k, c.committee""",
        f"""create table townships as select v.k, v.township, {int(program.settings.get("demo_sites", 0))} as five_good_needed,
            (select count(*) from r_exemplars e where e.k = v.k and e.township = v.township and e.category = 'five_good'
             and e.state = '{Standing.APPROVED}') as five_good
            from (select distinct k, township from cases where {VILLAGE} and township is not null) v""",
        # what there is to take on in the county, near each committee, and what each leader has taken on
        f"""create table places as select k, code, committee,
            {', '.join(f'coalesce({that}, false) as {kind}' for kind, that in TAKEN_ON.items())} from cases""",
        f"create table offered as select k, {_any()} from places group by k",
        "create table near as select k, committee, bool_or(village) and not bool_or(backward) as untroubled from places group by k, committee",
        f"""create table taken as select r.k, r.leader, {_any()} from r_pairings r join places p on p.k = r.k and p.code = r.organization
            where r.ended_on is null group by r.k, r.leader""",
        # a secretary takes on a backward village; where none of the township's own is backward, or none at all, any village will do
        f"""create table leaders as select l.k, l.township, l.newly_promoted,
            coalesce(l.rank = 'secretary' and o.backward and not coalesce(n.untroubled, false), false) as needs_backward,
            coalesce(l.rank = 'member' or l.rank = 'secretary' and o.village and (not o.backward or n.untroubled), false) as needs_village,
            {', '.join(f"coalesce(l.rank = 'secretary' and o.{kind}, false) as needs_{kind}" for kind in ("community", "two_new"))},
            {', '.join(f"coalesce(t.{kind}, false) as has_{kind}" for kind in TAKEN_ON)},
            exists(select 1 from r_stays s where s.k = l.k and s.leader = l.id and s.assessed_on is not null and s.result is not null) as stayed,
            coalesce((select sum(try_cast(e.credits as decimal(18, 4))) from r_credits e where e.k = l.k and e.leader = l.id), 0) as earned,
            coalesce(try_cast(l.credits_required as decimal(18, 4)), {credits_required}) as required
            from r_leaders l left join offered o on o.k = l.k left join near n on n.k = l.k and n.committee = l.committee
            left join taken t on t.k = l.k and t.leader = l.id""",
        f"""create table census as select k, township, operating, coalesce(try_cast(members as bigint), 0) as members,
            coalesce(mode in {listed(modes)}, false) as covered, plan, plan_on from r_census""",
        f"create table exemplars as select k, township, category, state = '{Standing.APPROVED}' as approved from r_exemplars",
    ]


def _by_item(items: Iterable[str]) -> str:
    return ", ".join(f"max(value) filter (item = '{item}') as {item}" for item in items)


def _any() -> str:
    return ", ".join(f"bool_or({kind}) as {kind}" for kind in TAKEN_ON)


def _has(register: str, that: str) -> str:
    return f"exists(select 1 from r_{register} r where r.k = c.k and r.organization = c.code and r.{that.replace(' and ', ' and r.')})"


def _enough(program: Program, setting: str) -> str:
    """Whether a number that was answered reaches the setting for the kind; what was not answered does not."""
    needed = " ".join(f"when '{kind}' then {float(program.settings_of(kind).get(setting) or 0)}" for kind in Kind)
    return f"coalesce(try_cast(s.{setting} as double) >= case c.kind {needed} end, false)"


def counts() -> str:
    """One query for everything: k, figure, met, among, and for a rate of ballots those pleased, those returned, the sum of rates."""
    parts = []
    for code, measure in MEASURES.items():
        ballots = "sum(satisfied + basically_satisfied), sum(returned), sum(satisfaction)" if code == BALLOTS else "0, 0, 0"
        parts.append(f"""select k, '{code}' as figure, count(*) filter (coalesce({measure.counted}, false)) as met, count(*) as among, {ballots}
                         from {measure.over} where {measure.among} group by k""")
    return " union all ".join(parts)


GRADES = f"""select k, kind, coalesce(grade, case when state in {listed(HANDED_IN)} then 'not_graded' else 'not_submitted' end) as standing,
             count(*) from cases group by all"""
"""Organizations by kind and grade (lib.core.targets.grades_by_kind)."""
