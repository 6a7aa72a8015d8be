"""What is measured: a folder for each, in the style of whoever would write it."""
