"""Twilio's part on a laptop: the webhooks of a call, signed as Twilio signs them."""
