<?php

// Verify a NexStock webhook message. PHP 8.1 or newer; verifyWithKey needs the extension sodium, which comes with it.
//
// Use one of the three functions in your receiver, with the body exactly as it arrived (file_get_contents('php://input'))
// and the headers by names in lower case (array_change_key_case(getallheaders())):
//
//     verifyNexstock($secret, $headers, $body);      // X-NexStock-Signature
//     verifyStandard($secret, $headers, $body);      // webhook-id, webhook-timestamp, webhook-signature: v1
//     verifyWithKey($publicKeys, $headers, $body);   // the same headers: v1a
//
// All throw InvalidSignature for anything that was not signed with the secret, or by the key, within the last five
// minutes.
//
// To look into messages that you saved (one `Name: value` a line, and the body as it arrived):
//
//     WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... php verify.php headers.txt body.json

declare(strict_types=1);

const TOLERANCE_S = 300;

/** The message is not from NexStock, was changed on the way, or is too old. */
class InvalidSignature extends Exception
{
}

/** Verify `X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>`; one `v1` that matches is enough. */
function verifyNexstock(string $secret, array $headers, string $body, ?int $now = null): void
{
    $timestamp = '';
    $sent = [];
    foreach (explode(',', $headers['x-nexstock-signature'] ?? '') as $part) {
        [$name, $value] = explode('=', trim($part), 2) + [1 => ''];
        if ($name === 't' && $timestamp === '') {
            $timestamp = $value;
        } elseif ($name === 'v1') {
            $sent[] = $value;
        }
    }
    requireRecent($timestamp, $now);
    // The key is the secret's text as it stands, `whsec_` included.
    requireMatch(hash_hmac('sha256', "$timestamp.$body", $secret), $sent);
}

/** Verify the headers of Standard Webhooks; one `v1,<base64>` that matches is enough. */
function verifyStandard(string $secret, array $headers, string $body, ?int $now = null): void
{
    $timestamp = $headers['webhook-timestamp'] ?? '';
    requireRecent($timestamp, $now);
    // The key is what the part after `whsec_` stands for in base64.
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    $content = ($headers['webhook-id'] ?? '') . ".$timestamp.$body";
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', $content, $key, true));
    requireMatch($wanted, explode(' ', $headers['webhook-signature'] ?? ''));
}

/** Verify the headers of Standard Webhooks; one `v1a,<base64>` that one of the `whpk_` keys made is enough. */
function verifyWithKey(array $publicKeys, array $headers, string $body, ?int $now = null): void
{
    $timestamp = $headers['webhook-timestamp'] ?? '';
    requireRecent($timestamp, $now);
    $content = ($headers['webhook-id'] ?? '') . ".$timestamp.$body";
    foreach ($publicKeys as $text) {
        $key = base64_decode(preg_replace('/^whpk_/', '', $text), true);
        foreach (explode(' ', $headers['webhook-signature'] ?? '') as $item) {
            $signature = str_starts_with($item, 'v1a,') ? base64_decode(substr($item, 4), true) : false;
            if ($signature !== false && strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES
                && sodium_crypto_sign_verify_detached($signature, $content, $key)) {
                return;
            }
        }
    }
    throw new InvalidSignature('no signature matches');
}

function requireRecent(string $timestamp, ?int $now): void
{
    if (!preg_match('/^[0-9]{1,12}$/D', $timestamp)) {
        throw new InvalidSignature('there is no timestamp');
    }
    if (abs(($now ?? time()) - (int) $timestamp) > TOLERANCE_S) {
        throw new InvalidSignature('the message is older than five minutes, or this clock is wrong');
    }
}

function requireMatch(string $wanted, array $sent): void
{
    $matches = false;
    foreach ($sent as $signature) {
        // hash_equals takes the same time wherever they differ.
        $matches = hash_equals($wanted, $signature) || $matches;
    }
    if (!$matches) {
        throw new InvalidSignature('no signature matches');
    }
}

function isValid(string $headersPath, string $bodyPath): bool
{
    $headers = [];
    foreach (file($headersPath) as $line) {
        [$name, $value] = explode(':', $line, 2) + [1 => ''];
        $headers[strtolower(trim($name))] = trim($value);
    }
    $body = file_get_contents($bodyPath);
    $secret = getenv('WEBHOOK_SECRET');
    $key = getenv('WEBHOOK_KEY');
    try {
        verifyNexstock($secret, $headers, $body);
        verifyStandard($secret, $headers, $body);
        if ($key !== false) {
            verifyWithKey([$key], $headers, $body);
        }
    } catch (InvalidSignature $refusal) {
        echo "not valid: {$refusal->getMessage()}\n";
        return false;
    }
    echo "valid\n";
    return true;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    $status = 0;
    foreach (array_chunk(array_slice($argv, 1), 2) as [$headersPath, $bodyPath]) {
        $status |= isValid($headersPath, $bodyPath) ? 0 : 1;
    }
    exit($status);
}
