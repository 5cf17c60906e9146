"""The two faces of the program: HTTP with pages, and the command line."""
