"""Files that people hand in, and files that we hand out."""

import csv
import datetime as dt
import io
import struct
import time
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from lib.core.model import Refused
from lib.exchange import safe_csv, tabular

COLUMNS = {"code": ("编码",), "name": ("名称",), "members": ("党员数",)}
ROWS = [("610525001001", "甲村", "35"), ("0012", "乙（镇）村", "")]


def read(content: bytes, required=("code", "name")) -> list[tuple]:
    table = tabular.read(content, COLUMNS, required)
    return [(row.number, *(row.cells.get(column) for column in COLUMNS)) for row in table.rows]


def refusal(content: bytes, **more) -> list[tuple[str, dict]]:
    with pytest.raises(Refused) as refused:
        read(content, **more)
    return [(problem.code, dict(problem.params)) for problem in refused.value.problems]


def workbook(rows) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, dt.datetime.combine(cell, dt.time()), day)
                else:
                    sheet.write(number, place, cell)
    return file.getvalue()


def csv_text(delimiter: str, header=("编码", "名称", "党员数")) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([header, *ROWS])
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_reads_the_same_in_every_encoding_and_with_every_delimiter(delimiter, encoding):
    assert read(csv_text(delimiter).encode(encoding)) == [(2, *ROWS[0]), (3, *ROWS[1])]


def test_a_workbook_reads_like_the_csv():
    assert read(workbook([("编码", "名称", "党员数"), (610525001001, "甲村", 35), ("0012", "乙（镇）村", None)])) == [(2, *ROWS[0]), (3, *ROWS[1])]


@pytest.mark.parametrize("header", [("code", "name", "members"), ("ＣＯＤＥ", " 名 称 ", "党员数　"), ("Code", "\ufeff名称", "MEMBERS")])
def test_a_header_is_known_by_code_or_label_whatever_its_width_case_and_blanks(header):
    assert read(csv_text(",", header).encode()) == [(2, *ROWS[0]), (3, *ROWS[1])]


def test_blank_lines_and_columns_are_left_out_and_rows_keep_their_numbers():
    content = ",,,\n编码,名称,,备注,\n\n1,甲,,x,,,\n ,　,,,\n2,乙\n,,,\n,,,\n"
    table = tabular.read(content.encode(), COLUMNS, ("code",))
    assert [(row.number, dict(row.cells)) for row in table.rows] == [(4, {"code": "1", "name": "甲"}), (6, {"code": "2", "name": "乙"})]
    assert table.ignored == ("备注",)
    assert table.place(table.rows[1], "name") == {"row": 6, "letter": "B", "column": "name"}


@pytest.mark.parametrize(("position", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")])
def test_letters_of_columns(position, name):
    assert tabular.letter(position) == name


@pytest.mark.parametrize(("typed", "plain", "lost"), [
    ("610525001.0", "610525001", False), ("６１０５２５", "610525", False), (" 0 012 ", "0012", False), ("1.38E+10", "1.38E+10", True),
    ("6.10525E+11", "6.10525E+11", True), ("1e5", "1e5", True), ("12.50", "12.50", False), ("E5", "E5", False)])
def test_numbers_as_spreadsheets_leave_them(typed, plain, lost):
    assert (tabular.digits(typed), tabular.lost_digits(typed)) == (plain, lost)


def test_cells_of_a_workbook_become_what_a_person_sees():
    rows = [("编码", "名称"), (1234567890123456789, 92.35), (0.1 + 0.2, True), ("=1+1", dt.date(2012, 4, 25)), ("1", 100.0)]
    assert read(workbook(rows)) == [(2, "1.23456789012346e+18", "92.35", None), (3, "0.3", "True", None), (4, "0", "2012-04-25", None),
                                    (5, "1", "100", None)]


@pytest.mark.parametrize(("content", "expected"), [
    (b"", [("table.empty", {})]),
    (b"\n,,\n \n", [("table.empty", {})]),
    ("编码,名称\n".encode(), [("table.no_rows", {})]),
    ("\n党员数\n1\n".encode(), [("table.column_missing", {"column": "code", "row": 2}), ("table.column_missing", {"column": "name", "row": 2})]),
    ("编码,名称,code\n1,a,2\n".encode(), [("table.column_twice", {"column": "code", "first": "A", "second": "C"})]),
    ('编码,名称\n1,"甲\n2,乙\n'.encode(), [("table.bad_quotes", {"row": 3})]),
    (b"\xff\xff\xff\x00", [("table.unreadable", {})]),
    (b"\0\0\0\0", [("table.unreadable", {})]),
    (b"PK\x03\x04rubbish", [("table.unreadable", {})]),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), [("table.unreadable", {})]),
    ("编码,名称\n".encode() + b"1," + b"x," * 200 + b"y", [("table.too_many_columns", {"limit": 200, "row": 2})]),
    ("编码,名称\n".encode() + b"1,a\n" * 20001, [("table.too_many_rows", {"limit": 20000})]),
    ("编码,名称\n".encode() + b"\n" * 100_000 + b"1,a\n", [("table.too_many_rows", {"limit": 20000})]),
    (b"x" * (10 * 2**20 + 1), [("table.too_large", {"limit": 10})]),
], ids=lambda value: None if isinstance(value, bytes) else value[0][0])
def test_what_cannot_be_read_is_refused_with_its_reason(content, expected):
    assert refusal(content) == expected


def test_twenty_thousand_rows_are_not_too_many():
    assert len(read("编码,名称\n".encode() + b"1,a\n" * 20000)) == 20000


# ---- bombs: each refused in words, in a moment


def packed(members: dict[str, bytes], compression=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def altered(sheet: str, strings: str = "") -> bytes:
    """A real workbook with its sheet (and shared strings) replaced."""
    whole = zipfile.ZipFile(io.BytesIO(workbook([("编码", "名称"), (1, "甲")])))
    members = {info.filename: whole.read(info) for info in whole.infolist()}
    members["xl/worksheets/sheet1.xml"] = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + sheet + "</sheetData></worksheet>").encode()
    if strings:
        members["xl/sharedStrings.xml"] = (
            '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>' + strings + "</t></si></sst>").encode()
    return packed(members)


def lying() -> bytes:
    """An archive whose directory says 100 bytes where 32 MiB unpack."""
    content = bytearray(packed({"xl/workbook.xml": bytes(2**25)}))
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, directory + 24, 100)
    struct.pack_into("<L", content, 22, 100)
    return bytes(content)


@pytest.mark.parametrize(("content", "code"), [
    (lambda: packed({"xl/workbook.xml": bytes(2**28)}), "table.bomb"),  # 256 MiB in 260 KB
    (lambda: packed({f"xl/{i}.xml": b"" for i in range(201)}), "table.bomb"),
    (lambda: packed({f"xl/{i}.xml": bytes(2**20) for i in range(65)}), "table.bomb"),
    (lying, "table.unreadable"),
    (lambda: altered('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "table.unreadable"),
    (lambda: altered("".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 3000)), "x" * 10**5), "table.unreadable"),
], ids=["ratio", "members", "sum", "lying", "far-apart", "shared-string"])
def test_a_bomb_is_refused_before_it_goes_off(content, code):
    bomb = content()
    began = time.perf_counter()
    assert [found for found, _ in refusal(bomb)] == [code]
    assert time.perf_counter() - began < 8


# ---- safe CSV

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.tuples(
    st.text("' \u3000\t", max_size=3), st.sampled_from([*"=+-@＝＋－＠\t\r\n"]), st.text(max_size=5)).map("".join)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=6))
def test_what_is_written_comes_back_the_same_and_is_never_a_formula(rows):
    content = safe_csv.data(("a", "b"), rows)
    assert content.startswith(b"\xef\xbb\xbfa,b\r\n")
    cells = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    assert [[safe_csv.unguarded(cell) for cell in row] for row in cells] == rows
    assert not [cell for row in cells for cell in row if cell.lstrip()[:1] in tuple("=+-@＝＋－＠") or cell[:1] in tuple("\t\r\n")]


@pytest.mark.parametrize(("cell", "written"), [
    ("=1+1", "'=1+1"), ("  =1", "'  =1"), ("\u3000＝1", "'\u3000＝1"), ("-5", "'-5"), (-5, "-5"), ("'=1", "''=1"), ("it's", "it's"), ("0012", "0012"),
    (None, ""), (True, "true"), (92.5, "92.5"), ("甲=乙", "甲=乙")])
def test_only_texts_that_could_be_formulas_are_marked(cell, written):
    assert safe_csv.text(("x", "y"), [(cell, "z")]) == f"x,y\r\n{written},z\r\n"


def test_a_table_that_was_handed_out_is_read_without_the_marks():
    content = safe_csv.data(("code", "name", "members"), [("0012", "=甲", 3), ("2", "'@乙", None)])
    assert read(content) == [(2, "0012", "=甲", "3"), (3, "2", "'@乙", "")]
