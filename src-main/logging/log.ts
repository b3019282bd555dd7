/** Where the main process tells what happened. Everything written passes the redactor first (S24, S25). */
export interface Log {
  debug(message: string, details?: unknown): void
  info(message: string, details?: unknown): void
  warn(message: string, details?: unknown): void
  /** `details` may be anything that was thrown: only the allowlisted fields of an error are written (S24). */
  error(message: string, details?: unknown): void
  /** From now on this value, plain or encoded, never reaches the log. Called for every secret that is read or set. */
  addKnownSecret(secret: string): void
  /** Text as it may be shown or kept: what the log would remove is removed. */
  redact(text: string): string
}
