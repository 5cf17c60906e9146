"""HTTP under ``/api/v1``: mirrors the commands, JSON in and out."""
