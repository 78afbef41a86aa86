"""The revisions of the Salesforce plugin's tables."""
