/**
 * Writes a lifecycle configuration, as it is stored and answered: nothing but what was understood.
 * @module
 */
import { element, optionalElement, xmlDocument } from '../protocol/xml.ts';
import type { XmlElement } from '../protocol/xml.ts';
import type { Expiration, LifecycleFilter, LifecycleRule } from './lifecycle-rule.ts';

/** @returns XML that `parseLifecycle` reads as the same rules */
export function writeLifecycle(rules: readonly LifecycleRule[]): string {
  return xmlDocument('LifecycleConfiguration', rules.map(writeRule));
}

function writeRule(rule: LifecycleRule): XmlElement {
  const { id, isEnabled, filter, expiration, noncurrent, abortUploadDays } = rule;
  return element('Rule', [
    element('ID', id),
    element('Status', isEnabled ? 'Enabled' : 'Disabled'),
    element('Filter', [writeFilter(filter)]),
    expiration && element('Expiration', [writeExpiration(expiration)]),
    noncurrent &&
      element('NoncurrentVersionExpiration', [
        element('NoncurrentDays', noncurrent.days),
        optionalElement('NewerNoncurrentVersions', noncurrent.keptVersions || undefined),
      ]),
    abortUploadDays === undefined
      ? undefined
      : element('AbortIncompleteMultipartUpload', [
          element('DaysAfterInitiation', abortUploadDays),
        ]),
  ]);
}

function writeFilter(filter: LifecycleFilter): XmlElement {
  const tags = Object.entries(filter.tags).map(([key, value]) => {
    return element('Tag', [element('Key', key), element('Value', value)]);
  });
  const conditions = [
    filter.prefix === '' ? undefined : element('Prefix', filter.prefix),
    ...tags,
    optionalElement('ObjectSizeGreaterThan', filter.sizeAboveBytes),
    optionalElement('ObjectSizeLessThan', filter.sizeBelowBytes),
  ].filter((one) => one !== undefined);
  const [first, ...more] = conditions;
  if (first === undefined) return element('Prefix', '');
  return more.length === 0 ? first : element('And', conditions);
}

function writeExpiration(expiration: Expiration): XmlElement {
  switch (expiration.kind) {
    case 'days':
      return element('Days', expiration.days);
    case 'date':
      return element('Date', new Date(expiration.dateMs).toISOString());
    case 'expired-marker':
      return element('ExpiredObjectDeleteMarker', true);
  }
}
