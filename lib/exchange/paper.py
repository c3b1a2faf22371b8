"""The form on paper: blank or filled in, with the screen's own numbers. Plain HTML for A4; every text from outside is escaped."""

from collections.abc import Mapping
from html import escape

from lib.core import forms
from lib.core.forms import Form, Item, Reading
from lib.core.phrases import text
from lib.store.assessments import Draft

STYLE = """
@page { size: A4; margin: 16mm 14mm }
body { font: 11pt/1.5 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', SimSun, sans-serif; color: #171410; max-width: 182mm; margin: 0 auto }
h1 { font-size: 16pt; text-align: center; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 6mm 0 1mm; border-bottom: 1px solid #171410 }
p { margin: 0 } .meta { text-align: center; color: #5F584D } .q { margin: 2.4mm 0; break-inside: avoid } .hint { color: #5F584D; font-size: 9.5pt }
ul { list-style: none; margin: 0; padding: 0 0 0 8mm } ul.short li { display: inline-block; margin-right: 6mm }
.line { border-bottom: 1px solid #5F584D; display: inline-block; min-width: 60mm }
.answer { font-weight: 700 } .sub { padding-left: 8mm } .sign { margin-top: 12mm; display: flex; justify-content: space-between }
@media screen { body { padding: 8mm } }
"""
BLANK, CHOSEN = "□", "■"
SHORT = 24
"""Characters up to which choices stand side by side."""


def _choices(item: Item, stored: str | None, language: str) -> str:
    given = (stored or "").split() if item.type == "select_multiple" else [stored]
    labels = [choice.label[language] for choice in item.choices]
    rows = [f"<li>{CHOSEN if choice.name in given else BLANK} {escape(label)}</li>" for choice, label in zip(item.choices, labels, strict=True)]
    short = " class=short" if not item.levels and max(map(len, labels)) <= SHORT else ""
    return f"<ul{short}>{''.join(rows)}</ul>"


def _answer(item: Item, stored: str | None, language: str) -> str:
    if item.choices:
        return _choices(item, stored, language)
    return f"<p class=sub><span class='line answer'>{escape(stored or '')}&nbsp;</span></p>"


def _question(form: Form, item: Item, answers: Mapping[str, str], reading: Reading | None, language: str) -> str:
    if reading is not None and item.name not in reading.visible:
        return ""
    lines = [f"<p><b>{form.number_of(item.name)}</b> {escape(item.label[language])}</p>"]
    if hint := item.hint.get(language):
        lines.append(f"<p class=hint>{escape(hint)}</p>")
    if item.asked:
        lines.append(_answer(item, answers.get(item.name), language))
    else:
        level = str(reading.values[item.name]) if reading else ""
        lines += [f"<p class=sub>{CHOSEN if code == level else BLANK} {text('form.level', language, level=code)} {escape(words[language])}</p>"
                  for code, words in item.levels.items()]
    for child in form.children.get(item.name, ()):
        if child.part == forms.FILE or (reading is not None and child.name not in reading.visible):
            continue
        label = "" if child.part == forms.UNSURE_TICK else f"<p class=sub>{escape(child.label[language])}</p>"
        lines.append(f"{label}{_answer(child, answers.get(child.name), language)}")
    return f"<div class=q>{''.join(lines)}</div>"


def _page(title: str, meta: str, body: str, language: str) -> str:
    return (f"<!doctype html><html lang={'zh-CN' if language == 'zh' else 'en'}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1><p class=meta>{escape(meta)}</p>{body}"
            f"<div class=sign><span>{text('paper.secretary', language)}</span><span>{text('paper.date', language)}</span></div></html>")


def _sections(form: Form, answers: Mapping[str, str], reading: Reading | None, language: str) -> str:
    found = []
    for position, group in enumerate(form.groups, 1):
        questions = [_question(form, item, answers, reading, language) for item in group.items if not item.parent and (item.asked or item.scored)]
        found.append(f"<h2>{position}. {escape(group.label[language])}</h2>{''.join(questions)}")
    return "".join(found)


def blank(form: Form, year: int, language: str) -> str:
    """A questionnaire to be filled in by hand, with every question and every follow-up."""
    return _page(form.label[language], text("paper.blank", language, year=year, version=form.version), _sections(form, {}, None, language), language)


def filled(draft: Draft, reading: Reading, language: str, receipt: str = "") -> str:
    """An organization's answers as they stand: only what is asked of it."""
    meta = text("paper.filled", language, name=draft.organization.name, code=draft.organization.code, year=draft.round.year,
                state=text(f"state.{draft.state}", language), receipt=receipt or "—")
    return _page(draft.form.label[language], meta, _sections(draft.form, draft.answers, reading, language), language)
