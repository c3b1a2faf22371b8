"""The registry of organizations: list and fields, imports, townships and committees."""

from lib.core.access import Action
from lib.ui import frame, imports, registry, registry_dialogs, session
from lib.ui.text import t

with session.run("registry") as run:
    known = registry.read(run)
    frame.head(run, t("page.registry"), registry.count(known))
    view = registry.view()
    if view == "list":
        registry.actions(run)
        registry.pick(run, known)
    elif view == "places":
        registry.show_places(run, known)
    elif run.may(Action.EDIT_REGISTRY):
        imports.show(run, {"import": "organizations", "results": "results"}[view])
    else:
        registry.actions(run)
    registry_dialogs.show()
