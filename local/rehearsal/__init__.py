"""The rehearsal: the real template on an emulated AWS, and calls transferred through it."""
