import assert from 'node:assert/strict';
import type { SimulationReply } from '../../src/wire/simulation/simulation-messages.ts';

/** Sequence = id. */
export function command(
  id: number,
  ...targets: number[]
): { type: 'command'; id: number; sequence: number; targets: Float64Array } {
  return { type: 'command', id, sequence: id, targets: Float64Array.from(targets) };
}

/** To a pendulum at rest. */
export function reset(
  id: number,
  theta: number,
): { type: 'reset'; id: number; from: { state: { qpos: Float64Array; qvel: Float64Array } } } {
  return { type: 'reset', id, from: { state: { qpos: Float64Array.of(theta), qvel: Float64Array.of(0) } } };
}

/** The reply has to be one. */
export function reading(reply: SimulationReply): Extract<SimulationReply, { type: 'reading' }>['reading'] {
  assert.equal(reply.type, 'reading', JSON.stringify(reply));
  return reply.reading;
}

/** The reply has to be one. */
export function error(reply: SimulationReply): Extract<SimulationReply, { type: 'error' }> {
  assert.equal(reply.type, 'error', JSON.stringify(reply));
  return reply;
}
