"""Which records describe one scheme: block, compare, decide."""
