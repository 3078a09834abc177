/** Flags with timeouts as long as hardware allows: a busy machine must not stop a virtual robot in a test. */
export const PATIENT_SETTINGS: readonly string[] = [
  ['driver.connectTimeoutMs', '30000'],
  ['driver.commandTimeoutMs', '100'],
  ['driver.receiveTimeoutMs', '3000'],
  ['control.readingMaxAgeMs', '1000'],
].flatMap(([key, value]) => ['--set', `${key!}=${value!}`]);

/** The same for a run beside a virtual robot of normal priority, which shares its processors. */
export const PATIENT_NORMAL_PRIORITY: readonly string[] = [
  ...PATIENT_SETTINGS,
  ...['--set', 'control.realTimePriority=0'],
];
