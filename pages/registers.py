"""Every register of the round: what it is about, how much it holds; the one chosen in the address, in the frame of them all."""

from lib.ui import frame, live, places, register, register_list, session
from lib.ui.text import plain, t

with session.run("registers") as run:
    kept = register_list.asked(run)
    frame.head(run, plain(kept.form.label[run.language]) if kept else t("page.registers"))
    if kept:
        places.link("registers", t("registers.back"), icon=":material/arrow_back:")
        register.show(run, kept.name)
    else:
        register_list.show(run)
    live.watch(run)
