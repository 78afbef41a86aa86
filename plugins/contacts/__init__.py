"""The contact book: names by telephone number."""
