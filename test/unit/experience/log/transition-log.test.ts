import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { McapIndexedReader, McapStreamReader } from '@mcap/core';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor.js';
import { readLog } from '../../../../src/experience/index.ts';
import { crc32c } from '../../../../src/wire/crc32c.ts';
import { compressZstd, decompressZstd } from '../../../../src/experience/log/compression.ts';
import {
  directoryBytes,
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';
import { tickAt } from '../../../support/experience/ticks.ts';

describe('A transition log', () => {
  const scratch = scratchDirectory();
  let counter = 0;
  let directory: string;
  beforeEach(() => {
    directory = join(scratch.path, String(counter++));
  });
  after(() => scratch.remove());

  it('returns every transition as it was appended', async () => {
    const { log } = await openTestLog(directory);
    for (const n of range(0, 50)) log.append(transitionAt(n));
    await log.close();
    const read = [];
    for await (const transition of openUndamaged(directory).read(SESSION, -1)) read.push(transition);
    assert.deepStrictEqual(
      read,
      range(0, 50).map((n) => transitionAt(n)),
    );
  });

  it('returns the events outside the control loop, in their order', async () => {
    const { log } = await openTestLog(directory);
    const event = {
      monotonicTimeNs: 5,
      level: 'warning',
      code: 'E_DISK',
      message: 'nearly full',
      values: { freeMb: 3 },
    } as const;
    const jointStates = {
      monotonicTimeNs: 6,
      names: ['hip'],
      positions: Float64Array.of(0.1),
      velocities: Float64Array.of(-2),
      efforts: Float64Array.of(0),
    };
    const metrics = { monotonicTimeNs: 7, metrics: { alpha: 0.25, qLoss: 1.5 } };
    const tick = tickAt(0);
    log.event(event);
    log.append(transitionAt(0));
    log.jointStates(jointStates);
    log.metrics(metrics);
    log.tick(tick);
    await log.close();
    const read = [];
    for await (const message of readLog(join(directory, '00000.mcap'))) read.push(message);
    assert.deepStrictEqual(read, [
      { kind: 'event', logTimeNs: 5, event },
      { kind: 'transition', logTimeNs: 0, transition: transitionAt(0) },
      { kind: 'jointStates', logTimeNs: 6, jointStates },
      { kind: 'metrics', logTimeNs: 7, metrics },
      { kind: 'tick', logTimeNs: 8, tick },
    ]);
  });

  it('has equal bytes for equal input, however the writes are split', async () => {
    const other = `${directory}-other`;
    const { log } = await openTestLog(directory, { maxSegmentBytes: 8000 });
    for (const n of range(0, 80)) log.append(transitionAt(n));
    await log.close();
    const slow = await openTestLog(other, { maxSegmentBytes: 8000 });
    for (const n of range(0, 80)) {
      slow.log.append(transitionAt(n));
      if (n % 3 === 0) await slow.log.flush();
      if (n % 20 === 0) await sleep(30);
    }
    await slow.log.close();
    assert.ok(directoryBytes(directory).size > 1);
    assert.deepEqual(directoryBytes(other), directoryBytes(directory));
  });

  it('can be read while it is written, up to the last flush', async () => {
    const { log } = await openTestLog(directory, { maxSegmentBytes: 5000 });
    const source = openUndamaged(directory);
    assert.deepEqual(await sequencesOf(source), []);
    for (const n of range(0, 60)) {
      log.append(transitionAt(n));
      if (n % 7 !== 0) continue;
      await log.flush();
      assert.deepEqual(await sequencesOf(source), range(0, n + 1));
      assert.deepEqual(await sequencesOf(source, n - 3), range(Math.max(0, n - 2), n + 1));
    }
    await log.close();
    assert.deepEqual(await sequencesOf(source, 57), [58, 59]);
    assert.deepEqual(await sequencesOf(source, 59), []);
    assert.deepEqual(await sequencesOf(source, -1, 'another'), []);
    assert.deepEqual(await sequencesOf(openUndamaged(join(directory, 'none'))), []);
  });

  it('resumes reading where the last read stopped, also after that file was compacted or the reader stopped early', async () => {
    const { log } = await openTestLog(directory, { maxSegmentBytes: 5000 });
    const source = openUndamaged(directory);
    let next = 0;
    for (const n of range(0, 100)) {
      log.append(transitionAt(n));
      if (n % 3 === 0) await log.flush();
      if (n % 30 === 29) await sleep(150);
      for await (const transition of source.read(SESSION, next - 1)) {
        assert.equal(transition.sequence, next++);
        if (next % 4 === 0) break;
      }
    }
    await log.close();
    assert.ok(next > 70, `${next}`);
    assert.deepEqual(await sequencesOf(source, next - 1), range(next, 100));
    assert.deepEqual(await sequencesOf(source, 9), range(10, 100));
    assert.deepEqual(await sequencesOf(source, 97), [98, 99]);
  });

  it('is opened by another MCAP reader once closed: topics, schemas, chunks, index, statistics', async () => {
    const { log } = await openTestLog(directory);
    for (const n of range(0, 40)) log.append(transitionAt(n));
    log.event({ monotonicTimeNs: 3, level: 'info', code: 'note', message: 'hello' });
    log.jointStates({ monotonicTimeNs: 4, names: ['hip'], positions: [1], velocities: [2], efforts: [3] });
    log.metrics({ monotonicTimeNs: 5, metrics: { alpha: 1 } });
    await log.close();
    const bytes = readFileSync(join(directory, '00000.mcap'));
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: () => Promise.resolve(BigInt(bytes.length)),
        read: (offset, size) => Promise.resolve(new Uint8Array(bytes.subarray(Number(offset), Number(offset + size)))),
      },
      decompressHandlers: { zstd: (data, size) => decompressZstd(data, Number(size)) },
    });
    assert.equal(reader.statistics?.messageCount, 43n);
    assert.ok(reader.chunkIndexes.length > 0 && reader.chunkIndexes.every(({ compression }) => compression === 'zstd'));
    const topics = new Map(
      Array.from(reader.channelsById.values(), ({ topic, schemaId }) => [topic, reader.schemasById.get(schemaId)]),
    );
    assert.deepEqual(
      [...topics].map(([topic, schema]) => [topic, schema?.name, schema?.encoding]),
      [
        ['/softqd/transition', 'softqd.v1.Transition', 'protobuf'],
        ['/softqd/event', 'softqd.v1.Event', 'protobuf'],
        ['/softqd/joint_states', 'softqd.v1.JointStates', 'protobuf'],
        ['/softqd/metrics', 'softqd.v1.Metrics', 'protobuf'],
      ],
    );
    // As a viewer does: the message is understood from the schema in the file alone.
    const schema = topics.get('/softqd/transition')!;
    const type = protobuf.Root.fromDescriptor(schema.data).lookupType(schema.name);
    const seen = [];
    for await (const message of reader.readMessages({ topics: ['/softqd/transition'] })) {
      const decoded = type.toObject(type.decode(message.data), { longs: Number, defaults: true }) as Record<
        string,
        unknown
      >;
      assert.equal(Number(message.logTime), decoded['monotonicTimeNs']);
      seen.push(decoded['sequence']);
    }
    assert.deepEqual(seen, range(0, 40));
    const metricsSchema = topics.get('/softqd/metrics')!;
    const metricsType = protobuf.Root.fromDescriptor(metricsSchema.data).lookupType(metricsSchema.name);
    for await (const message of reader.readMessages({ topics: ['/softqd/metrics'] })) {
      assert.deepEqual(metricsType.decode(message.data).toJSON(), {
        monotonicTimeNs: '5',
        metrics: [{ name: 'alpha', value: 1 }],
        crc32c: crc32c(message.data.subarray(0, -5)),
      });
    }
  });

  it('is read by a streaming MCAP reader while it is live', async () => {
    const { log } = await openTestLog(directory);
    for (const n of range(0, 5)) log.append(transitionAt(n));
    await log.flush();
    const stream = new McapStreamReader();
    stream.append(readFileSync(join(directory, '00000.mcap')));
    const types: string[] = [];
    for (let record = stream.nextRecord(); record !== undefined; record = stream.nextRecord()) types.push(record.type);
    assert.deepEqual(types, [
      'Header',
      ...new Array<string>(5).fill('Schema'),
      ...new Array<string>(5).fill('Channel'),
      ...new Array<string>(5).fill('Message'),
    ]);
    await log.close();
  });

  it('compacts segments in a worker thread while it appends', async () => {
    const { log } = await openTestLog(directory, { maxSegmentBytes: 40_000 });
    for (const n of range(0, 300)) log.append(transitionAt(n));
    await log.flush();
    const first = join(directory, '00000.mcap');
    const plainBytes = statSync(first).size;
    while (statSync(first).size === plainBytes) await sleep(5);
    assert.ok(statSync(first).size < plainBytes);
    log.append(transitionAt(300));
    await log.close();
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), range(0, 301));
  });

  it('is compacted when it is opened again after a crash', async () => {
    const { log } = await openTestLog(directory, { maxSegmentBytes: 6000 });
    for (const n of range(0, 40)) log.append(transitionAt(n));
    await log.close();
    const expected = directoryBytes(directory);
    const plain = `${directory}-plain`;
    mkdirSync(plain);
    // The live form of each segment is what opening and cutting make of it.
    const { reopenSegment } = await import('../../../../src/experience/log/reopen-segment.ts');
    const { RecordWriter } = await import('../../../../src/experience/log/record-writer.ts');
    for (const name of expected.keys()) writeFileSync(join(plain, name), readFileSync(join(directory, name)));
    for (const name of [...expected.keys()].slice(0, -1)) {
      const rewound = await reopenSegment(join(plain, name), Infinity);
      await rewound.publish();
      const tail = new RecordWriter();
      tail.tail();
      writeFileSync(join(plain, name), tail.bytes(), { flag: 'a' });
    }
    assert.notDeepEqual(directoryBytes(plain), expected);
    const again = await openTestLog(plain, { nextSequence: 40, maxSegmentBytes: 6000 });
    await again.log.close();
    assert.deepEqual(directoryBytes(plain), expected);
  });

  it('compacts to the same bytes every time', () => {
    const bytes = new TextEncoder().encode('soft q '.repeat(500));
    assert.deepEqual(compressZstd(bytes), compressZstd(bytes));
    assert.deepEqual(new Uint8Array(decompressZstd(compressZstd(bytes), bytes.length)), bytes);
  });
});
