#!/bin/sh
# Send a signed message to your own receiver with openssl and curl, to see whether it verifies what it should:
#
#     WEBHOOK_SECRET=whsec_... sh send.sh https://receiver.example/webhooks body.json
#
# NexStock sends the same headers. The secret is a test secret of yours: it stands on openssl's command line.
set -eu
url=$1 body=$2
id="msg_test_$(date +%s)" timestamp=$(date +%s)

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

mac() { # of standard input, as bytes; $1 is the key in hexadecimal
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary
}

text_key=$(printf '%s' "$WEBHOOK_SECRET" | hex)
decoded_key=$(printf '%s' "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | hex)
by_text=$({ printf '%s.' "$timestamp" && cat "$body"; } | mac "$text_key" | hex)
by_decoded=$({ printf '%s.' "$timestamp" && cat "$body"; } | mac "$decoded_key" | hex)
standard=$({ printf '%s.%s.' "$id" "$timestamp" && cat "$body"; } | mac "$decoded_key" | openssl base64 -A)

curl --silent --show-error --output /dev/null --write-out '%{http_code}\n' --max-time 10 \
    --header 'Content-Type: application/json' \
    --header "webhook-id: $id" \
    --header "webhook-timestamp: $timestamp" \
    --header "webhook-signature: v1,$standard" \
    --header "X-NexStock-Signature: t=$timestamp,v1=$by_text,v1=$by_decoded" \
    --data-binary "@$body" "$url"
