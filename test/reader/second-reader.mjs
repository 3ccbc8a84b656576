/**
 * A second reader of vaults: written from `docs/format.md` alone, in plain JavaScript with what Node has built
 * in. It imports nothing of cybs3, shares no code with it, and must stay so: it is the proof that the
 * specification is enough. § numbers are those of the specification. For clearness and not for speed.
 * `second-reader-cli.mjs` restores files with it.
 * @module
 */
import { createDecipheriv, createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

const KIND = { data: 1, meta: 2, index: 3, snapshot: 4, config: 5, slot: 7 };
const SEGMENT_KIB = [256, 1024, 5120, 16384];
const CHUNK_MAX = 16 * 1024 * 1024;
/** Objects kept in memory, since neighbours in a pack are wanted one after another. */
const RECENT_MAX = 4;

/** A refusal: `code` as in the specification. */
export class Refused extends Error {
  constructor(code, why) {
    super(`${code}: ${why}`);
    this.code = code;
  }
}

export function must(condition, code, why) {
  if (!condition) throw new Refused(code, why);
}

// §3 Keys

const hmac = (key, ...parts) => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

function expand(key, info, length) {
  const blocks = [];
  let block = Buffer.alloc(0);
  for (let i = 1; blocks.length * 32 < length; i++) {
    block = hmac(key, block, info, Buffer.of(i));
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export function rootKeyOf(words, passphrase = '') {
  const normal = words.normalize('NFKD').toLowerCase().trim().split(/\s+/).join(' ');
  const salt = `mnemonic${passphrase.normalize('NFKD')}`;
  const seed = pbkdf2Sync(normal, salt, 2048, 64, 'sha512');
  return expand(hmac('cybs3-vault', seed), Buffer.alloc(0), 32);
}

const labelled = (label, ...parts) => Buffer.concat([Buffer.from(label, 'ascii'), ...parts]);

// §4 The sealed object

/**
 * Opens a whole object, or the segments of it that cover plaintext `[from, to)`.
 * @param keyOfEpoch epoch number to key, or undefined
 */
export function openSealed(bytes, { kind, name, vaultId, keyOfEpoch, from = 0, to = Infinity }) {
  must(bytes.length >= 96, 'object/truncated', 'it ends inside its header');
  const [suite, segmentBytes] = [bytes[6], bytes.readUInt32BE(12) * 1024];
  const isHeader =
    bytes.toString('latin1', 0, 5) === 'CYBS3' &&
    bytes[5] === 1 &&
    (suite === 1 || suite === 2) &&
    bytes[7] >= 1 &&
    bytes[7] <= 7 &&
    SEGMENT_KIB.includes(segmentBytes / 1024) &&
    bytes.subarray(16, 32).every((byte) => byte === 0);
  must(isHeader, 'object/header', 'its header is none');
  must(bytes[7] === kind, 'object/kind', `kind ${bytes[7]}, ${kind} was asked for`);
  must(bytes.toString('hex', 32, 48) === name, 'object/name', `not ${name}`);
  const epochKey = keyOfEpoch(bytes.readUInt32BE(8));
  must(epochKey !== undefined, 'object/epoch', 'no key of its epoch');
  const header = bytes.subarray(0, 96);
  const info = labelled('cybs3/v1/object', header.subarray(0, 64), vaultId);
  const derived = expand(epochKey, info, 76);
  const isCommitted = timingSafeEqual(derived.subarray(44), header.subarray(64));
  must(isCommitted, 'object/commitment', 'another key or vault, or an edited header');

  const stride = segmentBytes + 28;
  const body = bytes.length - 96;
  const full = Math.floor(body / stride);
  must(body - full * stride >= 28, 'object/truncated', 'an impossible length');
  const plainBytes = body - 28 * (full + 1);
  const end = Math.min(to, plainBytes);
  must(from <= end && (to === Infinity || to <= plainBytes), 'object/truncated', 'it ends early');
  const first = Math.floor(from / segmentBytes);
  const last = to === Infinity ? full : Math.max(first, Math.ceil(end / segmentBytes) - 1);
  const parts = [];
  for (let i = first; i <= last; i++) {
    const at = 96 + i * stride;
    const sealed = bytes.subarray(at, Math.min(at + stride, bytes.length));
    parts.push(openSegment(sealed, i, { suite, derived, header }));
  }
  const plain = Buffer.concat(parts);
  const start = from - first * segmentBytes;
  return { plain: plain.subarray(start, start + end - from), plainBytes };
}

function openSegment(sealed, index, { suite, derived, header }) {
  const nonce = Buffer.from(derived.subarray(32, 44));
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
  must(
    sealed.subarray(0, 12).equals(nonce),
    'object/segment',
    `segment ${index} has another nonce`,
  );
  const algorithm = suite === 1 ? 'aes-256-gcm' : 'chacha20-poly1305';
  const options = { authTagLength: 16 };
  const decipher = createDecipheriv(algorithm, derived.subarray(0, 32), nonce, options);
  decipher.setAAD(header, { plaintextLength: sealed.length - 28 });
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const plain = decipher.update(sealed.subarray(12, sealed.length - 16));
  try {
    decipher.final();
  } catch {
    throw new Refused('object/segment', `the tag of segment ${index} does not fit`);
  }
  return plain;
}

// §5 Frame and padding

export function padme(n) {
  if (n < 2) return n;
  const e = Math.floor(Math.log2(n));
  const s = Math.floor(Math.log2(e)) + 1;
  if (e <= s) return n;
  const unit = 2 ** (e - s);
  return Math.ceil(n / unit) * unit;
}

export function unframe(frame) {
  const code = 'object/padding';
  must(frame.length >= 8, code, 'shorter than a length');
  const end = 8 + Number(frame.readBigUInt64BE(0));
  must(end <= frame.length && padme(end) === frame.length, code, 'its lengths do not agree');
  must(isZero(frame.subarray(end)), code, 'its padding is not zeros');
  return frame.subarray(8, end);
}

const isZero = (bytes) => bytes.every((byte) => byte === 0);

function parseJson(bytes, what) {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new Refused('format/invalid', `${what} is no JSON object`);
}

function hexBytes(text, length, what) {
  const isHex = typeof text === 'string' && /^([0-9a-f]{2})*$/i.test(text);
  must(
    isHex && text.length === 2 * length,
    'format/invalid',
    `${what} is not ${length} bytes of hex`,
  );
  return Buffer.from(text, 'hex');
}

// §9.2 Numbers in rows

class Rows {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  raw(length) {
    must(length <= this.bytes.length - this.at, 'format/invalid', 'it ends early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u8() {
    return this.raw(1)[0];
  }

  u32() {
    return this.raw(4).readUInt32BE(0);
  }

  u64() {
    return this.raw(8).readBigUInt64BE(0);
  }

  varint() {
    let value = 0n;
    for (let i = 0n; i < 8n; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << (7n * i);
      if (byte >= 0x80) continue;
      must(value < 2n ** 53n, 'format/invalid', 'a number is too big');
      return Number(value);
    }
    throw new Refused('format/invalid', 'a number is too long');
  }

  signed() {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  blob(most) {
    const length = this.varint();
    must(length <= most, 'format/invalid', 'a field is too long');
    return this.raw(length);
  }

  path(previous) {
    const shared = this.varint();
    must(shared <= previous.length, 'format/invalid', 'a path shares too much');
    const whole = Buffer.concat([previous.subarray(0, shared), this.blob(1 << 20)]);
    must(whole.length <= 1 << 20, 'format/invalid', 'a path is too long');
    return whole;
  }

  end() {
    must(this.at === this.bytes.length, 'format/invalid', 'bytes are left over');
  }
}

// §7 Chunks and packs

function decompress(codec, stored, rawBytes) {
  const code = 'chunk/mismatch';
  must(rawBytes <= CHUNK_MAX, code, 'it is too long');
  must(codec === 0 || codec === 1, code, 'an unknown codec');
  let raw = stored;
  if (codec === 1) {
    try {
      raw = zstdDecompressSync(stored, { maxOutputLength: Math.max(1, rawBytes) });
    } catch {
      throw new Refused(code, 'it does not decompress');
    }
  }
  must(raw.length === rawBytes, code, 'its length is another');
  return raw;
}

/** The rows of a pack's directory: what an index can be rebuilt from. */
export function readDirectory(plain) {
  const code = 'format/invalid';
  must(plain.length >= 32, code, 'no room for a footer');
  const footer = new Rows(plain.subarray(plain.length - 32));
  const isOurs = footer.raw(4).toString('latin1') === 'PACK' && footer.u8() === 1;
  must(isOurs && isZero(footer.raw(3)), code, 'the footer is none');
  const [chunkBytes, count] = [Number(footer.u64()), footer.u32()];
  must(isZero(footer.raw(12)), code, 'the footer is none');
  must(padme(chunkBytes + 41 * count + 32) === plain.length, code, 'the length is another');
  const end = chunkBytes + 41 * count;
  must(isZero(plain.subarray(end, plain.length - 32)), code, 'the padding is not zeros');
  const rows = new Rows(plain.subarray(chunkBytes, end));
  const chunks = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const id = rows.raw(32).toString('hex');
    const [codec, storedBytes, rawBytes] = [rows.u8(), rows.u32(), rows.u32()];
    must(rawBytes <= CHUNK_MAX, code, 'a chunk is too long');
    chunks.push({ id, codec, storedBytes, rawBytes, offset });
    offset += storedBytes;
  }
  must(offset === chunkBytes, code, 'the lengths do not add up');
  return chunks;
}

// §8 Index files

export function readIndex(content) {
  const code = 'format/invalid';
  const head = new Rows(content);
  must(head.raw(4).toString('latin1') === 'CYIX' && head.u8() === 1, code, 'no index');
  const codec = head.u8();
  must(isZero(head.raw(2)) && codec <= 1, code, 'no index');
  const rawBytes = head.u32();
  must(rawBytes <= 8 + 25e6 + 49e6, code, 'it is too long');
  const stored = head.raw(content.length - head.at);
  let plain = stored;
  if (codec === 1) {
    try {
      plain = zstdDecompressSync(stored, { maxOutputLength: Math.max(1, rawBytes) });
    } catch {
      throw new Refused(code, 'it does not decompress');
    }
  }
  must(plain.length === rawBytes, code, 'its length is another');

  const body = new Rows(plain);
  const [packCount, chunkCount] = [body.u32(), body.u32()];
  must(packCount <= 1e6 && chunkCount <= 1e6, code, 'it has too many rows');
  const isLength = plain.length === 8 + packCount * 25 + chunkCount * 49;
  must(isLength, code, 'its length does not fit its counts');
  const column = (count, read) => Array.from({ length: count }, read);
  const packIds = column(packCount, () => body.raw(16).toString('hex'));
  const packKinds = column(packCount, () => body.u8());
  const sealedBytes = column(packCount, () => Number(body.u64()));
  const ids = column(chunkCount, () => body.raw(32).toString('hex'));
  const numbers = column(chunkCount, () => body.u32());
  const offsets = column(chunkCount, () => body.u32());
  const storedBytes = column(chunkCount, () => body.u32());
  const raws = column(chunkCount, () => body.u32());
  const codecs = column(chunkCount, () => body.u8());
  must(
    packKinds.every((kind) => kind === 1 || kind === 2),
    code,
    'an unknown kind of pack',
  );
  must(
    ids.every((id, i) => i === 0 || ids[i - 1] < id),
    code,
    'ids do not ascend',
  );
  must(
    numbers.every((number) => number < packCount),
    code,
    'a chunk in no pack',
  );
  must(
    raws.every((length) => length <= CHUNK_MAX),
    code,
    'a chunk is too long',
  );
  return ids.map((id, i) => ({
    id,
    pack: packIds[numbers[i]],
    room: packKinds[numbers[i]] === 1 ? 'data' : 'meta',
    sealedBytes: sealedBytes[numbers[i]],
    offset: offsets[i],
    storedBytes: storedBytes[i],
    rawBytes: raws[i],
    codec: codecs[i],
  }));
}

// §9 Manifest

function openNode(bytes, level) {
  const code = 'format/invalid';
  const head = new Rows(bytes);
  const isOurs = head.u8() === 0x4d && head.u8() === 1 && head.u8() === level && head.u8() === 0;
  must(isOurs, code, 'not the node it should be');
  const count = head.u32();
  must(count >= 1, code, 'an empty node');
  const rows = new Rows(head.raw(head.u32()));
  const ids = new Rows(head.raw(bytes.length - head.at));
  return { count, rows, ids };
}

function* rowsOf(bytes, level, readRow) {
  const { count, rows, ids } = openNode(bytes, level);
  let previous = Buffer.alloc(0);
  for (let i = 0; i < count; i++) {
    const key = rows.path(previous);
    const ascends = i === 0 || Buffer.compare(previous, key) < 0;
    must(ascends, 'format/invalid', 'paths do not ascend');
    previous = key;
    yield readRow(key, rows, ids);
  }
  rows.end();
  ids.end();
}

function readFence(key, rows, ids) {
  return { key, entries: rows.varint(), bytes: rows.varint(), id: ids.raw(32).toString('hex') };
}

function readEntry(key, rows, ids) {
  const tag = rows.u8();
  const entry = {
    key,
    type: tag & 0x0f,
    isSparse: (tag & 0x10) !== 0,
    hasLists: (tag & 0x20) !== 0,
  };
  must(entry.type <= 6, 'format/invalid', 'an unknown type');
  entry.mode = rows.varint() & 0o7777;
  entry.uid = rows.varint();
  entry.gid = rows.varint();
  entry.user = rows.blob(4096).toString();
  entry.group = rows.blob(4096).toString();
  entry.mtime = { seconds: rows.signed(), nanoseconds: rows.varint() };
  entry.ctime = { seconds: rows.signed(), nanoseconds: rows.varint() };
  const isTime = entry.mtime.nanoseconds < 1e9 && entry.ctime.nanoseconds < 1e9;
  must(isTime, 'format/invalid', 'a time is none');
  entry.device = rows.u64();
  entry.inode = rows.u64();
  entry.links = (tag & 0x80) === 0 ? 1 : rows.varint();
  entry.size = 0;
  entry.ids = [];
  if (entry.type === 0) {
    entry.size = rows.varint();
    const count = rows.varint();
    for (let i = 0; i < count; i++) entry.ids.push(ids.raw(32).toString('hex'));
  } else if (entry.type === 2) {
    entry.target = rows.blob(1 << 20);
  } else if (entry.type >= 5) {
    entry.rdev = { major: rows.varint(), minor: rows.varint() };
  }
  entry.xattrs = [];
  const count = (tag & 0x40) === 0 ? 0 : rows.varint();
  must(count <= 65_536, 'format/invalid', 'too many attributes');
  for (let i = 0; i < count; i++) {
    entry.xattrs.push({ name: rows.blob(4096), value: rows.blob(CHUNK_MAX) });
  }
  return entry;
}

// §12 Reading a vault

/** A vault in a folder (or any other `get` and `list`), opened with its words. */
export class Vault {
  #objects;
  #epochs = new Map();
  #chunkIdKey;
  #vaultId;
  #index = new Map();

  /** @param objects { get(key): Buffer, list(prefix): string[] } */
  constructor(objects, words, passphrase) {
    this.#objects = objects;
    const file = parseJson(objects.get('vault.json'), 'vault.json');
    must(file.format === 'cybs3-vault', 'format/invalid', 'vault.json is of something else');
    const isKnown = file.version === 1 && (file.suite === 1 || file.suite === 2);
    must(isKnown, 'vault/unsupported', `version ${file.version}`);
    this.#vaultId = hexBytes(file.vaultId, 16, 'the vault id');
    const secrets = this.#openSlots(rootKeyOf(words, passphrase));
    const isSame =
      hexBytes(secrets.vaultId, 16, 'the vault id').equals(this.#vaultId) &&
      secrets.version === file.version &&
      secrets.suite === file.suite;
    must(isSame, 'vault/mismatch', 'vault.json was changed');
    for (const { epoch, key } of secrets.epochs) {
      this.#epochs.set(epoch, hexBytes(key, 32, 'an epoch key'));
    }
    const dedupKey = hexBytes(secrets.dedupKey, 32, 'the dedup key');
    this.#chunkIdKey = expand(dedupKey, labelled('cybs3/v1/chunk-id'), 32);
  }

  #openSlots(rootKey) {
    for (const key of this.#objects.list('keys/')) {
      const slot = parseJson(this.#objects.get(key), key);
      const isOurs = slot.format === 'cybs3-key-slot' && slot.version === 1;
      if (!isOurs || slot.kind !== 'mnemonic') continue;
      const slotId = hexBytes(slot.slotId, 16, 'the slot id');
      const slotKey = expand(rootKey, labelled('cybs3/v1/slot', this.#vaultId, slotId), 32);
      try {
        const { plain } = openSealed(Buffer.from(slot.payload, 'base64'), {
          kind: KIND.slot,
          name: slotId.toString('hex'),
          vaultId: this.#vaultId,
          keyOfEpoch: (epoch) => (epoch === 0 ? slotKey : undefined),
        });
        return parseJson(unframe(plain), key);
      } catch (error) {
        if (error.code !== 'object/commitment') throw error;
      }
    }
    throw new Refused('keys/wrong', 'these words open no slot');
  }

  #open(key, kind, range = {}) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const bytes = this.#objects.get(key);
    const keyOfEpoch = (epoch) => this.#epochs.get(epoch);
    const options = { kind, name, vaultId: this.#vaultId, keyOfEpoch, ...range };
    return { bytes, ...openSealed(bytes, options) };
  }

  loadIndex() {
    for (const key of this.#objects.list('index/')) {
      for (const row of readIndex(unframe(this.#open(key, KIND.index).plain))) {
        this.#index.set(row.id, row);
      }
    }
  }

  /** Does without `index/`: from the packs alone. */
  rebuildIndex() {
    for (const room of ['data', 'meta']) {
      for (const key of this.#objects.list(`${room}/`)) {
        const { plain, bytes } = this.#open(key, KIND[room]);
        const pack = { pack: key.slice(key.lastIndexOf('/') + 1), room, sealedBytes: bytes.length };
        for (const row of readDirectory(plain)) this.#index.set(row.id, { ...row, ...pack });
      }
    }
  }

  /** Snapshots, oldest first, each with its `name` and `sha256`. */
  snapshots() {
    return this.#objects
      .list('snapshots/')
      .map((key) => {
        const { plain, bytes } = this.#open(key, KIND.snapshot);
        const snapshot = parseJson(unframe(plain), key);
        must(snapshot.version === 1, 'format/invalid', 'an unknown version');
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return { ...snapshot, name: key.slice(key.lastIndexOf('/') + 1), sha256 };
      })
      .sort((a, b) => a.timeMs - b.timeMs);
  }

  chunk(id) {
    const row = this.#index.get(id);
    must(row !== undefined, 'chunk/missing', `chunk ${id}`);
    const key = `${row.room}/${row.pack.slice(0, 2)}/${row.pack}`;
    const range = { from: row.offset, to: row.offset + row.storedBytes };
    const { plain, bytes } = this.#open(key, KIND[row.room], range);
    must(bytes.length === row.sealedBytes, 'object/truncated', `${key} has another length`);
    const raw = decompress(row.codec, plain, row.rawBytes);
    must(hmac(this.#chunkIdKey, raw).toString('hex') === id, 'chunk/mismatch', `chunk ${id}`);
    return raw;
  }

  /** All entries of a snapshot in path order. */
  *entries({ manifest }) {
    must(manifest.level <= 8, 'format/invalid', 'too many levels');
    let [previous, found] = [undefined, 0];
    for (const entry of this.#under(manifest.id, manifest.level)) {
      const ascends = previous === undefined || Buffer.compare(previous, entry.key) < 0;
      must(ascends, 'format/invalid', 'paths do not ascend');
      previous = entry.key;
      found++;
      yield entry;
    }
    must(found === manifest.entries, 'format/invalid', 'entries are missing');
  }

  *#under(id, level) {
    const node = this.chunk(id);
    if (level === 0) return yield* rowsOf(node, 0, readEntry);
    for (const fence of rowsOf(node, level, readFence)) {
      let first;
      let [entries, bytes] = [0, 0];
      for (const entry of this.#under(fence.id, level - 1)) {
        first ??= entry.key;
        entries++;
        bytes += entry.size;
        yield entry;
      }
      const isSame = first?.equals(fence.key) && entries === fence.entries && bytes === fence.bytes;
      must(isSame, 'format/invalid', 'a fence says something else than its node');
    }
  }

  /** A file's chunks in order. */
  *content(entry) {
    let bytes = 0;
    for (const id of this.#chunkIds(entry)) {
      const chunk = this.chunk(id);
      bytes += chunk.length;
      yield chunk;
    }
    must(bytes === entry.size, 'format/invalid', 'the chunks do not add up to the size');
  }

  *#chunkIds(entry) {
    if (!entry.hasLists) return yield* entry.ids;
    for (const listId of entry.ids) {
      const list = this.chunk(listId);
      must(list.length > 0 && list.length % 32 === 0, 'format/invalid', 'no list of ids');
      for (let at = 0; at < list.length; at += 32) yield list.toString('hex', at, at + 32);
    }
  }
}

/** §2: the objects of a vault in a folder. */
export function folderObjects(folder) {
  const recent = new Map();
  return {
    get: (key) => {
      const bytes = recent.get(key) ?? fs.readFileSync(path.join(folder, key));
      recent.delete(key);
      recent.set(key, bytes);
      if (recent.size > RECENT_MAX) recent.delete(recent.keys().next().value);
      return bytes;
    },
    list: (prefix) => {
      const from = path.join(folder, prefix);
      if (!fs.existsSync(from)) return [];
      return fs
        .readdirSync(from, { recursive: true, withFileTypes: true })
        .filter((item) => item.isFile() && !item.name.startsWith('.tmp-'))
        .map((item) => path.relative(folder, path.join(item.parentPath, item.name)))
        .map((key) => key.split(path.sep).join('/'))
        .sort();
    },
  };
}
