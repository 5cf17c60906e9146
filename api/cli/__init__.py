"""The command line ``policymatch``."""
