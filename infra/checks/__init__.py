"""Linters of others, run over the templates as CloudFormation gets them; `make check-templates`."""
