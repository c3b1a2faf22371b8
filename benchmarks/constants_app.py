"""Serves `constants.py` in the way in which the product is served, so that nothing but the page differs."""

import streamlit as st

from lib.web import asgi

app = st.App("constants.py", routes=asgi.routes, middleware=asgi.middleware, lifespan=asgi.lifespan)
