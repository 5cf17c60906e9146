"""Quality of reading: what was extracted against annotated documents."""
