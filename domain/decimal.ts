/** Exact decimals as strings: no amount or quantity ever becomes a floating-point number. */

const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/** Plain notation, no sign, no exponent, no leading zeros, not over the digits given. */
export function isDecimal(text: string, limits: { integerDigits: number; decimals: number }): boolean {
  const match = DECIMAL.exec(text);
  if (!match) return false;
  return (match[1] ?? '').length <= limits.integerDigits && (match[2] ?? '').length <= limits.decimals;
}

export const isPositive = (decimal: string): boolean => /[1-9]/.test(decimal);

/** `1.850` → `1.85`, `2.000` → `2`. */
export const withoutTrailingZeros = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;

/** With exactly `digits` decimals: `35.5` at 2 → `35.50`. The text must not have more digits that count. */
export function atDigits(decimal: string, digits: number): string {
  const [integer = '0', fraction = ''] = withoutTrailingZeros(decimal).split('.');
  return digits === 0 ? integer : `${integer}.${fraction.padEnd(digits, '0')}`;
}

/** Exact sum, with as many decimals as the most precise term. */
export function sum(decimals: readonly string[]): string {
  const digits = Math.max(0, ...decimals.map((d) => d.split('.')[1]?.length ?? 0));
  const total = decimals.reduce((acc, d) => acc + scaled(d, digits), 0n);
  return pointed(total, digits);
}

/** Exact product, with as many decimals as both factors together. */
export function product(a: string, b: string): string {
  const digits = (a.split('.')[1]?.length ?? 0) + (b.split('.')[1]?.length ?? 0);
  const unscaled = BigInt(a.replace('.', '')) * BigInt(b.replace('.', ''));
  return pointed(unscaled, digits);
}

/** Whether a ≤ b. */
export function atMost(a: string, b: string): boolean {
  const digits = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0);
  return scaled(a, digits) <= scaled(b, digits);
}

function pointed(unscaled: bigint, digits: number): string {
  const text = unscaled.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function scaled(decimal: string, digits: number): bigint {
  const [integer = '0', fraction = ''] = decimal.split('.');
  return BigInt(integer + fraction.padEnd(digits, '0'));
}
