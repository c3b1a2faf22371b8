"""The page of the questionnaires: what it lists, what an upload shows, what publishing does, and who may."""

import copy

import pytest
from problems import CHINESE
from sheets import Edited
from steps import STARTS, fill_in, submit

from lib.core import forms, phrases
from lib.core.model import SYSTEM, Problem
from lib.exchange import tabular, xlsform
from lib.store import assessments, questionnaires, rounds, snapshots


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


@pytest.fixture
def page(small_county, open_as):
    def opened(username="admin", /, **query):
        app = open_as(username).switch_page("../../pages/forms.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def edited(small_county):
    return Edited(xlsform.write(questionnaires.current_body(small_county, "village")))


def hand_in(app, content: bytes, name="village.xlsx", key="forms.file"):
    app.file_uploader(key=key).set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def texts(app) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.subheader, app.info, app.error) for element in kind)


def test_the_list_and_the_versions(small_county, page, at):
    fill_in(small_county, "V1", at)
    app = page(form="village")
    assert list(app.dataframe[0].value["kind"])[:2] == [say("kind.village"), say("kind.community")]
    assert len(app.dataframe[0].value) == 8
    version = rounds.form_for(small_county, "2012", "village").version
    table = app.table[0].value
    assert table.to_numpy().tolist()[0][0].startswith(version)
    assert table.to_numpy().tolist()[0][2:] == ["1", "0"]
    assert app.subheader[0].value == "村党组织自评问卷"


@pytest.mark.parametrize("username", ["county", "fengyuan", "v1"])
def test_only_the_administrator_has_it(small_county, open_as, username):
    with pytest.raises(ValueError):
        open_as(username).switch_page("../../pages/account.py").run().switch_page("../../pages/forms.py").run()


def test_an_upload_is_compared_looked_at_and_published(small_county, page, edited, at):
    edited.set("venue_area", "label", "活动场所多大（平方米）").remove("members_resident")
    edited.insert("ly_satisfied", {"type": "integer", "name": "members_young", "label::中文 (zh)": "青年党员几人", "label::English (en)": "Young",
                                   "required": "yes", "good": 6, "bad": 0})
    before = rounds.form_for(small_county, "2012", "village").version
    app = hand_in(page(form="village"), edited.bytes())
    shown = texts(app)
    for badge, name in (("added", "members_young"), ("removed", "members_resident"), ("changed", "venue_area")):
        assert any(say(f"forms.{badge}") in line and name.replace("_", "\\_") in line for line in shown.splitlines()), name
    assert say("forms.feeds", feeds="members") in shown.replace("\\", "")
    assert rounds.form_for(small_county, "2012", "village").version == before  # nothing was published yet
    # the new version as a form, section by section, taking no answer
    app.selectbox(key="forms.section").set_value("masses").run()
    new = next(field for field in app.number_input if field.key.endswith(".members_young"))
    assert new.disabled
    assert "answer.members_full" not in app.session_state
    app.button(key="forms.publish").click().run()
    assert not app.exception
    version = rounds.form_for(small_county, "2012", "village").version
    assert version != before
    assert say("forms.published", version=version) in "".join(toast.value for toast in app.toast).replace("\\", "")
    assert [row[0][:12] for row in app.table[0].value.to_numpy().tolist()] == [version, before]
    assert say("forms.same") in texts(app)  # the file still lies there


def test_every_section_of_every_questionnaire_can_be_looked_at(small_county, page):
    for kind in ("agency", "township_committee"):
        body = copy.deepcopy(questionnaires.current_body(small_county, kind))
        body["label::en"] = "Another title"
        app = hand_in(page(form=kind), xlsform.write(body))
        assert say("forms.headings") in texts(app)
        for group in body["groups"]:
            app.selectbox(key="forms.section").set_value(group["name"]).run()
            assert not app.exception


def test_mistakes_are_listed_with_their_places(page, edited):
    row = edited.set("members_full", "type", "number").row("members_full") + 1
    app = hand_in(page(form="village"), edited.bytes())
    assert say("forms.refused", count=1) in texts(app)
    assert app.table[1].value.to_numpy().tolist()[0][:3] == ["survey", str(row), "A"]
    assert not [button for button in app.button if button.key == "forms.publish"]


def test_the_same_file_is_nothing_to_publish(page, edited):
    app = hand_in(page(form="village"), edited.bytes())
    assert say("forms.same") in texts(app)
    assert not [button for button in app.button if button.key == "forms.publish"]


def test_a_frozen_copy_can_only_be_downloaded(small_county, page, at):
    app = page(form="village", snapshot=snapshots.create(small_county, SYSTEM, "四月调度会", at))
    assert say("forms.frozen") in texts(app)
    assert not app.file_uploader
    assert app.get("download_button")


def test_answers_from_kobo(small_county, page):
    form = rounds.form_for(small_county, "2012", "village")
    good = {name: text for name, text in forms.example(form, "good", STARTS).items() if form.items[name].type not in ("hidden", "file")}
    content = ("organization_code;setup/members_full;support/venue_area\r\nV1;28;" + good["venue_area"] + "\r\n").encode()
    app = hand_in(page(form="village"), content, "kobo.csv", "forms.file_submissions")
    app.button(key="forms.apply_submissions").click().run()
    assert not app.exception
    assert assessments.draft(small_county, "V1").answers["members_full"] == "28"


def test_a_reviewer_is_told_what_two_versions_do_not_share(small_county, open_as, at):
    fill_in(small_county, "V1", at)
    submit(small_county, "V1", at)
    body = questionnaires.current_body(small_county, "village")
    body["groups"][0]["items"] = [row for row in body["groups"][0]["items"] if row["name"] != "members_resident"]
    version = questionnaires.publish(small_county, SYSTEM, body, at)
    assessments.return_(small_county, SYSTEM, "V1", "请补充", at)
    small_county.conn.execute("update assessments set form_version = ? where organization = 'V1'", (version,))  # as in the next round
    small_county.conn.commit()
    fill_in(small_county, "V1", at, members_full="29")
    submit(small_county, "V1", at)
    app = open_as("county").switch_page("../../pages/review.py")
    app.query_params["organization"] = "V1"
    app.run()
    assert not app.exception
    assert say("answers.versions.differ", gone=1, new=0) in texts(app)


def test_in_english(small_county, page):
    app = page(form="village", lang="en")
    assert app.header[0].value == phrases.text("page.forms", "en")
    assert app.subheader[0].value == "Self\\-assessment of a village party organization"


@pytest.mark.parametrize("lang", phrases.LANGUAGES)
def test_the_linters_complaints_are_in_the_language_of_the_page(page, edited, lang):
    row = edited.set("venue_area", "good", "5").row("venue_area") + 1
    app = hand_in(page(form="village", lang=lang), edited.bytes())
    shown = [[cell.replace("\\", "") for cell in line] for line in app.table[1].value.to_numpy().tolist()]
    place = {"sheet": "survey", "row": row}
    detail = Problem.of("lint.good_is_problem", item="venue_area", header="good", value="5")
    letter = tabular.letter(edited.column("good"))
    assert shown == [["survey", str(row), letter, phrases.explain(Problem.of("xlsform.lint", **place, detail=detail), lang)]]
    assert bool(CHINESE.search(shown[0][3])) == (lang == "zh")
