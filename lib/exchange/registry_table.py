"""The registry as a table: its columns, the words that are understood in them, and the table handed out to be edited and handed in again.

Each row says of what state of its organization it was made (`version`), so that an import sees what somebody else changed meanwhile.
"""

import hashlib
import re

from lib.core import access, phrases
from lib.core.access import Action
from lib.core.model import Actor, Kind, grades_like
from lib.exchange import handout, tabular
from lib.exchange.cells import Words
from lib.store import downloads, organizations, rounds
from lib.store.db import Database
from lib.store.organizations import Organization

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
VERSION_LETTERS = str.maketrans("0123456789abcdef", "abcdefghjkmnpqrs")
"""A version is written in letters: digits a spreadsheet would take for a number and round."""
VERSION_LENGTH = 12
LANGUAGES = (None, *phrases.LANGUAGES)
"""What a table can be written in: codes, or the words of a language."""


# ---- words


def labels(section: str, code: str) -> tuple[str, ...]:
    return tuple(phrases.text(f"{section}.{code}", language) for language in phrases.LANGUAGES)


def kinds() -> Words:
    shown = {kind.value: phrases.text(f"kind.{kind}", "zh") for kind in Kind}
    return Words(((word, kind.value) for kind in Kind for word in (kind.value, *labels("kind", kind), *KIND_WORDS[kind])), shown)


def classes(kind: Kind) -> Words | None:
    """Words of a kind's scale: codes, labels, and labels without 村 or with 级."""
    scale = grades_like(kind)
    if scale is None:
        return None
    shown = {member.value: phrases.text(f"class.{member}", "zh") for member in scale}
    spellings = []
    for code, label in shown.items():
        words = (label.removesuffix("村"), f"{label}级", f"{code}星", f"{code}星级", NUMERALS.get(code, code))
        spellings += [(word, code) for word in (code, *labels("class", code), *words)]
    return Words(spellings, shown)


def townships(db: Database) -> Words:
    """By code, by name, and by name without its suffix."""
    rows = organizations.townships(db)
    spellings = [(word, row["code"]) for row in rows for word in (row["code"], row["name"], row["name_en"], SUFFIX.sub("", row["name"]))]
    return Words(spellings, {row["code"]: row["name"] for row in rows})


class Writer:
    """Organizations as rows of text: what an export writes, and what an import compares with."""

    def __init__(self, db: Database):
        self.townships = {row["code"]: row for row in organizations.townships(db)}
        rows = organizations.committees(db)
        self.committees = {row["code"]: row["name"] for row in rows}
        self.known_committees = Words(((word, row["code"]) for row in rows for word in (row["code"], row["name"])), self.committees)
        self.starts = organizations.classes(db, rounds.current_code(db), "start")

    def stored(self, row: Organization, column: str) -> object:
        return self.starts.get(row.code) if column == "start_class" else getattr(row, column)

    def told(self, column: str, value: object, language: str | None) -> str:
        """A stored value as a cell shows it."""
        if value is None:
            return ""
        if language is None:
            return str(value)
        match column:
            case "kind":
                return phrases.text(f"kind.{value}", language)
            case "start_class":
                return phrases.text(f"class.{value}", language)
            case "township":
                return self.townships[value]["name" if language == "zh" else "name_en"]
            case "committee":
                name = self.committees[value]
                return name if self.known_committees.find(name) == value else value
        return str(value)

    def says(self, row: Organization, column: str, text: str) -> bool:
        """Whether a cell says what stands, as some export would have written it."""
        value = self.stored(row, column)
        return any(text == tabular.clean(handout.cell(self.told(column, value, language))) for language in LANGUAGES)

    def versions(self, row: Organization) -> tuple[str, str]:
        """What a row of the table without and with telephones says of the state it was made of."""
        bare = _fingerprint([self.told(column, self.stored(row, column), None) for column in COLUMNS if column != "phone"] + [row.closed_on or ""])
        return bare, bare + _fingerprint([bare, row.phone])


def _fingerprint(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:VERSION_LENGTH].translate(VERSION_LETTERS)


# ---- the table


def cells(db: Database, actor: Actor, language: str | None, *, phones: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the organizations that an actor answers for, closed ones left out: codes without a language, else words that an
    import understands again. Telephones only when they are asked for. Raises Refused to one who may not see them.
    """
    found, writer = organizations.every(db, actor), Writer(db)
    if phones:
        for row in found:
            access.require(actor, Action.SEE_PHONE, row.whose)
    columns = [column for column in COLUMNS if phones or column != "phone"]
    header = [phrases.text(f"column.{column}", "zh") if language == "zh" else column for column in columns]
    version = tabular.VERSION_HEADERS[phrases.LANGUAGES.index(language)] if language else tabular.VERSION
    return [*header, version], [[*(writer.told(column, writer.stored(row, column), language) for column in columns), writer.versions(row)[phones]]
                                for row in found]


def export(db: Database, actor: Actor, ending: str, language: str | None, at: str, *, reason: str | None = None) -> bytes:
    """The registry as a file (handout.FORMATS). With telephones where a reason is given, which is recorded. Raises Refused."""
    header, rows = cells(db, actor, language, phones=reason is not None)
    if reason is not None:
        downloads.with_phones(db, actor, "registry.round_trip", reason, len(rows), at)
    make, _ = handout.FORMATS[ending]
    return make(header, rows)
