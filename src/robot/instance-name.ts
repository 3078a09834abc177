/**
 * The name of one physical robot below the data directory: the robot's name and, where there are several of it, its `--id`. Files of
 * calibration, control socket, lock and faults have this name.
 */
export function robotInstanceName(robot: string, id: string | null): string {
  return id === null ? robot : `${robot}-${id}`;
}
