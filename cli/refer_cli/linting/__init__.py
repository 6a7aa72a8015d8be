"""What `refer lint` knows: rules about a directory and the settings, one module per theme."""
