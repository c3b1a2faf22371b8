"""Main script of the floor under autosave: one choice in a fragment, whose change saves nothing."""

import streamlit as st


def changed() -> None:
    """The callback of a real question saves here."""


@st.fragment
def question() -> None:
    st.radio("question", ["a", "b", "c"], index=None, key="answer.question", on_change=changed)


question()
