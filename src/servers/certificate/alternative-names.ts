/**
 * The names that a certificate is for.
 * @module
 */
import { AppError } from '../../base/failure.ts';

export type AlternativeName =
  | { readonly type: 'dns'; readonly value: string }
  /** 4 or 16 bytes. */
  | { readonly type: 'ip'; readonly bytes: readonly number[] };

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`);
const NAMES_MAX = 100;

/**
 * Each once. The common name is one of them where it can be, since clients look at these only (RFC 9525).
 * @throws AppError `serve/config` for what is neither a host name nor an IP address, and where there is none
 */
export function alternativeNames(commonName: string, names: readonly string[]): AlternativeName[] {
  const own = parseName(commonName.toLowerCase()) ? [commonName] : [];
  const all = [...new Set([...own, ...names].map((name) => name.toLowerCase()))];
  if (all.length === 0) {
    throw new AppError('serve/config', `a certificate for ${commonName} needs the name of a host`, {
      hint: 'give host names or IP addresses beside the common name',
    });
  }
  if (all.length > NAMES_MAX) {
    throw new AppError('serve/config', `a certificate has at most ${NAMES_MAX} names`);
  }
  return all.map((text) => {
    const name = parseName(text);
    if (name) return name;
    throw new AppError('serve/config', `${text} is no host name and no IP address`);
  });
}

function parseName(text: string): AlternativeName | undefined {
  const bytes = parseIpv4(text) ?? parseIpv6(text);
  if (bytes) return { type: 'ip', bytes };
  // Digits and dots alone are an address that went wrong.
  const isHost = text.length <= 253 && HOST_NAME.test(text) && !/^[\d.]+$/.test(text);
  return isHost ? { type: 'dns', value: text } : undefined;
}

function parseIpv4(text: string): number[] | undefined {
  if (!/^(?:\d{1,3}\.){3}\d{1,3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** The URL parser knows all ways to write one, and writes it in one. */
function parseIpv6(text: string): number[] | undefined {
  const url = /^[0-9a-f:.]{2,45}$/.test(text) ? URL.parse(`http://[${text}]/`) : null;
  if (!url) return undefined;
  const [left = '', right] = url.hostname.slice(1, -1).split('::');
  const groupsOf = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const [before, after] = [groupsOf(left), groupsOf(right ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
