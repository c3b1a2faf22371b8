"""Serves `empty_fragment.py` in the way in which the product is served."""

import streamlit as st

from lib.web import asgi

app = st.App("empty_fragment.py", routes=asgi.routes, middleware=asgi.middleware, lifespan=asgi.lifespan)
