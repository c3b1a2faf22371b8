"""Forms as data: composing, parsing, what the loader adds, encoding, reading, gaps and findings."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import refused, said

from lib.core import forms, phrases
from lib.core.forms import Choice, FormError, Item

TODAY = dt.date(2012, 4, 10)


def item(type_: str = "integer", name: str = "q", **columns) -> Item:
    return Item(name=name, type=type_, group="g", label={}, **columns)


def row(name: str, type_: str = "integer", **columns) -> dict:
    """A row of a form; `label` stands for both languages, `__` in a column's name for `::`."""
    return {"type": type_, "name": name, "label::zh": f"{name}？", "label::en": f"{name}?",
            **{key.replace("__", "::"): value for key, value in columns.items()}}


def form(*rows: dict, choices: dict | None = None, group: str = "g") -> forms.Form:
    lists = {"yn": [{"name": code, "label::zh": code, "label::en": code} for code in ("yes", "no", "unsure")],
             "cause": [{"name": "people", "label::zh": "缺人", "label::en": "people"}], **(choices or {})}
    return forms.parse({"name": "f", "label::zh": "表", "label::en": "Form", "choices": lists,
                        "groups": [{"name": group, "label::zh": "节", "label::en": "Section", "items": list(rows)}]})


def read(form_: forms.Form, **answers: str) -> forms.Reading:
    return forms.read(form_, answers, TODAY)


# ---- documents and composing


def documents(own: str, common: str = "") -> dict:
    found = {"own": forms.read_document(own)}
    if common:
        found["common"] = forms.read_document(common)
    return found


COMMON = """
choices:
  yn: [{name: yes, label::zh: 是, label::en: Yes}]
  cause: [{name: people, label::zh: 缺人, label::en: people}]
  never_used: [{name: x, label::zh: x, label::en: x}]
groups:
- {name: setup, label::zh: 组织设置, label::en: Set-up}
items:
- {type: integer, name: members, label::zh: 几人, label::en: How many, hint::zh: 数名册, hint::en: Count, constraint: '. < ${set_most}'}
- {type: select_one, name: venue, list_name: yn, label::zh: '{last_year} 年有场所吗', label::en: 'A venue in {last_year}, or {year}?'}
"""
OWN = """
name: own
label::zh: 问卷
label::en: Form
include: [common]
groups:
- name: setup
  items:
  - use: members
    label::zh: 全乡几人
    hint::zh: ''
  - use: venue
  - {type: integer, name: extra, label::zh: 另, label::en: Extra}
- {name: own_section, label::zh: 自己的节, label::en: Own, items: []}
"""


def test_every_scalar_is_text():
    assert forms.read_document("a: yes\nb: 5\nc: 2012-04-10\nd: [no, 1.50]\ne:\nf: ~") == {
        "a": "yes", "b": "5", "c": "2012-04-10", "d": ["no", "1.50"], "e": "", "f": "~"}


@pytest.mark.parametrize(("text", "code"), [
    ("- a\n- b", "mapping"), ("just text", "mapping"), ("", "mapping"), ("a: [", "yaml"), ("a: b: c", "yaml"),
    ("!!python/object/apply:os.system ['true']", "mapping"),
])
def test_no_document(text, code):
    refused(lambda: forms.read_document(text), said(f"form.{code}"))


def test_compose():
    body = forms.compose(documents(OWN, COMMON), "own", {"most": "500"}, 2012)
    assert body == {
        "name": "own", "label::zh": "问卷", "label::en": "Form",
        "groups": [
            {"name": "setup", "label::zh": "组织设置", "label::en": "Set-up", "items": [
                # its own column on top, an emptied column gone, the rest from the file; the setting written out
                {"type": "integer", "name": "members", "label::zh": "全乡几人", "label::en": "How many", "hint::en": "Count",
                 "constraint": ". < 500"},
                {"type": "select_one", "name": "venue", "list_name": "yn", "label::zh": "2011 年有场所吗", "label::en": "A venue in 2011, or 2012?"},
                {"type": "integer", "name": "extra", "label::zh": "另", "label::en": "Extra"}]},
            {"name": "own_section", "label::zh": "自己的节", "label::en": "Own", "items": []}],
        "choices": {"yn": [{"name": "yes", "label::zh": "是", "label::en": "Yes"}],
                    "cause": [{"name": "people", "label::zh": "缺人", "label::en": "people"}]}}


def test_composing_leaves_the_documents_alone():
    source = documents(OWN, COMMON)
    forms.compose(source, "own", {"most": "500"}, 2012)
    assert source == documents(OWN, COMMON)


@pytest.mark.parametrize(("own", "settings", "expected"), [
    (OWN.replace("use: venue", "use: venues"), {"most": "5"}, said("form.use", name="own", item="venues", names="common")),
    (OWN.replace("[common]", "[comon]"), {"most": "5"}, said("form.include", name="own", names="comon")),
    (OWN, {"least": "5"}, said("form.setting", name="own", setting="most")),
])
def test_composing_tells_what_is_missing(own, settings, expected):
    refused(lambda: forms.compose(documents(own, COMMON), "own", settings, 2012), expected)


def test_a_version_is_its_content():
    body = forms.compose(documents(OWN, COMMON), "own", {"most": "500"}, 2012)
    reordered = {key: body[key] for key in reversed(body)}
    assert forms.version_of(reordered) == forms.version_of(body)
    others = [forms.compose(documents(OWN, COMMON), "own", {"most": "501"}, 2012),
              forms.compose(documents(OWN, COMMON), "own", {"most": "500"}, 2013),
              forms.compose(documents(OWN.replace("另", "又"), COMMON), "own", {"most": "500"}, 2012)]
    assert len({forms.version_of(each) for each in (body, *others)}) == 4


# ---- parsing


@pytest.mark.parametrize("body", [
    {}, {"groups": []}, {"name": "f", "groups": None}, {"name": "f", "groups": [{}]}, {"name": "f", "groups": [{"name": "g", "items": [None]}]},
    {"name": "f", "groups": [], "choices": {"yn": [{"label::zh": "是"}]}},
])
def test_a_form_of_another_shape(body):
    refused(lambda: forms.parse(body), said("form.shape", name=body.get("name", "?")))


@pytest.mark.parametrize(("wrong", "expected"), [
    ("x", said("form.nameless", section="g")), ({"type": "integer"}, said("form.nameless", section="g")),
    ({"name": "q"}, said("form.type", item="q", value="")),
    ({"name": "q", "type": "number"}, said("form.type", item="q", value="number")),
    *((row("q", score=score), said("form.score", item="q", value=score)) for score in ("five", "nan", "inf")),
    (row("q", caps=["${a} > 1"]), said("form.cap", item="q", value="${a} > 1", levels="5, 3, 1, 0")),
    (row("q", caps=["${a} > 1 => 2"]), said("form.cap", item="q", value="${a} > 1 => 2")),
    (row("q", caps="${a} > 1 => five"), said("form.cap", item="q", value="${a} > 1 => five")),
])
def test_an_item_of_another_shape(wrong, expected):
    refused(lambda: form(wrong), expected)


def test_an_error_reads_well_in_a_log():
    with pytest.raises(FormError) as error:
        form({"name": "q", "type": "number"})
    assert str(error.value) == phrases.explain(error.value.problems[0], "en")
    assert "number" in str(error.value)


def test_children():
    made = form(
        row("count", unsure="yes", relevant="${go} = 'yes'", problem_when=". > 3", concern_when=". = 3"),
        row("go", "select_one", list_name="yn"),
        row("level", "select_one", dimension="team", score="5", na="yes", evidence__zh="凭据", evidence__en="Paper",
            level_5__zh="好", level_5__en="good", level_3__zh="中", level_1__zh="差", level_0__zh="无"),
        row("computed", "calculate", dimension="team", score="5", level_5_when="${count} > 1", level_5__zh="好", problem_when=". = 0"))
    assert {parent: [(each.name, each.type, each.required, each.relevant) for each in rows] for parent, rows in made.children.items()} == {
        "count": [("count__unsure", "select_multiple", False, "${go} = 'yes'"),
                  ("count__what", "text", True, "(${go} = 'yes') and ((${count} > 3) or (${count} = 3))"),
                  ("count__why", "select_one", True, "(${go} = 'yes') and ((${count} > 3) or (${count} = 3))")],
        "level": [("level__note", "text", False, ""), ("level__file", "file", False, "")],
        # nothing is asked there, so nothing is to be noted; a problem is still explained
        "computed": [("computed__what", "text", True, "(${computed} = 0)"), ("computed__why", "select_one", True, "(${computed} = 0)")]}
    assert [choice.name for choice in made.items["count__why"].choices] == ["people"]
    assert made.items["level__note"].hint == {"zh": "凭据", "en": "Paper"}
    assert [choice.name for choice in made.items["level"].choices] == ["5", "3", "1", "0", "na"]
    assert made.items["level"].choices[0].label == {"zh": "5 分  好", "en": "5 points  good"}
    assert made.items["level"].points == 500


def test_numbers():
    body = {"name": "f", "groups": [
        {"name": "a", "items": [row("one", unsure="yes"), row("kept", "hidden"), row("calc", "calculate", calculation="1"),
         row("two", problem_when=". > 1")]},
        {"name": "b", "items": [row("scored", "calculate", dimension="team", score="5", level_5_when="${one} > 1"), row("three")]}]}
    made = forms.parse(body)
    assert {name: made.number_of(name) for name in made.items} == {
        "one": "1.1", "one__unsure": "1.1", "kept": "", "calc": "", "two": "1.2", "two__what": "1.2", "two__why": "1.2", "scored": "2.1",
        "three": "2.2"}


# ---- encoding

CODES = (Choice("a", {}), Choice("b", {}), Choice("unsure", {}))
ITEMS = {"integer": item("integer"), "decimal": item("decimal"), "date": item("date"), "text": item("text"),
         "select_one": item("select_one", choices=CODES), "select_multiple": item("select_multiple", choices=CODES)}
VALUES = st.one_of(
    st.tuples(st.just("integer"), st.integers(-10**15 + 1, 10**15 - 1)),
    st.tuples(st.just("decimal"), st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.6g}"))),
    st.tuples(st.just("date"), st.dates()),
    st.tuples(st.just("text"), st.text(max_size=300)),
    st.tuples(st.just("select_one"), st.sampled_from(["a", "b", "unsure"])),
    st.tuples(st.just("select_multiple"), st.lists(st.sampled_from(["a", "b", "unsure"]), min_size=1)))


@given(VALUES)
def test_what_is_encoded_is_read_back(pair):
    type_, value = pair
    stored = forms.encode(ITEMS[type_], value)
    read_back = forms.decode(ITEMS[type_], stored)
    match type_:
        case "date":
            assert read_back == value.isoformat()
        case "select_multiple":
            assert read_back.split() == [code for code in ("a", "b", "unsure") if code in value]
        case "text":
            assert read_back == ("".join(c for c in value if c.isprintable() or c in "\n\t").strip() or None)
        case _:
            assert read_back == value
    assert stored is None or forms.encode(ITEMS[type_], stored) == stored  # once stored it is never another text


@given(st.sampled_from(sorted(ITEMS)), st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.dates(),
    st.binary()))
def test_anything_at_all_is_encoded_or_refused(type_, value):
    try:
        stored = forms.encode(ITEMS[type_], value)
    except (ValueError, TypeError, OverflowError):
        return
    assert stored is None or (stored == stored.strip() != "" and len(stored) <= forms.TEXT_LIMIT)


@pytest.mark.parametrize(("type_", "value", "stored"), [
    ("integer", 3.0, "3"), ("integer", "12", "12"), ("integer", " 12 ", "12"), ("integer", "１２", "12"), ("integer", "+5", "5"),
    ("integer", "007", "7"),
    ("integer", 0, "0"), ("integer", -3, "-3"), ("integer", "1\u200b2", "12"),
    ("decimal", "1.50", "1.5"), ("decimal", "２.５", "2.5"), ("decimal", 3, "3"), ("decimal", "0.1", "0.1"),
    ("date", dt.date(2012, 4, 10), "2012-04-10"), ("date", "2012-04-10", "2012-04-10"), ("date", "20120410", "2012-04-10"),
    ("text", "  两行\n文字\t \x00\x07\u202e", "两行\n文字"), ("text", "\ud800x", "x"), ("text", 5, "5"), ("text", "   ", None),
    ("text", "\x00", None),
    ("text", "x" * 2000, "x" * 2000), ("text", "=cmd()", "=cmd()"), ("text", "<b>", "<b>"),
    ("select_one", "a", "a"), ("select_one", "", None), ("select_one", " ", None),
    ("select_multiple", ["b", "a"], "a b"), ("select_multiple", "b  a a", "a b"), ("select_multiple", [], None), ("select_multiple", ("a",), "a"),
    ("integer", None, None), ("date", None, None), ("integer", "", None),
])
def test_encode(type_, value, stored):
    assert forms.encode(ITEMS[type_], value) == stored


@pytest.mark.parametrize(("type_", "value"), [
    ("integer", 3.5), ("integer", "3.5"), ("integer", "three"), ("integer", "三"), ("integer", True), ("integer", float("nan")),
    ("integer", float("inf")),
    ("integer", "9" * 400), ("integer", 10**15), ("integer", [1]), ("integer", "1 2"),
    ("decimal", "nan"), ("decimal", "inf"), ("decimal", "1e300"), ("decimal", "x"),
    ("date", "2012-02-30"), ("date", "10.4.2012"), ("date", "0"), ("date", dt.datetime(2012, 4, 10, 1, 1)),
    ("text", "x" * 2001),
    ("select_one", "c"), ("select_one", "A"), ("select_one", "a b"), ("select_one", 1), ("select_multiple", ["a", "c"]), ("select_multiple", "a,b"),
])
def test_encode_refuses(type_, value):
    with pytest.raises(ValueError):
        forms.encode(ITEMS[type_], value)


# ---- reading


def test_order_follows_what_is_read():
    made = form(row("last", relevant="${mid} = 'yes'"), row("mid", "select_one", list_name="yn", relevant="${sum} > 1"),
                row("sum", "calculate", calculation="${one} + ${two}"), row("one"), row("two"))
    order = made.order
    assert set(order) == set(made.items)
    for earlier, later in (("one", "sum"), ("two", "sum"), ("sum", "mid"), ("mid", "last")):
        assert order.index(earlier) < order.index(later)
    full = read(made, one="1", two="1", mid="yes", last="7")
    assert full.visible == set(made.items)
    assert full.values == {"today": "2012-04-10", "last": 7, "mid": "yes", "sum": 2, "one": 1, "two": 1}


def test_an_answer_counts_only_while_its_question_is_asked():
    made = form(row("a"), row("b", relevant="${a} > 0"), row("c", relevant="${b} > 0"),
        row("d", "calculate", calculation="${b} * 2", relevant="${a} > 0"))
    answers = {"a": "1", "b": "5", "c": "6"}
    assert read(made, **answers).values == {"today": "2012-04-10", "a": 1, "b": 5, "c": 6, "d": 10}
    hidden = read(made, **{**answers, "a": "0"})
    assert hidden.values == {"today": "2012-04-10", "a": 0, "b": [], "c": [], "d": []}
    assert hidden.visible == {"a"}
    assert forms.relevant_answers(made, {**answers, "a": "0"}, hidden) == {"a": "0"}
    assert forms.relevant_answers(made, answers, read(made, **answers)) == {"a": "1", "b": "5", "c": "6", "d": "10"}


@pytest.mark.parametrize("rows", [
    (row("a", relevant="${b} > 0"), row("b", relevant="${a} > 0")),
    (row("a", relevant="${a} > 0"),),
    (row("a", "calculate", calculation="${b} + 1"), row("b", "calculate", calculation="${a} + 1")),
    (row("a", relevant="${b} = 5"), row("b", "calculate", level_5_when="${a} > 1", dimension="team", score="5")),
])
def test_conditions_in_a_circle(rows):
    refused(lambda: read(form(*rows)), said("form.circle"))


@pytest.mark.parametrize(("type_", "stored", "value"), [
    ("integer", "12", 12), ("integer", "x", []), ("decimal", "1.5", 1.5), ("decimal", "nan", []), ("date", "2012-04-10", "2012-04-10"),
    ("date", "2012-13-01", []), ("text", "x", "x"), ("text", "", []), ("text", None, []), ("select_one", "yes", "yes")])
def test_values_are_typed_and_what_is_none_is_unanswered(type_, stored, value):
    assert read(form(row("q", type_, list_name="yn")), q=stored).values["q"] == value


def test_computed_levels():
    made = form(row("a"), row("s", "calculate", dimension="team", score="5", level_5_when="${a} >= 9", level_3_when="${a} >= 5",
        level_1_when="${a} >= 1"))
    assert [read(made, a=text).values["s"] for text in ("9", "8", "1", "0")] == [5, 3, 1, 0]
    assert read(made).values["s"] == []  # nothing it reads is known


# ---- gaps, findings, progress

PROBLEM = form(
    row("q", required="yes", unsure="yes", problem_when=". > 5", concern_when=". > 3", constraint=". >= 0 and . <= 100"),
    row("free", "text"),
    row("pick", "select_one", list_name="yn", required="yes", problem_when=". = 'no'"),
    row("only_if", "text", required="yes", relevant="${pick} = 'yes'"))


def gaps(made: forms.Form, **answers) -> list[tuple[str, str]]:
    return [(gap.item.name, gap.code) for gap in forms.gaps(made, answers, read(made, **answers))]


@pytest.mark.parametrize(("answers", "expected"), [
    ({}, [("q", "required"), ("pick", "required")]),
    ({"q": "1", "pick": "unsure"}, []),
    ({"q": "1", "pick": "yes"}, [("only_if", "required")]),
    ({"q": "1", "pick": "yes", "only_if": "x"}, []),
    ({"q": "6", "pick": "no"}, [("q__what", "required"), ("q__why", "required"), ("pick__what", "required"), ("pick__why", "required")]),
    ({"q": "6", "q__what": "x", "q__why": "people", "pick": "unsure"}, []),
    ({"q": "6", "q__what": "x", "q__why": "money", "pick": "unsure"}, [("q__why", "type")]),
    ({"q": "101", "q__what": "x", "q__why": "people", "pick": "unsure"}, [("q", "constraint")]),
    ({"q": "-1", "pick": "unsure"}, [("q", "constraint")]),
    ({"q": "many", "pick": "maybe"}, [("q", "type"), ("pick", "type")]),
    ({"q__unsure": "yes", "pick": "unsure"}, []),
    ({"q__unsure": "no", "pick": "unsure"}, [("q__unsure", "type")]),
])
def test_gaps(answers, expected):
    assert gaps(PROBLEM, **answers) == expected


def test_a_level_that_does_not_apply_needs_its_reason():
    made = form(row("s", "select_one", dimension="team", score="5", na="yes", required="yes", **{f"level_{n}__zh": "x" for n in (5, 3, 1, 0)}))
    assert gaps(made) == [("s", "required")]
    assert gaps(made, s="5") == []
    assert gaps(made, s="na") == [("s__note", "required")]
    assert gaps(made, s="na", s__note="只有 3 名党员") == []


@pytest.mark.parametrize(("answer", "expected"), [
    ({"q": "6"}, [("q", True)]), ({"q": "4"}, [("q", False)]), ({"q": "3"}, []), ({}, []), ({"q__unsure": "yes"}, []),
    ({"pick": "no"}, [("pick", True)]), ({"pick": "unsure"}, []), ({"q": "6", "pick": "no"}, [("q", True), ("pick", True)]),
])
def test_findings(answer, expected):
    assert [(finding.item.name, finding.hard) for finding in forms.findings(PROBLEM, read(PROBLEM, **answer))] == expected


@pytest.mark.parametrize(("answer", "expected"), [
    ({"q": "6", "pick": "no"}, []), ({"q__unsure": "yes"}, ["q"]), ({"pick": "unsure"}, ["pick"]),
    ({"q__unsure": "yes", "pick": "unsure"}, ["q", "pick"])])
def test_unsure(answer, expected):
    assert [each.name for each in forms.unsure(PROBLEM, read(PROBLEM, **answer))] == expected


@pytest.mark.parametrize(("answers", "expected"), [
    ({}, (0, 3)), ({"q": "6"}, (1, 3)), ({"q__unsure": "yes"}, (1, 3)), ({"pick": "yes"}, (1, 4)),
    ({"q": "6", "q__what": "x", "pick": "yes", "free": "x"}, (3, 4)),
    ({"only_if": "stale", "pick": "no"}, (1, 3))])
def test_progress_counts_questions_and_not_what_hangs_on_them(answers, expected):
    assert forms.progress(PROBLEM.groups[0], PROBLEM, answers, read(PROBLEM, **answers)) == expected


def test_examples():
    made = form(row("n", good="0", bad="9", problem_when=". > 5"), row("d", "date", good="-30d", bad="-400d"),
                row("later", "date", good="+1d", bad="2012-01-01"),
                row("m", "select_multiple", list_name="yn", good="yes no", bad="unsure"), row("none"),
                row("s", "select_one", dimension="team", score="5", level_5__zh="好", level_0__zh="无"))
    assert forms.example(made, "good", TODAY) == {
        "n": "0", "n__what": "具体情况（哪个、几个、从什么时候起）", "n__why": "people", "d": "2012-03-11", "later": "2012-04-11", "m": "yes no",
        "s": "5", "s__note": "凭据说明"}
    bad = forms.example(made, "bad", TODAY)
    assert (bad["n"], bad["d"], bad["later"], bad["m"], bad["s"]) == ("9", "2011-03-07", "2012-01-01", "unsure", "0")
