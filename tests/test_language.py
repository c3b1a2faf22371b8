"""The interface in English: it stays so through a reload, and nothing is left in Chinese but what people wrote."""

import re

import pytest

from lib.core import access
from lib.core.model import SYSTEM
from lib.store import organizations

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def test_the_address_says_the_language_where_it_is_not_chinese(small_county, open_as):
    app = open_as("county")
    app.query_params["lang"] = "en"
    app.run()
    assert app.query_params["lang"] == "en"
    app.radio(key="frame.language").set_value("zh").run()
    assert "lang" not in app.query_params


@pytest.mark.parametrize("page", [page for page in access.PAGES if page not in ("ballot", "assessment", "organization", "township")])
def test_no_label_is_left_in_chinese(page, small_county, open_as):
    app = open_as("admin")
    app.query_params["lang"] = "en"
    app.run()
    app.switch_page(f"../../pages/{page}.py").run()
    assert not app.exception
    labels = [widget.label for kind in (app.button, app.selectbox, app.text_input, app.number_input, app.checkbox) for widget in kind]
    labels += [element.value for kind in (app.header, app.subheader) for element in kind]
    named = " ".join(row["name"] for rows in (organizations.committees(small_county), organizations.townships(small_county)) for row in rows)
    named += " ".join(row.name for row in organizations.every(small_county, SYSTEM))
    assert {word for label in labels for word in CHINESE.findall(label or "") if word not in named} <= {"中文"}
