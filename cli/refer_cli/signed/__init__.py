"""Who signed a captured request, and what differs: the parts of `refer signature`."""
