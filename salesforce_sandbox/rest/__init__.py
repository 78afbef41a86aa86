"""The resources under /services/data/vXX.X/, each a function from a call to a reply."""
