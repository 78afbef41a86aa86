"""What a call looks like as a Salesforce Task (R24-R29, B12): pure rules."""
