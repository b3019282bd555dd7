import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { Reading } from '../../src-preload/contract/bucket-access.ts'
import { bucketNameProblem } from '../../src-preload/contract/bucket-name.ts'
import type { SetupCallName, SetupInput, SetupPlan } from '../../src-preload/contract/bucket-setup.ts'
import type { DestinationPreset } from '../../src-preload/contract/destination-preset.ts'
import type { Opens } from '../../src-preload/contract/opens.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ChangeRecords } from '../releases/change-records.ts'
import { readAccountBlock } from '../s3/account-access.ts'
import { getBucketLifecycle, unknownLifecycleElements } from '../s3/bucket-lifecycle.ts'
import {
  type BucketSetting,
  readBucketSetting,
  requestOfCreateBucket,
  requestOfSetting,
} from '../s3/bucket-settings.ts'
import { refuseOwnBucket } from '../s3/buckets.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { applySetup } from '../setup/apply-setup.ts'
import { indentXml } from '../setup/indent-xml.ts'
import { type PrivatePlace, refuseHiddenPlaces, refuseOpenedPlaces } from '../setup/keep-private.ts'
import { type ExistingBucket, planExistingSetup } from '../setup/plan-existing-setup.ts'
import { type PlannedSetup, planSetup } from '../setup/plan-setup.ts'
import { keptCalls, type SetupHead, type SetupLine } from '../setup/setup-record.ts'
import { whatSetupOpens, whatSetupUndoOpens } from '../setup/setup-opens.ts'
import { undoSetup } from '../setup/undo-setup.ts'
import { readAccessFacts } from '../visibility/access-report.ts'
import { quirksOf, recogniseProvider } from '../visibility/provider-quirks.ts'
import type { HandlersOf } from './call.ts'
import { checkBelow } from './check-below.ts'
import { createPlans } from './plans.ts'
import { refuseUnconfirmed } from './refuse-unconfirmed.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

/** The whole configuration; null where something in it could not be written back. */
async function lifecycleOf(
  session: S3Session,
  bucket: string,
  rules: Reading<BucketSetting['value']>,
): Promise<ExistingBucket['lifecycle']> {
  if (rules.state !== 'read') return rules
  if (rules.value !== null && (await unknownLifecycleElements(session, { bucket })).length > 0) return null
  return { state: 'read', value: await getBucketLifecycle(session, { bucket }) }
}

/** A plan with what it makes public of what is there; null for nothing. */
interface Planned extends PlannedSetup {
  readonly opens: Opens | null
}

/** A setting as a request would send it, for people to read; null for none. */
async function textOf(session: S3Session, bucket: string, setting: BucketSetting): Promise<string | null> {
  if (setting.value === null) return null
  if (setting.name === 'versioning') return setting.value
  return shown((await requestOfSetting(session, bucket, setting)).body)
}

function shown(body: string | null): string | null {
  return body?.startsWith('<') === true ? indentXml(body) : body
}

interface SetupParts {
  readonly sessions: Sessions
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  /** The private destinations of a bucket, which are not to become public. */
  readonly privatePlacesIn: (bucket: BucketRef) => readonly PrivatePlace[]
  /** The person's own presets. */
  readonly presets: () => readonly DestinationPreset[]
  /** What each set-up has made, on the disk. */
  readonly records: ChangeRecords<SetupHead, SetupLine>
  readonly work: RunningWork
  /** Asks for what is in a bucket that is set up. */
  readonly checks?: VisibilityChecks
  /** See {@link applySetup}; for tests. */
  readonly pausesMs?: readonly number[]
}

/** The calls that have to do with who can read what is in a bucket already. */
const decidesReaders: ReadonlySet<SetupCallName> = new Set([
  'PutBucketOwnershipControls',
  'PutPublicAccessBlock',
  'PutBucketPolicy',
])

/** Buckets for a site: every call shown, then made, and taken back. */
export function setupHandlers({
  sessions,
  providerOf,
  privatePlacesIn,
  presets,
  records,
  work,
  checks = noVisibilityChecks,
  pausesMs,
}: SetupParts): HandlersOf<'planBucketSetup' | 'applyBucketSetup' | 'listBucketSetups' | 'undoBucketSetup'> {
  const plans = createPlans<Planned & { readonly profileId: string }>(10)

  /** A plan as it is shown, kept to be applied. */
  const keep = async (session: S3Session, profileId: string, planned: Planned): Promise<SetupPlan> => {
    const { bucket, region, places, iamPolicy, notes } = planned
    const steps = await Promise.all(
      planned.calls.map(async ({ call, setting, purpose, inverse, notHere, expected }) => {
        const { method, path, body } =
          setting === null
            ? await requestOfCreateBucket(session, { bucket, region })
            : await requestOfSetting(session, bucket, setting)
        const before =
          setting === null || expected === undefined
            ? {}
            : {
                before: await textOf(session, bucket, {
                  name: setting.name,
                  value: expected,
                } as BucketSetting),
              }
        return { call, purpose, inverse, notHere, request: `${method} ${path}`, body: shown(body), ...before }
      }),
    )
    const planId = plans.add({ ...planned, profileId })
    return { planId, bucket, region, steps, places: [...places], iamPolicy, notes: [...notes] }
  }

  const planExisting = async (
    session: S3Session,
    profileId: string,
    input: SetupInput,
    provider: ProviderId,
  ): Promise<SetupPlan> => {
    const { bucket } = input
    const region = await session.bucketRegion(bucket)
    const facts = await readAccessFacts(session, { bucket, provider })
    const [cors, versioning, rules] = await Promise.all(
      (['cors', 'versioning', 'lifecycle'] as const).map((name) =>
        readBucketSetting(session, { bucket }, name),
      ),
    )
    const whole = planSetup({ ...input, region }, { provider, https: facts.place.https, presets: presets() })
    const kept = privatePlacesIn({ profileId, bucket })
    refuseHiddenPlaces(whole, kept)
    const now = {
      facts,
      cors: cors!,
      versioning: versioning!,
      lifecycle: await lifecycleOf(session, bucket, rules!),
    }
    const planned = planExistingSetup(whole, now)
    refuseOpenedPlaces(planned, facts, kept)
    const { policy } = facts
    const opens = await whatSetupOpens(session, planned, policy.state === 'read' ? policy.value : null)
    return {
      ...(await keep(session, profileId, { ...planned, opens })),
      existing: true,
      ...(opens === null ? {} : { opens }),
    }
  }

  /** Asks for what a set-up of a bucket, or its undo, may have opened or closed; the report of it, as outcomes have it. */
  const check = (
    session: S3Session,
    place: BucketRef,
    setupId: string,
    calls: readonly { readonly call: SetupCallName }[],
    places: PlannedSetup['places'],
  ): { readonly visibilityReportId?: string } => {
    if (!calls.some(({ call }) => decidesReaders.has(call))) return {}
    const expected = (key: string) => places.find(({ prefix }) => key.startsWith(prefix))?.visibility
    const id = checkBelow(
      checks,
      session,
      { place, cause: { cause: 'setup', causeId: setupId } },
      { prefixes: [''], expected },
    )
    return id === null ? {} : { visibilityReportId: id }
  }

  return {
    async planBucketSetup({ profileId, ...input }) {
      const { bucket } = input
      const problem = bucketNameProblem(bucket)
      if (problem) throw failure('invalid-bucket-name', problem)
      const session = await sessions.open(profileId)
      const provider = recogniseProvider(session.endpoint, providerOf(profileId))
      if (input.existing === true) return planExisting(session, profileId, input, provider)
      await refuseOwnBucket(session, { bucket })
      const block = quirksOf(provider).accountBlock ? await readAccountBlock(session) : null
      const planned = planSetup(input, {
        provider,
        https: session.endpoint?.startsWith('http:') !== true,
        accountBlock: block?.state === 'read' ? block.value : null,
        presets: presets(),
      })
      // A destination may be there before its bucket.
      refuseHiddenPlaces(planned, privatePlacesIn({ profileId, bucket }))
      return keep(session, profileId, { ...planned, opens: null })
    },
    async applyBucketSetup({ planId, confirmedPublic }) {
      refuseUnconfirmed(plans.get(planId).opens, confirmedPublic)
      const { profileId, ...planned } = plans.take(planId)
      const { bucket, region } = planned
      const session = await sessions.open(profileId)
      checks.changing({ profileId, bucket })
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
      let asked: ReturnType<typeof check> = {}
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
        // Also of what failed halfway: some calls may have had their effect.
        if (!planned.calls.some(({ call }) => call === 'CreateBucket'))
          asked = check(session, { profileId, bucket }, planId, planned.calls, planned.places)
      }
      const undoable = keptCalls((await records.open(planId)).lines).length > 0
      if (!undoable) await records.forget(planId)
      return {
        setupId: planId,
        bucket,
        steps,
        isWhole: steps.every(({ state }) => state !== 'failed' && state !== 'not-made'),
        undoable,
        ...asked,
      }
    },
    async listBucketSetups({ profileId, bucket }) {
      const session = await sessions.open(profileId)
      const found = (await records.list()).filter(
        ({ head }) => head.service === session.service && head.bucket === bucket,
      )
      return Promise.all(
        found.slice(0, 50).map(async ({ id, head, lines, hasEnded }) => {
          const calls = keptCalls(lines)
          const opens = await whatSetupUndoOpens(session, bucket, calls)
          return {
            setupId: id,
            at: head.at,
            calls: calls.map(({ call }) => call),
            hasEnded,
            ...(opens === null ? {} : { opens }),
          }
        }),
      )
    },
    async undoBucketSetup({ setupId, profileId: wanted, confirmedPublic }) {
      const { head, lines } = await records.open(setupId)
      const { bucket, service } = head
      const profileId = wanted ?? head.profileId
      const session = await sessions.open(profileId)
      if (session.service !== service) throw failure('not-found', 'This set-up was made at another service.')
      refuseUnconfirmed(await whatSetupUndoOpens(session, bucket, keptCalls(lines)), confirmedPublic)
      checks.changing({ profileId, bucket })
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
      // Nothing was in a bucket that is gone.
      const asked = bucketDeleted ? {} : check(session, { profileId, bucket }, setupId, keptCalls(lines), [])
      return { setupId, bucket, steps, bucketDeleted, ...asked }
    },
  }
}
