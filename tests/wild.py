"""Tables as offices hand them in, byte by byte as the programs write them: Excel, WPS and their CSV exports, old and new.

Workbooks are put together from their parts by hand, so that each oddity is there on purpose; the old XLS comes from `xlwt`.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence

import xlwt

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EPOCH = dt.date(1899, 12, 30)
DATE, TEXT = 1, 2
"""Places of the cell formats: a date as Excel shows it in China (yyyy/m/d, built-in number 14), and text."""

STYLES = f"""{HEAD}<styleSheet xmlns="{SPREADSHEET}"><fonts count="1"><font><sz val="11"/><name val="宋体"/><charset val="134"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0"
applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>"""
WORKBOOK = (f'{HEAD}<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>')
OFFICE = "http://schemas.openxmlformats.org/package/2006"
TYPES = f"""{HEAD}<Types xmlns="{OFFICE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
<Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>"""
ROOT = f"""{HEAD}<Relationships xmlns="{OFFICE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>
<Relationship Id="rId2" Type="{RELATIONS}/extended-properties" Target="docProps/app.xml"/></Relationships>"""
PARTS = f"""{HEAD}<Relationships xmlns="{OFFICE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/>
<Relationship Id="rId3" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"""
APPLICATIONS = {"excel": "<Application>Microsoft Excel</Application><AppVersion>16.0300</AppVersion>",
                "wps": "<Application>WPS 表格</Application><TotalTime>0</TotalTime>"}


def _letter(position: int) -> str:
    return chr(65 + position) if position < 26 else chr(64 + position // 26) + chr(65 + position % 26)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def workbook(rows: Sequence[Sequence[object]], *, application: str = "excel", merged: Sequence[str] = (), styled: Mapping[int, int] = {},
             dimension: str = "") -> bytes:
    """An XLSX of one sheet. A text becomes a shared string (with the phonetic hint that East Asian Excel adds), a date a number with a date's
    format, None a cell that is not there. `styled` rows and columns beyond (row → last column) are blank cells with a format, as they are left
    behind when contents are deleted; `dimension` is what the file says of its size.
    """
    strings: list[str] = []
    lines = []
    for number, row in enumerate(rows, 1):
        cells = ""
        for position, value in enumerate(row):
            place = f"{_letter(position)}{number}"
            if isinstance(value, str):
                strings.append(value)
                cells += f'<c r="{place}" s="{TEXT}" t="s"><v>{len(strings) - 1}</v></c>'
            elif isinstance(value, dt.date):
                cells += f'<c r="{place}" s="{DATE}"><v>{(value - EPOCH).days}</v></c>'
            elif value is not None:
                cells += f'<c r="{place}"><v>{value!r}</v></c>'
        cells += "".join(f'<c r="{_letter(position)}{number}" s="{TEXT}"/>' for position in range(len(row), styled.get(number, 0)))
        lines.append(f'<row r="{number}" spans="1:{max(len(row), 1)}" ht="14.25" x14ac:dyDescent="0.2">{cells}</row>')
    lines += [f'<row r="{number}">' + "".join(f'<c r="{_letter(position)}{number}" s="{TEXT}"/>' for position in range(last)) + "</row>"
              for number, last in styled.items() if number > len(rows)]
    merge = f'<mergeCells count="{len(merged)}">' + "".join(f'<mergeCell ref="{area}"/>' for area in merged) + "</mergeCells>" if merged else ""
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    sheet = (f'{HEAD}<worksheet xmlns="{SPREADSHEET}" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac">{size}'
             f'<cols><col min="1" max="16384" width="9" style="{TEXT}"/></cols><sheetData>{"".join(lines)}</sheetData>{merge}</worksheet>')
    shared = "".join(f'<si><t xml:space="preserve">{_escaped(text)}</t><rPh sb="0" eb="1"><t>ヨミ</t></rPh><phoneticPr fontId="1"/></si>'
                     for text in strings)
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": ROOT, "xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": PARTS,
             "xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": STYLES,
             "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{SPREADSHEET}" count="{len(strings)}" uniqueCount="{len(strings)}">{shared}</sst>',
             "docProps/app.xml": f'{HEAD}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
                                 f'{APPLICATIONS[application]}</Properties>'}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text.encode())
    return file.getvalue()


def old_workbook(rows: Sequence[Sequence[object]], merged: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """A BIFF8 file (Excel 97–2003). `merged` are areas of first and last row, first and last column, from 0; they hold their first cell's value."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet, day = book.add_sheet("Sheet1"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    areas = {(first, left): (first, last, left, right) for first, last, left, right in merged}
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            if (number, position) in areas:
                sheet.write_merge(*areas[number, position], value)
            elif isinstance(value, dt.date):
                sheet.write(number, position, value, day)
            elif value is not None:
                sheet.write(number, position, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv(rows: Sequence[Sequence[str]], encoding: str = "gbk", delimiter: str = ",", ending: str = "\r\n") -> bytes:
    """A CSV as Excel writes it: quotes only where needed, every line ended."""
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in (delimiter, '"', "\n")) else cell

    return "".join(delimiter.join(map(quoted, row)) + ending for row in rows).encode(encoding)
