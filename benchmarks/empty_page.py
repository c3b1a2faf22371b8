"""Main script of the floor under the first view: a page with one heading."""

import streamlit as st

st.set_page_config(layout="wide")
st.header("page", anchor=False)
