"""Paired assistance (W1, L1, S6): figures, leaders with what they still lack, villages with their visits, registers."""

from lib.ui import leaders, live, programme_page, session

with session.run("pairing") as run:
    programme_page.head(run, "pairing", leaders.FIGURES)
    leaders.show(run)
    programme_page.registers(run, "pairing", leaders.REGISTERS)
    live.watch(run)
