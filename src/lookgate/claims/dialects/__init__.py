"""One warehouse each. A new one is one new file with a ``dialect``."""
