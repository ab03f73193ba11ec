"""Files that come from customers and go to them: storage in S3, and tables as CSV."""
