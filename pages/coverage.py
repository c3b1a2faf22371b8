"""Coverage of private firms and social organizations (W8): figures, how units are organized, who is not covered, the census."""

from lib.ui import coverage, live, programme_page, session

with session.run("coverage") as run:
    programme_page.head(run, "coverage", coverage.FIGURES)
    coverage.show(run)
    programme_page.registers(run, "coverage", coverage.REGISTERS)
    live.watch(run)
