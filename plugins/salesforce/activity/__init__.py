"""The activity history: one Task in Salesforce for each call, kept as the facts stand (R24-R29)."""
