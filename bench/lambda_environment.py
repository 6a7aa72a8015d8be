"""The environment that Lambda gives a function, and where AWS is on this machine.

"Defined runtime environment variables" in Lambda's developer guide. Nothing of the environment of
this process is passed on.
"""

from bench.certificate import Certificate
from bench.runtime_api import CREDENTIALS
from bench.subject import Subject


def environment(
    subject: Subject, aws_url: str, certificate: Certificate, api: str, *, snapstart: bool
) -> dict[str, str]:
    """Return the variables that a subject is started with; `api` is the address of the Runtime API.

    Lambda gives a function that is restored no keys, but a URL to get them from.
    """
    served = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{api}{CREDENTIALS}",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a-token",
    }
    keys = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "a-session-token",
    }
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_RUNTIME_API": api,
        "LAMBDA_TASK_ROOT": str(subject.folder),
        "_HANDLER": subject.handler,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "refer",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/refer",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/28/[1]0",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if snapstart else "on-demand",
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_CA_BUNDLE": str(certificate.bundle),
        "NODE_EXTRA_CA_CERTS": str(certificate.authority),
        **(served if snapstart else keys),
        **subject.environment,
    }
    return {name: value for name, value in variables.items() if name not in subject.without}
