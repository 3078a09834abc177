import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import {
  ReconnectingConnection,
  type ReconnectingConnectionOptions,
} from '../../../../src/driver/connection/reconnecting-connection.ts';
import { ReadingStream } from '../../../../src/driver/reading-stream.ts';

const MS = 1e6;
const unplugged = new SoftqdError('E_SERIAL_LOST', 'unplugged');
const silent = new SoftqdError('E_SERIAL_LOST', 'no data');

/** A connection whose sessions are numbers: 0, then what `connect` returns. `log` holds calls, faults and the end. */
class Fixture {
  readonly clock = new SimulatedClock();
  readonly logger = new RecordingLogger();
  readonly stream = new ReadingStream();
  readonly log: string[] = [];
  readonly connection: ReconnectingConnection<number>;
  connect: () => Promise<number> = () => Promise.reject(unplugged);

  constructor(over: Partial<ReconnectingConnectionOptions<number>> = {}) {
    this.connection = new ReconnectingConnection<number>({
      stream: this.stream,
      clock: this.clock,
      logger: this.logger,
      reconnectTimeoutMs: 1000,
      receiveTimeout: { timeoutMs: 100, error: () => silent },
      connect: () => this.connect(),
      closeSession: (session) => this.record(`close ${session}`),
      attach: (session) => this.log.push(`attach ${session}`),
      onDisconnect: (session) => this.log.push(`disconnect ${session}`),
      onReconnect: (session) => this.log.push(`reconnect ${session}`),
      closedError: () => new SoftqdError('E_SERIAL_LOST', 'closed'),
      ...over,
    });
    this.stream.readings$.subscribe({
      next: (event) => this.log.push(event.kind === 'fault' ? `fault ${event.error.message}` : 'reading'),
      error: (error: unknown) => this.log.push(`lost ${(error as SoftqdError).message}`),
    });
    this.connection.start(0);
    this.log.length = 0;
  }

  /** Advances in steps of 10 ms; promises settle between two of them. */
  async advance(durationMs: number): Promise<void> {
    for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 10) {
      await new Promise(setImmediate);
      this.clock.advanceTo(this.clock.nowNs() + 10 * MS);
    }
    await new Promise(setImmediate);
  }

  private record(text: string): Promise<void> {
    this.log.push(text);
    return Promise.resolve();
  }
}

describe('ReconnectingConnection', () => {
  it('emits a fault at a loss and attaches a new session', async () => {
    const fixture = new Fixture();
    fixture.connect = () => Promise.resolve(1);
    fixture.connection.disconnect(unplugged);
    fixture.connection.disconnect(silent);
    assert.deepEqual(fixture.log, ['disconnect 0', 'close 0']);
    assert.equal(fixture.connection.current, null);
    assert.throws(() => fixture.connection.require(), unplugged);
    await fixture.advance(100);
    assert.deepEqual(fixture.log.slice(2), ['fault unplugged', 'attach 1', 'reconnect 1']);
    assert.equal(fixture.connection.require(), 1);
    assert.equal(fixture.connection.error, null);
    assert.equal(fixture.logger.entries.length, 1);
  });

  it('retries until the reconnect timeout, then errors with the last error', async () => {
    const fixture = new Fixture();
    let attempts = 0;
    const absent = new SoftqdError('E_SERIAL_NOT_FOUND', 'absent');
    fixture.connect = () => {
      attempts++;
      return Promise.reject(absent);
    };
    fixture.connection.disconnect(unplugged);
    await fixture.advance(1000);
    // After 100, 300 and 700 ms.
    assert.equal(attempts, 3);
    assert.deepEqual(fixture.log.slice(-2), ['fault unplugged', 'lost absent']);
    assert.throws(() => fixture.connection.require(), absent);
  });

  it('loses the robot at once when another one responds, or when the reconnect timeout is 0', async () => {
    const other = new Fixture();
    other.connect = () => Promise.reject(new SoftqdError('E_PROTOCOL_MISMATCH', 'another robot'));
    other.connection.disconnect(unplugged);
    await other.advance(100);
    assert.equal(other.log.at(-1), 'lost another robot');
    const impatient = new Fixture({ reconnectTimeoutMs: 0 });
    impatient.connection.disconnect(unplugged);
    await impatient.advance(10);
    assert.deepEqual(impatient.log.slice(-2), ['fault unplugged', 'lost unplugged']);
  });

  it('treats a receive timeout as a loss', async () => {
    const fixture = new Fixture();
    for (let i = 0; i < 30; i++) {
      fixture.connection.received(fixture.clock.nowNs());
      await fixture.advance(10);
    }
    assert.deepEqual(fixture.log, []);
    await fixture.advance(160);
    assert.deepEqual(fixture.log.slice(0, 3), ['disconnect 0', 'close 0', 'fault no data']);
  });

  it('ends without a fault, and closes a session that is opened too late', async () => {
    const fixture = new Fixture();
    assert.equal(fixture.connection.end(), 0);
    assert.ok(fixture.connection.isEnded);
    fixture.connection.disconnect(unplugged);
    await fixture.advance(500);
    assert.deepEqual(fixture.log, []);
    assert.throws(() => fixture.connection.require(), /closed/);

    const late = new Fixture();
    late.connect = () => {
      late.connection.end();
      return Promise.resolve(1);
    };
    late.connection.disconnect(unplugged);
    await late.advance(200);
    assert.equal(late.log.at(-1), 'close 1');
    assert.equal(late.connection.current, null);
  });
});
