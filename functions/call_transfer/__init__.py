"""What the four webhooks of the call transfer application share.

Pure modules decide and know nothing of AWS: errors, sip_uri, refer_to, directory, decision,
outcome, record, links, twiml.  Edge modules touch the world: webhook, signature, tokens, store,
settings, telemetry.  Pure never imports edge (tests/contract/test_imports.py).
"""
