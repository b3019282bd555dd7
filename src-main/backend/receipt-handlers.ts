import { failure } from '../../src-preload/contract/failure.ts'
import { createReceipt } from '../receipt/create-receipt.ts'
import type { KeptSync } from '../sync/applied-sync.ts'
import type { HandlersOf } from './call.ts'
import { checkBaseUrl } from './destination-handlers.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

/** The deploy receipt of an applied plan; `kept` answers the plan and what it has really done. */
export function receiptHandlers(
  sessions: Sessions,
  kept: (planId: string) => KeptSync,
  work: RunningWork,
): HandlersOf<'createReceipt'> {
  return {
    async createReceipt({ planId, baseUrl, stripPrefix, pageOrigin, expected }) {
      checkBaseUrl(baseUrl)
      const origin = readOrigin(pageOrigin ?? null)
      const { done, ...sync } = kept(planId)
      if (done === null) throw failure('invalid-argument', 'This plan has not been applied yet.')
      const session = await sessions.open(sync.profileId)
      const published = sync.planned.facts.options.visibility === 'public' || baseUrl !== null
      const receipt = await work.run(planId, (signal) =>
        createReceipt(
          session,
          { ...sync, done },
          {
            baseUrl,
            stripPrefix: stripPrefix ?? false,
            pageOrigin: origin,
            expected: expected ?? (published ? 'public' : 'private'),
            signal,
          },
        ),
      )
      return { ...receipt, planId }
    },
  }
}

/** The origin of a page's address. Throws `invalid-argument` for what has none. */
function readOrigin(address: string | null): string | null {
  if (address === null) return null
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw failure('invalid-argument', 'The address of the pages looks like https://www.example.org.')
  return url.origin
}
