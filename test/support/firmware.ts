import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JointLimits } from '../../src/robot/robot-spec.ts';
import { bytesOf, vectors } from './vectors.ts';

export const FIRMWARE_DIRECTORY = fileURLToPath(new URL('../../firmware-bridge/', import.meta.url));

interface Joint {
  name: string;
  targetMode: string;
  stop: { mode: string; holdMs: number; then: string; maxHoldTemperatureC: number };
  minPositionRadOrM: number;
  maxPositionRadOrM: number;
  maxVelocityRadOrMPerS: number;
  maxAccelerationRadOrMPerS2: number;
  maxCommandDistanceRadOrM: number;
  maxEffortNmOrN: number;
  maxEffortRateNmOrNPerS: number;
}

interface LimitVector {
  name: string;
  commandMode: string;
  limits: JointLimits;
  periodS: number;
  start: { position: number };
  steps: { dtS: number; target: number; position: number; velocity: number; command: number; reasons: string[] }[];
}

/** Whether a program can be started at all. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Runs make in firmware-bridge/ and returns what it printed; throws with the output when it fails. */
export function make(target: string, buildDirectory: string, variables: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const run = spawnSync('make', ['-C', FIRMWARE_DIRECTORY, target, `BUILD=${buildDirectory}`, ...settings], {
    encoding: 'utf8',
  });
  const output = `${run.stdout}${run.stderr}`;
  if (run.status !== 0) throw new Error(`make ${target}: ${output.slice(-8000)}`);
  return output;
}

/** Writes vectors.h, test/vectors/*.json as C, for the tests of the core. */
export function writeVectorsHeader(buildDirectory: string): void {
  mkdirSync(buildDirectory, { recursive: true });
  const path = join(buildDirectory, 'vectors.h');
  const header = vectorsHeader();
  // An unchanged file keeps its modification time, so make does not rebuild.
  if (!existsSync(path) || readFileSync(path, 'utf8') !== header) writeFileSync(path, header);
}

function vectorsHeader(): string {
  const { cobs } = vectors('cobs') as { cobs: { name: string; plain: string; hex: string }[] };
  const { frames } = vectors('bridge-frames') as { frames: { name: string; payload: string; hex: string }[] };
  const link = vectors('link-messages') as {
    toBoard: { name: string; hex: string }[];
    fromBoard: { name: string; hex: string }[];
    limits: { name: string; joints: Joint[]; hash: number }[];
  };
  const { vectors: limits } = vectors('limits') as { vectors: LimitVector[] };
  const arrays: string[] = [];
  const array = (hex: string): string => {
    const name = `bytes_${arrays.length}`;
    const bytes = bytesOf(hex);
    arrays.push(`static const uint8_t ${name}[] = {${[...bytes].join(', ') || '0'}};`);
    return `${name}, ${bytes.length}`;
  };
  const rows = (list: readonly string[]): string => list.map((row) => `    {${row}},`).join('\n');
  const frameRows = (list: readonly { name: string; plain: string; hex: string }[]): string =>
    rows(list.map(({ name, plain, hex }) => `${JSON.stringify(name)}, ${array(plain)}, ${array(hex)}`));
  const byteRows = (list: readonly { name: string; hex: string }[]): string =>
    rows(list.map(({ name, hex }) => `${JSON.stringify(name)}, ${array(hex)}`));
  const tables = [
    `static const frame_vector cobs_vectors[] = {\n${frameRows(cobs)}\n};`,
    `static const frame_vector frame_vectors[] = {\n${frameRows(frames.map(({ payload, ...rest }) => ({ plain: payload, ...rest })))}\n};`,
    `static const byte_vector to_board_vectors[] = {\n${byteRows(link.toBoard)}\n};`,
    `static const byte_vector from_board_vectors[] = {\n${byteRows(link.fromBoard)}\n};`,
    ...link.limits.map(
      ({ joints }, i) =>
        `static const sq_joint limits_${i}[] = {\n${rows(joints.length > 0 ? joints.map(jointRow) : ['0'])}\n};`,
    ),
    ...limits.map(({ steps }, i) => `static const limit_step limit_steps_${i}[] = {\n${rows(steps.map(stepRow))}\n};`),
    `static const limit_vector limit_vectors[] = {\n${rows(limits.map(limitRow))}\n};`,
    `static const limits_vector limits_vectors[] = {\n${rows(link.limits.map(({ joints, hash }, i) => `limits_${i}, ${joints.length}, ${hash}u`))}\n};`,
  ];
  return `/* Written by test/support/firmware.ts from test/vectors. */
#include <stddef.h>
#include <stdint.h>

#include "sq_limits.h"

#pragma GCC diagnostic ignored "-Wunused-const-variable"
#pragma GCC diagnostic ignored "-Wunused-variable"

typedef struct { const char *name; const uint8_t *plain; size_t plain_length; const uint8_t *wire; size_t wire_length; } frame_vector;
typedef struct { const char *name; const uint8_t *bytes; size_t length; } byte_vector;
typedef struct { const sq_joint *joints; size_t count; uint32_t hash; } limits_vector;
typedef struct { float dt_s; float target; float position; float velocity; float command; uint32_t flags; } limit_step;
typedef struct { const char *name; sq_joint joint; float period_s; float start; const limit_step *steps; size_t count; } limit_vector;

${arrays.join('\n')}

${tables.join('\n\n')}
`;
}

/** A reason of the guard as a bit of a reading's flags. */
const FLAGS: Readonly<Record<string, number>> = {
  positionLimit: 1,
  velocityLimit: 2,
  accelerationLimit: 4,
  effortLimit: 8,
  rateLimit: 8,
  distanceLimit: 64,
};
/** SQ_NO_LIMIT. */
const NO_LIMIT = 1e9;

function stepRow({ dtS, target, position, velocity, command, reasons }: LimitVector['steps'][number]): string {
  const flags = reasons.reduce((bits, reason) => bits | FLAGS[reason]!, 0);
  return [...[dtS, target, position, velocity, command].map(float), `${flags}u`].join(', ');
}

function limitRow({ name, commandMode, limits, periodS, start, steps }: LimitVector, i: number): string {
  const joint = jointRow({
    name: 'joint',
    targetMode: commandMode,
    stop: { mode: 'hold', holdMs: 0, then: 'hold', maxHoldTemperatureC: 60 },
    minPositionRadOrM: limits.minPositionRadOrM ?? -NO_LIMIT,
    maxPositionRadOrM: limits.maxPositionRadOrM ?? NO_LIMIT,
    maxVelocityRadOrMPerS: limits.maxVelocityRadOrMPerS ?? NO_LIMIT,
    maxAccelerationRadOrMPerS2: limits.maxAccelerationRadOrMPerS2 ?? NO_LIMIT,
    maxCommandDistanceRadOrM: limits.maxCommandDistanceRadOrM ?? NO_LIMIT,
    maxEffortNmOrN: limits.maxEffortNmOrN ?? NO_LIMIT,
    maxEffortRateNmOrNPerS: limits.maxEffortRateNmOrNPerS ?? NO_LIMIT,
  });
  return `${JSON.stringify(name)}, {${joint}}, ${float(periodS)}, ${float(start.position)}, limit_steps_${i}, ${steps.length}`;
}

const TARGET_MODES = ['position', 'velocity', 'effort'];
const STOP_MODES = ['hold', 'damp', 'torque-off'];

function float(value: number): string {
  return `(float)${value.toExponential()}`;
}

function jointRow(joint: Joint): string {
  const stopMode = (mode: string): string => `(sq_stop_mode)${STOP_MODES.indexOf(mode) + 1}`;
  return [
    JSON.stringify(joint.name),
    `(sq_target_mode)${TARGET_MODES.indexOf(joint.targetMode) + 1}`,
    `{${stopMode(joint.stop.mode)}, ${joint.stop.holdMs}u, ${stopMode(joint.stop.then)}, ${float(joint.stop.maxHoldTemperatureC)}}`,
    float(joint.minPositionRadOrM),
    float(joint.maxPositionRadOrM),
    float(joint.maxVelocityRadOrMPerS),
    float(joint.maxAccelerationRadOrMPerS2),
    float(joint.maxCommandDistanceRadOrM),
    float(joint.maxEffortNmOrN),
    float(joint.maxEffortRateNmOrNPerS),
  ].join(', ');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeVectorsHeader(process.argv[2] ?? join(FIRMWARE_DIRECTORY, 'build'));
