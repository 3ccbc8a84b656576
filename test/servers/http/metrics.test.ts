import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Metrics } from '../../../src/servers/http/metrics.ts';
import { startMonitor } from '../../../src/servers/http/monitor.ts';

describe('metrics', () => {
  test('are written as Prometheus reads them', () => {
    const metrics = new Metrics();
    const requests = metrics.counter('requests_total', 'Requests by operation.');
    const seconds = metrics.histogram('request_seconds', 'Time for\nan answer \\o/.', [0.1, 1]);
    metrics.gauge('keys', 'Keys there are.', () => 3);
    requests.add({ operation: 'GetObject', status: '200' });
    requests.add({ operation: 'GetObject', status: '200' }, 2);
    requests.add({ operation: 'a"b\\c\nd', status: '404' });
    for (const value of [0.1, 0.25, 1.5]) seconds.observe(value, { operation: 'x' });
    expect(metrics.text()).toBe(
      [
        '# HELP requests_total Requests by operation.',
        '# TYPE requests_total counter',
        'requests_total{operation="GetObject",status="200"} 3',
        'requests_total{operation="a\\"b\\\\c\\nd",status="404"} 1',
        '# HELP request_seconds Time for\\nan answer \\\\o/.',
        '# TYPE request_seconds histogram',
        'request_seconds_bucket{operation="x",le="0.1"} 1',
        'request_seconds_bucket{operation="x",le="1"} 2',
        'request_seconds_bucket{operation="x",le="+Inf"} 3',
        'request_seconds_sum{operation="x"} 1.85',
        'request_seconds_count{operation="x"} 3',
        '# HELP keys Keys there are.',
        '# TYPE keys gauge',
        'keys 3',
        '',
      ].join('\n'),
    );
  });

  test('without labels have no braces', () => {
    const metrics = new Metrics();
    metrics.counter('a_total', 'A.').add();
    metrics.histogram('b_seconds', 'B.', []).observe(2);
    expect(metrics.text()).toContain('\na_total 1\n');
    expect(metrics.text()).toContain('b_seconds_bucket{le="+Inf"} 1\nb_seconds_sum 2\n');
  });

  test('do not grow with what clients send', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('requests_total', 'Requests.');
    for (let i = 0; i < 5000; i++) counter.add({ path: `/${i}` });
    const lines = metrics.text().trim().split('\n');
    expect(lines).toHaveLength(2 + 1001);
    expect(lines.at(-1)).toBe('requests_total{path="other"} 4000');
  });

  test('have names of their own', () => {
    const metrics = new Metrics();
    metrics.counter('a', 'A.');
    expect(() => metrics.counter('a', 'A.')).toThrow('there already');
    expect(() => metrics.counter('a b', 'A.')).toThrow('no name');
  });
});

describe('the monitor', () => {
  test('gives metrics and health to whoever asks, and nothing else', async () => {
    const metrics = new Metrics();
    metrics.counter('a_total', 'A.').add();
    let isHealthy = true;
    const monitor = await startMonitor({ host: '127.0.0.1', port: 0 }, metrics, () => isHealthy, {
      allowsInsecureHttp: false,
      clock: Date.now,
      random: randomBytes,
      onError: (error) => expect.fail(String(error)),
    });
    onTestFinished(() => monitor.close());
    const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
      const answer = await fetch(monitor.url + path, { method });
      return [answer.status, await answer.text()];
    };
    const answer = await fetch(`${monitor.url}/metrics?x=1`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toBe(metrics.text());
    expect(await ask('/health')).toEqual([200, 'ok\n']);
    expect(await ask('/health', 'HEAD')).toEqual([200, '']);
    isHealthy = false;
    expect((await ask('/health'))[0]).toBe(503);
    expect((await ask('/metrics', 'POST'))[0]).toBe(405);
    expect((await ask('/bucket'))[0]).toBe(404);
  });
});
