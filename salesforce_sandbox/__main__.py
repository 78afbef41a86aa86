"""``python -m salesforce_sandbox``: the same as ``tsunagu sandbox``."""

from salesforce_sandbox.cli import sandbox

if __name__ == "__main__":
    sandbox()
