"""The `refer` command: what this project decides, to be tried out on the command line."""
