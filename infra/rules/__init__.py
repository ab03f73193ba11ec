"""Rules about the templates as CloudFormation gets them in production; `make templates` runs them."""
