import type { z } from 'zod'
import type { SetupCallName } from '../../src-preload/contract/bucket-setup.ts'
import type { headSchema, lineSchema } from './setup-record-form.ts'

/** What is known of one call of a kept set-up. */
export interface KeptCall {
  readonly call: SetupCallName
  /** False when the process ended before it was known. */
  readonly isMade: boolean
  readonly before: string | undefined
  readonly after: string | undefined
  /** Of the bucket that was made: by it it is told from a later one of its name. */
  readonly createdAt: string | undefined
  /** When there was none of its name, right before it was made; not known where the call is known to have come to nothing. */
  readonly absentAt: string | undefined
}

/** The calls that were made, or may have been, in their order. */
export function keptCalls(lines: readonly SetupLine[]): KeptCall[] {
  const calls = new Map<SetupCallName, KeptCall>()
  for (const { call, state, before, after, createdAt, absentAt } of lines) {
    if (state === 'not-made') calls.delete(call)
    else if (state === 'begun') calls.set(call, { call, isMade: false, before, after, createdAt, absentAt })
    else {
      const begun = calls.get(call)
      if (begun) calls.set(call, { ...begun, isMade: true, createdAt: createdAt ?? begun.createdAt })
    }
  }
  return [...calls.values()]
}

/** The beginning of a kept set-up. */
export type SetupHead = z.infer<typeof headSchema>
/** What is written down of a call. */
export type SetupLine = z.infer<typeof lineSchema>
