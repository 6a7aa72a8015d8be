"""The seed's matrix and what can go wrong beside it: cells, played against the application.

What a cell expects is written from Twilio's page and the RFCs, never from what the handlers answer.
"""
