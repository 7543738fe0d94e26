import { formatAmount } from './format.ts';

/** Money, from a decimal string. */
export function Amount({ amount, currency }: { amount: string; currency: string }) {
  return (
    <data class="amount" value={amount}>
      {formatAmount(amount, currency)}
    </data>
  );
}
