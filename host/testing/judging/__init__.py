"""The rules of the conformance kit: each module holds those of one subject, and how they are judged."""
