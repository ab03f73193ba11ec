"""One folder a resource, one file an operation, one file a Lambda function."""
