"""Search among names as people type them: part of the name, its pinyin, the initials of its syllables, a code; one slip is forgiven.

Pinyin is without tones, in small letters, ü as v. Place names that are read otherwise than their characters usually are come from the pack.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process

LIMIT = 20
"""Results that a search gives at most: whoever sees more reads none of them."""
LATIN = re.compile(r"[a-zü'’ -]+")
SLIP_FROM = 5
"""Letters from which one wrong, missing or additional one is forgiven; of Chinese characters, SLIP_FROM_CHARACTERS."""
SLIP_FROM_CHARACTERS = 3
INSIDE_FROM = 3
"""Initials from which they are looked for inside a name too: two letters are everywhere."""


@dataclass(frozen=True)
class Reading:
    """How a name is typed: the pinyin of its syllables (or whatever it has in place of characters), whole and by initials."""

    syllables: tuple[str, ...]
    full: str
    initials: str


@lru_cache(maxsize=65_536)
def reading(name: str, places: tuple[tuple[str, str], ...] = ()) -> Reading:
    """A name's reading. `places` are (part of a name, its syllables in pinyin) where that part is read in its own way."""
    syllables: list[str] = []
    known = dict(places)
    parts = re.split(f"({'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})", name) if known else [name]
    for part in parts:
        syllables += known[part].split() if part in known else lazy_pinyin(part.lower(), errors=list)
    syllables = [each for each in syllables if each.isalnum()]
    return Reading(tuple(syllables), "".join(syllables), "".join(each[0] for each in syllables))


def typed(text: str) -> tuple[str, str]:
    """What was typed: the words as they are, in small letters, and the letters alone when it can be pinyin, else ""."""
    word = text.strip().lower()
    return word, re.sub(r"[^a-z]", "", word.replace("ü", "v")) if LATIN.fullmatch(word) else ""


def _begins(known: Reading, letters: str) -> bool:
    """Whether pinyin begins at one of a name's syllables: "angu" is not in cheng-guan."""
    return letters in known.full and any("".join(known.syllables[place:]).startswith(letters) for place in range(len(known.syllables)))


def _rank(name: str, code: str, known: Reading, word: str, letters: str) -> int | None:
    """How well a name answers, 0 best; None when it does not."""
    if word == code:
        return 0
    if word in name:
        return 1 if name.startswith(word) else 2
    if letters:
        if known.initials.startswith(letters):
            return 3
        if known.full.startswith(letters):
            return 4
        if _begins(known, letters):
            return 5
        if len(letters) >= INSIDE_FROM and letters in known.initials:
            return 6
    return 7 if word in code else None


@dataclass(frozen=True)
class Index:
    """Names ready to be searched: codes and names as given, both in small letters, and readings, in one order."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    small: tuple[tuple[str, str, Reading], ...]
    places: tuple[tuple[str, str], ...]


def index(names: Mapping[str, str], places: Mapping[str, str]) -> Index:
    """The index of names by code."""
    own = tuple(places.items())
    return Index(tuple(names), tuple(names.values()), tuple((name.lower(), code.lower(), reading(name, own)) for code, name in names.items()), own)


def found(known: Index, text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """Codes of the names that answer, best first: the code, the name, initials, pinyin; else what sounds the same, else what is one slip off."""
    word, letters = typed(text)
    if not word:
        return ()
    ranked = [(rank, len(name), place) for place, (name, code, read) in enumerate(known.small)
              if (rank := _rank(name, code, read, word, letters)) is not None]
    places = [place for *_, place in sorted(ranked)[:limit]] or _nearly(known, word, letters, limit)
    return tuple(known.codes[place] for place in places)


def _nearly(known: Index, word: str, letters: str, limit: int) -> list[int]:
    """Places of names that sound the same as Chinese characters typed, else of those that differ by one slip."""
    def shortest(places: Iterable[int]) -> list[int]:
        return sorted(places, key=lambda place: len(known.names[place]))[:limit]

    if letters:
        asked, texts, least = letters, [read.full for *_, read in known.small], SLIP_FROM
    else:
        spoken = reading(word, known.places).full
        same = shortest(place for place, (*_, read) in enumerate(known.small) if spoken and not word.isascii() and _begins(read, spoken))
        if same:
            return same
        asked, texts, least = word, [name for name, *_ in known.small], SLIP_FROM_CHARACTERS
    if len(asked) < least:
        return []
    within = 100 * (1 - 1 / len(asked)) - 0.01
    return shortest(place for _, _, place in process.extract(asked, texts, scorer=fuzz.partial_ratio, score_cutoff=within, limit=limit))


def matches(names: Iterable[str], codes: Iterable[str], text: str, places: Mapping[str, str]) -> list[bool]:
    """Which of the names a table's filter lets through: as `found` finds them, without forgiving slips; all for an empty text."""
    word, letters = typed(text)
    own = tuple(places.items())
    if not letters:
        return [word in name.lower() or word == code.lower() for name, code in zip(names, codes, strict=True)]
    return [_rank(name.lower(), code.lower(), reading(name, own), word, letters) is not None for name, code in zip(names, codes, strict=True)]
