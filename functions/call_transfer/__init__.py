"""What the four webhooks of the call transfer application share.

Pure modules decide and know nothing of AWS: sip_uri and refer_to read a target, directory and entry
say who may be dialled, decision and plan make a DialPlan of it, attempt and outcome conclude how it
ended, record keeps it, links and twiml write the answer.  Edge modules touch the world: webhook,
signature, tokens, store, settings, telemetry, and hop, progress and reply, which call all of them
in order.  Pure never imports edge; tests/contract/test_imports.py has the two lists.

Importing it stops the garbage collector in Lambda: INIT makes a hundred thousand objects that stay,
and looking through them again and again takes 3 % of the instructions of a cold start.  Each
handler says with `settled` that all is imported.
"""

import gc
import os
from collections.abc import Mapping


def rest(environment: Mapping[str, str]) -> None:
    """Collect no garbage in a process of Lambda until it is `settled`."""
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in environment:
        gc.disable()


def settled() -> None:
    """Collect garbage from now on, and look at nothing again that is there already."""
    gc.freeze()
    gc.enable()


rest(os.environ)
