"""What pages work out once and share: by the store's revision and whatever else it depends on, all of which stands in the function's parameters."""

from collections.abc import Callable, Hashable
from functools import partial
from inspect import signature
from threading import Condition

from cachetools import LRUCache, cached


def once(size: int) -> Callable:
    """Keep the last `size` results of a function, which are shared: never change one. Whoever asks for one that is being made waits for it.

    The parameters are the key, but for those whose names begin with an underscore. (Streamlit's own caches do the same; they look up the
    function's signature at every call, which was a twentieth of a page run.)
    """
    def keep(function: Callable) -> Callable:
        names = tuple(signature(function).parameters)
        return cached(LRUCache(size), key=partial(_key, names), condition=Condition())(function)

    return keep


def _key(names: tuple[str, ...], *given: Hashable, **named: Hashable) -> tuple:
    placed = tuple(value for name, value in zip(names, given, strict=False) if not name.startswith("_"))
    return placed, given[len(names):], tuple(sorted((name, value) for name, value in named.items() if not name.startswith("_")))
