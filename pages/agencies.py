"""Service windows of agencies and institutions (W9): the figure, the three appraisals of each unit, the register."""

from lib.ui import live, programme_page, session, windows

with session.run("agencies") as run:
    programme_page.head(run, "agencies", windows.FIGURES)
    windows.show(run)
    programme_page.registers(run, "agencies", windows.REGISTERS)
    live.watch(run)
