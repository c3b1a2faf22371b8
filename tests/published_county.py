"""The county whose result of 2012 was published (mission.md, last section), as the two files an office would import.

533 organizations of 38 committees with 19,006 members; 54 好, 323 较好, 107 一般, 49 较差. What was not published (names, scores,
which organization got which grade) is made up deterministically.
"""

from lib.core.model import Grade, Kind
from lib.exchange import safe_csv
from lib.store import pack
from lib.store.setup import committee_name

KINDS = {Kind.VILLAGE: 119, Kind.COMMUNITY: 7, Kind.STATE_ENTERPRISE: 16, Kind.PRIVATE_ENTERPRISE: 123, Kind.AGENCY: 96,
         Kind.PUBLIC_INSTITUTION: 155, Kind.SOCIAL_ORGANIZATION: 17}
"""Agencies and institutions were published together: 251."""
GRADES = {Grade.GOOD: 54, Grade.FAIRLY_GOOD: 323, Grade.AVERAGE: 107, Grade.POOR: 49}
ORGANIZATIONS, COMMITTEES, MEMBERS = 533, 38, 19006
SCORES = {Grade.GOOD: ("95.5", "96", "92"), Grade.FAIRLY_GOOD: ("88", "92.35", "84"), Grade.AVERAGE: ("80", "85", "72"),
          Grade.POOR: ("60", "55", "50")}
"""Self-assessment, satisfaction, review: scores that the rules give each grade for."""
LABELS = {Kind.VILLAGE: "村", Kind.COMMUNITY: "社区", Kind.STATE_ENTERPRISE: "国有企业", Kind.PRIVATE_ENTERPRISE: "非公企业", Kind.AGENCY: "机关",
          Kind.PUBLIC_INSTITUTION: "事业单位", Kind.SOCIAL_ORGANIZATION: "社会组织"}
GRADE_LABELS = {Grade.GOOD: "好", Grade.FAIRLY_GOOD: "较好", Grade.AVERAGE: "一般", Grade.POOR: "较差"}


def organizations() -> list[tuple]:
    """Rows of code, name, kind, committee, township, members, secretary, phone, start_class."""
    townships = {row["code"]: row["name"] for row in pack.townships()}
    places = pack.villages()
    villages = [row for row in places if row["kind"] == "村委会"]
    # spread over the list, so that every township's committee has some
    villages = [villages[number * len(villages) // KINDS[Kind.VILLAGE]] for number in range(KINDS[Kind.VILLAGE])]
    communities = [row for row in places if row["kind"] == "居委会"][:KINDS[Kind.COMMUNITY]]
    systems = [f"县直第{number}系统党委" for number in range(1, COMMITTEES - len(townships) + 1)]
    rows = []
    for kind, count in KINDS.items():
        for number in range(count):
            members = MEMBERS // ORGANIZATIONS + (len(rows) < MEMBERS % ORGANIZATIONS)
            if kind in (Kind.VILLAGE, Kind.COMMUNITY):
                place = (villages if kind == Kind.VILLAGE else communities)[number]
                township = townships[place["township_code"]]
                start = "二类" if kind == Kind.VILLAGE else "三星"
                rows.append((place["code"], f"{place['name']}党支部", LABELS[kind], committee_name(township), township, members, "", "", start))
            else:
                system = len(rows) % len(systems)
                code = f"{kind.value[:2].upper()}{number + 1:03d}"
                rows.append((code, f"第{number + 1}{LABELS[kind]}党支部", LABELS[kind], systems[system], "", members, "", "", ""))
    return rows


def results() -> list[tuple]:
    """Rows of code, self_score, satisfaction, review_score, grade, decided_on: grades dealt out over all kinds."""
    grades = [grade for grade, count in GRADES.items() for _ in range(count)]
    # 100 and 533 have no common divisor: every grade falls on every kind
    dealt = [grades[100 * place % ORGANIZATIONS] for place in range(ORGANIZATIONS)]
    return [(row[0], *SCORES[grade], GRADE_LABELS[grade], "2012年4月9日") for row, grade in zip(organizations(), dealt, strict=True)]


def organizations_csv() -> bytes:
    return safe_csv.data(("编码", "名称", "类别", "隶属党委", "所在乡镇", "党员数", "书记", "电话", "年初类别"), organizations())


def results_csv() -> bytes:
    return safe_csv.data(("编码", "自评分", "群众满意率", "评定分", "等次", "核准日期"), results())
