"""Our own package on a client of the standard library, in place of boto3.

`boto3` and `botocore` of this folder come where the real ones are, and `aws_client` where ours
makes its clients.  All else of the package is as it is deployed.
"""
