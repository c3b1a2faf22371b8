"""The gate: without login nothing but the login, and for every role exactly its pages."""

import pytest
from reading import rates

from lib.core import access
from lib.core.model import Role
from lib.store import db, links, setup
from lib.ui import login

ROLES = {"admin": Role.COUNTY, "county": Role.COUNTY, "fengyuan": Role.COMMITTEE, "v1": Role.ORGANIZATION, None: Role.PUBLIC}
LOGIN = ["账号", "密码"]


def path(page: str) -> str:
    return f"../../pages/{page}.py"


def words(app) -> str:
    return " ".join(str(element.value) for kind in (app.markdown, app.header, app.subheader, app.table, app.dataframe) for element in kind)


@pytest.mark.parametrize("page", [page for page in access.PAGES if page not in access.PUBLIC_PAGES])
def test_a_cold_deep_link_shows_the_login_and_nothing_else(page, small_county, open_as):
    app = open_as().switch_page(path(page)).run()
    assert not app.exception
    assert [field.label for field in app.text_input] == LOGIN
    assert "党支部" not in words(app)
    assert not app.dataframe
    assert not app.metric
    assert not rates(app)


@pytest.mark.parametrize("username", ["admin", "county", "fengyuan", "v1"])
@pytest.mark.parametrize("page", list(access.PAGES))
def test_every_role_has_its_pages_and_no_other(page, username, small_county, actor, open_as):
    allowed = access.allowed(actor(username), access.PAGES[page])
    if not allowed and page not in access.PUBLIC_PAGES:
        with pytest.raises(ValueError):
            open_as(username).run().switch_page(path(page)).run()
        return
    app = open_as(username).switch_page(path(page)).run()
    assert not app.exception
    assert [field.label for field in app.text_input][:2] != LOGIN
    assert app.header


def test_a_leader_by_view_link_looks_and_changes_nothing(small_county, actor, moment, open_as):
    token = links.create(small_county, actor("county"), "县委书记", moment + links.LONGEST, moment)
    app = open_as(link=token).run()
    assert not app.exception
    assert rates(app)
    for page in ("assessment", "review", "appraisal", "registry", "snapshots", "links", "accounts", "account"):
        with pytest.raises(ValueError):
            app.switch_page(path(page)).run()
    link = links.every(small_county)[0]["id"]
    links.revoke(small_county, actor("county"), link, moment)
    app.run()
    assert [field.label for field in app.text_input] == LOGIN


def test_the_private_part_of_the_login_library_is_still_there():
    from streamlit_authenticator.controllers import cookie_controller

    assert cookie_controller.CookieModel is login.StoreCookie


def test_a_demo_shows_its_accounts_and_a_real_store_does_not(small_county, open_as):
    assert not open_as().run().table
    db.set_meta(small_county, setup.DEMO, "1")
    small_county.conn.commit()
    assert open_as().run().table
