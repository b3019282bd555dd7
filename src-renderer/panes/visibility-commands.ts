import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { confirming, opensAnything } from '../../src-preload/contract/told-opens.ts'
import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import type {
  VisibilityOutcome,
  VisibilityPlan,
  VisibilityUndoPlan,
} from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { Stores } from '../stores/create-stores.ts'
import { destinationOfKey } from '../stores/destination-store.ts'
import { visibilityOutcomeText } from '../text/visibility-text.ts'
import { announceDone } from './announce.ts'

interface VisibilityParts {
  readonly stores: Pick<Stores, 'objects' | 'view' | 'profiles' | 'details' | 'destinations' | 'transfers'>
  /** Tells an error that has no place of its own; whether there was one. */
  readonly fail: (error: AppError | null) => boolean
}

const isToBeSeen = ({ refusal, policy, switches, keptOpenBy }: VisibilityPlan) =>
  refusal !== null || policy !== null || switches.length + keptOpenBy.length > 0

const isAclRefusal = ({ code }: AppError) => code === 'acls-disabled' || code === 'public-access-blocked'

/** The switch between public and private: what a bucket needs for it is planned first, then done and asked for. */
export function createVisibilityCommands({ stores, fail }: VisibilityParts) {
  const { objects, view, profiles, details, destinations, transfers } = stores

  /** What the bucket in front needs. */
  const planVisibility = async (
    wanted: {
      readonly keys: readonly string[]
      readonly prefixes: readonly string[]
      /** Addresses of the service that are to be switched off, too. */
      readonly customDomains?: readonly string[]
    },
    visibility: WantedVisibility,
  ): Promise<Result<VisibilityPlan> | null> => {
    const profileId = profiles.getState().selectedId
    const { bucket } = view.getState()
    if (profileId === null || bucket === null) return null
    const { keys, prefixes, customDomains = [] } = wanted
    return objects.planVisibility({
      profileId,
      bucket,
      keys: [...keys],
      prefixes: [...prefixes],
      visibility,
      ...(customDomains.length === 0 ? {} : { customDomains: [...customDomains] }),
    })
  }

  const selectedProfile = () => profiles.getState().selectedId ?? undefined

  /** Takes a change back as it was seen, and tells what the public can read then. */
  const undoVisibilityAsSeen = async (
    plan: VisibilityUndoPlan,
    profileId: string | undefined,
  ): Promise<AppError | null> => {
    const { planId } = plan
    const result = await objects.undoVisibility({ planId, profileId, ...confirming(plan) })
    if (!result.ok) return result.error
    tell({ planId, profileId }, result.value, true)
    return null
  }

  /**
   * Takes a change back, with the profile in front unless another one made it. What would become public by that is named
   * and counted first (S44).
   */
  const undoVisibility = async (planId: string, profileId = selectedProfile()): Promise<AppError | null> => {
    const plan = await objects.planUndoVisibility({ planId, profileId })
    if (!plan.ok) return plan.error
    if (!opensAnything(plan.value)) return undoVisibilityAsSeen(plan.value, profileId)
    view.getState().openDialog({ kind: 'undo-visibility', plan: plan.value, profileId })
    return null
  }

  const tell = (
    { planId, profileId }: { readonly planId: string; readonly profileId: string | undefined },
    outcome: VisibilityOutcome,
    isUndone: boolean,
  ) => {
    // The ACL has changed as well; HEAD and ACL are read again.
    void details.getState().reload()
    announceDone(
      visibilityOutcomeText(outcome, isUndone),
      outcome.undoable ? () => void undoVisibility(planId, profileId).then(fail) : undefined,
    )
  }

  /** Does what was planned and seen, and tells what the public can read then. The error, if it could not be done. */
  const applyVisibility = async (plan: VisibilityPlan): Promise<AppError | null> => {
    // Another profile may be in front by the time that it is undone, with other keys or at another service.
    const profileId = selectedProfile()
    const result = await objects.applyVisibility({
      planId: plan.planId,
      confirmedObjects: plan.objects,
    })
    if (!result.ok) return result.error
    const [first] = result.value.failed
    if (first !== undefined && first.code === 'acls-disabled' && result.value.acls === 0)
      return { code: first.code, message: first.message, retryable: false }
    tell({ planId: plan.planId, profileId }, result.value, false)
    return null
  }

  const open = (keys: readonly string[], visibility: WantedVisibility, prefixes: readonly string[] = []) =>
    view.getState().openDialog({ kind: 'visibility', keys, prefixes, visibility })

  return {
    planVisibility,
    applyVisibility,
    undoVisibility,
    undoVisibilityAsSeen,
    /**
     * The folder that would have to be public for uploads that the bucket has refused as public, and why; null when none
     * was refused for that, when Block Public Access refuses the folder's policy as well, or when another bucket is in
     * front by now.
     */
    refusedFolder: async ({
      batchId,
      failed,
    }: UploadReport): Promise<{ prefix: string; message: string } | null> => {
      if (failed === 0) return null
      // The report may be here before the transfers that it is about.
      await transfers.getState().load()
      const { error, bucket, key, profileId } =
        transfers
          .getState()
          .snapshot.transfers.find(
            ({ batchId: of, error: why }) => of === batchId && why !== null && isAclRefusal(why),
          ) ?? {}
      if (!error || bucket === undefined || key === undefined) return null
      const isInFront = () =>
        bucket === view.getState().bucket && profileId === profiles.getState().selectedId
      if (!isInFront()) return null
      const destination = destinationOfKey(destinations.getState().destinations, profileId!, bucket, key)
      const prefix = destination?.prefix ?? key.slice(0, key.lastIndexOf('/') + 1)
      if (prefix === '') return null
      // Block Public Access may be on for ACLs alone, or for policies as well.
      if (error.code === 'public-access-blocked') {
        const plan = await planVisibility({ keys: [], prefixes: [prefix] }, 'public')
        if (plan === null || !plan.ok || plan.value.refusal !== null || !isInFront()) return null
      }
      return { prefix, message: error.message }
    },
    makePublic: (keys: readonly string[], prefixes: readonly string[] = []) => open(keys, 'public', prefixes),
    /**
     * An ACL is taken back at once, and can be put back; a change of the policy and of the whole bucket is shown first, as
     * folders always are.
     */
    makePrivate: async (keys: readonly string[], prefixes: readonly string[] = []) => {
      if (prefixes.length > 0) return open(keys, 'private', prefixes)
      const result = await planVisibility({ keys, prefixes: [] }, 'private')
      if (result === null) return
      if (!result.ok) fail(result.error)
      else if (isToBeSeen(result.value)) open(keys, 'private')
      else fail(await applyVisibility(result.value))
    },
  }
}
