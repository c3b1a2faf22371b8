"""Mobilization and standing rules (P1, P5): figures, who has not begun, rules adopted, registers."""

from lib.ui import live, programme_page, rules, session

with session.run("standing_rules") as run:
    programme_page.head(run, "standing_rules", rules.FIGURES)
    rules.show(run)
    programme_page.registers(run, "standing_rules", rules.REGISTERS)
    live.watch(run)
