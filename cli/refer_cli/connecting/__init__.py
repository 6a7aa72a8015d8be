"""What `refer connect` is made of: where calls come in, what is to change there, and doing it."""
