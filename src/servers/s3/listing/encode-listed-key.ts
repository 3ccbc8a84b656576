/**
 * Keys as they stand in listings with `encoding-type=url`.
 * @module
 */

/**
 * Percent-encodes all but letters, digits and `-_.~/*`. A space becomes `%20`, which clients that take `+` for
 * a space understand as well as those that do not.
 */
export function encodeListedKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}
