import type { Result } from '../../src-preload/contract/result.ts'

/** Notes a call and answers it, with the failure that a test has prepared if there is one. */
export type Answer = <T>(method: string, input: unknown, make: () => T | Promise<T>) => Promise<Result<T>>
