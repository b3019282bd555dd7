import type { ObjectRef } from '../../src-preload/contract/call.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { listLeftMoves, moveRecorded, removeLeftCopy } from '../links/recorded-move.ts'
import type { MoveRecords } from '../releases/move-record.ts'
import { planRevocation, revokeByMoving, type RevokeOptions } from '../links/revoke.ts'
import { createProgressMeter } from '../sync/progress.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import type { EventSource, HandlersOf } from './call.ts'
import type { PolicyReader } from './policy-reader.ts'
import { refuseOpening } from './refuse-opening.ts'
import { createPlans } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

/** What is planned, with the ETag that the object had then. */
interface PlannedMove extends ObjectRef {
  readonly eTag: string | null
  readonly sizeBytes: number
}

interface RevocationParts {
  readonly sessions: Sessions
  readonly ledger: Pick<LinkLedger, 'liveLinksOf' | 'revoke' | 'revive'>
  /** By which address an object is handed out. */
  readonly throughOf: (object: ObjectRef) => HandedOutThrough | null
  /** What a bucket's policy lets everybody read. */
  readonly isOpenByPolicyOf?: (profileId: string) => PolicyReader
  /** The moves of which a copy may be left, on the disk. */
  readonly moves: MoveRecords
  readonly work: RunningWork
  readonly progress: Pick<EventSource<SyncProgress>, 'emit'>
  /** Asks for the object at its new key. */
  readonly checks?: VisibilityChecks
  /** How objects are moved; for tests. */
  readonly moving?: Pick<RevokeOptions, 'byPartsFromBytes' | 'partSizeBytes' | 'singleCopyBytes' | 'pausesMs'>
}

/** The end of all links to an object, by moving it: planned with what else ends, done once, and asked for. */
export function revocationHandlers({
  sessions,
  ledger,
  throughOf,
  isOpenByPolicyOf = () => async () => false,
  moves,
  work,
  progress,
  checks = noVisibilityChecks,
  moving = {},
}: RevocationParts): HandlersOf<'planRevocation' | 'applyRevocation' | 'listLeftCopies' | 'removeLeftCopy'> {
  const plans = createPlans<PlannedMove>(10)
  return {
    async planRevocation({ profileId, bucket, key, service }) {
      const session = await sessions.open(profileId)
      // A bucket and a key of the same names elsewhere are not what the link leads to.
      if (service != null && service !== serviceName(session))
        throw failure('invalid-argument', `This link leads to ${service}, which this profile does not reach.`)
      const place = { profileId, service: serviceName(session), bucket }
      const target = { bucket, key, through: throughOf({ profileId, bucket, key }) }
      const { plan, eTag } = await planRevocation(session, target, await ledger.liveLinksOf(place, key))
      return { planId: plans.add({ profileId, bucket, key, eTag, sizeBytes: plan.sizeBytes }), ...plan }
    },
    async applyRevocation({ planId, newKey, confirmedPublic }) {
      const { profileId, bucket, key, eTag, sizeBytes } = plans.get(planId)
      const session = await sessions.open(profileId)
      const place = { profileId, service: serviceName(session), bucket }
      const target = { bucket, key, through: throughOf({ profileId, bucket, key }) }
      await refuseOpening(isOpenByPolicyOf(profileId), { bucket, key, newKey, confirmedPublic })
      let links = 0
      let revokedAt = ''
      const onMoved = async () => {
        plans.take(planId)
        revokedAt = new Date().toISOString()
        checks.after({ profileId, bucket }, { cause: 'move', causeId: planId }, [{ key: newKey }])
        try {
          links = await ledger.revoke(place, [key], newKey)
          await ledger.revive(place, [newKey])
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          const { code, message } = error.error
          throw failure(code, `The object is at its new key, and its links are dead. ${message}`, { key })
        }
      }
      const meter = createProgressMeter({
        state: 'running',
        filesTotal: 1,
        bytesTotal: sizeBytes,
        emit: (moment) => progress.emit({ planId, ...moment }),
      })
      let copied = 0
      meter.began(key)
      const onProgress = (bytes: number) => {
        meter.moved(bytes - copied)
        copied = bytes
      }
      let state: 'done' | 'failed' | 'cancelled' = 'failed'
      try {
        const { oldLink, oldUrl } = await work.run(planId, (signal) =>
          revokeByMoving(
            session,
            target,
            {
              newKey,
              eTag,
              signal,
              onProgress,
              ...moving,
              move: (to, options) => moveRecorded(to, { id: planId, profileId, records: moves }, options),
            },
            onMoved,
          ),
        )
        state = 'done'
        return { bucket, key, newKey, revokedAt, links, oldLink, oldUrl }
      } catch (error) {
        if (error instanceof Failure && error.error.code === 'cancelled') state = 'cancelled'
        throw error
      } finally {
        meter.ended()
        meter.finish(state)
      }
    },
    async listLeftCopies() {
      return (await listLeftMoves(moves)).slice(0, 50).map(({ id, head }) => {
        const { at, profileId, bucket, key, newKey } = head
        return { id, at, profileId, bucket, key, newKey }
      })
    },
    async removeLeftCopy({ id, profileId: wanted }) {
      const left = (await listLeftMoves(moves)).find((each) => each.id === id)
      if (left === undefined) throw failure('not-found', 'This copy is not known any more.')
      const { head } = left
      const profileId = wanted ?? head.profileId
      const session = await sessions.open(profileId)
      if (session.service !== head.service)
        throw failure('not-found', 'This copy is at another service than the profile’s.')
      const outcome = await removeLeftCopy(session, head)
      if (outcome === 'moved') {
        const place = { profileId, service: serviceName(session), bucket: head.bucket }
        await ledger.revoke(place, [head.key], head.newKey)
        await ledger.revive(place, [head.newKey])
      }
      await moves.forget(id)
      return { outcome }
    },
  }
}
