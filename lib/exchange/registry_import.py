"""Import of organizations: the county's own list, checked whole before anything is written, and written whole or not at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lib.core import access, phrases
from lib.core.access import Action
from lib.core.model import Actor, Kind, Problem, Refused, grades_like
from lib.exchange import tabular
from lib.exchange.cells import Checker, Words
from lib.exchange.tabular import Row, Table
from lib.store import organizations, rounds
from lib.store.db import Database, command

COLUMNS = {
    "code": ("编码", "组织编码", "代码", "组织代码"),
    "name": ("名称", "组织名称", "党组织名称"),
    "kind": ("类别", "组织类别", "类型"),
    "committee": ("隶属党委", "隶属党（工）委", "所属党委", "上级党委", "党委"),
    "township": ("所在乡镇", "乡镇", "镇办"),
    "members": ("党员数", "党员人数"),
    "secretary": ("书记", "书记姓名"),
    "phone": ("电话", "联系电话", "手机"),
    "start_class": ("年初类别", "年初等级", "年初星级"),
}
"""Code of each column → other headers that are understood."""
REQUIRED = ("code", "name", "kind", "committee")
KIND_WORDS = {
    Kind.VILLAGE: ("农村", "行政村", "村党组织"),
    Kind.COMMUNITY: ("城市社区", "社区党组织"),
    Kind.AGENCY: ("党政机关", "机关党组织"),
    Kind.PUBLIC_INSTITUTION: ("事业", "事业单位党组织"),
    Kind.STATE_ENTERPRISE: ("国企", "国有企业党组织"),
    Kind.PRIVATE_ENTERPRISE: ("非公", "非公有制企业", "非公有制经济组织", "民营企业", "私营企业"),
    Kind.SOCIAL_ORGANIZATION: ("社会团体", "新社会组织"),
    Kind.TOWNSHIP_COMMITTEE: ("乡镇", "乡镇党（工）委"),
}
NUMERALS = {"5": "五", "4": "四", "3": "三", "2": "二", "1": "一"}
SUFFIX = re.compile(r"(街道办事处|街道办|街道|镇|乡)$")
NAME_LIMIT, PERSON_LIMIT, PHONE_LIMIT = (organizations.LIMITS[field] for field in ("name", "secretary", "phone"))
MOST_MEMBERS = organizations.MOST_MEMBERS
NEAR_COMMITTEE = 75
"""Likeness (per cent) from which a new committee may be a misspelt one."""
COMMITTEE_CODE = re.compile(r"C(\d+)")


@dataclass(frozen=True)
class Plan:
    """What an import would do. `rows` are for `save_organization`, `classes` pairs of code and class at the start of the year,
    `committees` pairs of code and name of those not known yet."""

    rows: tuple[Mapping[str, object], ...]
    classes: tuple[tuple[str, str], ...]
    committees: tuple[tuple[str, str], ...]
    added: int
    changed: int
    unchanged: int
    warnings: tuple[Problem, ...]


def read(content: bytes) -> Table:
    """The table of an organizations file. Raises Refused."""
    return tabular.read(content, COLUMNS, REQUIRED)


def _labels(section: str, code: str) -> tuple[str, ...]:
    return tuple(phrases.text(f"{section}.{code}", language) for language in phrases.LANGUAGES)


def _kinds() -> Words:
    shown = {kind.value: phrases.text(f"kind.{kind}", "zh") for kind in Kind}
    return Words(((word, kind.value) for kind in Kind for word in (kind.value, *_labels("kind", kind), *KIND_WORDS[kind])), shown)


def _classes(kind: Kind) -> Words | None:
    """Words of a kind's scale: codes, labels, and labels without 村 or with 级."""
    scale = grades_like(kind)
    if scale is None:
        return None
    shown = {member.value: phrases.text(f"class.{member}", "zh") for member in scale}
    spellings = []
    for code, label in shown.items():
        words = (label.removesuffix("村"), f"{label}级", f"{code}星", f"{code}星级", NUMERALS.get(code, code))
        spellings += [(word, code) for word in (code, *_labels("class", code), *words)]
    return Words(spellings, shown)


def _townships(db: Database) -> Words:
    """By code, by name, and by name without its suffix."""
    rows = organizations.townships(db)
    spellings = [(word, row["code"]) for row in rows for word in (row["code"], row["name"], SUFFIX.sub("", row["name"]))]
    return Words(spellings, {row["code"]: row["name"] for row in rows})


class _Committees:
    """Committees by code and name, and those that the file brings along, numbered on from the store's own C001, C002, …"""

    def __init__(self, db: Database):
        rows = organizations.committees(db)
        self.names = {row["code"]: row["name"] for row in rows}
        self.known = Words(((word, row["code"]) for row in rows for word in (row["code"], row["name"])), self.names)
        self.added: dict[str, tuple[str, str]] = {}
        self.last = max((int(match[1]) for code in self.names if (match := COMMITTEE_CODE.fullmatch(code))), default=0)

    def code(self, text: str) -> tuple[str, bool]:
        """Code of a committee, and whether this is the first the import hears of it."""
        found = self.known.find(text)
        if found:
            return found, False
        new = tabular.key(text) not in self.added
        if new:
            self.last += 1
            self.added[tabular.key(text)] = (f"C{self.last:03d}", text)
        return self.added[tabular.key(text)][0], new


class _Import:
    def __init__(self, db: Database, actor: Actor, table: Table):
        self.check = Checker(table)
        self.kinds, self.townships, self.committees = _kinds(), _townships(db), _Committees(db)
        self.scales = {kind.value: _classes(kind) for kind in Kind}
        self.existing = {row.code.casefold(): row for row in organizations.every(db, actor, closed=True)}
        self.starts = organizations.classes(db, rounds.current(db).code, "start")
        self.seen: dict[str, int] = {}

    def row(self, row: Row) -> tuple[dict[str, object], str | None]:
        """What to save of one row, and its class at the start of the year where the file gives one."""
        check = self.check
        code = self._code(row)
        values: dict[str, object] = {"code": code, "name": check.text(row, "name", NAME_LIMIT, required=True),
                                     "kind": check.chosen(row, "kind", self.kinds), "committee": self._committee(row)}
        if check.has("township"):
            values["township"] = check.chosen(row, "township", self.townships) if row.cells["township"] else None
        if check.has("members"):
            values["members"] = check.whole(row, "members", MOST_MEMBERS)
        if check.has("secretary"):
            values["secretary"] = check.text(row, "secretary", PERSON_LIMIT)
        if check.has("phone"):
            values["phone"] = check.number_text(row, "phone", PHONE_LIMIT)
        return values, self._start(row, values["kind"])

    def _code(self, row: Row) -> str | None:
        code = self.check.code(row)
        if code is None:
            return None
        first = self.seen.setdefault(code.casefold(), row.number)
        if first != row.number:
            self.check.refuse(row, "code", "cell.twice", value=code, first=first)
        known = self.existing.get(code.casefold())
        if known and known.closed_on:
            self.check.warn(row, "code", "import.closed", name=known.name, on=known.closed_on)
        return known.code if known else code

    def _committee(self, row: Row) -> str | None:
        text = self.check.text(row, "committee", NAME_LIMIT, required=True)
        if not text:
            return None
        code, new = self.committees.code(text)
        if new and (near := self.committees.known.guess(text, NEAR_COMMITTEE)):
            self.check.warn(row, "committee", "import.near_committee", value=text, guess=near)
        return code

    def _start(self, row: Row, kind: str | None) -> str | None:
        if kind is None or not row.cells.get("start_class"):
            return None
        words = self.scales[kind]
        if words is None:
            self.check.refuse(row, "start_class", "cell.no_class", kind=kind, value=row.cells["start_class"][:40])
            return None
        return self.check.chosen(row, "start_class", words)

    def differs(self, values: Mapping[str, object]) -> bool:
        before = self.existing[values["code"].casefold()]
        return any(getattr(before, field) != new for field, new in values.items())


def plan(db: Database, actor: Actor, table: Table) -> Plan:
    """What importing a table would do; nothing is written. Raises Refused with every problem of every row."""
    access.require(actor, Action.EDIT_REGISTRY)
    work = _Import(db, actor, table)
    read_rows = [work.row(row) for row in table.rows]
    if work.check.problems:
        raise Refused(problems=tuple(work.check.problems))
    rows, classes, counts = [], [], {"added": 0, "changed": 0, "unchanged": 0}
    for values, start in read_rows:
        fresh = values["code"].casefold() not in work.existing
        differs = fresh or work.differs(values)
        reclassed = start is not None and start != work.starts.get(values["code"])
        counts["added" if fresh else "changed" if differs or reclassed else "unchanged"] += 1
        if differs:
            rows.append(values)
        if reclassed:
            classes.append((values["code"], start))
    return Plan(tuple(rows), tuple(classes), tuple(work.committees.added.values()), **counts, warnings=tuple(work.check.warnings))


def import_table(db: Database, actor: Actor, table: Table, at: str) -> Plan:
    """Import a table, all of it or nothing, and return what was done. Raises Refused with every problem of every row."""
    with command(db):
        work = plan(db, actor, table)
        for code, name in work.committees:
            organizations.add_committee(db, actor, code, name, None, at)
        for row in work.rows:
            organizations.save_organization(db, actor, row, at)
        round_ = rounds.current(db)
        for code, start in work.classes:
            organizations.change_class(db, actor, round_.code, code, "start", start, f"{round_.year}-01-01", "", at)
    return work
