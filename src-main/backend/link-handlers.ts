import { formatLinks } from '../../src-preload/contract/format-links.ts'
import type { InputOf } from '../../src-preload/contract/api.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { mailtoUrl } from '../../src-preload/contract/mailto.ts'
import type { CopiedLinks, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import { type CloudFrontSigner, createLink, earliestEnd, type MadeLink } from '../links/create-link.ts'
import { createUploadRequest } from '../links/create-upload-request.ts'
import { serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { findArrivals } from '../links/find-arrivals.ts'
import { testLink } from '../links/test-link.ts'
import { refuseCancelled, testLinks, toldTests } from '../links/test-links.ts'
import { type TriedLink, triedLink } from '../links/tried-link.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createProgressMeter } from '../sync/progress.ts'
import type { BackendParts } from './backend-parts.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import type { EventSource, HandlersOf } from './call.ts'
import { checkBaseUrl } from './destination-handlers.ts'
import { createRunningWork, type RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

/** How those who wait for many links follow and end it. */
interface LinkWork {
  readonly work: RunningWork
  readonly progress: Pick<EventSource<SyncProgress>, 'emit'>
}

/** Links to objects: made, put on the clipboard, and remembered without their signature (S41). */
export function linkHandlers(
  sessions: Sessions,
  ledger: LinkLedger,
  { clipboard, openMail }: Pick<BackendParts, 'clipboard' | 'openMail'>,
  signerFor: (keyPairId: string | null) => CloudFrontSigner | null = () => null,
  { work, progress }: LinkWork = { work: createRunningWork(), progress: { emit: () => undefined } },
): HandlersOf<
  | 'createLink'
  | 'copyLinks'
  | 'listLinks'
  | 'setLinkNote'
  | 'createUploadRequest'
  | 'listArrivals'
  | 'copyText'
  | 'composeMail'
> {
  /** Tries every one; with an id, whoever waits can follow it. */
  async function tryAll(
    session: S3Session,
    made: readonly TriedLink[],
    planId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<LinkTest[]> {
    if (planId === undefined) return testLinks(session, made, { signal })
    const meter = createProgressMeter({
      // No bytes move: as little as for a plan does the system's bar show it.
      state: 'planning',
      filesTotal: made.length,
      bytesTotal: 0,
      emit: (moment) => progress.emit({ planId, ...moment }),
    })
    let state: 'done' | 'failed' | 'cancelled' = 'failed'
    try {
      const tests = await testLinks(session, made, { signal, onTested: () => meter.ended() })
      state = 'done'
      return tests
    } catch (error) {
      if (error instanceof Failure && error.error.code === 'cancelled') state = 'cancelled'
      throw error
    } finally {
      meter.finish(state)
    }
  }

  /** Makes links, tries them if that is wanted, and hands them out: all of them, or none once the signal has aborted. */
  async function handOut(
    {
      profileId,
      bucket,
      kind,
      expiresInSeconds,
      links,
      format,
      note = '',
      selfTest = false,
      planId,
    }: InputOf<'copyLinks'>,
    to: NonNullable<BackendParts['clipboard']>,
    signal?: AbortSignal,
  ): Promise<CopiedLinks> {
    const session = await sessions.open(profileId)
    const optionsOf = ({ key, baseUrl, servedPrefix, keyPairId = null }: (typeof links)[number]) => ({
      bucket,
      key,
      kind,
      expiresInSeconds,
      downloadAs: null,
      baseUrl,
      servedPrefix,
      cloudFront: signerFor(keyPairId),
    })
    const made: MadeLink[] = []
    const tried: TriedLink[] = []
    await inParallel(links, 16, async (wanted, index) => {
      refuseCancelled(signal)
      const options = optionsOf(wanted)
      made[index] = await createLink(session, options)
      tried[index] = await triedLink(session, options, made[index])
    })
    const tests = selfTest ? await tryAll(session, tried, planId, signal) : []
    const first = { ...made[0]!, test: tests[0] ?? null }
    const told = toldTests(tests, (index) => links[index]!.key)
    if (told.dead.length > 0)
      return { first: { ...first, recordId: null }, ...told, count: 0, endsAt: null, recordIds: [] }
    const text = formatLinks(
      made.map(({ url }, index) => {
        const { key, pixels = null } = links[index]!
        return { url, name: key.slice(key.lastIndexOf('/') + 1), pixels }
      }),
      format,
    )
    refuseCancelled(signal)
    await to.writeText(text)
    // Only now are they handed out, all of them.
    const service = serviceName(session)
    const records = await ledger.add(
      made.map((link, index) => ({
        profileId,
        service,
        bucket,
        key: links[index]!.key,
        kind: link.kind,
        note,
        endsAt: link.endsAt,
        signingKey: link.signingKey,
      })),
    )
    return {
      first: { ...first, recordId: records?.[0]?.id ?? null },
      ...told,
      count: made.length,
      endsAt: earliestEnd(made),
      recordIds: records?.map(({ id }) => id) ?? [],
    }
  }

  return {
    async createLink({
      profileId,
      bucket,
      key,
      kind,
      expiresInSeconds,
      downloadAs,
      baseUrl,
      servedPrefix,
      keyPairId = null,
      copy,
      note = '',
      selfTest = false,
    }) {
      checkBaseUrl(baseUrl)
      const session = await sessions.open(profileId)
      const options = {
        bucket,
        key,
        kind,
        expiresInSeconds,
        downloadAs,
        baseUrl,
        servedPrefix,
        cloudFront: signerFor(keyPairId),
      }
      const link = await createLink(session, options)
      const test = selfTest ? await testLink(session, await triedLink(session, options, link)) : null
      if (test?.outcome === 'failed') return { ...link, test, recordId: null }
      if (copy) {
        if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
        await clipboard.writeText(link.url)
      }
      const records = await ledger.add([
        {
          profileId,
          service: serviceName(session),
          bucket,
          key,
          kind: link.kind,
          note,
          endsAt: link.endsAt,
          signingKey: link.signingKey,
        },
      ])
      return { ...link, test, recordId: records?.[0]?.id ?? null }
    },
    async copyLinks(input) {
      for (const { baseUrl } of input.links) checkBaseUrl(baseUrl)
      if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
      const { planId } = input
      // From the first moment on: what is ended before the first is tried is ended, too.
      return planId === undefined
        ? handOut(input, clipboard)
        : work.run(planId, (signal) => handOut(input, clipboard, signal))
    },
    listLinks: (filter) => ledger.list(filter),
    async setLinkNote({ linkIds, note }) {
      await ledger.setNote(linkIds, note)
      return {}
    },
    async createUploadRequest({ profileId, ...wanted }) {
      const session = await sessions.open(profileId)
      const { signingKey, ...request } = await createUploadRequest(session, wanted)
      const { bucket } = wanted
      const { key, endsAt, size } = request
      const service = serviceName(session)
      const records = await ledger.add([
        { profileId, service, bucket, key, kind: 'upload', note: '', endsAt, signingKey, size },
      ])
      return { ...request, recordId: records?.[0]?.id ?? null }
    },
    async listArrivals({ profileId }) {
      const session = await sessions.open(profileId)
      const links = await ledger.sizedUploads({ profileId, service: serviceName(session) }, 100)
      return findArrivals(session, links)
    },
    async copyText({ text }) {
      if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
      await clipboard.writeText(text)
      return {}
    },
    async composeMail({ subject, body }) {
      if (openMail === undefined)
        throw failure('not-supported', 'There is no mail program to open from here.')
      await openMail(mailtoUrl(subject, body))
      return {}
    },
  }
}
