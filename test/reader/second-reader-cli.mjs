/**
 * The second reader as a program: lists, describes and restores snapshots.
 *
 *     node second-reader-cli.mjs <vault folder> <file with the words> list
 *     node second-reader-cli.mjs <vault folder> <file with the words> describe <snapshot>
 *     node second-reader-cli.mjs <vault folder> <file with the words> restore <snapshot> <folder>
 *
 * `<snapshot>` is a whole name or `latest`; `--without-index` rebuilds the index from the packs.
 * @module
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Refused, Vault, folderObjects, must } from './second-reader.mjs';

/**
 * Writes a snapshot's folders, files and symbolic links below `target` (an empty or new folder of ours), with
 * modes and times; other types are left out. Not for hostile multi-user folders: it trusts `target`.
 */
function restore(vault, snapshot, target) {
  const root = Buffer.from(path.resolve(target));
  const folders = [];
  const links = new Map();
  fs.mkdirSync(root, { recursive: true });
  for (const entry of vault.entries(snapshot)) {
    const place = placeOf(root, entry.key);
    fs.mkdirSync(place.subarray(0, place.lastIndexOf(0x2f)), { recursive: true });
    if (entry.type === 1) {
      fs.mkdirSync(place, { recursive: true });
      folders.push({ entry, place });
    } else if (entry.type === 2) {
      fs.symlinkSync(entry.target, place);
    } else if (entry.type === 0) {
      const inode = `${entry.device}/${entry.inode}`;
      const earlier = entry.links > 1 ? links.get(inode) : undefined;
      if (earlier) fs.linkSync(earlier, place);
      else writeFile(vault, entry, place);
      if (entry.links > 1) links.set(inode, place);
    }
  }
  for (const { entry, place } of folders.reverse()) setMetadata(entry, place);
}

function placeOf(root, key) {
  const parts = [];
  for (let from = 0, to = 0; from <= key.length; from = to + 1) {
    to = key.indexOf(0, from) < 0 ? key.length : key.indexOf(0, from);
    const part = key.subarray(from, to);
    const text = part.toString('latin1');
    const isSafe = text !== '' && text !== '.' && text !== '..' && !/[\\/]/.test(text);
    must(isSafe, 'files/unsafe', 'a name that leads elsewhere');
    parts.push(Buffer.from('/'), part);
  }
  let folder = root;
  for (const part of parts.slice(0, -2)) {
    folder = Buffer.concat([folder, part]);
    const stats = fs.lstatSync(folder, { throwIfNoEntry: false });
    must(!stats?.isSymbolicLink(), 'files/unsafe', 'a symbolic link on the way');
  }
  return Buffer.concat([root, ...parts]);
}

function writeFile(vault, entry, place) {
  const file = fs.openSync(place, 'wx', 0o600);
  try {
    for (const chunk of vault.content(entry)) fs.writeFileSync(file, chunk);
  } finally {
    fs.closeSync(file);
  }
  setMetadata(entry, place);
}

function setMetadata(entry, place) {
  fs.chmodSync(place, entry.mode);
  const seconds = entry.mtime.seconds + entry.mtime.nanoseconds / 1e9;
  fs.utimesSync(place, seconds, seconds);
}

/** An entry as plain JSON; names and values as hex, since they are bytes. */
function describe(vault, entry) {
  const { key, type, target, xattrs, device, inode, ids, ...rest } = entry;
  const hash = createHash('sha256');
  if (type === 0) for (const chunk of vault.content(entry)) hash.update(chunk);
  return {
    key: key.toString('hex'),
    type,
    ...rest,
    device: String(device),
    inode: String(inode),
    ids: ids.length,
    ...(target && { target: target.toString('hex') }),
    ...(type === 0 && { sha256: hash.digest('hex') }),
    xattrs: xattrs.map(({ name, value }) => [name.toString('hex'), value.toString('hex')]),
  };
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function main(argv) {
  const [folder, wordsFile, command, name, target] = argv.filter((word) => !word.startsWith('--'));
  const vault = new Vault(folderObjects(folder), fs.readFileSync(wordsFile, 'utf8'));
  const snapshots = vault.snapshots();
  if (command === 'list') {
    for (const snapshot of snapshots) print(snapshot);
    return;
  }
  const snapshot =
    name === 'latest' ? snapshots.at(-1) : snapshots.find((one) => one.name === name);
  must(snapshot, 'snapshot/not-found', 'no such snapshot');
  if (argv.includes('--without-index')) vault.rebuildIndex();
  else vault.loadIndex();
  if (command === 'restore') restore(vault, snapshot, target);
  else for (const entry of vault.entries(snapshot)) print(describe(vault, entry));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
