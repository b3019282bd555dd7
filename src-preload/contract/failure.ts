import type { AppError } from './app-error.ts'
import type { ErrorCode } from './error-codes.ts'

/**
 * The one error that the main process throws on purpose: it carries an {@link AppError} to the fence, where it becomes
 * a failed result. Anything else that is thrown is a bug and is logged as one.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly error: AppError

  constructor(error: AppError, options?: { cause?: unknown }) {
    super(error.message)
    this.error = error
    // Hidden, so that a careless inspect of this error does not print an SDK error with its request (S24).
    if (options?.cause !== undefined)
      Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
  }
}

/** Makes a {@link Failure}; not retryable unless said so. */
export function failure(
  code: ErrorCode,
  message: string,
  more: { s3Code?: string; key?: string; retryable?: boolean; cause?: unknown } = {},
): Failure {
  return new Failure(
    {
      code,
      message: message.slice(0, 2000),
      ...(more.s3Code === undefined ? {} : { s3Code: more.s3Code.slice(0, 200) }),
      ...(more.key === undefined ? {} : { key: more.key.slice(0, 4096) }),
      retryable: more.retryable ?? false,
    },
    { cause: more.cause },
  )
}
