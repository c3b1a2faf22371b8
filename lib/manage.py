"""The command line: what staff and an IT desk do without a browser. `python -m lib.manage --help`.

The exit code is 0 only when a command did what it says; errors go to stderr in words that say what to do.
"""

import sys
from pathlib import Path

import click

from lib import demo
from lib.cli import forms, people, rollup, shelf, tables
from lib.cli.base import LANGUAGE, Commands
from lib.core.model import Refused
from lib.store import accounts, db, setup


@click.group(cls=Commands)
def main() -> None:
    """Chengping 澄评."""


for command in (tables.import_group, tables.export_group, tables.report, shelf.snapshot_group, shelf.verify, shelf.backup, shelf.restore,
                rollup.rollup, forms.form_group, people.accounts_group, people.link_group):
    main.add_command(command)


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


@main.command(name="demo")
@click.option("--organizations", type=click.IntRange(demo.MINIMUM, 100_000), default=demo.ORGANIZATIONS, show_default=True, help="How many.")
@click.option("--seed", type=int, default=demo.SEED, show_default=True, help="The same seed and size give the same demo.")
def make_demo(organizations: int, seed: int) -> None:
    """A simulated year in an empty home, of any size."""
    demo.make(organizations, seed, LANGUAGE)


if __name__ == "__main__":
    sys.exit(main())
