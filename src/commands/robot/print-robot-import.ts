/** What `robot import` says to people: where the file is, and every note on its own line. */
export function renderRobotImport(result: Readonly<Record<string, unknown>>): string {
  const names = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : 'not known');
  const notes = Array.isArray(result['notes']) ? result['notes'].map((note) => `  - ${String(note)}\n`) : [];
  return [
    `${String(result['file'])}\n`,
    `  joints: ${names(result['joints'])}\n`,
    `  kinematic chain: ${names(result['chain'])}
`,
    ...(notes.length === 0 ? [] : ['Complete or check:\n', ...notes]),
  ].join('');
}
