"""The demo that `dev.py run` starts: a whole installation, with its own Salesforce org and telephone system."""
