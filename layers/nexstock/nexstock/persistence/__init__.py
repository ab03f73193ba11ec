"""DynamoDB: tables, keys, cursors and the one write transaction of a request."""
