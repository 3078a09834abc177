import { readFileSync } from 'node:fs';
import { sha256Hex, uuidFromText } from '../base/digest-adapter.ts';
import type { RobotAndTask } from './components.ts';
import { RunDirectory } from './run-directory.ts';
import type { RunFile } from '../config/index.ts';

export interface RunIdentity {
  readonly command: RunFile['command'];
  readonly mode: RunFile['mode'];
  readonly seed: number;
  readonly simulators: number;
  readonly parentPolicySha256: string | null;
  /** Real time: something that no other run has; lock-step runs with equal identity are equal runs. */
  readonly unique?: string;
}

/** The version of this package. */
export function softqdVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The text whose hash names the run: configuration without paths and step counts, seed, command, parent policy. */
function identityText(selected: RobotAndTask, identity: RunIdentity): string {
  const { command, mode, seed, simulators, parentPolicySha256, unique } = identity;
  return JSON.stringify([
    selected.loaded.hashText(),
    command,
    mode,
    seed,
    simulators,
    parentPolicySha256,
    unique ?? null,
  ]);
}

/** SHA-256 by which `--resume` finds the run it may go on with. */
export function runIdentity(selected: RobotAndTask, identity: RunIdentity): string {
  return sha256Hex(identityText(selected, identity));
}

/** Makes the directory and run.json of a new run. Throws E_DATA_DIRECTORY. */
export function createRun(selected: RobotAndTask, identity: RunIdentity): RunDirectory {
  const { command, mode, seed, simulators, parentPolicySha256 } = identity;
  const { loaded, robot, taskFile } = selected;
  return RunDirectory.create(loaded.config.data.directory, {
    format: 1,
    softqdVersion: softqdVersion(),
    command,
    startedAt: new Date().toISOString(),
    mode,
    robot: robot.name,
    task: taskFile.name,
    preset: loaded.preset,
    seed,
    simulators,
    sessionUuid: uuidFromText(identityText(selected, identity)),
    identity: runIdentity(selected, identity),
    parentPolicySha256,
    observationNames: selected.identity.observationNames,
    actionNames: selected.identity.actionNames,
    discount: taskFile.discount,
    horizon: taskFile.horizon,
    config: loaded.config,
  });
}
