"""Chengping: `streamlit run app.py`. The pages' main script is `lib/ui/shell.py`; this file adds the ASGI side around it."""

import streamlit as st

from lib.web import asgi

app = st.App("lib/ui/shell.py", routes=asgi.routes, middleware=asgi.middleware, lifespan=asgi.lifespan)
