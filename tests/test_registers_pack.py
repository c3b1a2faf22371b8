"""The county pack's registers against what the plan asks for, written out here anew; then every mistake that a register's file may have."""

import ast
import copy
import datetime as dt
import re

import pytest
from problems import refused, said, told

from lib.core import forms, ledger, lint, phrases, registers, targets
from lib.core.model import SYSTEM, Actor, Kind, Refused, Role
from lib.core.registers import Standing
from lib.store import ledger as store_ledger
from lib.store import pack, programme, records, rounds, setup
from lib.store.records import Entry
from tests.conftest import MOMENT, ROOT

TODAY = MOMENT.date()
BODIES = pack.register_bodies(2012)
REGISTERS = {name: registers.parse(body) for name, body in BODIES.items()}
COMMITTEE, EVERYBODY, COUNTY = {"committee", "county"}, {"organization", "committee", "county"}, {"county"}
# register: about, who writes, who approves, what it asks
WANTED = {
    "leaders": ("committee", COMMITTEE, set(), "name post rank newly_promoted credits_required phone"),
    "pairings": ("organization", COMMITTEE, set(), "leader since ended_on department goal"),
    "visits": ("organization", COMMITTEE, set(), "visited_on leader visitor asked solved found note"),
    "stays": ("organization", COMMITTEE, set(), "leader from_on to_on result assessed_on"),
    "exemplars": ("organization", COMMITTEE, COUNTY, "category title field reason nominated_on"),
    "honours": ("organization", COMMITTEE, COUNTY, "honour person deeds nominated_on"),
    "courses": ("county", COUNTY, set(), "title kind organizer held_on hours place credits"),
    "rotation": ("organization", COMMITTEE, set(), "course role person completed_on"),
    "credits": ("committee", COMMITTEE, set(), "leader course credits earned_on"),
    "census": ("committee", COMMITTEE, set(), "unit unit_kind operating employees members mode covering organized_on plan plan_on contact"),
    "window_appraisals": ("organization", COMMITTEE, set(), "appraiser held_on participants satisfied shown compared note"),
    "teams": ("county", COUNTY, set(), "name head members area"),
    "inspections": ("organization", COMMITTEE, set(), "team inspected_on announced found conclusion"),
    "criticisms": ("either", COUNTY, set(), "reason issued_on document lifted_on lifted_reason"),
    "mobilization": ("either", EVERYBODY, set(), "held_on led_by attendance plan plan_on"),
    "standing_rules": ("either", EVERYBODY, set(), "rule title adopted_on document"),
}
CODES = {
    ("leaders", "rank"): "secretary member county_leader section_head cadre", ("leaders", "newly_promoted"): "yes no",
    ("visits", "asked"): "governance needs counsel", ("visits", "solved"): "worries grievances hardships",
    ("stays", "result"): "excellent qualified basic failed",
    ("exemplars", "category"): "site member five_good", ("exemplars", "field"): "rural agency enterprise community other",
    ("honours", "honour"): "advanced_organization excellent_member excellent_worker", ("courses", "kind"): "rotation credits other",
    ("rotation", "role"): "secretary head", ("census", "unit_kind"): "private social", ("census", "operating"): "yes no",
    ("census", "mode"): "single joint attached none", ("window_appraisals", "appraiser"): "masses members leaders",
    ("window_appraisals", "shown"): "standards identity promise", ("window_appraisals", "compared"): "skills style results",
    ("inspections", "announced"): "yes no", ("standing_rules", "rule"): "report appraise assess own",
}
REFERENCES = {("pairings", "leader"): "@leaders", ("visits", "leader"): "@leaders", ("stays", "leader"): "@leaders",
              ("credits", "leader"): "@leaders", ("credits", "course"): "@courses", ("rotation", "course"): "@courses",
              ("census", "covering"): "@organizations", ("inspections", "team"): "@teams"}
AHEAD = {("courses", "held_on"), ("census", "plan_on")}
"""Dates of what is still to come; every other records something done."""


def day(offset: int) -> str:
    return (TODAY + dt.timedelta(days=offset)).isoformat()


def good(name: str, **changes: str | None) -> dict[str, str]:
    answers = {**forms.example(REGISTERS[name].form, "good", TODAY), **changes}
    return {item: answer for item, answer in answers.items() if answer is not None}


def gaps(name: str, **changes: str | None) -> list[tuple[str, str]]:
    form, answers = REGISTERS[name].form, good(name, **changes)
    return [(gap.item.name, gap.code) for gap in forms.gaps(form, answers, forms.read(form, answers, TODAY))]


# ---- the pack


def test_the_pack_has_these_registers():
    assert set(BODIES) == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_linted(name):
    assert registers.complaints(REGISTERS[name], REGISTERS) == []


@pytest.mark.parametrize("name", WANTED)
def test_heads(name):
    about, write, approve, items = WANTED[name]
    kept = REGISTERS[name]
    assert kept.about == about
    assert set(kept.write) == write
    assert set(kept.approve) == approve
    assert set(kept.see) == {"organization", "committee", "county", "leader"}
    assert {item.name for item in kept.items} == set(items.split())
    assert 3 <= len(kept.columns) <= 6
    assert kept.key, "a second press of the key would count twice"
    assert set(kept.kinds) == {"stays": {"village"}, "rotation": {"village", "community"}}.get(name, set())
    assert kept.raises == ("found" if name in records.SOURCES else "")
    assert bool(kept.conditions) == bool(approve)


def test_choices():
    found = {(name, item.name): " ".join(choice.name for choice in item.choices) for name, kept in REGISTERS.items() for item in kept.items
             if item.choices}
    assert found == CODES
    assert {(name, item.name): item.list_name for name, kept in REGISTERS.items() for item in kept.items if item.dynamic} == REFERENCES


def test_telephone_numbers_are_private():
    viewer = Actor("link:1", Role.LEADER)
    hidden = {(name, item.name) for name, kept in REGISTERS.items() for item in kept.items if item not in kept.shown(viewer)}
    assert hidden == {("leaders", "phone"), ("census", "contact")}
    assert all(kept.shown(SYSTEM) == kept.items for kept in REGISTERS.values())


@pytest.mark.parametrize("name", WANTED)
def test_both_languages(name):
    kept = REGISTERS[name]
    texts = [kept.form.label, *(group.label for group in kept.form.groups), *(condition.name for condition in kept.conditions)]
    for item in kept.items:
        texts += [text for text in (item.label, item.hint, item.message) if text] + [choice.label for choice in item.choices]
    for text in texts:
        assert set(text) == {"zh", "en"}, text
        assert text["zh"].strip(), text
        assert text["en"].strip(), text
        assert not re.search(r"[\u3400-\u9fff]", text["en"]), text
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", text["zh"]), text
        assert not re.search(r"[{}$]", text["zh"] + text["en"]), text


def read_by_figures() -> set[tuple[str, str]]:
    """Registers and items that lib/store/programme.py names: `register("visits", "visited_on")`, `register.place("leaders", "name")`."""
    tree = ast.parse((ROOT / "lib" / "store" / "programme.py").read_text(encoding="utf-8"))
    found = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("register", "register.place"):
            name, *columns = (argument.value for argument in call.args)
            found |= {(name, column) for column in columns}
    return found


def test_figures_find_what_they_read():
    read = read_by_figures()
    assert {name for name, _ in read} >= {"leaders", "pairings", "visits", "stays", "exemplars", "rotation", "credits", "census", "mobilization",
                                          "standing_rules", "window_appraisals"}
    assert read <= {(name, item.name) for name, kept in REGISTERS.items() for item in kept.items} | {("exemplars", "state")}


def test_figures_know_the_codes(store):
    codes = {place: set(text.split()) for place, text in CODES.items()}
    assert codes["standing_rules", "rule"] > set(programme.RULES)
    assert len(codes["window_appraisals", "appraiser"]) == targets.APPRAISERS
    assert set(str(rounds.current(store).program.settings["coverage_modes"]).split()) == codes["census", "mode"] - {"none"}


# ---- answers


DATES = [(name, item.name) for name, kept in REGISTERS.items() for item in kept.items if item.type == "date"]
# what must be answered otherwise for a date to be asked, and to be the only thing that is wrong
ASKED = {("census", "plan_on"): {"mode": "none"}, ("stays", "from_on"): {"to_on": None, "result": None}}


@pytest.mark.parametrize(("name", "item"), DATES)
def test_what_was_done_is_not_in_the_future(name, item):
    given = ASKED.get((name, item), {})
    assert gaps(name, **{**given, item: day(0)}) == []
    assert gaps(name, **{**given, item: day(1)}) == ([] if (name, item) in AHEAD else [(item, "constraint")])
    assert gaps(name, **{**given, item: day(4000)}) == [(item, "constraint")]


@pytest.mark.parametrize(("name", "changes", "expected"), [
    ("pairings", {"since": day(-9), "ended_on": day(-9)}, []),
    ("pairings", {"since": day(-9), "ended_on": day(-10)}, [("ended_on", "constraint")]),
    ("pairings", {"leader": None}, [("leader", "required")]),
    ("visits", {"leader": None}, []),  # the visitor's name stands in for the leader
    ("visits", {"leader": None, "visitor": None}, [("visitor", "required")]),
    ("visits", {"visitor": None}, []),
    ("visits", {"asked": None, "solved": None, "found": None, "note": None}, []),
    ("visits", {"found": "题" * ledger.LIMITS["problem"]}, []),
    ("visits", {"found": "题" * (ledger.LIMITS["problem"] + 1)}, [("found", "constraint")]),
    ("inspections", {"found": "题" * (ledger.LIMITS["problem"] + 1)}, [("found", "constraint")]),
    ("stays", {"result": None, "assessed_on": None, "to_on": None}, []),
    ("stays", {"assessed_on": None}, [("assessed_on", "required")]),
    ("stays", {"from_on": day(-9), "to_on": day(-10), "assessed_on": day(-9)}, [("to_on", "constraint")]),
    ("stays", {"from_on": day(-9), "to_on": None, "assessed_on": day(-10)}, [("assessed_on", "constraint")]),
    ("honours", {"person": None}, [("person", "required")]),
    ("honours", {"honour": "excellent_worker", "person": None}, [("person", "required")]),
    ("honours", {"honour": "advanced_organization", "person": None}, []),
    ("courses", {"hours": "0"}, [("hours", "constraint")]),
    ("credits", {"credits": "0"}, [("credits", "constraint")]),
    ("credits", {"credits": "201"}, [("credits", "constraint")]),
    ("census", {"employees": "4"}, [("members", "constraint")]),
    ("census", {"employees": "5"}, []),
    ("census", {"employees": "0", "unit_kind": "social"}, []),  # an association's members work elsewhere
    ("census", {"organized_on": None, "covering": None}, [("organized_on", "required")]),
    ("census", {"mode": "none", "organized_on": None, "covering": None, "plan": None, "plan_on": None}, []),
    ("window_appraisals", {"satisfied": "60"}, []),
    ("window_appraisals", {"satisfied": "61"}, [("satisfied", "constraint")]),
    ("window_appraisals", {"participants": "0", "satisfied": "0"}, [("participants", "constraint")]),
    ("criticisms", {"lifted_on": day(-41)}, [("lifted_on", "constraint")]),
    ("criticisms", {"lifted_on": day(-40), "lifted_reason": None}, [("lifted_reason", "required")]),
    ("mobilization", {"plan": None, "plan_on": None}, []),
    ("mobilization", {"plan_on": None}, [("plan_on", "required")]),
    ("leaders", {"phone": "电话"}, [("phone", "constraint")]),
    ("leaders", {"phone": None, "credits_required": None}, []),
    ("leaders", {"credits_required": "-1"}, [("credits_required", "constraint")]),
])
def test_answers(name, changes, expected):
    assert gaps(name, **changes) == expected


@pytest.mark.parametrize(("mode", "asked"), [("none", {"plan", "plan_on"}), ("single", {"covering", "organized_on"}),
                                             ("joint", {"covering", "organized_on"}), ("attached", {"covering", "organized_on"}), ("", set())])
def test_the_census_asks_for_a_plan_or_for_the_organization(mode, asked):
    reading = forms.read(REGISTERS["census"].form, good("census", mode=mode), TODAY)
    assert reading.visible & {"plan", "plan_on", "covering", "organized_on"} == asked


SOUND = {**registers.FACTS, "overdue_items": 0, "criticisms": 0}


@pytest.mark.parametrize(("name", "answers", "facts", "unmet"), [
    ("exemplars", {}, {}, 0),
    ("exemplars", {}, {"grade": "fairly_good"}, 0),
    ("exemplars", {}, {"grade": "average"}, 1),
    ("exemplars", {}, {"grade": []}, 1),
    ("exemplars", {}, {"overdue_items": 1}, 1),
    ("exemplars", {}, {"criticisms": 1}, 1),
    ("exemplars", {}, {"kind": "agency"}, 0),
    ("exemplars", {"category": "five_good"}, {}, 0),
    ("exemplars", {"category": "five_good"}, {"kind": "community"}, 1),
    ("exemplars", {"category": "five_good"}, {"grade": "fairly_good"}, 1),
    ("exemplars", {"category": "five_good"}, {"grade": [], "overdue_items": 2, "criticisms": 1}, 4),
    ("honours", {}, {}, 0),
    ("honours", {}, {"grade": "fairly_good"}, 0),
    ("honours", {"honour": "advanced_organization"}, {"grade": "fairly_good"}, 1),
    ("honours", {"honour": "advanced_organization"}, {}, 0),
    ("honours", {}, {"grade": "poor", "overdue_items": 1, "criticisms": 1}, 3),
])
def test_conditions_of_an_approval(name, answers, facts, unmet):
    reading = forms.read(REGISTERS[name].form, good(name, **answers), TODAY)
    assert len(REGISTERS[name].unmet({**reading.values, **SOUND, **facts})) == unmet


# ---- in a store


@pytest.fixture
def enter(small_county, at):
    """`enter("visits", actor)`: a register's example entered about V1 or its committee, with what it refers to entered first. Returns its id."""
    made: dict[str, str] = {"@organizations": "V1"}

    def entered(name: str, who: Actor = SYSTEM, /, **changes: str | None) -> str:
        kept, values = REGISTERS[name], good(name, **changes)
        for item in kept.items:
            if item.dynamic and values.get(item.name):
                target = item.list_name.removeprefix(forms.DYNAMIC)
                values[item.name] = made[item.list_name] if item.list_name in made else made.setdefault(item.list_name, entered(target))
        about = {"organization": {"organization": "V1"}, "either": {"organization": "V1"}, "committee": {"committee": "610525101000"}, "county": {}}
        return records.add(small_county, who, name, Entry(values, **about[kept.about]), at, TODAY)

    return entered


@pytest.mark.parametrize("name", WANTED)
def test_an_example_is_entered_once(small_county, enter, name):
    found = records.get(small_county, enter(name))
    kept = REGISTERS[name]
    assert found.state == (Standing.NOMINATED if kept.approve else Standing.ENTERED)
    form, answers = kept.form, good(name)
    asked = forms.relevant_answers(form, answers, forms.read(form, answers, TODAY))
    assert set(found.values) == set(asked)
    assert list(records.labels(small_county, name)) == [found.id]
    assert found.values[kept.title] in records.labels(small_county, name)[found.id]
    with pytest.raises(Refused, match=r"record\.twin"):
        enter(name)


WRITERS = {"v1": "organization", "fengyuan": "committee", "county": "county"}


@pytest.mark.parametrize("name", WANTED)
def test_who_may_enter(small_county, actor, enter, name, at):
    for username, role in WRITERS.items():
        if role in WANTED[name][1]:
            records.remove(small_county, SYSTEM, enter(name, actor(username)), "重新登记", at)
        else:
            with pytest.raises(Refused, match=r"access\.refused"):
                enter(name, actor(username))
    with pytest.raises(Refused, match=r"access\.refused"):
        enter(name, Actor("link:1", Role.LEADER))


@pytest.mark.parametrize(("name", "source"), [("visits", "visit"), ("inspections", "inspection")])
def test_what_is_found_goes_on_the_ledger(small_county, enter, name, source):
    enter(name)
    items = store_ledger.table(small_county, TODAY, 10)
    assert list(items["problem"]) == [good(name)["found"]]
    assert list(items["source"]) == [source]
    assert list(items["state"]) == ["drafted"]


def test_figures_count_the_examples(small_county, enter):
    for name in WANTED:
        if name not in ("courses", "leaders", "teams"):  # entered for those that refer to them
            enter(name)
    round_ = rounds.current(small_county)
    tables = programme.tables(small_county, round_, TODAY)
    counts = {code: targets.figure(targets.rows_of(tables, code), code, round_.program).count for code in targets.shown(round_.program)}
    once = ("mobilized", "villages_paired", "secretaries_trained", "covered_operating", "covered_eligible", "rule_report")
    assert [counts[code] for code in once] == [1] * len(once)
    assert counts["rule_appraise"] == counts["heads_trained"] == counts["exemplar_sites"] == 0
    leader = tables["leaders"].iloc[0]
    assert (leader["earned"], leader["required"], leader["stay_assessed_on"]) == (12, 40, day(-5))
    assert dict(tables["organizations"].set_index("code").loc["V1", ["visits", "visited_on", "appraisers"]]) == {
        "visits": 1, "visited_on": day(-7), "appraisers": 1}


def test_no_problem_found_raises_nothing(small_county, enter):
    enter("visits", found=None)
    assert store_ledger.table(small_county, TODAY, 10).empty


def test_an_exemplar_is_approved_once_its_conditions_hold(small_county, enter, at):
    record = enter("exemplars")
    with pytest.raises(Refused) as refused:
        records.decide(small_county, SYSTEM, record, True, "", at, TODAY)
    assert [problem.code for problem in refused.value.problems] == ["record.condition"]  # it has no grade yet
    records.decide(small_county, SYSTEM, record, False, "等次未核准", at, TODAY)
    assert records.get(small_county, record).state == Standing.REFUSED


def test_a_register_that_the_store_lacks_is_published(small_county, at):
    small_county.conn.execute("delete from round_forms where kind = 'visits'")
    small_county.conn.commit()
    assert "visits" not in records.names(small_county)
    assert setup.add_registers(small_county, at) == ("visits",)
    assert records.register(small_county, "visits").form.version == REGISTERS["visits"].form.version
    assert setup.add_registers(small_county, at) == ()


# ---- mistakes


def intact() -> dict:
    """The smallest register with everything a head may have."""
    def row(name: str, type_: str, **columns: str) -> dict:
        return {"type": type_, "name": name, "label::zh": name, "label::en": name, "required": "yes", **columns}

    return {
        "name": "r", "label::zh": "表", "label::en": "Register",
        "choices": {name: [{"name": code, "label::zh": code, "label::en": code} for code in ("yes", "no")] for name in ("yn", "cause")},
        "register": {"about": "organization", "kinds": "village", "write": "committee county", "approve": "county", "columns": "title held_on",
                     "title": "title", "key": "title", "raises": "found", "since": "held_on",
                     "conditions": [{"when": "${grade} = 'good' and ${sure} = 'yes'", "label::zh": "等次为好", "label::en": "Graded good"}]},
        "groups": [{"name": "rules", "label::zh": "节", "label::en": "Section", "items": [
            row("title", "text", good="x"), row("held_on", "date", good="-3d"), row("found", "text", good="y"),
            row("sure", "select_one", list_name="yn", good="yes"), row("who", "select_one", list_name="@organizations", good="V1"),
            row("number", "integer", good="3")]}]}


def head(**columns):
    def apply(body: dict) -> None:
        for column, text in columns.items():
            if text is None:
                del body["register"][column]
            else:
                body["register"][column] = text
    return apply


def item(of: str, /, **columns):
    def apply(body: dict) -> None:
        row = next(row for row in body["groups"][0]["items"] if row["name"] == of)
        row.update({column.replace("__", "::"): text for column, text in columns.items()})
    return apply


def condition(**columns):
    return lambda body: body["register"]["conditions"][0].update({column.replace("__", "::"): text for column, text in columns.items()})


def broken(change) -> dict:
    body = copy.deepcopy(intact())
    change(body)
    return body


def test_an_intact_register_has_no_complaint():
    assert registers.complaints(registers.parse(intact()), ["r"]) == []
    assert registers.parse(intact()).see == {*registers.SEE}
    assert set(registers.parse(broken(head(write=None))).write) == COMMITTEE
    assert registers.parse(broken(head(kinds=None))).kinds == frozenset()


def wrong(code: str, **params):
    return said(f"register_head.{code}", **params)


HEADS = (
    (lambda body: body.update(register="x"), wrong("mapping", name="r")),
    (lambda body: body.pop("register"), wrong("mapping", name="r")),
    (head(wrote="county"), wrong("unknown", name="r", headers="wrote")),
    (head(about="village"), wrong("word", header="about", value="village", words="organization, committee, either, county")),
    (head(about="organization county"), wrong("about")),
    (head(about=None), wrong("about", words="organization, committee, either, county")),
    (head(kinds="hamlet"), wrong("word", header="kinds", value="hamlet")),
    (head(see="everybody"), wrong("word", header="see", value="everybody")),
    (head(write="county clerk"), wrong("word", header="write", value="clerk")),
    (head(approve="chief"), wrong("word", header="approve", value="chief")),
    (head(columns=["title", "held_on"]), wrong("line", header="columns")),
    (head(title=["title"]), wrong("line", header="title")),
    (head(conditions="${grade} = 'good'"), wrong("condition", name="r")),
    (head(conditions=[{"label::zh": "好", "label::en": "good"}]), wrong("condition", name="r")),
    (lambda body: body.pop("groups"), said("form.shape", name="r")),
    (item("number", type="count"), said("form.type", item="number", value="count")),
)


@pytest.mark.parametrize(("change", "expected"), HEADS)
def test_a_head_that_cannot_be_read(change, expected):
    refused(lambda: registers.parse(broken(change)), expected)


COUNTY_OWN = {"about": "county", "kinds": None, "raises": None}
COMPLAINTS = (
    *((head(**{column: words}), wrong("item", header=column, item="nothing")) for column, words in (
        ("columns", "title nothing"), ("title", "nothing"), ("key", "title nothing"), ("raises", "nothing"), ("since", "nothing"))),
    (head(columns=None), wrong("missing", header="columns")),
    (head(title=None), wrong("missing", header="title")),
    (head(since="title"), wrong("since", item="title")),
    (head(title="who"), wrong("title", item="who")),
    (head(title="sure"), wrong("title", item="sure")),
    (lambda body: body.update({"label::en": " "}), wrong("missing", header="label::en")),
    (head(write="committee leader"), wrong("may_not", header="write", names="leader", words="committee, county, organization")),
    (head(approve="committee county"), wrong("may_not", header="approve", names="committee", words="county")),
    (head(approve=None), wrong("conditions")),
    (head(**COUNTY_OWN), wrong("organizations", header="conditions")),
    (head(**{**COUNTY_OWN, "kinds": "village", "conditions": None}), wrong("organizations", header="kinds")),
    (head(**{**COUNTY_OWN, "about": "committee", "raises": "found", "conditions": None}), wrong("organizations", header="raises")),
    # items
    (item("who", list_name="@nowhere"), wrong("list", item="who", name="@nowhere")),
    (item("who", type="select_multiple"), wrong("several", item="who")),
    (item("sure", list_name="nowhere"), said("lint.list", item="sure", name="nowhere")),
    (item("number", label__en=""), said("lint.text_missing", item="number", header="label::en")),
    (item("number", good=""), said("lint.example_required", item="number", header="good")),
    (item("number", constraint=". > 3", constraint_message__zh="x", constraint_message__en="x"),
     said("lint.example_constraint", item="number", header="good", value="3")),
    (item("number", relevant="${nothing} = 1"), said("lint.reference", item="number", header="relevant", names="nothing")),
    (item("number", type="file", good="", required=""), wrong("unfit", item="number")),
    (item("number", problem_when=". > 3", problem__zh="x", problem__en="x"), wrong("unfit", item="number")),
    (item("number", concern_when=". > 3", problem__zh="x", problem__en="x"), wrong("unfit", item="number")),
    # conditions
    (condition(when="${grades} = 'good'"), wrong("condition_reference", expression="${grades} = 'good'", names="grades")),
    (condition(when="${grade} != 'poor'"), wrong("condition_unequal", expression="${grade} != 'poor'")),
    (condition(when="${grade} ="), wrong("condition_unreadable", detail=said("expression.syntax", expression="${grade} ="))),
    (condition(when="grade = 'good'"), wrong("condition_unreadable", detail=said("expression.word", expression="grade = 'good'", word="grade"))),
    (condition(when="${number} = 'x'"), wrong("condition_unreadable", detail=said("expression.value", expression="${number} = 'x'"))),
    (condition(label__en=""), wrong("condition_label", header="label::en")),
    (lambda body: (item("number", name="open_items")(body), condition(when="${open_items} = 0")(body)),
     wrong("condition_hidden", expression="${open_items} = 0", names="open_items")),
)


@pytest.mark.parametrize(("change", "expected"), COMPLAINTS)
def test_complaints(change, expected):
    told(registers.complaints(registers.parse(broken(change)), ["r"]), [expected])


def test_every_complaint_is_broken_by_some_register():
    """`file_name` is told of the file, below."""
    seen = {code for _, (code, _) in (*HEADS, *COMPLAINTS)} | {"register_head.file_name"}
    known = {code.removeprefix("problem.") for code in phrases.catalogue() if code.startswith("problem.register_head.")}
    assert known - seen == set()


def test_a_register_may_be_of_any_size_and_a_questionnaire_not():
    """Five research sections have four to seven questions; a register's section may bear such a section's name."""
    form = registers.parse(broken(lambda body: body["groups"][0]["items"].extend(
        {**body["groups"][0]["items"][-1], "name": f"n{number}"} for number in range(3)))).form
    assert lint.complaints(form, ("good",)) == []
    told((complaint for complaint in lint.complaints(form) if complaint.code == "lint.section_questions"),
         [said("lint.section_questions", section="rules", count=9)])


def test_a_register_is_named_as_its_file(tmp_path, monkeypatch):
    folder = tmp_path / "pack"
    (folder / "registers").mkdir(parents=True)
    monkeypatch.setenv("CHENGPING_PACK", str(folder))
    text = pack.DATA.joinpath("chengcheng", "registers", "teams.yaml").read_text(encoding="utf-8")
    program = pack.DATA.joinpath("chengcheng", "program.toml").read_text(encoding="utf-8")
    (folder / "registers" / "teams.yaml").write_text(text, encoding="utf-8")
    assert set(pack.register_bodies(2012, program)) == {"teams"}
    for stem in ("crews", Kind.VILLAGE.value):
        wrong = folder / "registers" / f"{stem}.yaml"
        wrong.write_text(text.replace("name: teams", f"name: {'teams' if stem == 'crews' else stem}"), encoding="utf-8")
        refused(lambda: pack.register_bodies(2012, program), said("register_head.file_name", file=f"registers/{stem}.yaml", name=stem))
        wrong.unlink()


def test_what_is_wrong_in_the_pack_is_told_with_its_file_and_all_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "pack" / "registers"
    folder.mkdir(parents=True)
    monkeypatch.setenv("CHENGPING_PACK", str(folder.parent))
    text = pack.DATA.joinpath("chengcheng", "registers", "teams.yaml").read_text(encoding="utf-8")
    program = pack.DATA.joinpath("chengcheng", "program.toml").read_text(encoding="utf-8")
    for name, old, new in (("shape", "about: county", "about: nobody"), ("teams", "label::en:", "label::fr:")):
        (folder / f"{name}.yaml").write_text(text.replace("name: teams", f"name: {name}").replace(old, new), encoding="utf-8")
    with pytest.raises(forms.FormError) as error:
        pack.register_bodies(2012, program)
    files = [dict(problem.params)["file"] for problem in error.value.problems]
    assert (files[0], set(files[1:])) == ("registers/shape.yaml", {"registers/teams.yaml"})
    (folder / "torn.yaml").write_text("a: [", encoding="utf-8")
    refused(lambda: pack.register_bodies(2012, program), said("form.in_file", file="registers/torn.yaml", detail=said("form.yaml")))
