"""What ships of which distribution in functions/requirements.txt, and what does not.

tests/contract/test_package.py proves that nothing misses the rest: it resolves every import that
is written in what ships, and runs the handlers with the package alone.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

# By distribution, the files of its wheel. Licences and METADATA always ship: the ones ask for it,
# and scanners find a vulnerable version by the other.
KEPT: Mapping[str, tuple[str, ...]] = {
    "aws-lambda-powertools": (
        "aws_lambda_powertools/*.py",
        "aws_lambda_powertools/exceptions/*.py",
        "aws_lambda_powertools/logging/**/*.py",
        "aws_lambda_powertools/metrics/**/*.py",
        "aws_lambda_powertools/shared/*.py",
        # Imported by the package itself, its tracer without X-Ray's SDK.
        "aws_lambda_powertools/tracing/*.py",
        "aws_lambda_powertools/warnings/*.py",
        # Imported by its logger.
        "aws_lambda_powertools/utilities/__init__.py",
        "aws_lambda_powertools/utilities/jmespath_utils/*.py",
    ),
    "boto3": ("boto3/**/*.py",),
    # Of its data, what models.py makes.
    "botocore": ("botocore/**/*.py", "botocore/cacert.pem"),
    "jmespath": ("jmespath/*.py",),
    # Not its copy of the time zones: botocore asks it for UTC, and for the zone of the machine.
    "python-dateutil": (
        "dateutil/__init__.py",
        "dateutil/_*.py",
        "dateutil/relativedelta.py",
        "dateutil/parser/*.py",
        "dateutil/tz/*.py",
    ),
    # Imported by boto3, which calls it for S3 alone.
    "s3transfer": ("s3transfer/*.py",),
    "six": ("six.py",),
    "twilio": ("twilio/__init__.py", "twilio/request_validator.py", "twilio/twiml/*.py"),
    "typing-extensions": ("typing_extensions.py",),
    # All zones: which one the opening hours of an entry name is not known here.
    "tzdata": (
        "tzdata/__init__.py",
        "tzdata/zones",
        "tzdata/zoneinfo/__init__.py",
        "tzdata/zoneinfo/[A-Z]*/**",
        "tzdata/zoneinfo/[A-Z]*",
    ),
    # Not what needs packages that are not there: HTTP/2, SOCKS, a browser.
    "urllib3": (
        "urllib3/*.py",
        "urllib3/contrib/__init__.py",
        "urllib3/http2/__init__.py",
        "urllib3/http2/probe.py",
        "urllib3/util/*.py",
    ),
}
_ALWAYS = ("*.dist-info/METADATA", "*.dist-info/NOTICE*", "*.dist-info/**/LICENSE*")

_ASYNCHRONOUS = "of twilio's asynchronous client"
_REST = "of twilio.rest, which nothing here calls"
LEFT_OUT: Mapping[str, str] = {
    "aiohappyeyeballs": _ASYNCHRONOUS,
    "aiohttp": _ASYNCHRONOUS,
    "aiohttp-retry": _ASYNCHRONOUS,
    "aiosignal": _ASYNCHRONOUS,
    "attrs": _ASYNCHRONOUS,
    "certifi": "of requests; botocore brings certificates of its own",
    "charset-normalizer": "of requests",
    "frozenlist": _ASYNCHRONOUS,
    "idna": "of requests",
    "multidict": _ASYNCHRONOUS,
    "propcache": _ASYNCHRONOUS,
    "pyjwt": "of the access tokens in twilio.jwt",
    "requests": _REST,
    "yarl": _ASYNCHRONOUS,
}

# The services that the functions call: their models ship, and those of no other.
SERVICES = ("dynamodb", "events", "secretsmanager")
# Of the newest version of a service's data, what is read for a client. Nothing here asks one for a
# paginator, a waiter or an example.
# Not the rules of endpoints, which botocore would go through for each call: without them it takes
# the endpoint from `endpoints`, once for a client, as for services that have none. Tests hold that
# it is the same one in every region.
MODELS = ("service-2", "service-2.sdk-extras")
# What is read for a client of any service.
SHARED = ("_retry", "endpoints", "partitions", "sdk-default-configuration")


def ships(distribution: str, file: str) -> bool:
    """Whether a file of a wheel ships."""
    path = PurePosixPath(file)
    return any(path.full_match(pattern) for pattern in (*KEPT[distribution], *_ALWAYS))
