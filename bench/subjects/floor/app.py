# A deployment package of its own; what AWS answers is JSON.
# ruff: noqa: INP001, ANN401
"""Transfer a call on SIP REFER with the standard library alone: the limit of this runtime.

The same job and as many calls of AWS as ours, and nothing else: no retries, no second token, no
renewal of credentials.  Nobody should run this.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import ssl
import sys
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import quoteattr

REGION = os.environ["AWS_REGION"]
KEY_ID, KEY = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
SESSION_TOKEN = os.environ["AWS_SESSION_TOKEN"]
TARGETS, CALLS = os.environ["TARGETS_TABLE"], os.environ["CALLS_TABLE"]
HOST = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
TLS = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
SIP_USER = re.compile(r"sips?:([^@;>]+)")
SIGNED = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"


def signed(
    service: str, target: str, body: bytes, content_type: str, now: time.struct_time
) -> dict[str, str]:
    """Return the headers of a request: Signature Version 4."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", now)
    day = moment[:8]
    headers = {
        "content-type": content_type,
        "host": HOST,
        "x-amz-date": moment,
        "x-amz-security-token": SESSION_TOKEN,
        "x-amz-target": target,
    }
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/\n\n{lines}\n{SIGNED}\n{digest}"
    scope = f"{day}/{REGION}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = f"AWS4{KEY}".encode()
    for part in (day, REGION, service, "aws4_request", text):
        key = hmac.digest(key, part.encode(), "sha256")
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={SIGNED}, "
        f"Signature={key.hex()}"
    )
    return headers


class Service:
    """One service of AWS, over one connection that is kept."""

    def __init__(self, name: str, prefix: str, content_type: str) -> None:
        self.name, self.prefix, self.content_type = name, prefix, content_type
        self.connection = http.client.HTTPSConnection(HOST, timeout=2, context=TLS)

    def call(self, operation: str, asked: dict[str, Any]) -> Any:
        """Call an operation, and return its answer."""
        body = json.dumps(asked).encode()
        headers = signed(
            self.name, f"{self.prefix}.{operation}", body, self.content_type, time.gmtime()
        )
        self.connection.request("POST", "/", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(text)
        return json.loads(text)


def is_twilios(url: str, form: dict[str, str], signature: str, token: str) -> bool:
    """Tell whether Twilio signed a form: URL, names and values, sorted by name."""
    text = url + "".join(name + value for name, value in sorted(form.items()))
    made = base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()
    return hmac.compare_digest(made, signature)


dynamodb = Service("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0")
secrets = Service("secretsmanager", "secretsmanager", "application/x-amz-json-1.1")
TOKENS = json.loads(
    secrets.call("GetSecretValue", {"SecretId": os.environ["TOKENS_SECRET"]})["SecretString"]
)


def read(tenant: str, user: str, session: str) -> Any:
    """Return the entry of a user part, None when it has none; the hop is asked for as well."""
    keys = [{"tenant": {"S": owner}, "address": {"S": user}} for owner in (tenant, "*")]
    hop = {"session": {"S": f"{tenant}/{session}"}, "hop": {"S": "0"}}
    wanted = {TARGETS: {"Keys": keys}, CALLS: {"Keys": [hop], "ConsistentRead": True}}
    found = dynamodb.call("BatchGetItem", {"RequestItems": wanted})["Responses"][TARGETS]
    return found[0] if found else None


def record(tenant: str, session: str, form: dict[str, str], sip: str, now: float) -> None:
    """Record the transfer, unless it is recorded."""
    values = {
        ":asked": {"S": form["ReferTransferTarget"]},
        ":caller": {"S": form["From"]},
        ":called": {"S": form["To"]},
        ":target": {"S": sip},
        ":now": {"N": str(int(now))},
        ":expires": {"N": str(int(now) + 90 * 86400)},
    }
    dynamodb.call(
        "UpdateItem",
        {
            "TableName": CALLS,
            "Key": {"session": {"S": f"{tenant}/{session}"}, "hop": {"S": "1"}},
            "UpdateExpression": "SET asked = :asked, caller = :caller, called = :called,"
            " target = :target, opened_at = :now, expires_at = :expires",
            "ConditionExpression": "attribute_not_exists(opened_at)",
            "ExpressionAttributeValues": values,
        },
    )


def tell(session: str, user: str, began: float, now: float) -> None:
    """Write one line and one metric to the log."""
    taken = round((time.perf_counter() - began) * 1000, 1)
    line = {"level": "INFO", "message": "webhook", "session": session, "target": user}
    metric = {
        "Namespace": "Floor",
        "Dimensions": [["webhook"]],
        "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}],
    }
    emf = {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [metric]},
        "webhook": "refer",
        "Duration": taken,
    }
    sys.stdout.write(f"{json.dumps(line)}\n{json.dumps(emf)}\n")


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Verify, look up, record, dial."""
    began, now = time.perf_counter(), time.time()
    body = base64.b64decode(event["body"]).decode()
    form = dict(parse_qsl(body, keep_blank_values=True))
    domain = event["requestContext"]["domainName"]
    tenant = form["AccountSid"]
    signature = event["headers"].get("x-twilio-signature", "")
    url = f"https://{domain}{event['rawPath']}"
    if tenant not in TOKENS or not is_twilios(url, form, signature, TOKENS[tenant][0]):
        return {"statusCode": 403, "headers": {"content-type": "text/plain"}, "body": ""}
    [user] = SIP_USER.findall(form["ReferTransferTarget"])
    session = event["pathParameters"]["session"]
    entry = read(tenant, user, session)
    if entry is None:
        twiml = "<Response><Reject/></Response>"
    else:
        sip = entry["dial"]["L"][0]["M"]["sip"]["S"]
        record(tenant, session, form, sip, now)
        twiml = (
            f'<Response><Dial answerOnBridge="true" timeout="{entry["ring_timeout"]["N"]}"'
            f" action={quoteattr(f'https://{domain}/dial-result/{session}')}"
            f" referUrl={quoteattr(f'https://{domain}/refer/hold/{session}/1/0/0/initial')}>"
            f"<Sip statusCallback={quoteattr(f'https://{domain}/leg-status/{session}')}"
            ' statusCallbackEvent="initiated ringing answered completed">'
            f"{sip}</Sip></Dial></Response>"
        )
    tell(session, user, began, now)
    return {
        "statusCode": 200,
        "headers": {"content-type": "text/xml; charset=utf-8"},
        "body": f'<?xml version="1.0" encoding="UTF-8"?>{twiml}',
    }
