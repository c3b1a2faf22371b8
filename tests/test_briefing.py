"""The briefing: what it says of a snapshot, to whom, and the Word file made of it, which is the same however often it is made."""

import io
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image
from steps import bring

from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.targets import STATUSES, Figure
from lib.exchange import briefing, briefing_word, colours, map_picture
from lib.store import db, ledger, links, meetings, organizations, pack, snapshots

COUNTY = Actor("county", Role.COUNTY)
LEADER = Actor("link:none", Role.LEADER)
HERE, THERE = "610525101", "610525001"
"""The townships of V1 and V2, and of A1."""
PHONE = "13900000001"
EVIL = '甲村<img src=x>&"党支部'
LATE = "2012-05-02T01:00:00.000+00:00"


@pytest.fixture
def county(small_county, at):
    """V1 approved, the others not submitted; a name with markup, a telephone number, an item for each of V1 and A1 due on 20 April."""
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "name": EVIL, "kind": "village", "committee": "610525101000",
                                                           "township": HERE, "members": 30, "secretary": "书记", "phone": PHONE}, at)
    bring(small_county, "V1", "approved", at)
    for code, responsible in (("V1", "王组委"), ("A1", "李主任")):
        ledger.raise_item(small_county, SYSTEM, code, Source.HAND, plan(f"{code}的问题", responsible), at)
    return small_county


def plan(problem: str, responsible: str = "王组委", due_on: str = "2012-04-20") -> Plan:
    return Plan(problem=problem, measure="按期完成整改", responsible=responsible, post="支部书记", due_on=due_on)


@pytest.fixture
def snapshot(county) -> str:
    return snapshots.create(county, SYSTEM, "五月调度会", LATE)


def made(county, actor=COUNTY, asked="latest", language="zh") -> briefing.Briefing:
    return briefing.content(county, actor, asked, language)


def words(table: briefing.Table | None) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows] if table else []


# ---- content


def test_one_sentence_says_how_things_stand(county, snapshot):
    said = made(county).conclusion
    assert said.startswith("截至5月2日，全县3个基层党组织已报自评33.3%，已核准等次33.3%；6项主要指标达标")
    assert said.endswith("；自评提交率滞后的镇（街道）为城关街道、冯原镇。")
    assert "差距最大的是整改销号率（差100.0个百分点）" in said
    assert made(county, language="en").conclusion.startswith("As of 2 May, of 3 organizations (the whole county) 33.3% have submitted")


def test_an_empty_county_says_so(store, at):
    snapshots.create(store, SYSTEM, "空", at)
    found = made(store)
    assert found.conclusion == "名册中还没有基层党组织，暂无数据。"
    assert {row[3] for row in words(found.places)} == {"—"}
    assert briefing_word.docx(found)


def test_figures_have_denominator_target_gap_and_status(county, snapshot):
    rows = {row[0]: row[1:] for row in words(made(county).figures)}
    assert rows["自评提交率"] == ["33.3%", "1/3", "100%", "差 66.7", "严重滞后"]
    assert len(rows) == 6


def test_before_its_phase_a_figure_is_not_late(county):
    snapshots.create(county, SYSTEM, "三月", "2012-04-01T01:00:00.000+00:00")  # the ledger belongs to the phase that begins on 10 April
    found = made(county)
    assert {row[0]: row[4:] for row in words(found.figures)}["整改销号率"] == ["—", "未到时段"]
    assert "整改销号率" not in found.conclusion


def test_townships_are_ranked_with_the_maps_numbers(county, snapshot):
    found = made(county)
    rows = {row[2]: row for row in words(found.places)}
    assert found.places.rows[0][2].text == "冯原镇"  # the best of those that have organizations
    assert rows["冯原镇"][1:6] == ["1", "冯原镇", "50.0%", "1/2", "严重滞后"]
    assert {code: name.split()[0] for code, name in found.map.names.items()} == {
        code: rows[name.split()[1]][0] for code, name in found.map.names.items()}
    assert sorted(int(row[0]) for row in rows.values()) == list(range(1, 11))
    assert rows["冯原镇"][7] == "冯原镇党委"


def test_what_changed_is_told_against_the_snapshot_before(county, snapshot):
    assert (made(county).movers_said, made(county).movers) == ("这是第一份数据快照，没有可比的上一份。", None)
    later = snapshots.create(county, SYSTEM, "五月例会", LATE)
    assert (made(county).movers, made(county).movers_said) == (None, "与上一份数据快照“五月调度会”（2012年5月2日 09:00）相比，没有变动。")
    bring(county, "V2", "submitted", LATE)
    snapshots.create(county, SYSTEM, "六月例会", LATE)
    assert made(county).movers_said.startswith("与上一份数据快照“五月例会”")
    assert ["新报自评", "1", "乙村党支部"] in words(made(county).movers)
    assert made(county, asked=later).movers is None  # a snapshot's briefing stays what it was


def test_overdue_items_come_by_how_late_they_are(county, at):
    ledger.raise_item(county, SYSTEM, "V2", Source.HAND, plan("最早到期的问题", due_on="2012-04-15"), at)
    ledger.raise_item(county, SYSTEM, "V2", Source.HAND, plan("还没到期的问题", due_on="2012-06-01"), at)
    snapshots.create(county, SYSTEM, "五月", LATE)
    found = made(county)
    late = [row for row in words(found.overdue) if row[1].endswith("的问题")]
    assert late[0] == ["乙村党支部", "最早到期的问题", "王组委", "4月15日", "17"]
    assert {row[1] for row in late[1:]} == {"V1的问题", "A1的问题"}
    days = [int(row[4]) for row in words(found.overdue)]
    assert days == sorted(days, reverse=True)


def test_of_many_overdue_items_the_rest_is_counted(county, at):
    for number in range(briefing.OVERDUE + 3):
        ledger.raise_item(county, SYSTEM, "V2", Source.HAND, plan(f"第{number}个问题"), at)
    snapshots.create(county, SYSTEM, "五月", LATE)
    found = made(county)
    count = int(found.overdue_said.split("共")[1].split("项")[0])
    assert count >= briefing.OVERDUE + 3 + 2  # with those of V1 and A1
    assert found.overdue_said.endswith(f"另有{count - briefing.OVERDUE}项。")
    assert len(found.overdue.rows) == briefing.OVERDUE


def test_with_nothing_overdue_there_is_no_table(small_county, at):
    snapshots.create(small_county, SYSTEM, "四月", at)
    found = made(small_county)
    assert (found.overdue, found.overdue_said) == (None, "没有逾期的整改事项。")


# ---- for whom


def test_a_limited_link_gets_its_townships_alone(county, snapshot):
    found = made(county, Actor("link:x", Role.LEADER, townships=(THERE,)))
    assert "、城关街道" not in found.conclusion
    assert found.conclusion.startswith("截至5月2日，城关街道1个基层党组织已报自评0.0%")
    assert [row[2] for row in words(found.places)] == ["城关街道"]
    assert {row[0] for row in words(found.overdue)} == {"县某局党支部"}
    assert list(found.map.names.values()) == ["1 城关街道"]
    assert EVIL not in str(found)


def test_problems_of_others_are_left_out_for_those_who_may_not_read_them(county, snapshot, actor):
    rows = {row[0]: row[1:3] for row in words(made(county, actor("chengguan")).overdue) if "问题" in row[1] or row[1] == "—"}
    assert rows["县某局党支部"] == ["A1的问题", "李主任"]
    assert rows[EVIL] == ["—", "—"]
    assert all("—" not in row[1] for row in words(made(county, LEADER).overdue))


@pytest.mark.parametrize("who", ["county", "fengyuan"])
def test_staff_choose_a_snapshot(county, snapshot, actor, who):
    newest = snapshots.create(county, SYSTEM, "六月", LATE)
    assert briefing.chosen(actor(who), snapshot)["id"] == snapshot
    assert briefing.chosen(actor(who))["id"] == briefing.chosen(actor(who), "latest")["id"] == newest


@pytest.mark.parametrize("pinned", [True, False])
def test_a_link_has_its_own_snapshot_or_the_newest(county, snapshot, pinned):
    newest = snapshots.create(county, SYSTEM, "六月", LATE)
    leader = Actor("link:x", Role.LEADER, snapshot=snapshot if pinned else None)
    own, other = (snapshot, newest) if pinned else (newest, snapshot)
    assert [briefing.chosen(leader, asked)["id"] for asked in ("", "latest", own)] == [own] * 3
    with pytest.raises(Refused, match=r"snapshot\.unknown"):
        briefing.chosen(leader, other)


def test_without_a_snapshot_or_the_right_there_is_none(county):
    with pytest.raises(Refused, match=r"snapshot\.none"):
        briefing.chosen(COUNTY)
    with pytest.raises(Refused, match=r"access\.refused"):
        briefing.chosen(Actor("public", Role.PUBLIC))


def test_minutes_fill_the_table_for_those_who_may_read_them(county, actor, moment):
    meeting, token = meetings.open_meeting(county, actor("county"), "四月调度会", moment)
    own = links.actor_for(county, token, moment)
    empty = [[str(number), "", "", ""] for number in range(1, briefing.ROOM + 1)]
    assert words(made(county, own).decisions) == empty
    meetings.note(county, actor("county"), meeting, "三日内报齐", "张书记", "2012-04-13", db.iso(moment))
    noted = [["1", "三日内报齐", "张书记", "4月13日"], *empty[1:]]
    assert words(made(county).decisions) == words(made(county, own).decisions) == noted
    assert words(made(county, LEADER).decisions) == words(made(county, actor("v1")).decisions) == empty


# ---- the Word file


def paragraphs(paper) -> list[str]:
    return [paragraph.text for paragraph in paper.paragraphs]


def everything(data: bytes) -> str:
    """All that the file's parts say."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    return "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith((".xml", ".rels")))


@pytest.fixture
def data(county, snapshot) -> bytes:
    return briefing_word.docx(made(county))


@pytest.fixture
def paper(data):
    return docx.Document(io.BytesIO(data))


def test_the_file_says_what_the_briefing_says(county, paper):
    found = made(county)
    assert {found.title, found.meta, found.conclusion, found.map.note, found.overdue_said} <= set(paragraphs(paper))
    for table, shown in zip(paper.tables, (found.figures, found.places, found.overdue, found.decisions), strict=True):
        assert [[cell.text for cell in row.cells] for row in table.rows] == [list(shown.heads), *words(shown)]


def test_names_are_text_and_no_telephone_is_in_it(data, paper):
    assert any(EVIL in cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    assert "<img" not in everything(data)
    assert PHONE not in everything(data)


def test_a_text_that_xml_cannot_hold_is_written_without_it(county, snapshot):
    found = made(county)
    broken = briefing.Briefing(**{**vars(found), "conclusion": "控制\x0b字\ud800符\x00"})
    assert "控制字符" in paragraphs(docx.Document(io.BytesIO(briefing_word.docx(broken))))


def test_it_has_one_picture_and_says_that_the_map_is_schematic(paper):
    [shape] = paper.inline_shapes
    assert shape._inline.docPr.get("descr") == "各镇（街道）自评提交率示意图"
    assert any(line.startswith("示意图") for line in paragraphs(paper))
    assert {shape.height} == {briefing_word.PICTURE}


def test_the_footer_names_snapshot_and_checksum_and_counts_pages(paper, snapshot):
    [footer] = paper.sections[0].footer.paragraphs
    assert footer.text.startswith(f"数据快照 {snapshot}　校验值 {snapshots.get(snapshot)['sha256'][:12]}")
    assert [field.get(qn("w:instr")) for field in footer._element.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]


def test_it_is_a4_with_an_official_documents_text_area(paper):
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert round((section.page_width - section.left_margin - section.right_margin) / Mm(1)) == 156
    for table in paper.tables:
        assert round(sum(column.width for column in table.columns) / Mm(1)) == 156


@pytest.mark.parametrize(("style", "font"), [
    ("Normal", "仿宋"), ("Title", "宋体"), ("Heading 1", "黑体"), ("No Spacing", "宋体"), ("Footer", "宋体")])
def test_chinese_text_has_chinese_fonts(paper, style, font):
    fonts = paper.styles[style].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == font
    assert not [name for name in fonts.attrib if "Theme" in name]  # a theme's font would come first


def test_the_files_own_default_is_chinese_too(paper):
    defaults = paper.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    assert defaults.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋"
    assert defaults.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"


def test_status_is_a_word_on_its_colour(paper):
    cell = next(cell for row in paper.tables[0].rows for cell in row.cells if cell.text == "严重滞后")
    assert cell._element.tcPr.find(qn("w:shd")).get(qn("w:fill")) == colours.RED.removeprefix("#")
    assert str(cell.paragraphs[0].runs[0].font.color.rgb) == colours.WHITE.removeprefix("#")


def test_heads_stand_on_every_page_and_rows_are_not_torn(paper):
    for table in paper.tables:
        assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True] + [False] * (len(table.rows) - 1)
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_the_same_snapshot_gives_the_same_bytes_and_another_does_not(county, snapshot, data):
    later = snapshots.create(county, SYSTEM, "六月", LATE)
    assert briefing_word.docx(made(county, asked=snapshot)) == data
    assert briefing_word.docx(made(county, asked=later)) != data
    assert {part.date_time for part in zipfile.ZipFile(io.BytesIO(data)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_the_file_says_of_itself_is_the_snapshots(county, paper, snapshot):
    about, found = paper.core_properties, made(county)
    moment = found.as_of.replace(tzinfo=None, microsecond=0)
    assert {about.created.replace(tzinfo=None), about.modified.replace(tzinfo=None), about.last_printed.replace(tzinfo=None)} == {moment}
    assert (about.title, about.author, about.identifier, about.revision) == (found.title, "县委基层办", snapshot, 1)


def test_a_demo_says_that_it_is_one(demo_home):
    with db.session() as store:
        snapshots.create(store, SYSTEM, "演示", db.iso(db.now(store)))
        found = made(store)
        assert "演示数据" in found.meta
        assert len(docx.Document(io.BytesIO(briefing_word.docx(found))).inline_shapes) == 1
        assert "Demo data" in made(store, language="en").meta


# ---- the picture


CODES = [row["code"] for row in pack.townships()]


def test_the_map_is_filled_by_status():
    figures = {code: Figure("submitted", 9, 10, 9000, 100, False, status, 10, 9) for code, status in zip(CODES, STATUSES, strict=False)}
    image = Image.open(io.BytesIO(map_picture.png(pack.township_shapes(), {code: str(n) for n, code in enumerate(CODES, 1)}, figures))).convert("RGB")
    assert image.height > 1000
    area = {color: count for count, color in image.getcolors(maxcolors=10_000)}
    filled = [tuple(bytes.fromhex(fill.removeprefix("#"))) for fill in (*colours.SCALE, colours.TRACK)]
    near = [sum(count for color, count in area.items() if max(abs(a - b) for a, b in zip(color, fill, strict=True)) <= 4) for fill in filled]
    assert min(near) > 5000


def test_a_township_without_a_number_is_not_drawn():
    whole, alone = (Image.open(io.BytesIO(map_picture.png(pack.township_shapes(), numbers, {})))
                    for numbers in (dict.fromkeys(CODES, "1"), {HERE: "1"}))
    assert alone.width < whole.width
    assert alone.height < whole.height
