"""What `refer doctor` is made of: one module for each check, and Twilio's alerts in words."""
