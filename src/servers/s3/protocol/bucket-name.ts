/**
 * Which names buckets may have. Source: AWS, "General purpose bucket naming rules".
 * @module
 */

const SHAPE = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const FORBIDDEN = [
  /\.\./,
  /^\d{1,3}(\.\d{1,3}){3}$/,
  /^(xn--|sthree-|amzn-s3-demo-)/,
  /(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/,
];

export function isBucketName(name: string): boolean {
  return SHAPE.test(name) && !FORBIDDEN.some((pattern) => pattern.test(name));
}
