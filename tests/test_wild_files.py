"""Files from the wild (tests/wild.py): each is taken as it was meant, or refused with the right cell named."""

import datetime as dt

import pytest
import wild

from lib.core.model import SYSTEM, Refused
from lib.core.phrases import LANGUAGES, explain
from lib.exchange import register_table, registry_import, results_import
from lib.store import organizations, records

TODAY = dt.date(2012, 4, 10)
HEADER = ("编码", "名称", "类别", "隶属党委", "所在乡镇", "党员数", "书记", "电话", "年初类别")
ROWS = (("61052501001", "甲村“先锋”党支部", "村", "冯原镇党委", "冯原镇", "35", "张某", "09136860000", "一类"),
        ("0012", "某局,机关党支部", "机关", "冯原镇党委", "", "8", "", "13800000000", ""))
NUMBERS = ((61052501001, *ROWS[0][1:5], 35, "张某", "09136860000", "一类"), ("0012", *ROWS[1][1:4], None, 8, None, 13800000000, None))
"""The same as a person types it into Excel: codes and counts as numbers, unless they begin with 0."""
TITLE = ("2012年基层党组织名册（县委组织部制）",)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def meant(store, content: bytes) -> list[tuple]:
    """The organizations that a file would add."""
    plan = registry_import.plan(store, SYSTEM, registry_import.read(content))
    classes = dict(plan.classes)
    return [(*(row.get(field) for field in ("code", "name", "kind", "township", "members", "secretary", "phone")), classes.get(row["code"]))
            for row in plan.rows]


MEANT = [("61052501001", "甲村“先锋”党支部", "village", "610525101", 35, "张某", "09136860000", "first"),
         ("0012", "某局,机关党支部", "agency", None, 8, "", "13800000000", None)]

GOOD = {
    "Excel, CSV (Chinese Windows)": wild.csv((HEADER, *ROWS), "gbk"),
    "Excel, CSV UTF-8": wild.csv((HEADER, *ROWS), "utf-8-sig"),
    "a CSV with semicolons and the mark of UTF-8": wild.csv((HEADER, *ROWS), "utf-8-sig", ";"),
    "Excel, Unicode text": wild.csv((HEADER, *ROWS), "utf-16", "\t"),
    "WPS, CSV in GB 18030": wild.csv((HEADER, *ROWS), "gb18030"),
    "a Mac's line ends": wild.csv((HEADER, *ROWS), "utf-8", ending="\r"),
    "a CSV whose title takes the first line": wild.csv((TITLE + ("",) * 8, ("",) * 9, HEADER, *ROWS), "gbk"),
    "a semicolon CSV under a title with commas": wild.csv((("名册,初稿,待核,请勿外传,一,二,三,四,五,六",), HEADER, *ROWS), "utf-8-sig", ";"),
    "trailing blank lines and columns": wild.csv(((*HEADER, "", ""), *((*row, "", " ") for row in ROWS), *[("",) * 11] * 40), "gbk"),
    "Excel": wild.workbook((HEADER, *NUMBERS)),
    "WPS": wild.workbook((HEADER, *NUMBERS), application="wps"),
    "everything as text": wild.workbook((HEADER, *ROWS)),
    "a merged title above the header": wild.workbook((TITLE, (), HEADER, *NUMBERS), merged=("A1:I1",)),
    "a title, a unit and a date above it": wild.workbook(
        (TITLE, ("填报单位：冯原镇", None, None, None, "时间", dt.date(2012, 4, 1)), HEADER, *NUMBERS), merged=("A1:I1", "A2:D2")),
    "formats without contents at the end": wild.workbook((HEADER, *NUMBERS), styled={1: 20, 2: 20, 3: 20, 40: 20, 500: 9}, dimension="A1:T500"),
    "the size is said wrongly": wild.workbook((HEADER, *NUMBERS), dimension="A1:XFD1048576"),
    "full-width digits": wild.workbook((HEADER, *(tuple(cell.translate(WIDE) if cell.isdigit() else cell for cell in row) for row in ROWS))),
    "Excel 97–2003": wild.old_workbook((HEADER, *NUMBERS)),
    "Excel 97–2003 with a merged title": wild.old_workbook((TITLE, HEADER, *NUMBERS), merged=[(0, 0, 0, 8)]),
    "a header in two storeys": wild.workbook(((*HEADER[:5], "人员", None, "电话", "年初类别"), (None,) * 5 + ("党员数", "书记"), *NUMBERS),
                                             merged=("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:E2", "F1:G1", "H1:H2", "I1:I2")),
    "two storeys with what is required below, under a title": wild.workbook(
        (TITLE, ("组织", None, None, "隶属", None, *HEADER[5:]), (*HEADER[:5], *(None,) * 4), *NUMBERS), merged=("A1:I1", "A2:C2", "D2:E2")),
    "headers with a star, as in the template": wild.workbook((tuple(f"{title}*" for title in HEADER), *NUMBERS)),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_what_people_hand_in_is_taken_as_it_was_meant(store, content):
    assert meant(store, content) == MEANT


def refusal(call, *args) -> list[tuple]:
    with pytest.raises(Refused) as refused:
        call(*args)
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
    return [(problem.code, dict(problem.params).get("row"), dict(problem.params).get("letter")) for problem in refused.value.problems]


def changed(**columns) -> tuple:
    return tuple(columns.get(title, cell) for title, cell in zip(HEADER, ROWS[0], strict=True))


BAD = {
    "a telephone that Excel wrote as 1.38E+10": (wild.csv((HEADER, changed(电话="1.38E+10")), "gbk"), [("cell.lost_digits", 2, "H")]),
    "a code of eighteen digits as a number": (wild.workbook((HEADER, (610525199001011234, *NUMBERS[0][1:]))), [("cell.lost_digits", 2, "A")]),
    "the same in an old file": (wild.old_workbook((HEADER, (610525199001011234, *NUMBERS[0][1:]))), [("cell.lost_digits", 2, "A")]),
    "a date where a number belongs": (wild.workbook((HEADER, (*NUMBERS[0][:5], dt.date(2012, 4, 1), *NUMBERS[0][6:]))), [("cell.not_whole", 2, "F")]),
    "a township misspelt, under a title": (wild.workbook((TITLE, HEADER, changed(所在乡镇="冯塬镇")), merged=("A1:I1",)),
                                           [("cell.no_such_guess", 3, "E")]),
    "a total at the end": (wild.workbook((HEADER, NUMBERS[0], ("合计", None, None, None, None, 35))),
                           [("cell.code", 3, "A"), ("cell.empty", 3, "B"), ("cell.empty", 3, "C"), ("cell.empty", 3, "D")]),
    "a column is missing under a title": (wild.workbook((TITLE, HEADER[:2] + HEADER[3:], NUMBERS[0][:2])), [("table.column_missing", 2, None)]),
    "a column twice": (wild.workbook(((*HEADER, "组织名称"), NUMBERS[0])), [("table.column_twice", None, None)]),
    "a page of the web that is called XLS": (b"<html><table><tr><td>\xb1\xe0\xc2\xeb</td></tr></table></html>", [
        ("table.column_missing", 1, None)] * 4),
    "a workbook with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1528), [("table.unreadable", None, None)]),
}


@pytest.mark.parametrize(("content", "expected"), BAD.values(), ids=BAD)
def test_what_cannot_be_taken_is_refused_by_its_cell(store, content, expected):
    def take():
        registry_import.plan(store, SYSTEM, registry_import.read(content))

    assert refusal(take) == expected
    assert organizations.every(store, SYSTEM) == []


# ---- dates


DAYS = [dt.date(2012, 4, 3), 41002, "41002", "2012-04-03", "2012/4/3", "2012.4.3", "2012年4月3日", "20120403",
        "２０１２年４月３日", "2012-04-03 00:00:00"]


@pytest.mark.parametrize("make", [wild.workbook, wild.old_workbook], ids=["xlsx", "xls"])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_day_is_a_day_however_it_was_typed(small_county, day, make):
    content = make((("编码", "等次", "核准日期"), ("V1", "好", day)))
    assert results_import.plan(small_county, SYSTEM, results_import.read(content), TODAY).results[0].decided_on == "2012-04-03"
    kept = records.register(small_county, "visits")
    table = register_table.read(make((("走访登记表",), ("组织名称", "走访日期", "走访人姓名和单位"), ("甲村党支部", day, "李明"))), kept)
    [change] = register_table.plan(small_county, SYSTEM, "visits", table, TODAY).changes
    assert change.entry.values["visited_on"] == "2012-04-03"


@pytest.mark.parametrize("day", ["四月三日", "2012-4", "2012-13-01", 1.5, "4102", "去年"], ids=str)
def test_what_is_no_day_is_refused_by_its_cell(small_county, day):
    content = wild.workbook((("编码", "等次", "核准日期"), ("V1", "好", day)))
    assert refusal(results_import.plan, small_county, SYSTEM, results_import.read(content), TODAY) == [("cell.date", 2, "C")]


@pytest.mark.parametrize(("rate", "expected"), [(96.5, 9650), ("96.5%", 9650), ("９６．５", 9650), (95, 9500), (0.965, None), ("96.555", None)])
def test_a_rate_is_taken_when_nobody_can_take_it_for_a_share(small_county, rate, expected):
    content = wild.workbook((("编码", "满意率", "等次", "核准日期"), ("V1", rate, "好", "2012-04-03")))
    if expected is None:
        [(_, row, letter)] = refusal(results_import.plan, small_county, SYSTEM, results_import.read(content), TODAY)
        assert (row, letter) == (2, "B")
    else:
        assert results_import.plan(small_county, SYSTEM, results_import.read(content), TODAY).results[0].satisfaction == expected


def test_a_registers_columns_are_found_under_a_title_that_is_called_like_one(small_county):
    kept = records.register(small_county, "visits")
    header, row = ("组织名称", "走访日期", "走访人姓名和单位", "走访记录"), ("甲村党支部", "2012-04-03", "李明", "谈了两点")
    content = wild.workbook((("走访记录",), header, row), merged=("A1:D1",))
    table = register_table.read(content, kept)
    assert (table.header, table.rows[0].number, table.letters["note"]) == (2, 3, "D")
