"""Long lists: a page at a time, at first the one with the row that the address names; long choices are searched before they are offered."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib.ui import paging, picking

ROWS = 2 * paging.ROWS + 50
LAST = f"c{ROWS - 1:03d}"


def page():
    """A list that the address may narrow to its last rows."""
    import pandas as pd
    import streamlit as st

    from lib.ui import paging, picking

    st.query_params.setdefault("from", "0")
    codes = [f"c{place:03d}" for place in range(int(st.query_params["from"]), 2 * paging.ROWS + 50)]
    words = lambda rows: pd.DataFrame({"name": [f"name of {code}" for code in rows["code"]]})  # noqa: E731
    here = picking.pick("test", pd.DataFrame({"code": codes}), {"name": None}, {"from": st.query_params["from"]}, words=words)
    st.text(here or "none")


def offered():
    import streamlit as st

    from lib.ui import picking

    names = {f"c{place}": f"Village {place}" for place in range(st.session_state["many"])}
    st.text(",".join(picking.offer(names, "test", "village")))


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> tuple[str, str, int]:
    """First and last row that are shown, and how many."""
    rows = app.dataframe[0].value["name"]
    return rows.iloc[0].removeprefix("name of "), rows.iloc[-1].removeprefix("name of "), len(rows)


def turned(app: AppTest, number: int) -> AppTest:
    app.session_state["test.rows.page"] = number
    return app.run()


def test_the_first_row_of_a_long_list_is_chosen_on_its_first_page():
    app = opened()
    assert (shown(app), app.text[0].value) == (("c000", f"c{paging.ROWS - 1}", paging.ROWS), "c000")


@pytest.mark.parametrize(("code", "first"), [("c000", "c000"), (f"c{paging.ROWS}", f"c{paging.ROWS}"), (LAST, f"c{2 * paging.ROWS}")])
def test_the_page_with_the_row_of_the_address_is_shown(code, first):
    app = opened(organization=code)
    assert (shown(app)[0], app.text[0].value) == (first, code)


def test_a_reader_may_turn_away_from_the_row_that_is_chosen():
    app = turned(opened(organization=LAST), 1)
    assert (shown(app)[0], app.text[0].value) == ("c000", LAST)
    assert shown(app.run())[0] == "c000"
    app.query_params["organization"] = "c250"
    assert shown(app.run())[0] == f"c{paging.ROWS}"


def test_a_list_that_is_narrowed_turns_to_what_is_chosen():
    app = opened(organization="c250")
    app.query_params["from"] = "210"
    assert (shown(app.run())[0], app.text[0].value) == ("c210", "c250")  # chosen still, now on the first page
    app.query_params["from"] = "260"
    assert (shown(app.run())[:2], app.text[0].value) == (("c260", LAST), "c260")  # another one: that is not listed any more


def test_a_short_list_has_no_pages():
    app = opened(**{"from": str(ROWS - paging.ROWS)})
    assert shown(app) == (f"c{ROWS - paging.ROWS}", LAST, paging.ROWS)
    assert "test.rows.page" not in app.session_state


def test_another_list_begins_on_its_first_page():
    def listed():
        import pandas as pd
        import streamlit as st

        from lib.ui import paging

        st.text(str(paging.cut(pd.DataFrame({"n": range(3 * paging.ROWS)}), "test", st.session_state["of"])["n"].iloc[0]))

    app = AppTest.from_function(listed)
    app.session_state["of"] = "a"
    app.session_state["test.page"] = 3
    app.session_state["test.made_of"] = "a"
    assert app.run().text[0].value == str(2 * paging.ROWS)
    app.session_state["of"] = "b"
    assert app.run().text[0].value == "0"


@pytest.mark.parametrize(("many", "word", "codes"), [
    (picking.MOST_OFFERED, "", [f"c{place}" for place in range(picking.MOST_OFFERED)]), (picking.MOST_OFFERED + 1, "", []),
    (picking.MOST_OFFERED + 1, "VILLAGE 30", ["c30", "c300"]), (picking.MOST_OFFERED + 1, "c29", ["c29", *(f"c29{digit}" for digit in range(10))]),
    (picking.MOST_OFFERED + 1, "village", [f"c{place}" for place in range(picking.FOUND)]), (picking.MOST_OFFERED + 1, "nothing", [])])
def test_of_a_long_choice_a_search_finds_what_is_offered(many, word, codes):
    app = AppTest.from_function(offered)
    app.session_state["many"] = many
    app.run()
    if many > picking.MOST_OFFERED:
        app.text_input[0].set_value(word).run()
    assert [code for code in app.text[0].value.split(",") if code] == codes
    assert len(app.text_input) == (many > picking.MOST_OFFERED)


def test_hold_turns_once():
    """The frame's own codes count, whatever its index is."""
    rows = pd.DataFrame({"code": [f"c{place}" for place in range(ROWS)]}, index=range(ROWS, 0, -1))

    def held(code: str) -> AppTest:
        def turn():
            import streamlit as st

            from lib.ui import paging

            paging.hold(st.session_state["rows"], "test", st.session_state["code"])
            st.text(str(st.session_state.get("test.page")))

        app = AppTest.from_function(turn)
        app.session_state["rows"], app.session_state["code"] = rows, code
        return app.run()

    assert [held(code).text[0].value for code in ("c0", "c250", "gone")] == ["1", "2", "None"]
