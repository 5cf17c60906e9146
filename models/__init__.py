"""Learned models: text and numbers in, vectors and scores out; knows no policy."""
