"""Tests of the two faces: HTTP with pages, and the command line."""
