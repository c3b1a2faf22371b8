"""The county pack on disk: programme, forms, registry lists and maps. Another county, or another year, is another folder."""

import csv
import json
import os
import tomllib
from functools import lru_cache
from pathlib import Path

from lib.core import forms, lint, registers
from lib.core.forms import FormError
from lib.core.model import Kind
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


def form_bodies(year: int, program: str | None = None) -> dict[str, dict]:
    """Plain data of every questionnaire of the pack, by kind. Raises FormError with every complaint of the linter."""
    texts = tuple((path.stem, path.read_text(encoding="utf-8")) for path in sorted((folder() / "forms").glob("*.yaml")))
    return _form_bodies(texts, year, program or program_text())


@lru_cache(maxsize=4)
def _form_bodies(texts: tuple[tuple[str, str], ...], year: int, program: str) -> dict[str, dict]:
    settings = parse(program, year)
    documents = {name: forms.read_document(text) for name, text in texts}
    bodies, wrong = {}, []
    for kind in Kind:
        if kind not in documents:
            wrong.append(f"forms/{kind}.yaml is missing")
            continue
        body = forms.compose(documents, kind, settings.settings_of(kind), year)
        wrong += [f"{kind}: {complaint}" for complaint in lint.complaints(forms.parse(body))]
        bodies[kind.value] = body
    if wrong:
        raise FormError("\n".join(wrong))
    return bodies


def register_bodies(year: int, program: str | None = None) -> dict[str, dict]:
    """Plain data of every register of the pack, by name. Raises FormError with every complaint."""
    paths = (*sorted((folder() / "forms").glob("common.yaml")), *sorted((folder() / "registers").glob("*.yaml")))
    return _register_bodies(tuple((path.stem, path.read_text(encoding="utf-8")) for path in paths), year, program or program_text())


@lru_cache(maxsize=4)
def _register_bodies(texts: tuple[tuple[str, str], ...], year: int, program: str) -> dict[str, dict]:
    documents = {name: forms.read_document(text) for name, text in texts}
    names = [name for name, document in documents.items() if registers.is_register(document)]
    settings = parse(program, year).settings_of(Kind.TOWNSHIP_COMMITTEE)
    bodies, wrong = {}, []
    for name in names:
        if documents[name].get("name") != name or name in set(Kind):
            wrong.append(f"registers/{name}.yaml: its name is the file's, and no kind's")
            continue
        bodies[name] = forms.compose(documents, name, settings, year)
        wrong += [f"{name}: {complaint}" for complaint in registers.complaints(registers.parse(bodies[name]), names)]
    if wrong:
        raise FormError("\n".join(wrong))
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
