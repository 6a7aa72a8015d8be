# A deployment package of its own.
# ruff: noqa: INP001
"""An empty handler: what Python and Lambda's runtime client cost."""


def lambda_handler(_event: object, _context: object) -> dict[str, object]:
    """Answer with nothing."""
    return {"statusCode": 200, "headers": {"content-type": "text/xml"}, "body": ""}
