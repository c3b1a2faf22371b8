"""The house (design §2): which way imports go, where SQL and Streamlit may be spoken, how long a page may be."""

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "app.py", *sorted((ROOT / "lib").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
PAGE_LINES = 140

# layer -> layers it may import from, besides itself
MAY_IMPORT = {
    "lib.core": set(),
    "lib.store": {"lib.core"},
    "lib.exchange": {"lib.core", "lib.store"},
    "lib.demo": {"lib.core", "lib.store", "lib.exchange"},
    "lib.rollup": {"lib.core", "lib.store", "lib.exchange"},
    "lib.cli": {"lib.core", "lib.store", "lib.exchange", "lib.demo", "lib.rollup"},
    "lib.manage": {"lib.core", "lib.store", "lib.exchange", "lib.demo", "lib.rollup", "lib.cli"},
    "lib.ui": {"lib.core", "lib.store", "lib.exchange", "lib.demo"},
    "lib.web": {"lib.core", "lib.store", "lib.exchange", "lib.demo"},
    "pages": {"lib.core", "lib.store", "lib.exchange", "lib.ui"},
    "app": {"lib.web"},
}
# library -> layers that may use it; every other library is anybody's
HOME_OF = {
    "streamlit": {"lib.ui", "pages", "app"}, "streamlit_authenticator": {"lib.ui"}, "plotly": {"lib.ui"},
    "sqlite3": set(), "pysqlite3": {"lib.store"}, "sqlite_utils": {"lib.store"}, "bcrypt": {"lib.store"},
    "starlette": {"lib.web"}, "duckdb": {"lib.rollup"}, "distributed": {"lib.rollup"}, "click": {"lib.manage", "lib.cli", "lib.demo"},
    "elementpath": {"lib.core"}, "pypinyin": {"lib.core"},
}


def layer(module: str) -> str:
    return ".".join(module.split(".")[:2]) if module.startswith("lib.") else module.split(".")[0]


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"lib.{name.name}" for name in node.names} if node.module == "lib" else {node.module}
    return found


def strings(tree: ast.AST) -> list[tuple[int, str]]:
    return [(node.lineno, node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def code_of(path: str) -> ast.AST:
    """A module without its docstrings: what it says about itself is not what it does."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [each for each in node.body
                         if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str))]
    return tree


@pytest.mark.parametrize("path", TREES)
def test_imports_go_one_way(path):
    own = layer(module_of(path))
    if own == "lib":
        assert imported(TREES[path]) == set()  # the package itself
        return
    wrong = {name for name in imported(TREES[path]) if name.startswith("lib.") and layer(name) not in MAY_IMPORT[own] | {own}}
    assert wrong == set()
    assert not any(name.split(".")[0] in ("pages", "app", "tests", "benchmarks") for name in imported(TREES[path]))


@pytest.mark.parametrize("path", TREES)
def test_libraries_stay_at_home(path):
    own = layer(module_of(path))
    assert {name for name in imported(TREES[path]) if own not in HOME_OF.get(name.split(".")[0], {own})} == set()


def test_only_the_store_speaks_sql():
    """The roll-up asks DuckDB about files of CSV; it has a store's rows from lib/exchange, as a bundle has them."""
    verb = re.compile(r"\s*(select\b.*\bfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+table|pragma|begin immediate)\b",
        re.IGNORECASE | re.DOTALL)
    wrong = []
    for path in TREES:
        if path.startswith(("lib/store/", "lib/rollup/")):
            continue
        tree = code_of(path)
        wrong += [f"{path}:{line} {text.split()[0]}" for line, text in strings(tree) if verb.match(text)]
        wrong += [f"{path}:{node.lineno} {node.func.attr}" for node in ast.walk(tree) if isinstance(node, ast.Call)
                  and isinstance(node.func, ast.Attribute) and node.func.attr in ("execute", "executemany", "executescript", "query", "commit",
                      "rollback")
                  and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "self")]
    assert wrong == []


def test_only_one_place_opens_the_database():
    for path in TREES:
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.keyword) and node.arg == "check_same_thread":
                assert path == "lib/store/db.py"


def test_core_has_no_clock():
    """The rules get the day they are asked about: nothing there looks at the time, the files or the network by itself."""
    for path in TREES:
        if path.startswith("lib/core/"):
            calls = {node.func.attr for node in ast.walk(TREES[path]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
            assert not calls & {"now", "today", "utcnow", "time", "urlopen", "getenv"}, path
            assert "os" not in imported(TREES[path])


def test_no_markup_from_text():
    for path in TREES:
        for node in ast.walk(TREES[path]):
            assert not (isinstance(node, ast.keyword) and node.arg in ("unsafe_allow_html", "unsafe_allow_javascript")), f"{path}:{node.value.lineno}"


@pytest.mark.parametrize("path", [path for path in TREES if path.startswith("pages/")])
def test_a_page_is_an_outline(path):
    source = (ROOT / path).read_text(encoding="utf-8")
    assert 0 < len(source.splitlines()) < PAGE_LINES
    assert not [text for _, text in strings(code_of(path)) if re.search(r"[\u3400-\u9fff]", text)], "no text on a page: phrases.toml has them"
    for node in ast.walk(TREES[path]):
        assert not isinstance(node, ast.ClassDef)
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert not (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))


def test_no_countys_name_in_code():
    county = re.compile("澄城|610525|渭南|Chengcheng", re.IGNORECASE)
    found = [f"{path}:{line}" for path in TREES for line, text in strings(code_of(path)) if county.search(text)]
    assert found == []


def test_the_county_is_in_a_pack_and_nowhere_else():
    from lib.store import pack

    assert pack.folder().parent == ROOT / "data"
    assert (pack.folder() / "program.toml").exists()


# ---- dependencies


def requirements(name: str) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("-"))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-rollup.txt", "requirements-dev.txt"])
def test_dependencies_are_pinned_with_a_reason_and_installed_as_pinned(name):
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r")):
            assert re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+ +# \S.*", line), line
    pinned = requirements(name)
    assert {package: metadata.version(package) for package in pinned} == pinned


IMPORTED_AS = {"PyYAML": "yaml", "streamlit-authenticator": "streamlit_authenticator", "sqlite-utils": "sqlite_utils",
               "python-calamine": "python_calamine", "python-docx": "docx", "pillow": "PIL",
               "XlsxWriter": "xlsxwriter"}


@pytest.mark.parametrize(("name", "above"), [("requirements.txt", ""), ("requirements-rollup.txt", "requirements.txt")])
def test_every_direct_dependency_is_used_and_every_used_one_is_direct(name, above):
    """The roll-up has a file of its own: the rest of the program does without what stands there."""
    used = {name.split(".")[0] for path in TREES if above or not path.startswith("lib/rollup/") for name in imported(TREES[path])}
    direct = {IMPORTED_AS.get(package, package) for each in (name, above) if each for package in requirements(each)}
    assert direct <= used, "listed and not used"
    known = direct | set(sys.stdlib_module_names) | {"lib", "starlette", "anyio"}  # the last two are Streamlit's own server
    assert used <= known, "used and not listed"


def test_the_private_side_of_the_authenticator_is_still_there():
    """`lib/ui/login.py` replaces the class that the library asks for cookies: whoever raises the version looks here first."""
    import streamlit_authenticator as stauth
    from streamlit_authenticator.controllers import cookie_controller
    from streamlit_authenticator.models.cookie_model import CookieModel

    from lib.ui import login

    assert cookie_controller.CookieModel is login.StoreCookie
    for method in ("get_cookie", "set_cookie", "delete_cookie"):
        assert callable(getattr(CookieModel, method))
        assert callable(getattr(login.StoreCookie, method))
    controller = cookie_controller.CookieController("name", "x" * 32, 1)
    assert isinstance(controller.cookie_model, login.StoreCookie)
    authenticator = stauth.Authenticate({"usernames": {"nobody": {}}}, "name", "x" * 32, 1, auto_hash=False)
    assert "usernames" in authenticator.authentication_controller.authentication_model.credentials
    assert isinstance(authenticator.cookie_controller.cookie_model, login.StoreCookie)
    assert {"validate_password", "diagnose_password"} <= {name for name in dir(stauth.Validator) if not name.startswith("__")}
