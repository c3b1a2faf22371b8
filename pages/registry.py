"""Placeholder while the page is being written."""
