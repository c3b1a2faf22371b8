"""The command line: what staff and an IT desk do without a browser. `python -m lib.manage --help`.

The exit code is 0 only when a command did what it says; errors go to stderr in words that say what to do.
"""

import os
import sys
from pathlib import Path

import click

from lib.core import forms, lint
from lib.core.forms import FormError
from lib.core.model import Refused
from lib.core.phrases import explain
from lib.core.program import ProgramError
from lib.store import accounts, db, pack, setup

LANGUAGE = "zh" if os.environ.get("LANG", "zh").lower().startswith("zh") else "en"


class Commands(click.Group):
    """Turns what a command refuses into words on stderr."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except Refused as refused:
            for problem in refused.problems:
                click.echo(explain(problem, LANGUAGE), err=True)
        except (FormError, ProgramError) as error:
            click.echo(str(error), err=True)
        return ctx.exit(1)


@click.group(cls=Commands)
@click.option("--home", type=click.Path(path_type=Path), help="The folder that holds all state (default: $CHENGPING_HOME or data/home).")
def main(home: Path | None) -> None:
    """Chengping 澄评."""
    if home:
        os.environ["CHENGPING_HOME"] = str(home)


@main.command()
@click.option("--admin-password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file whose first line is the administrator's password; without it one is made and printed once.")
@click.option("--year", type=int, help="The year of the round (default: this year).")
def init(admin_password_file: Path | None, year: int | None) -> None:
    """A real, empty store with the pack's townships and forms."""
    given = admin_password_file and admin_password_file.read_text(encoding="utf-8").partition("\n")[0].strip()
    password = given or accounts.new_password()
    if problem := accounts.password_problem(password, setup.ADMINISTRATOR):
        raise Refused(problem)
    with setup.locked():
        store = setup.migrate()
        moment = db.now(store)
        setup.init(store, year or moment.year, password, db.iso(moment))
        store.close()
    if not given:
        click.echo(f"{setup.ADMINISTRATOR}\t{password}")


@main.group(name="form", cls=Commands)
def form_group() -> None:
    """The questionnaires."""


@form_group.command(name="lint")
def form_lint() -> None:
    """Check every form of the pack; every complaint is printed with its place."""
    bodies = pack.form_bodies(2012)
    for kind, body in bodies.items():
        form = forms.parse(body)
        asked = {group.name: len(group.questions) for group in form.groups}
        click.echo(f"{kind}: {sum(asked.values())} questions, version {form.version}, {len(lint.complaints(form))} complaints")


if __name__ == "__main__":
    sys.exit(main())
