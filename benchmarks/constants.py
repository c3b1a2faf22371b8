"""Main script of the floor: its first complete run is the real app, taken down on a tape; every later run plays the tape."""

import runpy
from pathlib import Path

import streamlit as st

from benchmarks import tape

SHELL = Path(__file__).resolve().parents[1] / "lib" / "ui" / "shell.py"

if tape.TAPE.full:
    tape.TAPE.play()
else:
    st.session_state["later.overview"] = True  # the page as it is after the first second
    with tape.TAPE.recording():
        runpy.run_path(str(SHELL))
