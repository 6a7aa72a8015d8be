"""A rotation of one auth token: what is the case, what comes next, and how it is done."""
