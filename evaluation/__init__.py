"""Measures everything from outside, by public names only."""
