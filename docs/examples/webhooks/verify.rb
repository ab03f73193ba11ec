# frozen_string_literal: true

# Verify a NexStock webhook message. Ruby 3.0 or newer, standard library only.
#
# Use one of the three methods in your receiver, with the body exactly as it arrived (request.body.read) and the headers
# by names in lower case:
#
#     NexstockWebhook.verify_nexstock(secret, headers, body)        # X-NexStock-Signature
#     NexstockWebhook.verify_standard(secret, headers, body)        # webhook-id, -timestamp, -signature: v1
#     NexstockWebhook.verify_with_key(public_keys, headers, body)   # the same headers: v1a
#
# All raise InvalidSignature for anything that was not signed with the secret, or by the key, within the last five
# minutes.
#
# To look into messages that you saved (one `Name: value` a line, and the body as it arrived):
#
#     WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... ruby verify.rb headers.txt body.json

require "openssl"

module NexstockWebhook
  TOLERANCE_S = 300

  # What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410).
  ED25519 = ["302a300506032b6570032100"].pack("H*").freeze

  # The message is not from NexStock, was changed on the way, or is too old.
  class InvalidSignature < StandardError; end

  module_function

  # Verify `X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>`; one `v1` that matches is enough.
  def verify_nexstock(secret, headers, body, now: Time.now)
    pairs = headers.fetch("x-nexstock-signature", "").split(",").map { |part| part.strip.split("=", 2) }
    timestamp = pairs.find { |name, _| name == "t" }&.last.to_s
    require_recent(timestamp, now)
    # The key is the secret's text as it stands, `whsec_` included.
    wanted = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{timestamp}.".b + body.b)
    require_match(wanted, pairs.select { |name, _| name == "v1" }.map { |_, value| value.to_s })
  end

  # Verify the headers of Standard Webhooks; one `v1,<base64>` that matches is enough.
  def verify_standard(secret, headers, body, now: Time.now)
    # The key is what the part after `whsec_` stands for in base64.
    key = secret.delete_prefix("whsec_").unpack1("m")
    mac = OpenSSL::HMAC.digest("SHA256", key, recent_content(headers, body, now))
    require_match("v1,#{[mac].pack('m0')}", headers.fetch("webhook-signature", "").split(" "))
  end

  # Verify the headers of Standard Webhooks; one `v1a,<base64>` that one of the `whpk_` keys made is enough.
  def verify_with_key(public_keys, headers, body, now: Time.now)
    content = recent_content(headers, body, now)
    keys = public_keys.map { |text| OpenSSL::PKey.read(ED25519 + text.delete_prefix("whpk_").unpack1("m")) }
    sent = headers.fetch("webhook-signature", "").split(" ").filter_map { |item| item[/\Av1a,(.*)/, 1] }
    matches = sent.any? { |signature| keys.any? { |key| made_by?(key, signature.unpack1("m"), content) } }
    raise InvalidSignature, "no signature matches" unless matches
  end

  def made_by?(key, signature, content)
    key.verify(nil, signature, content)
  rescue OpenSSL::PKey::PKeyError
    false
  end

  def recent_content(headers, body, now)
    timestamp = headers.fetch("webhook-timestamp", "")
    require_recent(timestamp, now)
    "#{headers.fetch('webhook-id', '')}.#{timestamp}.".b + body.b
  end

  def require_recent(timestamp, now)
    raise InvalidSignature, "there is no timestamp" unless timestamp.match?(/\A[0-9]{1,12}\z/)
    return if (now.to_i - timestamp.to_i).abs <= TOLERANCE_S

    raise InvalidSignature, "the message is older than five minutes, or this clock is wrong"
  end

  def require_match(wanted, sent)
    # Takes the same time wherever they differ; it wants the same length, which is no secret.
    matches = sent.map do |signature|
      signature.bytesize == wanted.bytesize && OpenSSL.fixed_length_secure_compare(signature, wanted)
    end
    raise InvalidSignature, "no signature matches" unless matches.any?
  end

  def valid?(headers_path, body_path)
    lines = File.readlines(headers_path, chomp: true).map { |line| line.split(":", 2) }
    headers = lines.to_h { |name, value| [name.to_s.strip.downcase, value.to_s.strip] }
    body, secret, key = File.binread(body_path), ENV.fetch("WEBHOOK_SECRET"), ENV["WEBHOOK_KEY"]
    verify_nexstock(secret, headers, body)
    verify_standard(secret, headers, body)
    verify_with_key([key], headers, body) if key
    puts "valid"
    true
  rescue InvalidSignature => refusal
    puts "not valid: #{refusal.message}"
    false
  end
end

if $PROGRAM_NAME == __FILE__
  exit(ARGV.each_slice(2).map { |headers, body| NexstockWebhook.valid?(headers, body) }.all?)
end
