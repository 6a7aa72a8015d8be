"""The deployed code over moto: tables, environment and routes come from the templates."""

from gateway.stack import Stack

DOMAIN = "abc123.execute-api.us-east-1.amazonaws.com"
STACK = Stack()
