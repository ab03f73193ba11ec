// Verify a NexStock webhook message. Go 1.21 or newer, standard library only.
//
// Use one of the three functions in your receiver, with the body exactly as it arrived and the headers by names in lower
// case:
//
//	VerifyNexstock(secret, headers, body, time.Now())  // X-NexStock-Signature
//	VerifyStandard(secret, headers, body, time.Now())  // webhook-id, webhook-timestamp, webhook-signature: v1
//	VerifyWithKey(publicKeys, headers, body, time.Now())  // the same headers: v1a
//
// All return an error for anything that was not signed with the secret, or by the key, within the last five minutes.
//
// To look into messages that you saved (one "Name: value" a line, and the body as it arrived):
//
//	WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... go run verify.go headers.txt body.json
package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

var (
	errNoTimestamp = errors.New("there is no timestamp")
	errNotRecent   = errors.New("the message is older than five minutes, or this clock is wrong")
	errNoMatch     = errors.New("no signature matches")
)

// VerifyNexstock verifies "X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>"; one v1 that matches is enough.
func VerifyNexstock(secret string, headers map[string]string, body []byte, now time.Time) error {
	timestamp, sent := "", []string{}
	for _, part := range strings.Split(headers["x-nexstock-signature"], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if name == "t" && timestamp == "" {
			timestamp = value
		} else if name == "v1" {
			sent = append(sent, value)
		}
	}
	if err := requireRecent(timestamp, now); err != nil {
		return err
	}
	// The key is the secret's text as it stands, whsec_ included.
	return requireMatch(hex.EncodeToString(mac([]byte(secret), timestamp+".", body)), sent)
}

// VerifyStandard verifies the headers of Standard Webhooks; one "v1,<base64>" that matches is enough.
func VerifyStandard(secret string, headers map[string]string, body []byte, now time.Time) error {
	timestamp := headers["webhook-timestamp"]
	if err := requireRecent(timestamp, now); err != nil {
		return err
	}
	// The key is what the part after whsec_ stands for in base64.
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	content := headers["webhook-id"] + "." + timestamp + "."
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac(key, content, body))
	return requireMatch(wanted, strings.Fields(headers["webhook-signature"]))
}

// VerifyWithKey verifies the headers of Standard Webhooks; one "v1a,<base64>" that one of the whpk_ keys made is enough.
func VerifyWithKey(publicKeys []string, headers map[string]string, body []byte, now time.Time) error {
	timestamp := headers["webhook-timestamp"]
	if err := requireRecent(timestamp, now); err != nil {
		return err
	}
	content := append([]byte(headers["webhook-id"]+"."+timestamp+"."), body...)
	for _, text := range publicKeys {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whpk_"))
		if err != nil || len(key) != ed25519.PublicKeySize {
			return errors.New("not a public key")
		}
		for _, item := range strings.Fields(headers["webhook-signature"]) {
			encoded, isKeys := strings.CutPrefix(item, "v1a,")
			signature, err := base64.StdEncoding.DecodeString(encoded)
			if isKeys && err == nil && ed25519.Verify(key, content, signature) {
				return nil
			}
		}
	}
	return errNoMatch
}

func mac(key []byte, beginning string, body []byte) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(beginning))
	hash.Write(body)
	return hash.Sum(nil)
}

func requireRecent(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if err != nil || timestamp[0] == '+' {
		return errNoTimestamp
	}
	if age := now.Sub(time.Unix(int64(seconds), 0)); age > tolerance || age < -tolerance {
		return errNotRecent
	}
	return nil
}

func requireMatch(wanted string, sent []string) error {
	matches := false
	for _, signature := range sent {
		// Equal takes the same time wherever they differ.
		matches = hmac.Equal([]byte(wanted), []byte(signature)) || matches
	}
	if !matches {
		return errNoMatch
	}
	return nil
}

func verifySaved(headersPath, bodyPath string) error {
	lines, err := os.ReadFile(headersPath)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(bodyPath)
	if err != nil {
		return err
	}
	headers := map[string]string{}
	for _, line := range strings.Split(string(lines), "\n") {
		name, value, _ := strings.Cut(line, ":")
		headers[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	secret, key, now := os.Getenv("WEBHOOK_SECRET"), os.Getenv("WEBHOOK_KEY"), time.Now()
	if err := VerifyNexstock(secret, headers, body, now); err != nil {
		return err
	}
	if err := VerifyStandard(secret, headers, body, now); err != nil {
		return err
	}
	if key == "" {
		return nil
	}
	return VerifyWithKey([]string{key}, headers, body, now)
}

func main() {
	status := 0
	for place := 1; place+1 < len(os.Args); place += 2 {
		if err := verifySaved(os.Args[place], os.Args[place+1]); err != nil {
			fmt.Println("not valid:", err)
			status = 1
		} else {
			fmt.Println("valid")
		}
	}
	os.Exit(status)
}
