"""In place of boto3: DynamoDB's types. Clients are made in call_transfer/aws_client.py."""
