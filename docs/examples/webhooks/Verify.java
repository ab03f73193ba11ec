// Verify a NexStock webhook message. Java 17 or newer, nothing to add.
//
// Use one of the three methods in your receiver, with the body exactly as it arrived and the headers by names in lower
// case:
//
//     Verify.nexstock(secret, headers, body, Instant.now());         // X-NexStock-Signature
//     Verify.standard(secret, headers, body, Instant.now());         // webhook-id, -timestamp, -signature: v1
//     Verify.withKey(publicKeys, headers, body, Instant.now());      // the same headers: v1a
//
// All throw Verify.InvalidSignature for anything that was not signed with the secret, or by the key, within the last
// five minutes.
//
// To look into messages that you saved (one `Name: value` a line, and the body as it arrived):
//
//     WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... java Verify.java headers.txt body.json

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    /** What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410). */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private Verify() {}

    /** The message is not from NexStock, was changed on the way, or is too old. */
    public static final class InvalidSignature extends Exception {
        private static final long serialVersionUID = 1;

        InvalidSignature(String reason) {
            super(reason);
        }
    }

    /** Verify {@code X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>}; one v1 that matches is enough. */
    public static void nexstock(String secret, Map<String, String> headers, byte[] body, Instant now)
            throws InvalidSignature, GeneralSecurityException {
        List<String[]> pairs = Arrays.stream(headers.getOrDefault("x-nexstock-signature", "").split(","))
                .map(part -> part.strip().split("=", 2))
                .filter(pair -> pair.length == 2)
                .toList();
        String timestamp =
                pairs.stream().filter(pair -> pair[0].equals("t")).map(pair -> pair[1]).findFirst().orElse("");
        requireRecent(timestamp, now);
        // The key is the secret's text as it stands, whsec_ included.
        String wanted = HexFormat.of().formatHex(mac(secret.getBytes(UTF_8), content(timestamp + ".", body)));
        requireMatch(wanted, pairs.stream().filter(pair -> pair[0].equals("v1")).map(pair -> pair[1]).toList());
    }

    /** Verify the headers of Standard Webhooks; one {@code v1,<base64>} that matches is enough. */
    public static void standard(String secret, Map<String, String> headers, byte[] body, Instant now)
            throws InvalidSignature, GeneralSecurityException {
        // The key is what the part after whsec_ stands for in base64.
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        byte[] signature = mac(key, recentContent(headers, body, now));
        requireMatch("v1," + Base64.getEncoder().encodeToString(signature), signatures(headers));
    }

    /** Verify the headers of Standard Webhooks; one {@code v1a,<base64>} that one of the whpk_ keys made is enough. */
    public static void withKey(List<String> publicKeys, Map<String, String> headers, byte[] body, Instant now)
            throws InvalidSignature, GeneralSecurityException {
        byte[] content = recentContent(headers, body, now);
        for (String text : publicKeys) {
            byte[] raw = Base64.getDecoder().decode(text.replaceFirst("^whpk_", ""));
            byte[] encoded = Arrays.copyOf(ED25519, ED25519.length + raw.length);
            System.arraycopy(raw, 0, encoded, ED25519.length, raw.length);
            PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
            for (String item : signatures(headers)) {
                if (item.startsWith("v1a,") && isMadeBy(key, item.substring(4), content)) {
                    return;
                }
            }
        }
        throw new InvalidSignature("no signature matches");
    }

    private static boolean isMadeBy(PublicKey key, String signature, byte[] content) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update(content);
        try {
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (java.security.SignatureException | IllegalArgumentException malformed) {
            return false;
        }
    }

    private static byte[] recentContent(Map<String, String> headers, byte[] body, Instant now)
            throws InvalidSignature {
        String timestamp = headers.getOrDefault("webhook-timestamp", "");
        requireRecent(timestamp, now);
        return content(headers.getOrDefault("webhook-id", "") + "." + timestamp + ".", body);
    }

    private static List<String> signatures(Map<String, String> headers) {
        return List.of(headers.getOrDefault("webhook-signature", "").split(" "));
    }

    private static byte[] content(String beginning, byte[] body) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(beginning.getBytes(UTF_8));
        whole.writeBytes(body);
        return whole.toByteArray();
    }

    private static byte[] mac(byte[] key, byte[] content) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(content);
    }

    private static void requireRecent(String timestamp, Instant now) throws InvalidSignature {
        if (!timestamp.matches("[0-9]{1,12}")) {
            throw new InvalidSignature("there is no timestamp");
        }
        Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), now).abs();
        if (age.compareTo(TOLERANCE) > 0) {
            throw new InvalidSignature("the message is older than five minutes, or this clock is wrong");
        }
    }

    private static void requireMatch(String wanted, List<String> sent) throws InvalidSignature {
        boolean matches = false;
        for (String signature : sent) {
            // isEqual takes the same time wherever they differ.
            matches |= MessageDigest.isEqual(wanted.getBytes(UTF_8), signature.getBytes(UTF_8));
        }
        if (!matches) {
            throw new InvalidSignature("no signature matches");
        }
    }

    private static boolean isValid(String headersPath, String bodyPath) throws IOException, GeneralSecurityException {
        Map<String, String> headers = new HashMap<>();
        for (String line : Files.readAllLines(Path.of(headersPath))) {
            String[] pair = line.split(":", 2);
            headers.put(pair[0].strip().toLowerCase(), pair.length == 2 ? pair[1].strip() : "");
        }
        byte[] body = Files.readAllBytes(Path.of(bodyPath));
        String secret = System.getenv("WEBHOOK_SECRET");
        String key = System.getenv("WEBHOOK_KEY");
        try {
            nexstock(secret, headers, body, Instant.now());
            standard(secret, headers, body, Instant.now());
            if (key != null) {
                withKey(List.of(key), headers, body, Instant.now());
            }
        } catch (InvalidSignature refusal) {
            System.out.println("not valid: " + refusal.getMessage());
            return false;
        }
        System.out.println("valid");
        return true;
    }

    public static void main(String[] paths) throws IOException, GeneralSecurityException {
        int status = 0;
        for (int place = 0; place + 1 < paths.length; place += 2) {
            status |= isValid(paths[place], paths[place + 1]) ? 0 : 1;
        }
        System.exit(status);
    }
}
