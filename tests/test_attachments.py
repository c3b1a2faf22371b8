"""Evidence files: typed by what is in them, bounded, harmless by name, and only for those who answer for the organization."""

import datetime as dt
import hashlib
import io
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from steps import bring

from lib.core import forms
from lib.core.access import Action
from lib.core.ledger import ItemState, Plan, Source
from lib.core.model import SYSTEM, Refused
from lib.core.workflow import State
from lib.store import accounts, assessments, attachments, db, ledger, links, records
from lib.store.records import Entry
from lib.web import asgi

PDF = b"%PDF-1.4 minutes of a meeting"
JPG, PNG = b"\xff\xd8\xff\xe0 a picture", b"\x89PNG\r\n\x1a\n a picture"


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
XLSX = packed("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture
def item(small_county) -> str:
    form = assessments.draft(small_county, "V1").form
    return next(name for name, item in form.items.items() if item.part == forms.FILE)


@pytest.fixture
def add(small_county, item, at):
    """`add(content, name)`: attach to the village's draft and give the row that the store keeps."""

    def added(content=PDF, name="会议记录.pdf", actor=SYSTEM, where="V1"):
        made = attachments.add(small_county, actor, where, item, name, content, at)
        return next(row for row in attachments.every(small_county, "2012", where) if row["id"] == made)

    return added


def refusal(call, *arguments, **named) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.problems[0].code


# ---- content


@pytest.mark.parametrize(("content", "name", "kept"), [
    (PDF, "a.pdf", "a.pdf"), (PDF, "a.exe", "a.pdf"), (PDF, "a", "a.pdf"), (JPG, "扫描件.JPEG", "扫描件.jpg"), (PNG, "a.png", "a.png"),
    (DOCX, "a.doc", "a.docx"), (XLSX, "台账.xlsx", "台账.xlsx")])
def test_the_content_decides_the_type_whatever_the_name_says(add, content, name, kept):
    row = add(content, name)
    assert (row["name"], row["size"]) == (kept, len(content))


@pytest.mark.parametrize("content", [
    b"MZ\x90\x00 a program", b"<html><script>", b"plain words", b"PK\x03\x04 not really", packed("evil.exe"), packed("word/document.xml"),
    packed("[Content_Types].xml", "ppt/presentation.xml"), DOCX[:60], b"\x00" * 100, b" %PDF-1.4"],
    ids=["exe", "html", "text", "broken-zip", "zip", "no-content-types", "pptx", "cut-off", "zeros", "late-pdf"])
def test_what_is_none_of_the_accepted_types_is_refused_and_not_kept(small_county, add, home, content):
    assert refusal(add, content, "a.pdf") == "attachment.type"
    assert attachments.every(small_county, "2012", "V1") == []
    assert not (home / "attachments").exists()


@pytest.mark.parametrize(("size", "problem"), [
    (0, "attachment.size"), (attachments.SIZE_LIMIT, None), (attachments.SIZE_LIMIT + 1, "attachment.size")])
def test_empty_and_oversized_files_are_refused(add, size, problem):
    content = PDF.ljust(size, b" ") if size else b""
    assert (refusal(add, content) if problem else add(content)["size"]) == (problem or size)


def test_an_organization_has_a_quota(small_county, add, monkeypatch):
    monkeypatch.setattr(attachments, "QUOTA", 100)
    add(PDF.ljust(60))
    assert refusal(add, PDF.ljust(41)) == "attachment.quota"
    add(PDF.ljust(40, b"!"))
    assert sum(row["size"] for row in attachments.every(small_county, "2012", "V1")) == 100


def test_an_item_takes_nine_files_and_a_removed_one_makes_room(small_county, add, at):
    rows = [add(PDF + bytes([number])) for number in range(attachments.PER_ITEM)]
    assert refusal(add) == "attachment.quota"
    attachments.remove(small_county, SYSTEM, rows[0]["id"], at)
    add()
    assert len(attachments.every(small_county, "2012", "V1")) == attachments.PER_ITEM


def test_a_file_is_on_disk_under_its_hash_once_and_unchanged(small_county, add, home):
    first, second = add(PDF, "a.pdf"), add(PDF, "b.pdf")
    digest = hashlib.sha256(PDF).hexdigest()
    assert [path.name for path in (home / "attachments").rglob("*") if path.is_file()] == [digest]
    assert attachments.path_of(digest).read_bytes() == PDF
    assert attachments.referenced(small_county) == [digest]
    assert first["id"] != second["id"]


# ---- names


@pytest.mark.parametrize(("name", "stem"), [
    ("会议记录.pdf", "会议记录"), ("../../etc/passwd", "passwd"), ("..\\..\\windows\\system32\\a.pdf", "a"), ("/root/.bashrc", "file"),
    ("..", "file"), ("", "file"), (".pdf", "file"), ("...pdf", "file"), ("CON", "_CON"), ("con.pdf", "_con"), ("NUL.tar.pdf", "_NUL.tar"),
    ("lpt1.pdf", "_lpt1"), ("CONTENT.pdf", "CONTENT"), ("a\0b.pdf", "ab"), ("\0", "file"), ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1"),
    ('a"; b<c>|?*.pdf', "a_; b_c____"), ("gnp\u202eexe.pdf", "gnpexe"), ("长" * 300 + ".pdf", "长" * 80), ("a" * 79 + ". b.pdf", "a" * 79)])
def test_a_name_becomes_one_that_every_system_can_save(name, stem):
    assert attachments.stem_of(name) == stem


@pytest.mark.parametrize("name", ["../../x", "CON", "a\0b.pdf", "长" * 300, "..\\x", "\r\nX: y"])
def test_no_name_reaches_the_disk_or_the_answers_headers(add, home, name):
    row = add(PDF, name)
    assert [path.name for path in (home / "attachments").rglob("*") if path.is_file()] == [hashlib.sha256(PDF).hexdigest()]
    header = asgi.attached(row["name"])["Content-Disposition"]
    assert header.startswith("attachment; filename*=UTF-8''")
    assert header.isascii()
    assert header.isprintable()
    assert "/" not in header.split("''")[1]


# ---- who


def test_only_who_fills_in_for_the_organization_attaches_and_removes(small_county, add, actor, at):
    row = add(actor=actor("v1"))
    for username in ("v2", "a1", "chengguan"):
        assert refusal(add, actor=actor(username)) == "access.refused"
        assert refusal(attachments.remove, small_county, actor(username), row["id"], at) == "access.refused"
        assert refusal(attachments.open_, small_county, actor(username), row["id"]) == "access.refused"
    assert [each["id"] for each in attachments.every(small_county, "2012", "V1")] == [row["id"]]
    attachments.remove(small_county, actor("fengyuan"), row["id"], at)
    assert refusal(attachments.remove, small_county, actor("fengyuan"), row["id"], at) == "attachment.unknown"


def test_nothing_is_attached_or_removed_after_submission_and_nothing_to_what_is_no_file_item(small_county, add, item, actor, at):
    row = add()
    assert refusal(attachments.add, small_county, SYSTEM, "V1", item.removesuffix("__file"), "a.pdf", PDF, at) == "answer.unknown"
    assert refusal(attachments.add, small_county, SYSTEM, "V1", "no_such_item", "a.pdf", PDF, at) == "answer.unknown"
    bring(small_county, "V1", State.SUBMITTED, at)
    assert refusal(add) == "workflow.not_now"
    assert refusal(attachments.remove, small_county, SYSTEM, row["id"], at) == "workflow.not_now"
    assert len(attachments.every(small_county, "2012", "V1")) == 1


# ---- over HTTP


@pytest.fixture
def fetch(small_county, moment):
    """`fetch(id, "v1")`: the file as an account, `link=True` as a leader, with neither as nobody."""
    client = TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware))
    token = links.create(small_county, SYSTEM, "县委书记", moment + links.LONGEST, moment)

    def fetched(attachment, username=None, *, link=False):
        cookie = ""
        if username:
            cookie = f"{asgi.SESSION_COOKIE}={accounts.open_session(small_county, username, db.now(small_county)).sid}"
        elif link:
            cookie = f"{asgi.VIEW_COOKIE}={token}"
        return client.get(f"/attachments/{attachment}", headers={"cookie": cookie})

    return fetched


@pytest.mark.parametrize("username", ["v1", "fengyuan", "county", "admin"])
def test_those_who_answer_for_it_get_the_file_to_save(add, fetch, username):
    answer = fetch(add(PDF, "会议记录.pdf")["id"], username)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PDF, "application/pdf")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E4%BC%9A%E8%AE%AE%E8%AE%B0%E5%BD%95.pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("who", [{"username": "v2"}, {"username": "a1"}, {"username": "chengguan"}, {"link": True}, {}])
def test_for_everybody_else_it_does_not_exist(add, fetch, who):
    known, unknown = fetch(add()["id"], **who), fetch("a999999", **who)
    assert (known.status_code, known.content) == (404, b"")
    assert (unknown.status_code, unknown.content, dict(unknown.headers)) == (404, b"", dict(known.headers))


def test_who_must_change_the_password_first_gets_no_file(small_county, add, fetch, at):
    row = add()
    accounts.reset_password(small_county, SYSTEM, "v1", accounts.DUMMY_HASH, at)
    assert fetch(row["id"], "v1").status_code == 404


@pytest.mark.parametrize("path", ["..%2f..%2fstore.db", "%2e%2e", "a1%00", "'%20or%201=1"])
def test_an_id_is_never_a_path(add, fetch, path):
    add()
    assert fetch(path, "admin").status_code == 404


# ---- evidence of the ledger and of records


@pytest.fixture
def listed(small_county, at):
    """An open item on the ledger of the first village."""
    return ledger.raise_item(small_county, SYSTEM, "V1", Source.HAND, Plan("场所被占用", "收回", "王建国", "副镇长", "", "2012-06-01"), at)


def prove(store, actor, subject, at, content=PDF, name="照片.pdf", organization="V1"):
    return attachments.add_evidence(store, actor, organization, subject, name, content, at)


def test_evidence_is_kept_with_its_item_and_goes_into_a_backup(small_county, listed, actor, at):
    made = prove(small_county, actor("v1"), listed, at, JPG, "照片.JPEG")
    row = attachments.evidence(small_county, listed)[0]
    assert (row["id"], row["organization"], row["name"], row["size"], row["author"]) == (made, "V1", "照片.jpg", len(JPG), "v1")
    assert made.startswith("v")
    assert attachments.referenced(small_county) == [hashlib.sha256(JPG).hexdigest()]
    attachments.remove_evidence(small_county, actor("v1"), made, at)
    assert attachments.evidence(small_county, listed) == []
    assert refusal(attachments.remove_evidence, small_county, actor("v1"), made, at) == "attachment.unknown"
    assert refusal(attachments.open_, small_county, actor("v1"), made) == "attachment.unknown"
    assert attachments.referenced(small_county) == [hashlib.sha256(JPG).hexdigest()]  # the history still names it


def test_evidence_of_a_record(small_county, actor, at):
    values = {"visited_on": "2012-04-09", "visitor": "李干事"}
    record = records.add(small_county, SYSTEM, "visits", Entry(values, organization="V1"), at, dt.date(2012, 4, 10))
    made = prove(small_county, actor("fengyuan"), record, at)
    assert [row["id"] for row in attachments.evidence(small_county, record)] == [made]
    assert refusal(prove, small_county, SYSTEM, record, at, organization="V2") == "ledger.unknown"


@pytest.mark.parametrize(("content", "problem"), [(b"", "attachment.size"), (PDF.ljust(attachments.SIZE_LIMIT + 1), "attachment.size"),
                                                  (b"MZ\x90\x00 a program", "attachment.type")])
def test_evidence_is_checked_as_attachments_are(small_county, listed, at, content, problem):
    assert refusal(prove, small_county, SYSTEM, listed, at, content) == problem
    assert attachments.evidence(small_county, listed) == []


def test_evidence_and_attachments_share_the_quota(small_county, add, listed, at, monkeypatch):
    monkeypatch.setattr(attachments, "QUOTA", 100)
    add(PDF.ljust(60))
    assert refusal(prove, small_county, SYSTEM, listed, at, PDF.ljust(41)) == "attachment.quota"
    prove(small_county, SYSTEM, listed, at, PDF.ljust(40, b"!"))
    assert refusal(add, PDF.ljust(30, b"?")) == "attachment.quota"


def test_an_item_of_the_ledger_takes_nine_files(small_county, listed, at):
    for number in range(attachments.PER_ITEM):
        prove(small_county, SYSTEM, listed, at, PDF + bytes([number]))
    assert refusal(prove, small_county, SYSTEM, listed, at) == "attachment.quota"


def test_only_who_answers_for_the_organization_adds_reads_and_removes_evidence(small_county, listed, actor, at):
    made = prove(small_county, actor("v1"), listed, at)
    for username in ("v2", "a1", "chengguan"):
        assert refusal(prove, small_county, actor(username), listed, at) == "access.refused"
        assert refusal(attachments.remove_evidence, small_county, actor(username), made, at) == "access.refused"
        assert refusal(attachments.open_, small_county, actor(username), made) == "access.refused"
    assert refusal(prove, small_county, actor("v2"), listed, at, organization="V2") == "ledger.unknown"  # nor to another's item
    assert attachments.open_(small_county, actor("county"), made)[0] == "照片.pdf"


def test_what_was_checked_by_its_evidence_keeps_it(small_county, listed, at):
    made = prove(small_county, SYSTEM, listed, at)
    ledger.act(small_county, SYSTEM, listed, Action.APPLY_SIGN_OFF, at, note="已收回")
    assert refusal(attachments.remove_evidence, small_county, SYSTEM, made, at) == "ledger.not_now"
    prove(small_county, SYSTEM, listed, at, PNG, "现场.png")  # the checker's own photograph
    for action in (Action.CHECK_ITEM, Action.SIGN_OFF):
        ledger.act(small_county, SYSTEM, listed, action, at, note="属实")
    assert refusal(prove, small_county, SYSTEM, listed, at, PDF) == "ledger.not_now"
    assert len(attachments.evidence(small_county, listed)) == 2


def test_a_move_and_its_evidence_are_one(small_county, listed, actor, at):
    move = (small_county, actor("v1"), listed, Action.APPLY_SIGN_OFF, at)
    assert refusal(attachments.move_with_evidence, *move, [("a.pdf", PDF), ("b.exe", b"MZ")], note="已收回") == "attachment.type"
    assert refusal(attachments.move_with_evidence, *move, [("a.pdf", PDF)], note="") == "reason.missing"
    assert (attachments.evidence(small_county, listed), ledger.get(small_county, listed).state) == ([], ItemState.OPEN)
    assert attachments.move_with_evidence(*move, [("a.pdf", PDF), ("b.jpg", JPG)], note="已收回") == ItemState.APPLIED
    assert [row["name"] for row in attachments.evidence(small_county, listed)] == ["a.pdf", "b.jpg"]


@pytest.mark.parametrize(("who", "status"), [({"username": "v1"}, 200), ({"username": "fengyuan"}, 200), ({"username": "county"}, 200),
                                             ({"username": "v2"}, 404), ({"link": True}, 404), ({}, 404)])
def test_evidence_is_served_as_attachments_are(small_county, listed, fetch, at, who, status):
    answer = fetch(prove(small_county, SYSTEM, listed, at), **who)
    assert (answer.status_code, answer.content) == (status, PDF if status == 200 else b"")
