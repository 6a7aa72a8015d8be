"""Twilio's side of a call as a model: no I/O, no clock, only what goes in and what comes out.

`signals` are both; `call` takes one after the other and says what follows; `world` plays it with
phones and a clock of its own, `pivot.sip` over real SIP.
"""
