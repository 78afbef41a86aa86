"""Creating, changing, deleting and reading records by Salesforce's rules."""
