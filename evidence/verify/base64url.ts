/** base64url without padding (RFC 4648 §5) in its one form, or null: bits that decoders ignore must be zero. */
export function base64urlBytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
