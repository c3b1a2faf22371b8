"""Inspections and criticism (L2): what was found and what became of it, criticisms in force and lifted, registers."""

from lib.ui import inspections, live, programme_page, session

with session.run("inspections") as run:
    programme_page.head(run, "inspections", ())
    inspections.show(run)
    programme_page.registers(run, "inspections", inspections.REGISTERS)
    live.watch(run)
