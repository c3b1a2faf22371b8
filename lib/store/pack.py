"""The county pack on disk: programme, forms, registry lists and maps. Another county, or another year, is another folder."""

import csv
import json
import os
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePath

from lib.core import forms, lint, registers
from lib.core.forms import FormError
from lib.core.model import Kind, Problem
from lib.core.phrases import listed
from lib.core.program import parse

DATA = Path(__file__).resolve().parents[2] / "data"


def folder() -> Path:
    """The pack in use: `$CHENGPING_PACK`, or the one folder under `data/` that has a programme. Raises FileNotFoundError."""
    if chosen := os.environ.get("CHENGPING_PACK"):
        return Path(chosen)
    packs = sorted(path.parent for path in DATA.glob("*/program.toml"))
    if len(packs) != 1:
        raise FileNotFoundError(f"{len(packs)} packs under {DATA}: set CHENGPING_PACK to the one to use")
    return packs[0]


def program_text() -> str:
    return (folder() / "program.toml").read_text(encoding="utf-8")


Texts = tuple[tuple[str, str], ...]
"""Files by their place in the pack (`forms/village.yaml`), with what they hold."""


def _texts(paths: Iterable[Path]) -> Texts:
    return tuple((f"{path.parent.name}/{path.name}", path.read_text(encoding="utf-8")) for path in paths)


class _Wrong(list[Problem]):
    """What is wrong in the pack's files, each with the file it is in."""

    @contextmanager
    def file(self, file: str) -> Iterator[None]:
        """While a file is read: a FormError goes to what is wrong, and the other files are read all the same."""
        try:
            yield
        except FormError as error:
            self.tell(file, error.problems)

    def tell(self, file: str, problems: Iterable[Problem]) -> None:
        self += (Problem.of("form.in_file", file=file, detail=problem) for problem in problems)

    def documents(self, texts: Texts) -> dict[str, dict]:
        """The documents by the stems of their files. Raises FormError, since what includes a file that cannot be read is wrong for that alone."""
        found = {}
        for file, text in texts:
            with self.file(file):
                found[PurePath(file).stem] = forms.read_document(text)
        self.raised()
        return found

    def raised(self) -> None:
        """Raises FormError when there is anything."""
        if self:
            raise FormError(*self)


def form_bodies(year: int, program: str | None = None) -> dict[str, dict]:
    """Plain data of every questionnaire of the pack, by kind. Raises FormError with every complaint of the linter."""
    return _form_bodies(_texts(sorted((folder() / "forms").glob("*.yaml"))), year, program or program_text())


@lru_cache(maxsize=4)
def _form_bodies(texts: Texts, year: int, program: str) -> dict[str, dict]:
    settings = parse(program, year)
    bodies, wrong = {}, _Wrong()
    documents = wrong.documents(texts)
    for kind in Kind:
        file = f"forms/{kind}.yaml"
        if kind not in documents:
            wrong.append(Problem.of("form.no_file", file=file))
            continue
        with wrong.file(file):
            bodies[kind.value] = forms.compose(documents, kind, settings.settings_of(kind), year)
            wrong.tell(file, lint.complaints(forms.parse(bodies[kind.value])))
    wrong.raised()
    return bodies


def register_bodies(year: int, program: str | None = None) -> dict[str, dict]:
    """Plain data of every register of the pack, by name. Raises FormError with every complaint."""
    paths = (*sorted((folder() / "forms").glob("common.yaml")), *sorted((folder() / "registers").glob("*.yaml")))
    return _register_bodies(_texts(paths), year, program or program_text())


@lru_cache(maxsize=4)
def _register_bodies(texts: Texts, year: int, program: str) -> dict[str, dict]:
    bodies, wrong = {}, _Wrong()
    documents = wrong.documents(texts)
    names = [name for name, document in documents.items() if registers.is_register(document)]
    settings = parse(program, year).settings_of(Kind.TOWNSHIP_COMMITTEE)
    for name in names:
        file = f"registers/{name}.yaml"
        if documents[name].get("name") != name or name in set(Kind):
            wrong.append(Problem.of("register_head.file_name", file=file, name=name, kinds=listed(Kind)))
            continue
        with wrong.file(file):
            bodies[name] = forms.compose(documents, name, settings, year)
            wrong.tell(file, registers.complaints(registers.parse(bodies[name]), names))
    wrong.raised()
    return bodies


def _rows(name: str) -> list[dict[str, str]]:
    with (folder() / "registry" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def townships() -> list[dict[str, str]]:
    """Rows of `registry/townships.csv`: code, name, name_en, kind, label_lon, label_lat, …"""
    return _rows("townships.csv")


def villages() -> list[dict[str, str]]:
    """Rows of `registry/villages.csv`: code, name, township_code, kind (村委会, 居委会)."""
    return _rows("villages.csv")


def readings() -> dict[str, str]:
    """Place names read in their own way: part of a name → its syllables in pinyin (`registry/readings.csv`: name, pinyin); none without it."""
    return _readings(folder() / "registry" / "readings.csv")


@lru_cache(maxsize=4)
def _readings(path: Path) -> dict[str, str]:
    return {row["name"]: row["pinyin"] for row in _rows(path.name)} if path.exists() else {}


def demo() -> dict:
    """What a simulated year is made of: `demo.toml`. Raises FileNotFoundError for a pack that has none."""
    return tomllib.loads((folder() / "demo.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _shapes(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def township_shapes() -> dict:
    """GeoJSON of the townships; `schematic` says that they are no real boundaries."""
    return _shapes(folder() / "geo" / "townships.geojson")
