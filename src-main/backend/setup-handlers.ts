import { bucketNameProblem } from '../../src-preload/contract/bucket-name.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ChangeRecords } from '../releases/change-records.ts'
import { readAccountBlock } from '../s3/account-access.ts'
import { requestOfCreateBucket, requestOfSetting } from '../s3/bucket-settings.ts'
import { refuseOwnBucket } from '../s3/buckets.ts'
import { applySetup } from '../setup/apply-setup.ts'
import { indentXml } from '../setup/indent-xml.ts'
import { type PlannedSetup, planSetup } from '../setup/plan-setup.ts'
import { keptCalls, type SetupHead, type SetupLine } from '../setup/setup-record.ts'
import { undoSetup } from '../setup/undo-setup.ts'
import { quirksOf, recogniseProvider } from '../visibility/provider-quirks.ts'
import type { HandlersOf } from './call.ts'
import { createPlans } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

interface SetupParts {
  readonly sessions: Sessions
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  /** What each set-up has made, on the disk. */
  readonly records: ChangeRecords<SetupHead, SetupLine>
  readonly work: RunningWork
  /** See {@link applySetup}; for tests. */
  readonly pausesMs?: readonly number[]
}

/** Buckets for a site: every call shown, then made, and taken back. */
export function setupHandlers({
  sessions,
  providerOf,
  records,
  work,
  pausesMs,
}: SetupParts): HandlersOf<'planBucketSetup' | 'applyBucketSetup' | 'listBucketSetups' | 'undoBucketSetup'> {
  const plans = createPlans<PlannedSetup & { readonly profileId: string }>(10)
  return {
    async planBucketSetup({ profileId, ...input }) {
      const { bucket, region } = input
      const problem = bucketNameProblem(bucket)
      if (problem) throw failure('invalid-bucket-name', problem)
      const session = await sessions.open(profileId)
      const provider = recogniseProvider(session.endpoint, providerOf(profileId))
      await refuseOwnBucket(session, { bucket })
      const block = quirksOf(provider).accountBlock ? await readAccountBlock(session) : null
      const planned = planSetup(input, {
        provider,
        https: session.endpoint?.startsWith('http:') !== true,
        accountBlock: block?.state === 'read' ? block.value : null,
      })
      const steps = await Promise.all(
        planned.calls.map(async ({ call, setting, purpose, inverse, notHere }) => {
          const { method, path, body } =
            setting === null
              ? await requestOfCreateBucket(session, { bucket, region })
              : await requestOfSetting(session, bucket, setting)
          const shown = body?.startsWith('<') === true ? indentXml(body) : body
          return { call, purpose, inverse, notHere, request: `${method} ${path}`, body: shown }
        }),
      )
      const { places, iamPolicy, notes } = planned
      const planId = plans.add({ ...planned, profileId })
      return { planId, bucket, region, steps, places: [...places], iamPolicy, notes: [...notes] }
    },
    async applyBucketSetup({ planId }) {
      const { profileId, ...planned } = plans.take(planId)
      const { bucket, region } = planned
      const session = await sessions.open(profileId)
      // Without a record nothing could be undone after a restart: nothing is begun then.
      const kept = await records.begin(planId, {
        pailSetup: 1,
        at: new Date().toISOString(),
        profileId,
        service: session.service,
        bucket,
        region,
      })
      let steps: Awaited<ReturnType<typeof applySetup>>
      try {
        steps = await work.run(planId, (signal) =>
          applySetup(session, planned, {
            note: (line) => kept.note(line),
            signal,
            ...(pausesMs === undefined ? {} : { pausesMs }),
          }),
        )
      } finally {
        await kept.end()
      }
      const undoable = keptCalls((await records.open(planId)).lines).length > 0
      if (!undoable) await records.forget(planId)
      return {
        setupId: planId,
        bucket,
        steps,
        isWhole: steps.every(({ state }) => state !== 'failed' && state !== 'not-made'),
        undoable,
      }
    },
    async listBucketSetups({ profileId, bucket }) {
      const { service } = await sessions.open(profileId)
      return (await records.list())
        .filter(({ head }) => head.service === service && head.bucket === bucket)
        .slice(0, 50)
        .map(({ id, head, lines, hasEnded }) => ({
          setupId: id,
          at: head.at,
          calls: keptCalls(lines).map(({ call }) => call),
          hasEnded,
        }))
    },
    async undoBucketSetup({ setupId, profileId: wanted }) {
      const { head, lines } = await records.open(setupId)
      const { bucket, service } = head
      const session = await sessions.open(wanted ?? head.profileId)
      if (session.service !== service) throw failure('not-found', 'This set-up was made at another service.')
      let createdAt: string | undefined
      const steps = await work.run(setupId, (signal) =>
        undoSetup(session, { bucket, signal }, keptCalls(lines), async (date) => {
          createdAt = date.toISOString()
        }),
      )
      if (steps.every(({ state }) => state === 'undone')) await records.forget(setupId)
      else {
        // What is undone is not undone again; the rest can be tried later.
        const more = await records.extend(setupId)
        for (const { call, state } of steps)
          if (state === 'undone') await more.note({ call, state: 'not-made' })
        if (createdAt !== undefined) await more.note({ call: 'CreateBucket', state: 'made', createdAt })
        await more.end()
      }
      const bucketDeleted = steps.some(({ call, state }) => call === 'CreateBucket' && state === 'undone')
      return { setupId, bucket, steps, bucketDeleted }
    },
  }
}
