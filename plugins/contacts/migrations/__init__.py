"""The revisions of the contact book's tables."""
