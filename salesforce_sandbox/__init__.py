"""A local Salesforce org for demo and tests; knows nothing of the programs that call it."""
