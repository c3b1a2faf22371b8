"""Demonstration sites, model members, five-good villages (W3, W4): figures, fields, townships, nominations, the register."""

from lib.ui import live, programme_page, roll, session

with session.run("exemplars") as run:
    programme_page.head(run, "exemplars", roll.FIGURES)
    roll.show_exemplars(run)
    programme_page.registers(run, "exemplars", ("exemplars",))
    live.watch(run)
