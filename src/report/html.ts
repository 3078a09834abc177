const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML or XML, also inside an attribute's quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Readable number: at most `digits` significant digits, thousands as 12,300; a dash for null. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return minus(value.toExponential(Math.max(0, digits - 2)));
  if (Number.isInteger(value)) return minus(group(String(value)));
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(group(value.toFixed(Math.min(decimals, 6))));
}

/** Short enough for an axis: 20k, 1.5M. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return minus(`${trim(value / 1e6)}M`);
  if (size >= 1e4) return minus(`${trim(value / 1e3)}k`);
  return size !== 0 && size < 1e-3 ? minus(value.toExponential(0)) : minus(trim(value));
}

/** Seconds as 52 s, 3 min 10 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A readable number with its exact value for programs: `<data value="...">`. */
export function exactNumber(value: number | null, digits = 4): string {
  return value === null ? '–' : `<data value="${value}">${formatNumber(value, digits)}</data>`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function group(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A true minus sign, as wide as the digits. */
function minus(text: string): string {
  return text.replace(/^-/, '−');
}
