"""The contact book's pure rules: what an entry may be, how names are found, and CSV files."""
