import type { AppError } from './app-error.ts'

/** What every method of the bridge answers: a value or an {@link AppError}, never a rejection. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AppError }

/** Wraps a value as a successful {@link Result}. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

/** Wraps an error as a failed {@link Result}. */
export function failed<T = never>(error: AppError): Result<T> {
  return { ok: false, error }
}
