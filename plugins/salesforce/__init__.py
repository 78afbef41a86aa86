"""Finds who called in Salesforce, and writes the names into the contact book."""
