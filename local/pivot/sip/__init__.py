"""The model of a call behind real SIP on loopback: `b2bua` carries its signals, `sipp` the phones.

Signalling only: media would go directly between the parties, whose SDP is passed on as it stands.
"""
