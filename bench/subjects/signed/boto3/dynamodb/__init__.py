"""DynamoDB beside its client: the types."""
