"""The name that botocore has for the headers of a response."""

from http.client import HTTPMessage as HTTPHeaders

__all__ = ["HTTPHeaders"]
