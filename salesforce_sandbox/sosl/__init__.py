"""SOSL: read, matched against the org's search index, answered."""
