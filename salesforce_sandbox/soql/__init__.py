"""SOQL: read by a real grammar, compiled to SQL over the org's tables."""
