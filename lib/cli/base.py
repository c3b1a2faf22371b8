"""What every command of the command line shares: `--home` anywhere, refusals in words on stderr, the store opened or said to be missing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from lib.core import phrases
from lib.core.forms import FormError
from lib.core.model import Problem, Refused
from lib.core.program import ProgramError
from lib.store import db, setup
from lib.store.db import Database

LANGUAGE = "zh" if os.environ.get("LANG", "zh").lower().startswith("zh") else "en"


def say(code: str, /, **params: object) -> str:
    """A phrase in the terminal's language."""
    return phrases.text(code, LANGUAGE, **params)


def explain(problem: Problem) -> str:
    return phrases.explain(problem, LANGUAGE)


def complain(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(explain(problem), err=True)


def _set_home(_: click.Context, __: click.Parameter, value: Path | None) -> None:
    if value:
        os.environ["CHENGPING_HOME"] = str(value)


def _home_option() -> click.Option:
    return click.Option(["--home"], type=click.Path(file_okay=False, path_type=Path), expose_value=False, callback=_set_home, is_eager=True,
                        help="The folder that holds all state (default: $CHENGPING_HOME or data/home).")


class Leaf(click.Command):
    """A command that takes `--home` itself, so that it may stand at the end of the line."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params.append(_home_option())


class Commands(click.Group):
    """A group of them; turns what a command refuses into words on stderr and exit code 1."""

    command_class = Leaf
    group_class = type

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params.append(_home_option())

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except Refused as refused:
            complain(refused.problems)
        except FormError as error:
            complain(error.problems)
        except ProgramError as error:
            click.echo(str(error), err=True)
        except setup.NewerStore as error:
            complain((Problem.of(str(error)),))
        except db.SQLiteError as error:
            complain((Problem.of("home.unreadable", detail=str(error)),))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            complain((Problem.of("home.file", path=error.filename or db.home(), detail=error.strerror or str(error)),))
        return ctx.exit(1)


@contextmanager
def opened() -> Iterator[Database]:
    """The store, its schema up to date. Raises Refused where there is none yet."""
    if not db.store_path().exists():
        raise Refused("home.empty", path=str(db.home()))
    with setup.locked():
        store = setup.migrate()
    try:
        if setup.is_empty(store):
            raise Refused("home.empty", path=str(db.home()))
        yield store
    finally:
        store.close()


def content(file: Path) -> bytes:
    """A file handed in, read whole; the size is the reader's to judge, but a huge one is not even read."""
    with file.open("rb") as opened_file:
        return opened_file.read(2**24)


existing_file = click.Path(path_type=Path)
"""Checked when it is opened, so that a missing file is told in the same words as an unreadable one."""
