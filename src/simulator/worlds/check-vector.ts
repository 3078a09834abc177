import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';

/** Throws E_SIMULATOR unless `values` are `size` finite numbers. */
export function checkVector(what: string, values: Float64Array, size: number): void {
  if (values.length !== size) {
    throw new SoftqdError('E_SIMULATOR', `${what} has ${values.length} values, the world needs ${size}`, {
      values: { got: values.length, expected: size },
    });
  }
  const index = firstNonFinite(values);
  if (index >= 0) throw new SoftqdError('E_SIMULATOR', `${what}[${index}] is ${values[index]!}`, { values: { index } });
}
