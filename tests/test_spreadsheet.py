"""Tables as workbooks (lib.exchange.spreadsheet): what a spreadsheet reads is what was written, and nothing of it runs."""

import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lib.exchange import safe_csv, spreadsheet
from lib.exchange.spreadsheet import Sheet

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=30) | st.sampled_from([
    "=1+1", "+86 139", "-1", "@SUM(A1)", "\t=1", "'=1", "00123", "138000000000000000000", "1e5", "_x0041_", "_x005F_", "TRUE", "http://x.y",
    " 前后有空格 ", "两\n行", "回车\r", "\x00", "\x1f", "😀"])


def read(content: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def made(header, rows, name="表") -> bytes:
    return spreadsheet.data([Sheet(name, header, rows)])


def xml(content: bytes, place: int = 1) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(f"xl/worksheets/sheet{place}.xml").decode("utf-8")


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_any_text_in_any_cell_comes_back_and_is_no_formula(rows):
    content = made(["甲", "乙", "#"], [(*row, "#") for row in rows])
    assert read(content) == {"表": [["甲", "乙", "#"], *([first, second, "#"] for first, second in rows)]}
    assert "<f>" not in xml(content)


@given(st.lists(TEXT, min_size=1, max_size=6, unique=True))
def test_any_header_comes_back(header):
    assert read(made([*header, "#"], []))["表"] == [[*header, "#"]]


def test_what_no_file_of_that_kind_holds_is_replaced():
    assert read(made(["甲"], [["a\ud800b"], ["\uffff"]]))["表"] == [["甲"], ["a\ufffdb"], ["\ufffd"]]


def test_a_text_longer_than_a_cell_is_cut_with_a_mark():
    [_, [cell]] = read(made(["甲"], [["长" * 40_000]]))["表"]
    assert (len(cell), cell[-2:]) == (32_767, "长…")


def test_codes_and_telephones_keep_their_digits_and_numbers_are_numbers():
    content = made(["编码", "电话", "得分", "日期", "是否"], [
        ("00610525101000", "013912345678", Decimal("93.50"), dt.date(2012, 4, 20), True), ("1" * 20, None, 7, None, False),
        ("", "", float("nan"), None, None)])
    assert read(content)["表"][1:] == [["00610525101000", "013912345678", 93.5, dt.date(2012, 4, 20), True], ["1" * 20, "", 7.0, "", False]]
    styles = zipfile.ZipFile(io.BytesIO(content)).read("xl/styles.xml").decode()
    assert 'formatCode="@"' in styles  # "@": what is typed into a column of text later stays text


def test_the_header_is_frozen_bold_and_can_be_filtered():
    content = made(["甲", "乙"], [("1", "2"), ("3", "4")])
    page = xml(content)
    assert 'state="frozen"' in page
    assert '<autoFilter ref="A1:B3"/>' in page
    assert "<b/>" in zipfile.ZipFile(io.BytesIO(content)).read("xl/styles.xml").decode()


@pytest.mark.parametrize("names", [["整改台账/2012", "整改台账:2012"], ["x" * 40, "X" * 40], ["", "'", "[]"], ["History", "history"], ["同名"] * 12])
def test_sheets_have_names_that_a_spreadsheet_takes(names):
    found = list(read(spreadsheet.data([Sheet(name, ["甲"], []) for name in names])))
    assert len({name.casefold() for name in found}) == len(names)
    assert all(0 < len(name) <= 31 and name.casefold() != "history" and not set(name) & set("[]:*?/\\") for name in found)


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(spreadsheet, "SHEET_ROWS", 4)
    assert read(made(["甲"], [[str(number)] for number in range(7)])) == {
        "表": [["甲"], ["0"], ["1"], ["2"]], "表 2": [["甲"], ["3"], ["4"], ["5"]], "表 3": [["甲"], ["6"]]}


def test_without_tables_it_is_still_a_workbook():
    assert [len(rows) for rows in read(spreadsheet.data([])).values()] == [0]


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_both_formats_say_the_same(rows):
    lines = list(csv.reader(io.StringIO(safe_csv.data(["甲", "乙"], rows).decode("utf-8-sig"), newline="")))
    sheet = read(made(["甲", "乙", "#"], [(*row, "#") for row in rows]))["表"]
    assert [[safe_csv.unguarded(cell) for cell in line] for line in lines] == [line[:2] for line in sheet]
