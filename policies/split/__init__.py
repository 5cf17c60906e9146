"""The structure of a document: several documents in one file, outline, signature block."""
