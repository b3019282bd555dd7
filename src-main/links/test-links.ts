import type { DeadLink, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createUnsignedAgents } from '../visibility/unsigned-request.ts'
import { testLink } from './test-link.ts'
import type { TriedLink } from './tried-link.ts'

/** How many links are tried, and who waits for it. */
export interface TestLinksOptions {
  readonly signal?: AbortSignal | undefined
  /** Called when one has been tried. */
  readonly onTested?: () => void
}

const requestsAtOnce = 16
/** So many questions without any answer mean that there will be none. */
const mostSilent = 16

/**
 * Tries every one of the links as `testLink` does, 16 at a time, in their order. Where nothing has answered at all, the rest
 * are `not-tested` for the same reason, so that nobody waits for each. Throws `cancelled` when the signal aborts.
 */
export async function testLinks(
  session: S3Session,
  links: readonly TriedLink[],
  { signal, onTested = () => undefined }: TestLinksOptions = {},
): Promise<LinkTest[]> {
  const agents = createUnsignedAgents(requestsAtOnce, session.findProxy)
  const tests: LinkTest[] = []
  let silence: LinkTest | null = null
  let silent = 0
  let answered = 0
  try {
    await inParallel(links, requestsAtOnce, async (link, index) => {
      refuseCancelled(signal)
      const isHopeless = answered === 0 && silent >= mostSilent
      const test =
        isHopeless && silence !== null
          ? silence
          : await testLink(session, link, { agents, ...(signal === undefined ? {} : { signal }) })
      // One that was cut off says nothing about the link.
      refuseCancelled(signal)
      tests[index] = test
      if (test.status !== null) answered++
      else if (test.outcome === 'not-tested') {
        silent++
        silence = test
      }
      onTested()
    })
  } finally {
    agents.destroy()
  }
  return tests
}

/** Throws `cancelled` when the signal has aborted: of links that nobody waits for any more none is copied. */
export function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw failure('cancelled', 'Cancelled. No link was copied.')
}

/** What of the tests is told of many links: which do not work, and how many could not be tried. */
export function toldTests(
  tests: readonly LinkTest[],
  keyOf: (index: number) => string,
): { dead: DeadLink[]; untested: { links: number; reason: string } | null } {
  const dead = tests.flatMap(({ outcome, problem }, index) =>
    outcome === 'failed' && problem !== null ? [{ key: keyOf(index), ...problem }] : [],
  )
  const untested = tests.filter(({ outcome }) => outcome === 'not-tested')
  const reason = untested[0]?.problem?.message ?? ''
  return { dead, untested: untested.length === 0 ? null : { links: untested.length, reason } }
}
