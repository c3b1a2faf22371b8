"""The form on paper: the screen's numbers, every question, nothing of a person's text as markup."""

import re

from lib.core import forms
from lib.exchange import paper
from lib.store import assessments, rounds


def numbers(html: str) -> list[str]:
    return re.findall(r"<p><b>([\d.]+)</b>", html)


def test_a_blank_form_has_every_question_under_the_screens_number(store):
    form = rounds.form_for(store, "2012", "village")
    shown = [form.number_of(item.name) for item in form.items.values() if not item.parent and (item.asked or item.scored)]
    html = paper.blank(form, 2012, "zh")
    assert numbers(html) == shown
    assert paper.CHOSEN not in html
    assert html.count(forms.GENERATED_LABELS[forms.WHAT]["zh"]) == sum(child.part == forms.WHAT for child in form.items.values())


def test_a_filled_form_shows_only_what_is_asked_and_marks_what_was_chosen(small_county, actor, at, moment):
    assessments.save_answers(small_county, actor("v1"), "V1", {"org_form": "branch", "floating_members": 0, "members_unplaced": 2,
                                                               "members_unplaced__what": "<b>两名</b> & 其他"}, at)
    draft = assessments.draft(small_county, "V1")
    reading = draft.read(moment.date())
    html = paper.filled(draft, reading, "zh", "2012-000001")
    assert numbers(html) == [draft.form.number_of(item.name) for item in draft.form.items.values()
                             if item.name in reading.visible and not item.parent and (item.asked or item.scored)]
    assert html.count(paper.CHOSEN) == 1
    assert "&lt;b&gt;两名&lt;/b&gt; &amp; 其他" in html
    assert "2012-000001" in html
    assert "floating_contacted" not in reading.visible


def test_in_english_it_is_english(store):
    html = paper.blank(rounds.form_for(store, "2012", "agency"), 2012, "en")
    assert re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<style>.*?</style>", "", html)) == []
