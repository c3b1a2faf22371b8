"""My work: what waits for who looks, the most urgent first, with the way to do it; below, for offices, what to remind whom of.

The counts stand in the navigation of every page as well. All of it is kept per revision, day and unit, so an unchanged store costs nothing.
Session keys: `work.late` and `work.name`, the filters of the reminders; `work.page`, the page they are turned to.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from lib.core import targets
from lib.core import waiting as rules
from lib.core.access import Action, Whose
from lib.core.model import Actor, Role
from lib.core.waiting import Late, LateCommittee, Waiting
from lib.store import waiting
from lib.store.db import Database
from lib.store.waiting import Entry
from lib.ui import figures, filters, places, shared, strip, text
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

SHOWN = 5
"""Names that stand under a task; the page it leads to has all of them."""
REMINDED = 20
NAMED = 10
"""Organizations that a reminder to a committee names of each reason."""
LABEL = 18
"""Characters of a problem or a remark that stand for it."""
AT_MOST = 999
KEPT = 4096
"""Units whose counts are remembered: every organization that is at work has its own."""
CODES = {"appraisal": "organization", "review": "organization", rules.LEDGER: "item", **dict.fromkeys(rules.NOMINATED_IN, "record")}
"""Under which code of its address a page opens one thing."""
GAP_PAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "backward_ledger": (rules.LEDGER, {"view": "gaps"}), "overdue": (rules.LEDGER, {"light": "overdue"}),
}
"""Where the names of a gap are worked on; those of the others stand behind the figure."""
MARKS = {"overdue": ("red", "▲"), "near": ("orange", "◆")}


def _unit(actor: Actor) -> str:
    return actor.organization or actor.committee or ""


def _key(run: Run) -> tuple[str, int, str, str, dt.date]:
    """Whose work it is, of which store at which revision, on which day."""
    return (*figures.key(run), run.actor.role.value, _unit(run.actor), run.today)


def waits(run: Run) -> tuple[Waiting, ...]:
    """What waits for who looks, the most urgent first."""
    return _waits(*_key(run), run)


@shared.once(KEPT)
def _waits(home: str, revision: int, role: str, unit: str, today: dt.date, _run: Run) -> tuple[Waiting, ...]:
    counts = waiting.counts(_run.db, _run.round, _run.actor, today)
    return rules.waiting(_run.actor.role, counts, _run.program, today)


def navigation(db: Database, actor: Actor, now: dt.datetime) -> Mapping[str, int]:
    """Counts for the menu by page, of the live store; `work` has all of them together."""
    if actor.must_change_password or actor.role not in rules.WORKERS:
        return {}
    found = waits(Run(db, actor, text.language(), now, None))
    return {**rules.by_page(found), "work": rules.total(found)}


def counted(title: str, count: int) -> str:
    """A title of the menu with what waits there."""
    return t("work.counted", title=title, count=f"{AT_MOST}+" if count > AT_MOST else count) if count else title


# ---- the head


def greet(run: Run, found: Sequence[Waiting]) -> None:
    """Who this is, where the year stands, and how much there is to do."""
    running = [phase for phase in run.program.phases if strip.stage(phase, run.today) == "now"]
    coming = next((phase for phase in run.program.phases if phase.starts > run.today), None)
    phases = [t("work.phase", name=plain(phase.name[run.language]), standing=strip.standing(phase, run.today))
              for phase in running or ([coming] if coming else [])]
    st.markdown(t("work.greeting", name=plain(run.actor.label or run.actor.name), day=text.date(run.today, year=True),
                  phases=t("work.comma").join(phases) or t("phase.done")))
    if found:
        counts = {"overdue": sum(each.overdue for each in found), "near": sum(each.near for each in found)}
        st.markdown(f"**{t('work.total', count=rules.total(found))}**　{_badges(counts)}")


def _badges(counts: Mapping[str, int]) -> str:
    """How many are over their date and how many near it, by colour, shape and word."""
    return " ".join(f":{colour}-badge[{shape} {t(f'work.{name}', count=counts[name])}]" for name, (colour, shape) in MARKS.items() if counts[name])


# ---- what waits


def entries(run: Run) -> Mapping[str, list[Entry]]:
    """The first things of each waiting task, by its code."""
    return _entries(*_key(run), run)


@shared.once(KEPT)
def _entries(home: str, revision: int, role: str, unit: str, today: dt.date, _run: Run) -> dict[str, list[Entry]]:
    return {each.task.code: waiting.entries(_run.db, _run.round, _run.actor, today, each.task.code, SHOWN) for each in waits(_run)}


def tasks(run: Run, found: Sequence[Waiting]) -> None:
    """Each task that waits: how many, how urgent, the way to do it, and the first of them by name."""
    if not found:
        st.success(t("work.empty"), icon=":material/task_alt:")
        return
    named = entries(run)
    for each in found:
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
                line = [f"**{each.count}**", f"**{t(f'waiting.{each.task.code}', days=rules.LONG_DAYS)}**",
                        _badges({"overdue": each.overdue, "near": each.near}), gray(_due(run, each)) if each.due_on else ""]
                st.markdown("　".join(part for part in line if part), width="content")
                places.link(each.task.page, t("work.do"), icon=":material/arrow_forward:", **each.task.query)
            _names(run, each, named[each.task.code])


def _due(run: Run, each: Waiting) -> str:
    """The date of a task, and how far off or long over it is."""
    days = (each.due_on - run.today).days
    standing = "due_today" if days == 0 else "due_in" if days > 0 else "due_over"
    return t(f"work.{standing}", day=text.date(each.due_on), days=abs(days))


def _names(run: Run, each: Waiting, named: Sequence[Entry]) -> None:
    if not named:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for entry in named:
            name = entry.name if len(entry.name) <= LABEL or run.actor.role != Role.ORGANIZATION else f"{entry.name[:LABEL]}…"
            label = plain(t("work.dated", name=name, day=_day(run, entry.day)) if entry.day else name)
            code = CODES.get(each.task.page)
            one = {code: entry.organization if code == "organization" else entry.id} if code else {}
            places.link(each.task.page, label, **each.task.query, **one)
        if each.count > len(named):
            st.markdown(gray(t("work.more", count=each.count - len(named))), width="content")


def _day(run: Run, day: str) -> str:
    """A date, or the county's date at a stored moment."""
    return text.date(text.local(day, run.program.timezone).date() if "T" in day else day)


# ---- what is short of its target


@dataclass(frozen=True)
class Gap:
    """A figure's names: how many are still missing (or counted, for a share to be small), and the first of them."""

    code: str
    count: int
    names: tuple[tuple[str, str], ...]  # name, and of a person the unit
    page: str
    query: Mapping[str, str]


def gaps(run: Run) -> tuple[Gap, ...]:
    """What an office is to see to besides: figures of its own organizations, or of the county, that are short of their targets."""
    return _gaps(*_key(run), run)


@shared.once(64)
def _gaps(home: str, revision: int, role: str, unit: str, today: dt.date, _run: Run) -> tuple[Gap, ...]:
    program, found = _run.program, []
    for code in rules.GAPS.get(_run.actor.role, ()):
        if code not in targets.shown(program) or not program.begun(code, today):
            continue
        rows, at_most = targets.rows_of(figures.tables(_run), code), program.target(code).at_most
        names = targets.names(rows[rows["committee"] == unit] if unit else rows, code, at_most)
        if len(names):
            behind = {"figure": code, "side": "counted" if at_most else "missing", **({"committee": unit} if unit else {})}
            page, query = GAP_PAGES.get(code, ("targets", behind))
            found.append(Gap(code, len(names), tuple(_named(row, code) for row in names.head(SHOWN).to_dict("records")), page, query))
    return tuple(found)


def _named(row: Mapping[str, object], code: str) -> tuple[str, str]:
    unit = row["committee_name"] if code == "leaders_complete" else None
    return str(row["name"]), unit if isinstance(unit, str) else ""


def show_gaps(run: Run) -> None:
    """Figures short of their targets, with the first names behind each."""
    found = gaps(run)
    if not found:
        return
    st.subheader(t("work.gaps"), anchor=False)
    for gap in found:
        with st.container(gap=None):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
                st.markdown(f"**{gap.count}**　{t(f'waiting.gap_{gap.code}')}", width="content")
                places.link(gap.page, t("work.names"), icon=":material/list:", **gap.query)
            names = t("reminder.comma").join(t("work.person", name=name, unit=unit) if unit else name for name, unit in gap.names)
            more = t("work.more", count=gap.count - len(gap.names)) if gap.count > len(gap.names) else ""
            st.markdown(gray(f"{plain(names)}　{more}"))


# ---- reminders


def late(run: Run) -> tuple[Late, ...] | tuple[LateCommittee, ...]:
    """Whom an office reminds: a committee its late organizations, the county the committees that have such."""
    return _late(*_key(run), run)


@shared.once(64)
def _late(home: str, revision: int, role: str, unit: str, today: dt.date, _run: Run) -> tuple[Late, ...] | tuple[LateCommittee, ...]:
    found = waiting.late(_run.db, _run.round, _run.actor, today)
    return rules.late_committees(found) if _run.actor.role == Role.COUNTY else found


def reminders(run: Run) -> None:
    """For each late organization or committee a text to copy into a message; a page at a time, narrowed by reason and name."""
    everybody = late(run)
    county = run.actor.role == Role.COUNTY
    st.subheader(t("reminder.title_committees" if county else "reminder.title", count=len(everybody)), anchor=False)
    if not everybody:
        st.markdown(gray(t("reminder.none")))
        return
    st.markdown(gray(t("reminder.how")))
    filters.read("work", {"late": rules.REASONS, "name": None})
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.select("work", "late", rules.REASONS, lambda reason: t(f"reminder.late_{reason}"), table="reminder")
        filters.search("work", "name")
    chosen = {name: st.session_state[f"work.{name}"] or "" for name in ("late", "name")}
    filters.write("work", chosen)
    found = [each for each in everybody if (not chosen["late"] or chosen["late"] in each.reasons)
             and (chosen["name"].strip().lower() in each.name.lower() or chosen["name"].strip() == each.code)]
    if not found:
        st.info(t("reminder.not_found"), icon=":material/search_off:")
        return
    for each in _turned(found):
        with st.container(border=True, gap="xsmall"):
            (_committee if county else _organization)(run, each)


def _turned(found: Sequence[Late | LateCommittee]) -> Sequence[Late | LateCommittee]:
    """The page of a long list that is turned to."""
    pages = -(-len(found) // REMINDED)
    if pages < 2:
        return found
    if not 1 <= st.session_state.get("work.page", 1) <= pages:
        st.session_state["work.page"] = 1
    here = st.pagination(pages, key="work.page", width="content")
    return found[(here - 1) * REMINDED:here * REMINDED]


def _organization(run: Run, each: Late) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        places.link("organization", plain(each.name), organization=each.code)
        marks = " ".join(f":red-badge[▲ {t(f'reminder.late_{reason}')}]" for reason in each.reasons)
        st.markdown(marks, width="content")
        if run.may(Action.SEE_PHONE, Whose(each.code, each.committee, each.township)) and (each.secretary or each.phone):
            st.markdown(gray(plain(t("reminder.contact", name=each.secretary or text.DASH, phone=each.phone or text.DASH))), width="content")
    st.code(organization_text(run, each), language=None, wrap_lines=True)


def _committee(run: Run, each: LateCommittee) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if each.townships:
            places.link("township", plain(each.name), township=each.townships[0])
        else:
            st.markdown(plain(each.name), width="content")
        marks = " ".join(f":red-badge[▲ {t(f'reminder.late_{reason}')} {len(each.of(reason))}]" for reason in each.reasons)
        st.markdown(marks, width="content")
    st.code(committee_text(run, each), language=None, wrap_lines=True)


def _until(run: Run) -> str:
    return text.date(run.today + dt.timedelta(days=rules.REMIND_DAYS))


def organization_text(run: Run, each: Late) -> str:
    """The reminder to one organization: what is late since when, by when it is asked for, who asks."""
    facts = []
    if each.not_submitted:
        facts.append(t("reminder.not_submitted", day=text.date(run.program.submit_by)))
    if each.returned_on:
        facts.append(t("reminder.returned", day=text.date(each.returned_on)))
    if each.unanswered:
        facts.append(t("reminder.unanswered", count=each.unanswered))
    if each.overdue:
        facts.append(t("reminder.overdue", count=each.overdue, day=text.date(each.since)))
    return t("reminder.organization", name=each.name, today=text.date(run.today), facts=t("reminder.semicolon").join(facts), until=_until(run),
             sender=each.committee_name)


def committee_text(run: Run, each: LateCommittee) -> str:
    """The reminder to one committee: how many of its organizations are late with what, and the first of them by name."""
    lines = []
    for number, reason in enumerate(each.reasons, 1):
        own = each.of(reason)
        names = t("reminder.comma").join(one.name for one in own[:NAMED])
        if len(own) > NAMED:
            names = t("reminder.and_others", names=names)
        lines.append(t(f"reminder.own_{reason}", number=number, count=len(own), items=each.overdue, day=text.date(run.program.submit_by),
                       names=names))
    return t("reminder.committee", name=each.name, today=text.date(run.today), facts="\n".join(lines), until=_until(run),
             sender=run.program.office[run.language])
