"""NexStock's shared layer: everything that has a reason to be right only once."""

import sys

# botocore takes PyOpenSSL's sockets wherever that is installed, and with them all of cryptography into every function's
# cold start. The passkeys' library brings it along; the interpreter's own TLS is what urllib3 has used since version 2.
sys.modules["urllib3.contrib.pyopenssl"] = None  # type: ignore[assignment]  # Python's way to say: not there

__version__ = "0.1.0"
