"""What Twilio raises about a list, in words as about anything else.

twilio-python raises another exception when the first page of a list is refused than when a single
resource is: one without status and code, with the whole response as its second argument.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from twilio.base.exceptions import TwilioException
from twilio.base.version import Version
from twilio.http.response import Response

from refer_cli.twilio_api import in_words


@contextmanager
def asked(what: str) -> Iterator[None]:
    """Turn what Twilio or the network raises into a sentence about `what`, lists included."""
    with in_words(what):
        try:
            yield
        except TwilioException as error:
            response = next((one for one in error.args if isinstance(one, Response)), None)
            if response is None:
                raise
            raise Version.exception("GET", "", response, "Unable to list") from None
