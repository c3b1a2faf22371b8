"""Honours (P4): figures, nominations, the honour roll, the register."""

from lib.ui import live, programme_page, roll, session

with session.run("honours") as run:
    programme_page.head(run, "honours", roll.FIGURES)
    roll.show_honours(run)
    programme_page.registers(run, "honours", ("honours",))
    live.watch(run)
