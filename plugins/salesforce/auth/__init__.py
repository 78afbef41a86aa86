"""The ways to sign in to Salesforce: each module holds one sub-plugin."""
