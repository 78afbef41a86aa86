"""The demo that `dev.py run` starts: a whole installation on one machine, with its own Salesforce org and telephone system."""
