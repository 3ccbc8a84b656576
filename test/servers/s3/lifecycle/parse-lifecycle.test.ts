import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLifecycle } from '../../../../src/servers/s3/lifecycle/parse-lifecycle.ts';
import type { LifecycleRule } from '../../../../src/servers/s3/lifecycle/lifecycle-rule.ts';
import { writeLifecycle } from '../../../../src/servers/s3/lifecycle/write-lifecycle.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';

const parse = (xml: string) => parseLifecycle(Buffer.from(xml), () => 'made');
const rule = (inner: string) =>
  `<LifecycleConfiguration><Rule>${inner}</Rule></LifecycleConfiguration>`;
const expiring = (inner: string) =>
  rule(`<Status>Enabled</Status><Filter/><Expiration>${inner}</Expiration>`);

function refusal(xml: string): string {
  try {
    parse(xml);
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'taken';
}

describe('a lifecycle configuration', () => {
  const days = fc.integer({ min: 1, max: 2_147_483_647 });
  const words = fc.string({
    unit: fc.constantFrom('a', '/', 'ä', ' ', '&', '<', '\r'),
    maxLength: 9,
  });
  const size = fc.option(fc.nat(), { nil: undefined });
  const anyRule = fc
    .record({
      id: fc.uuid(),
      isEnabled: fc.boolean(),
      filter: fc.record({
        prefix: words,
        tags: fc.dictionary(fc.constantFrom('a', 'b:c', '__proto__'), fc.constantFrom('', 'x=y')),
        sizeAboveBytes: size,
        sizeBelowBytes: fc.constant(undefined),
      }),
      expiration: fc.option(
        fc.oneof(
          fc.record({ kind: fc.constant('days' as const), days }),
          fc.record({
            kind: fc.constant('date' as const),
            dateMs: fc.integer({ min: 0, max: 100_000 }).map((day) => day * 86_400_000),
          }),
        ),
        { nil: undefined },
      ),
      noncurrent: fc.record({ days, keptVersions: fc.integer({ min: 0, max: 100 }) }),
      abortUploadDays: fc.constant(undefined),
    })
    .map((one): LifecycleRule => one);

  it('is written as it is read', () => {
    const rules = fc.uniqueArray(anyRule, { selector: ({ id }) => id, minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(rules, (some) => {
        expect(parse(writeLifecycle(some))).toEqual(some);
      }),
    );
  });

  it('gives rules without an id one', () => {
    expect(parse(expiring('<Days>1</Days>'))[0]?.id).toBe('made');
  });

  it('takes the prefix of rules that are older than filters', () => {
    const xml = rule(
      '<ID>old</ID><Prefix>logs/</Prefix><Status>Disabled</Status>' +
        '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>' +
        '</AbortIncompleteMultipartUpload>',
    );
    expect(parse(xml)).toMatchObject([
      { id: 'old', isEnabled: false, filter: { prefix: 'logs/' }, abortUploadDays: 7 },
    ]);
  });

  const ENABLED = '<Status>Enabled</Status>';
  const IN_A_DAY = '<Expiration><Days>1</Days></Expiration>';
  const TWIN = `<Rule><ID>x</ID>${ENABLED}<Filter/>${IN_A_DAY}</Rule>`;
  it.each([
    ['MalformedXML', ''],
    ['MalformedXML', '<LifecycleConfiguration/>'],
    ['MalformedXML', '<Lifecycle><Rule/></Lifecycle>'],
    ['MalformedXML', rule('')],
    ['MalformedXML', rule(`<Filter/>${IN_A_DAY}`)],
    ['MalformedXML', rule(`<Status>on</Status><Filter/>${IN_A_DAY}`)],
    ['MalformedXML', rule(`${ENABLED}${IN_A_DAY}`)],
    ['MalformedXML', rule(`${ENABLED}<Filter/><Prefix/>${IN_A_DAY}`)],
    ['MalformedXML', rule(`${ENABLED}<Filter/>${IN_A_DAY}<Colour/>`)],
    ['MalformedXML', rule(`${ENABLED}<Filter><Age>1</Age></Filter>${IN_A_DAY}`)],
    [
      'MalformedXML',
      rule(`${ENABLED}<Filter><Prefix>a</Prefix><Prefix>b</Prefix></Filter>${IN_A_DAY}`),
    ],
    ['MalformedXML', rule(`${ENABLED}<Filter><Tag><Key>a</Key></Tag></Filter>${IN_A_DAY}`)],
    ['InvalidRequest', rule(`${ENABLED}<Filter/>`)],
    ['NotImplemented', rule(`${ENABLED}<Filter/><Transition><Days>1</Days></Transition>`)],
    ['NotImplemented', rule(`${ENABLED}<Filter/>${IN_A_DAY}<NoncurrentVersionTransition/>`)],
    ['MalformedXML', expiring('')],
    ['MalformedXML', expiring('<Days>1</Days><Date>2030-01-01</Date>')],
    ['InvalidArgument', expiring('<Days>0</Days>')],
    ['InvalidArgument', expiring('<Days>-1</Days>')],
    ['InvalidArgument', expiring('<Days>1.5</Days>')],
    ['InvalidArgument', expiring('<Days>2147483648</Days>')],
    ['InvalidArgument', expiring('<Date>2030-01-01T01:00:00Z</Date>')],
    ['MalformedXML', expiring('<Date>soon</Date>')],
    ['InvalidRequest', expiring('<ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker>')],
    [
      'InvalidArgument',
      rule(
        `${ENABLED}<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>` +
          '<NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
      ),
    ],
    [
      'MalformedXML',
      rule(
        `${ENABLED}<Filter/><NoncurrentVersionExpiration>` +
          '<NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
      ),
    ],
    [
      'InvalidRequest',
      rule(
        `${ENABLED}<Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>` +
          '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>' +
          '</AbortIncompleteMultipartUpload>',
      ),
    ],
    ['InvalidArgument', rule(`<ID>${'x'.repeat(256)}</ID>${ENABLED}<Filter/>${IN_A_DAY}`)],
    ['InvalidArgument', `<LifecycleConfiguration>${TWIN}${TWIN}</LifecycleConfiguration>`],
  ])('is refused as %s: %s', (code, xml) => {
    expect(refusal(xml)).toBe(code);
  });

  it('is refused with more than a thousand rules, and wherever it is cut', () => {
    const one = (id: number) => `<Rule><ID>${id}</ID>${ENABLED}<Filter/>${IN_A_DAY}</Rule>`;
    const many = (count: number) =>
      `<LifecycleConfiguration>${Array.from({ length: count }, (_, i) => one(i)).join('')}` +
      '</LifecycleConfiguration>';
    expect(refusal(many(1000))).toBe('taken');
    expect(refusal(many(1001))).toBe('MalformedXML');
    const whole = many(1);
    for (let end = 0; end < whole.length; end++) {
      expect(refusal(whole.slice(0, end))).toBe('MalformedXML');
    }
  });
});
