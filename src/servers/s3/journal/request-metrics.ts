/**
 * What is counted of requests.
 * @module
 */
import type { Counter, Histogram, Metrics } from '../../http/metrics.ts';
import type { RequestRecord } from './request-record.ts';

const LATENCY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export class RequestMetrics {
  readonly #requests: Counter;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #seconds: Histogram;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter('cybs3_s3_requests_total', 'Requests that were answered.');
    this.#received = metrics.counter('cybs3_s3_received_bytes_total', 'Bytes of bodies received.');
    this.#sent = metrics.counter('cybs3_s3_sent_bytes_total', 'Bytes of bodies sent.');
    this.#seconds = metrics.histogram(
      'cybs3_s3_request_seconds',
      'From the end of the head of a request to the end of its answer.',
      LATENCY_BOUNDS,
    );
  }

  add(record: RequestRecord, seconds: number): void {
    const operation = record.operation ?? 'none';
    this.#requests.add({ operation, status: String(record.status) });
    this.#seconds.observe(seconds, { operation });
    this.#received.add({ operation }, record.bytesIn);
    this.#sent.add({ operation }, record.bytesOut);
  }
}
