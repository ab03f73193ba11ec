#!/bin/sh
# Verify a NexStock webhook message that you saved, with openssl 3: one `Name: value` a line in the first file, the body
# as it arrived in the second.
#
#     WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... sh verify.sh headers.txt body.json
#
# With a key it verifies the signature `v1a` as well. NexStock publishes yours:
#
#     curl https://API/.well-known/webhook-keys/org_...
#
# For looking into one message by hand. The key stands on openssl's command line, where other users of the machine can
# see it, and the comparison is not in constant time: in a server, use the file of its
# language beside this one.
set -eu
headers=$1 body=$2 tolerance_s=300

refuse() {
    echo "not valid: $1"
    exit 1
}

header() {
    tr -d '\r' <"$headers" | awk -v wanted="$1" \
        'tolower(substr($0, 1, index($0, ":") - 1)) == wanted { sub(/^[^:]*:[ \t]*/, ""); print; exit }'
}

require_recent() {
    case $1 in '' | 0* | *[!0-9]* | ?????????????*) refuse "there is no timestamp" ;; esac
    age=$(($(date +%s) - $1))
    if [ "${age#-}" -gt $tolerance_s ]; then
        refuse "the message is older than five minutes, or this clock is wrong"
    fi
}

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

mac() { # of standard input, as bytes; $1 is the key in hexadecimal
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary
}

# X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>. The key is the secret's text as it stands.
signature=$(header x-nexstock-signature)
timestamp=$(printf '%s' "$signature" | tr ',' '\n' | sed -n 's/^ *t=//p')
require_recent "$timestamp"
key=$(printf '%s' "$WEBHOOK_SECRET" | hex)
wanted=$({ printf '%s.' "$timestamp" && cat "$body"; } | mac "$key" | hex)
printf '%s' "$signature" | tr ',' '\n' | grep -qxF "v1=$wanted" || refuse "no signature matches"

# Standard Webhooks: webhook-signature: v1,<base64>. The key is what follows `whsec_`, decoded.
timestamp=$(header webhook-timestamp)
require_recent "$timestamp"
key=$(printf '%s' "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | hex)
wanted=$({ printf '%s.%s.' "$(header webhook-id)" "$timestamp" && cat "$body"; } | mac "$key" | openssl base64 -A)
header webhook-signature | tr ' ' '\n' | grep -qxF "v1,$wanted" || refuse "no signature matches"

# The same headers, by a key: v1a,<base64>. openssl reads a key with its algorithm before it, and files only.
if [ -n "${WEBHOOK_KEY:-}" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000' &&
        printf '%s' "${WEBHOOK_KEY#whpk_}" | openssl base64 -d -A; } >"$work/key.der"
    { printf '%s.%s.' "$(header webhook-id)" "$timestamp" && cat "$body"; } >"$work/content"
    matches=no
    for signature in $(header webhook-signature | tr ' ' '\n' | sed -n 's/^v1a,//p'); do
        printf '%s' "$signature" | openssl base64 -d -A >"$work/signature"
        if openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin \
            -in "$work/content" -sigfile "$work/signature" >/dev/null 2>&1; then matches=yes; fi
    done
    [ $matches = yes ] || refuse "no signature matches"
fi

echo valid
