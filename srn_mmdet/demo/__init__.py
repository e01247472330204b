"""A drawn data set in WIDER FACE's layout, and the demo that runs on it."""
