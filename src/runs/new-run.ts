import { readFileSync } from 'node:fs';
import { runIdentity as identityOf, type RunParameters } from '../config/index.ts';
import type { RobotAndTask } from './components.ts';
import { RunDirectory } from './run-directory.ts';

export type { RunParameters } from '../config/index.ts';

/** The version of this package. */
function softqdVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** SHA-256 that RunFile.identity of the same run has. */
export function runIdentity(selected: RobotAndTask, parameters: RunParameters): string {
  return identityOf(selected.loaded, parameters).sha256;
}

/** Creates the directory and run.json of a new run. Throws E_DATA_DIRECTORY. */
export function createRun(selected: RobotAndTask, parameters: RunParameters): RunDirectory {
  const { command, mode, seed, simulators, parentPolicySha256 } = parameters;
  const { loaded, robot, taskFile } = selected;
  const { sha256, sessionUuid, definition } = identityOf(loaded, parameters);
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
    sessionUuid,
    identity: sha256,
    definition,
    parentPolicySha256,
    observationNames: selected.identity.observationNames,
    actionNames: selected.identity.actionNames,
    discount: taskFile.discount,
    horizon: taskFile.horizon,
    config: loaded.config,
  });
}
