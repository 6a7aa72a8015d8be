"""A client of three services of AWS, of the standard library alone, where botocore would be.

Modules have the names of botocore's that they stand for.  What it does not do is listed in the
page that weighs it against boto3.  One thread may use a client at a time, as in Lambda.
"""
