"""The tables that people are asked to fill in: organizations, results decided on paper, and any register.

The example's code is no code, so that a template handed back with its example is refused in words.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from lib.core import forms, phrases
from lib.core.forms import Item
from lib.core.model import Grade, Kind, Stars, VillageClass
from lib.core.registers import Register
from lib.exchange import handout, register_table, registry_table, results_import
from lib.exchange.handout import Column
from lib.store import organizations
from lib.store.db import Database

WIDTHS = {"code": 22, "name": 34, "committee": 26, "secretary": 16, "phone": 16}
OTHER_WIDTH = 12
EXAMPLES = {
    "organizations": {"name": "templates.name", "secretary": "templates.secretary", "members": "32", "phone": "13800000000",
                      "start_class": "class.second"},
    "results": {"self_score": "91.5", "satisfaction": "95", "review_score": "90", "grade": "grade.good", "decided_on": "2012-04-10"},
}


def _columns(columns: Sequence[str], required: Sequence[str], example: Mapping[str, str], words: Mapping[str, Sequence[str]],
             language: str) -> list[Column]:
    # the header in Chinese or as codes: both are understood
    return [Column(phrases.text(f"column.{code}", "zh") if language == "zh" else code, phrases.text(f"templates.note_{code}", language),
                   code in required, example.get(code, ""), words.get(code, ()), WIDTHS.get(code, OTHER_WIDTH)) for code in columns]


def _example(name: str, language: str) -> dict[str, str]:
    known = phrases.catalogue()
    return {"code": phrases.text("templates.code", language),
            **{column: known[code][language] if code in known else code for column, code in EXAMPLES[name].items()}}


def organizations_table(db: Database, language: str) -> bytes:
    """Template of an organizations file, with the county's own townships and committees to choose from."""
    places, committees = organizations.townships(db), organizations.committees(db)
    township = places[0] if places else {"code": "", "name": ""}
    kinds = [phrases.text(f"kind.{kind}", language) for kind in Kind]
    words = {"kind": kinds, "township": [row["name"] for row in places], "committee": [row["name"] for row in committees],
             "start_class": [phrases.text(f"class.{each}", language) for each in (*VillageClass, *Stars)]}
    example = {**_example("organizations", language), "kind": kinds[0], "township": township["name"],
               "committee": next((row["name"] for row in committees if row["township"] == township["code"]), "")}
    return handout.template(_columns(tuple(registry_table.COLUMNS), registry_table.REQUIRED, example, words, language), language)


def results_table(language: str) -> bytes:
    """Template of a file with results decided on paper."""
    words = {"grade": [phrases.text(f"grade.{grade}", language) for grade in Grade]}
    columns = _columns(tuple(results_import.COLUMNS), results_import.REQUIRED, _example("results", language), words, language)
    return handout.template(columns, language)


def register(db: Database, kept: Register, language: str, today: dt.date) -> bytes:
    """Template of a register's table, with the choices of each question."""
    vocabulary, examples = register_table.Vocabulary(db, kept, language), forms.example(kept.form, "good", today)
    items = {item.name: item for item in kept.items}

    def column(name: str) -> Column:
        item, title = items.get(name), register_table.heading(kept, name, language)
        if item is None:
            committees = [row["name"] for row in organizations.committees(db)] if name == "committee" else ()
            example = phrases.text("templates.code", language) if name == "id" else ""
            return Column(title, phrases.text(f"templates.place_{name}", language), example=example, offered=committees)
        words = vocabulary.of(name) if item.choices or item.dynamic else None
        told = examples.get(name) if not item.dynamic else None
        return Column(title, _note(item, language), item.required, vocabulary.written(name, told) if told else "",
                      [words.written(code) for code in words.shown] if words else ())

    names = (name for name in register_table.columns(kept, private=True) if name not in register_table.NOT_FILLED_IN)
    return handout.template([column(name) for name in names], language)


def _note(item: Item, language: str) -> str:
    return "\n".join([phrases.text(f"templates.type_{item.type}", language), *([item.hint[language]] if item.hint.get(language) else [])])
