"""Training (W5): figures, the cadres' file of credits, secretaries and heads still to be trained, registers."""

from lib.ui import live, programme_page, session, training

with session.run("training") as run:
    programme_page.head(run, "training", training.FIGURES)
    training.show(run)
    programme_page.registers(run, "training", training.REGISTERS)
    live.watch(run)
