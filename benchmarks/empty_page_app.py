"""Serves `empty_page.py` in the way in which the product is served."""

import streamlit as st

from lib.web import asgi

app = st.App("empty_page.py", routes=asgi.routes, middleware=asgi.middleware, lifespan=asgi.lifespan)
