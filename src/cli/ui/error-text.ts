import type { SoftqdError } from '../../base/errors.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

/** An error as text: message, code and hint; an internal error also with its stack. */
export function errorText(error: SoftqdError, style: Style): string {
  const head = `${style.red('error:')} ${printable(error.message)} ${style.dim(`[${error.code}]`)}\n`;
  const hint = `  -> ${printable(error.hint)}\n`;
  return error.code === 'E_INTERNAL' ? `${head}${hint}${stackText(error)}` : `${head}${hint}`;
}

function stackText(error: SoftqdError): string {
  const inner = error.cause instanceof Error ? error.cause : error;
  return `${printable(inner.stack ?? '')}\n`;
}
