"""Populations of profiles: synthetic ones from stated marginals, or read from a file."""
