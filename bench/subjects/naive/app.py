# A deployment package of its own, in the style of such a post.
# ruff: noqa: INP001, ANN001, ANN201, ARG001, D103, PLR0917
# mypy: ignore-errors
"""Transfer a call on SIP REFER, as a post on a blog would do it."""

import os
import re
import time
from urllib.parse import parse_qsl

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from botocore.exceptions import ClientError
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, VoiceResponse

logger = Logger(service="refer")
tracer = Tracer(service="refer")
metrics = Metrics(namespace="Refer", service="refer")
app = APIGatewayHttpResolver()

dynamodb = boto3.resource("dynamodb")
targets = dynamodb.Table(os.environ["TARGETS_TABLE"])
calls = dynamodb.Table(os.environ["CALLS_TABLE"])

TWIML = "text/xml"
NOBODY = 403


def auth_token(account_sid):
    tokens = parameters.get_secret(os.environ["TOKENS_SECRET"], transform="json", max_age=300)
    return tokens[account_sid][0]


def verified_form():
    event = app.current_event
    form = dict(parse_qsl(event.decoded_body, keep_blank_values=True))
    url = f"https://{event.request_context.domain_name}{event.raw_path}"
    validator = RequestValidator(auth_token(form["AccountSid"]))
    if validator.validate(url, form, event.headers.get("x-twilio-signature", "")):
        return form
    return None


@app.post("/refer/<mode>/<session>/<hop>/<refer_id>/<attempt>/<stage>")
@tracer.capture_method
def refer(mode, session, hop, refer_id, attempt, stage):
    form = verified_form()
    if form is None:
        return Response(status_code=NOBODY, content_type="text/plain", body="not signed by Twilio")

    user = re.search(r"sips?:([^@;>]+)", form["ReferTransferTarget"]).group(1)
    entry = targets.get_item(Key={"tenant": form["AccountSid"], "address": user}).get("Item")
    response = VoiceResponse()
    if entry is None:
        response.reject()
        return Response(status_code=200, content_type=TWIML, body=str(response))

    try:
        calls.put_item(
            Item={
                "session": f"{form['AccountSid']}/{session}",
                "hop": "1",
                "from": form["From"],
                "to": form["To"],
                "asked": form["ReferTransferTarget"],
                "target": entry["dial"][0]["sip"],
                "opened_at": int(time.time()),
                "expires_at": int(time.time()) + 90 * 86400,
            },
            ConditionExpression="attribute_not_exists(#session)",
            ExpressionAttributeNames={"#session": "session"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise

    dial = Dial(
        answer_on_bridge=True,
        timeout=int(entry["ring_timeout"]),
        action=f"/dial-result/{session}",
        refer_url=f"/refer/{mode}/{session}/1/0/0/initial",
    )
    dial.sip(
        entry["dial"][0]["sip"],
        status_callback=f"/leg-status/{session}",
        status_callback_event="initiated ringing answered completed",
    )
    response.append(dial)

    logger.info("transfer", extra={"call_sid": form["CallSid"], "target": user})
    metrics.add_metric(name="Transfers", unit=MetricUnit.Count, value=1)
    return Response(status_code=200, content_type=TWIML, body=str(response))


@app.post("/hang-up/<session>")
@tracer.capture_method
def hang_up(session):
    form = verified_form()
    if form is None:
        return Response(status_code=NOBODY, content_type="text/plain", body="not signed by Twilio")
    client = Client(form["AccountSid"], auth_token(form["AccountSid"]))
    client.calls(session).update(status="completed")
    return Response(status_code=200, content_type=TWIML, body=str(VoiceResponse()))


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event, context):
    return app.resolve(event, context)
