"""A briefing as a Word file for A4, to be edited in WPS or Word: margins and type of an official document, Chinese fonts named for Chinese text.

The file holds nothing that the briefing does not say, the time of its making included, so the same briefing gives the same bytes.
"""

import io
import re
import zipfile

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from lib.core.phrases import text
from lib.exchange import colours, map_drawing, map_picture
from lib.exchange.briefing import LINE, Briefing, Cell, Map, Table

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SONG, HEI, FANG = "宋体", "黑体", "仿宋"
"""Fonts that Windows, Word and WPS have for Chinese; without them the reader's program takes another of the kind."""
SERIF, SANS = "Times New Roman", "Arial"
PICTURE = Mm(74)
"""Height of the map."""
INSET = Mm(0.8)
"""Between a cell's border and its text."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every part in the file: the first that a zip can say."""
UNPRINTABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def docx(briefing: Briefing) -> bytes:
    """The Word file."""
    paper = Document()
    _page(paper)
    _styles(paper)
    _write(paper.add_paragraph(style="Title"), briefing.title)
    _write(paper.add_paragraph(style="Subtitle"), briefing.meta)
    _write(paper.add_paragraph(style="Body Text"), briefing.conclusion)
    _head(paper, briefing, "figures")
    _table(paper, briefing.figures)
    _head(paper, briefing, "places")
    _map(paper, briefing.map, briefing.language)
    _write(paper.add_paragraph(style="Caption"), briefing.places_said).paragraph_format.keep_with_next = True
    _table(paper, briefing.places)
    for section, said, table in (("movers", briefing.movers_said, briefing.movers), ("overdue", briefing.overdue_said, briefing.overdue),
                                 ("decisions", briefing.decisions_said, briefing.decisions)):
        _head(paper, briefing, section)
        _write(paper.add_paragraph(), said).paragraph_format.keep_with_next = table is not None
        if table:
            _table(paper, table)
    _footer(paper, briefing)
    _properties(paper, briefing)
    return _packed(paper)


def _page(paper: Paper) -> None:
    """A4 with the text area of an official document (GB/T 9704: 156 × 225 mm)."""
    section = paper.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    section.footer_distance = Mm(20)


def _fonts(properties, chinese: str, latin: str) -> None:
    """Name the fonts of a style or of the whole file; a theme's fonts would come before them."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for script, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{script}"), font)


CELLS = "No Spacing"
"""The style of text in tables: the size of a table's own style gives way to that of the paragraphs."""
STYLES = {  # name: Chinese and Latin font, points, bold, points before and after
    "Normal": (FANG, SERIF, 12, False, 0, 4), "Title": (SONG, SERIF, 22, True, 0, 6), "Subtitle": (FANG, SERIF, 12, False, 0, 10),
    "Body Text": (FANG, SERIF, 16, False, 0, 8), "Heading 1": (HEI, SANS, 15, False, 12, 6), "Caption": (FANG, SERIF, 10.5, False, 2, 6),
    CELLS: (SONG, SERIF, 10, False, 0, 0), "Footer": (SONG, SERIF, 9, False, 0, 0),
}


def _styles(paper: Paper) -> None:
    defaults = paper.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    _fonts(defaults, FANG, SERIF)
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    for name, (chinese, latin, size, bold, before, after) in STYLES.items():
        style = paper.styles[name]
        _fonts(style.element.get_or_add_rPr(), chinese, latin)
        style.font.size, style.font.bold, style.font.italic, style.font.color.rgb = Pt(size), bold, False, RGBColor(0, 0, 0)
        for spacing in style.element.rPr.findall(qn("w:spacing")):
            style.element.rPr.remove(spacing)  # letters set apart by the library's own styles
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.line_spacing = 1.0
    for name in ("Title", "Subtitle", "Caption"):
        paper.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title = paper.styles["Title"].element.pPr
    for border in title.findall(qn("w:pBdr")):
        title.remove(border)
    body = paper.styles["Body Text"].paragraph_format
    body.first_line_indent, body.line_spacing = Pt(32), Pt(28)  # two characters; the lines of an official document


def _write(paragraph: Paragraph, words: str) -> Paragraph:
    """Add text to a paragraph. Quotes and dashes are Chinese where the text is: the hint has them taken from the Chinese font."""
    run = paragraph.add_run(UNPRINTABLE.sub("", words))
    if re.search("[\u3400-\u9fff]", words):
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    return paragraph


def _head(paper: Paper, briefing: Briefing, section: str) -> None:
    _write(paper.add_paragraph(style="Heading 1"), text(f"briefing.head_{section}", briefing.language))


def _shade(properties, fill: str) -> None:
    """Fill the background of a cell or of a run (its properties)."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill.removeprefix("#"))):
        shading.set(qn(f"w:{name}"), value)
    properties.append(shading)


def _cell(cell: _Cell, words: Cell, *, head: bool = False) -> None:
    paragraph = _write(cell.paragraphs[0], words.text)
    paragraph.style = CELLS
    for run in paragraph.runs:
        run.font.bold = head or None
    if head:
        _shade(cell._element.get_or_add_tcPr(), colours.SAND)
    if words.status:
        fill, _, ink = colours.shades(words.status)
        _shade(cell._element.get_or_add_tcPr(), fill)
        paragraph.runs[0].font.color.rgb = RGBColor.from_string(ink.removeprefix("#"))


def _table(paper: Paper, shown: Table) -> None:
    """A table whose head stands on every page it runs over, and whose rows are not torn apart."""
    table = paper.add_table(1 + len(shown.rows), len(shown.heads), style="Table Grid")
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(INSET.twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    for column, width in zip(table.columns, shown.widths, strict=True):
        column.width = Mm(width)
    for number, (row, words) in enumerate(zip(table.rows, (tuple(map(Cell, shown.heads)), *shown.rows), strict=True)):
        properties = row._tr.get_or_add_trPr()
        for name in ("w:cantSplit", *(("w:tblHeader",) if not number else ())):
            properties.append(OxmlElement(name))
        row.height = Mm(shown.height if number else LINE)
        for cell, each, width in zip(row.cells, words, shown.widths, strict=True):
            cell.width, cell.vertical_alignment = Mm(width), WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _cell(cell, each, head=not number)
            # the rows to write in stand on one page
            cell.paragraphs[0].paragraph_format.keep_with_next = not number or (shown.height > LINE and number < len(shown.rows))


def _map(paper: Paper, shown: Map, language: str) -> None:
    """The picture with its legend; who cannot see it is told the title, and has the table."""
    paragraph = paper.add_paragraph()
    paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
    numbers = {code: name.partition(" ")[0] for code, name in shown.names.items()}
    picture = paragraph.add_run().add_picture(io.BytesIO(map_picture.png(shown.shapes, numbers, shown.figures)), height=PICTURE)
    title = text("map.title", language, measure=text(f"measure.{shown.measure}", language))
    picture._inline.docPr.set("descr", title)
    picture._inline.docPr.set("name", title)
    legend = paper.add_paragraph(style="Caption")
    legend.paragraph_format.keep_with_next = True
    for word, fill, _ in map_drawing.shades_shown(shown.figures, shown.names, language):
        sample = legend.add_run("\u3000")
        _shade(sample._element.get_or_add_rPr(), fill)
        _write(legend, f" {word}\u3000")
    _write(paper.add_paragraph(style="Caption"), shown.note)


def _footer(paper: Paper, briefing: Briefing) -> None:
    """Snapshot and checksum, and the page's number."""
    paragraph = paper.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph, f"{briefing.footer}\u3000")
    before, between, after = re.split(r"PAGES?", text("briefing.page", briefing.language, page="PAGE", pages="PAGES"))
    for words, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        _write(paragraph, words)
        if field:
            simple = OxmlElement("w:fldSimple")
            simple.set(qn("w:instr"), field)
            paragraph._element.append(simple)
            simple.append(paragraph.add_run("1")._element)  # until the reader's program has counted


def _properties(paper: Paper, briefing: Briefing) -> None:
    """What the file says of itself: all of it from the snapshot."""
    about = paper.core_properties
    about.author = about.last_modified_by = briefing.office
    about.title, about.identifier, about.comments = briefing.title, briefing.snapshot, briefing.footer
    about.language = "zh-CN" if briefing.language == "zh" else "en"
    about.created = about.modified = about.last_printed = briefing.as_of.replace(tzinfo=None, microsecond=0)
    about.revision = 1
    package = paper.part.package
    for name in [name for name, part in package.rels.items() if part.reltype.endswith("/thumbnail")]:
        package.rels.pop(name)  # a picture of the library's own empty page


def _packed(paper: Paper) -> bytes:
    """The file with the dates of its parts taken out."""
    made, packed = io.BytesIO(), io.BytesIO()
    paper.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, EARLIEST)
            part.compress_type, part.create_system = zipfile.ZIP_DEFLATED, 3
            target.writestr(part, source.read(name))
    return packed.getvalue()
