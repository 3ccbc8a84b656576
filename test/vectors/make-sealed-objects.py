#!/usr/bin/env python3
"""A second, straightforward implementation of cybs3's keys and sealed objects, written from the
specification (docs/format.md), to freeze known answers that our own code did not compute.

Needs Python 3.9+ and the `cryptography` package (for the two AEADs only). Run by hand:
    python3 test/vectors/make-sealed-objects.py
It rewrites derived-keys.json and sealed-objects.json beside itself. Both are frozen: a run that changes
an entry means the format changed, which needs a new format version.
"""

import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

HERE = pathlib.Path(__file__).parent
KIB = 1024
SEGMENT_SIZES = [256 * KIB, 1024 * KIB, 5 * 1024 * KIB, 16 * 1024 * KIB]
AEADS = {1: AESGCM, 2: ChaCha20Poly1305}


def hkdf_expand(prk, info, length):
    output, block, i = b"", b"", 1
    while len(output) < length:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        output += block
        i += 1
    return output[:length]


def pattern(length):
    """Byte i is i mod 251."""
    period = bytes(range(251))
    return (period * (length // 251 + 1))[:length]


def header_prefix(o):
    fields = b"CYBS3" + bytes([1, o["suite"], o["kind"]])
    fields += struct.pack(">II", o["epoch"], o["segmentBytes"] // KIB) + bytes(16)
    return fields + bytes.fromhex(o["salt"])


def object_keys(o):
    info = b"cybs3/v1/object" + header_prefix(o) + bytes.fromhex(o["vaultId"])
    okm = hkdf_expand(bytes.fromhex(o["epochKey"]), info, 76)
    return okm[:32], okm[32:44], okm[44:]


def nonce_of(base, i):
    return (int.from_bytes(base, "big") ^ i).to_bytes(12, "big")


def seal(o, plain, *, commitment=None, nonce=None, aad_bytes=96, cut_tag=0):
    key, base, own_commitment = object_keys(o)
    header = header_prefix(o) + (commitment or own_commitment)
    size = o["segmentBytes"]
    aead = AEADS[o["suite"]](key)
    out = [header]
    for i in range(len(plain) // size + 1):
        n = nonce or nonce_of(base, i)
        out.append(n + aead.encrypt(n, plain[i * size : (i + 1) * size], header[:aad_bytes]))
    return b"".join(out)[: -cut_tag or None]


def base_object(suite, kind=1, epoch=1, segment_bytes=256 * KIB, label=""):
    """Keys, vault id and salt are SHA-256 of a label, so that they differ and can be made again."""
    digest = lambda what: hashlib.sha256(f"cybs3 vector {what} {label}".encode()).hexdigest()
    return {
        "suite": suite,
        "kind": kind,
        "epoch": epoch,
        "segmentBytes": segment_bytes,
        "vaultId": digest("vault id")[:32],
        "epochKey": digest("epoch key"),
        "salt": digest("salt"),
    }


def vector(comment, o, plain_bytes, sealed, expect="opens"):
    v = {"comment": comment, "expect": expect, **o, "name": o["salt"][:32]}
    v["plainBytes"] = plain_bytes
    v["sealedBytes"] = len(sealed)
    v["sealedSha256"] = hashlib.sha256(sealed).hexdigest()
    if len(sealed) <= 512:
        v["sealed"] = sealed.hex()
    return v


def sealed_objects():
    vectors = []
    for suite in (1, 2):
        for kind in range(1, 8):
            o = base_object(suite, kind, 0 if kind == 7 else kind, label=f"kind {suite} {kind}")
            vectors.append(vector(f"kind {kind}, 21 bytes", o, 21, seal(o, pattern(21))))
        for n in (0, 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, 3 * 256 * KIB):
            o = base_object(suite, label=f"length {suite} {n}")
            vectors.append(vector(f"{n} bytes in segments of 256 KiB", o, n, seal(o, pattern(n))))
        for size in SEGMENT_SIZES:
            o = base_object(suite, segment_bytes=size, label=f"size {suite} {size}")
            plain = pattern(size + 5)
            vectors.append(vector(f"segments of {size} bytes", o, len(plain), seal(o, plain)))
        o = base_object(suite, epoch=2**32 - 1, label=f"epoch {suite}")
        vectors.append(vector("the highest epoch", o, 3, seal(o, pattern(3))))
        o = self_test_object(suite)
        vectors.append(vector("the object of the self-test", o, 100, seal(o, pattern(100))))
        vectors += refused_objects(suite)
    return vectors


def refused_objects(suite):
    """One failure each; made with the right keys, so that nothing but the check named can notice."""
    p = pattern(40)

    def refused(comment, expect, **how):
        o = base_object(suite, label=f"refused {suite} {comment}")
        return vector(comment, o, 40, seal(o, p, **how), expect)

    o = base_object(suite, label=f"refused {suite} other vault")
    foreign = {**o, "vaultId": "00" * 16}
    return [
        refused("a commitment of zeros", "object/commitment", commitment=bytes(32)),
        refused("a nonce of its own, tag right", "object/segment", nonce=bytes(12)),
        refused("associated data without commitment", "object/segment", aad_bytes=64),
        refused("no associated data", "object/segment", aad_bytes=0),
        refused("the last byte of the tag cut off", "object/segment", cut_tag=1),
        refused("shorter than an empty segment", "object/truncated", cut_tag=41),
        vector("sealed for another vault", o, 40, seal(foreign, p), "object/commitment"),
    ]


def self_test_object(suite):
    """What src/crypto/self-test.ts seals at every start."""
    keys = {"vaultId": "02" * 16, "epochKey": "01" * 32, "salt": "03" * 32}
    return {"suite": suite, "kind": 1, "epoch": 1, "segmentBytes": 256 * KIB, **keys}


def derived_keys():
    d = lambda what: hashlib.sha256(f"cybs3 vector {what}".encode()).digest()
    root, vault, slot, dedup = d("root"), d("vault id")[:16], d("slot id")[:16], d("dedup key")
    labels = ["chunk-id", "gear-table", "boundary", "manifest-cut"]
    sub = {x: hkdf_expand(dedup, f"cybs3/v1/{x}".encode(), 32) for x in labels}
    chunks = [b"", b"a", pattern(4096), pattern(1_000_000)]
    self_test_key = hkdf_expand(bytes([4]) * 32, b"cybs3/v1/chunk-id", 32)
    return {
        "comment": "slot key, keys under the dedup key, chunk ids; chunks are i mod 251",
        "slot": {
            "root": root.hex(),
            "vaultId": vault.hex(),
            "slotId": slot.hex(),
            "expect": hkdf_expand(root, b"cybs3/v1/slot" + vault + slot, 32).hex(),
        },
        "dedup": {"dedupKey": dedup.hex(), "expect": {x: k.hex() for x, k in sub.items()}},
        "chunkIds": [
            {
                "comment": f"a chunk of {len(c)} bytes" + (", the letter a" if c == b"a" else ""),
                "chunk": c.hex() if len(c) < 64 else None,
                "bytes": len(c),
                "expect": hmac.new(sub["chunk-id"], c, hashlib.sha256).hexdigest(),
            }
            for c in chunks
        ],
        "selfTest": {
            "comment": "the chunk of the self-test: 100 bytes, i mod 251; dedup key 32 times 04",
            "expect": hmac.new(self_test_key, pattern(100), hashlib.sha256).hexdigest(),
        },
    }


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=2) + "\n")


write("derived-keys.json", derived_keys())
write(
    "sealed-objects.json",
    {
        "comment": "plaintext byte i is i mod 251; objects up to 512 bytes are given, others hashed",
        "vectors": sealed_objects(),
    },
)
