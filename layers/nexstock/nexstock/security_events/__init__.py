"""Security events: what the audit log says beside changes, such as who signed in, was refused, or read the log."""
