"""Fixtures: a founded store of its own for each test, a shared demo county, and pages opened as somebody."""

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

from lib.core.model import SYSTEM, Role
from lib.store import accounts, db, organizations, setup

ROOT = Path(__file__).resolve().parents[1]
MOMENT = dt.datetime(2012, 4, 10, 1, 30, tzinfo=dt.UTC)
PASSWORD = "peach-Orchard-7"
CHEAP = 4  # bcrypt cost in tests

settings.register_profile("suite", deadline=None, derandomize=True)  # a busy machine is no failure, and a failure comes again
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has a home of its own; nothing touches data/home."""
    monkeypatch.setenv("CHENGPING_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(ROOT)
    yield tmp_path / "home"
    db.forget_connections()


@pytest.fixture(scope="session", autouse=True)
def components_found_once():
    """AppTest reads the metadata of every installed package at each run, looking for components: three quarters of a page's test."""
    with pytest.MonkeyPatch.context() as patch:
        found = manifest_scanner.scan_component_manifests()
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: list(found))
        yield


@pytest.fixture
def moment() -> dt.datetime:
    return MOMENT


@pytest.fixture
def at(moment) -> str:
    return db.iso(moment)


@pytest.fixture(scope="session")
def founded(tmp_path_factory) -> Path:
    """A founded, empty store's file, made once (composing and linting eight forms takes a second); `store` copies it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHENGPING_HOME", str(tmp_path_factory.mktemp("founded")))
        with setup.locked():
            store = setup.migrate()
        setup.found(store, 2012, db.iso(MOMENT))
        store.close()
        return db.store_path()


@pytest.fixture
def store(home, founded):
    """A founded, empty store of 2012 whose clock stands near `moment`."""
    home.mkdir()
    shutil.copy(founded, db.store_path())
    store = db.connect()
    db.set_meta(store, "clock_shift_seconds", str((MOMENT - dt.datetime.now(dt.UTC)).total_seconds()))
    store.conn.commit()
    yield store
    store.close()


@pytest.fixture
def small_county(store, at):
    """Three organizations and an account of each role; password PASSWORD. Returns the store."""
    rows = (("V1", "甲村党支部", "village", "610525101000", "610525101"), ("V2", "乙村党支部", "village", "610525101000", "610525101"),
            ("A1", "县某局党支部", "agency", "610525001000", "610525001"))
    hashed = accounts.hash_password(PASSWORD, CHEAP)
    for code, name, kind, committee, township in rows:
        organizations.save_organization(store, SYSTEM, {"code": code, "name": name, "kind": kind, "committee": committee,
                                                        "township": township, "members": 30, "secretary": "书记", "phone": ""}, at)
    for username, role, columns in (("admin", Role.COUNTY, {"administrator": True}), ("county", Role.COUNTY, {}),
                                    ("fengyuan", Role.COMMITTEE, {"committee": "610525101000"}),
                                    ("chengguan", Role.COMMITTEE, {"committee": "610525001000"}),
                                    ("v1", Role.ORGANIZATION, {"organization": "V1"}), ("v2", Role.ORGANIZATION, {"organization": "V2"}),
                                    ("a1", Role.ORGANIZATION, {"organization": "A1"})):
        accounts.create(store, SYSTEM, username, username, role, hashed, at, must_change=False, **columns)
    return store


@pytest.fixture
def actor(small_county, moment):
    """`actor("v1")`: the account as the store knows it."""
    return lambda username: accounts.actor_for(small_county, accounts.open_session(small_county, username, moment).sid, moment)


@pytest.fixture(scope="session")
def demo_county(tmp_path_factory) -> Path:
    """A home with a demo of 60 organizations, built once; `demo_home` copies it."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    before = os.environ.get("CHENGPING_HOME")
    os.environ["CHENGPING_HOME"] = str(folder)
    try:
        from lib import demo

        with setup.locked():
            store = setup.migrate()
        demo.build(store, organizations=60)
        store.close()
        db.forget_connections()
    finally:
        os.environ.pop("CHENGPING_HOME") if before is None else os.environ.update(CHENGPING_HOME=before)
    return folder


@pytest.fixture
def demo_home(demo_county, home) -> Path:
    """This test's home, with its own copy of the demo county."""
    shutil.copytree(demo_county, home, dirs_exist_ok=True)
    return home


@pytest.fixture
def open_as(monkeypatch):
    """`open_as("county")`: the app as an account (or `link=token`, or nobody) sees it, not yet run."""
    from streamlit.testing.v1 import AppTest

    from lib.store import links
    from lib.ui import session

    def opened(username: str | None = None, *, link: str | None = None) -> AppTest:
        with db.session() as store:
            now = db.now(store)
            sid = accounts.open_session(store, username, now).sid if username else None
            assert link is None or links.find(store, link, now)
        cookies = {session.SESSION_COOKIE: sid, session.VIEW_COOKIE: link}
        monkeypatch.setattr(session, "cookie", cookies.get)
        app = AppTest.from_file(str(ROOT / "lib" / "ui" / "shell.py"), default_timeout=30)
        if sid:
            app.session_state["sid"] = sid
        return app

    return opened
