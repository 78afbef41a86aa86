"""The pages of docs/ that are written from the source: `python -m devtools.reference` writes them all."""
