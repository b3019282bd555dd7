/**
 * What a visitor's request for a changed URL can come to, the gravest first except for the first and the last. Free of
 * zod, so that the renderer can import it at run time.
 */
export const receiptCodes = [
  'ok',
  /** No answer, or one that says nothing about the file (5xx, 429). */
  'unreachable',
  /** 404: the base URL does not lead to the bucket, or leads to another place in it. */
  'not-found',
  /** Refused, though everybody should have it. */
  'not-public',
  /** Handed out, though it should be private. */
  'is-public',
  /** The answer leads elsewhere; nobody followed it. */
  'redirected',
  /** A cache, or the base URL, still serves something else than what was sent; or it serves what was removed. */
  'stale',
  'wrong-type',
  'wrong-cache',
  'wrong-encoding',
  /** A font that pages of another origin may not use. */
  'no-cors',
  /** Nobody asked: the check was cancelled, or given up because nothing answered. */
  'not-checked',
] as const

/** See {@link receiptCodes}. */
export type ReceiptCode = (typeof receiptCodes)[number]
