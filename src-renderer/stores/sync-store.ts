import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { StaticDestination } from '../../src-preload/contract/destination.ts'
import type {
  PlanRowFilter,
  SyncOptions,
  SyncOutcome,
  SyncPlan,
  SyncProgress,
  SyncRow,
  SyncRowDetails,
} from '../../src-preload/contract/sync-plan.ts'
import { confirming } from '../../src-preload/contract/told-opens.ts'
import { createStore } from 'zustand/vanilla'
import type { SyncDraft } from './sync-form.ts'

/** Which rows of a plan are shown. */
export type PlanFilter = PlanRowFilter

/** A row that is looked at closely. */
export interface RowLook {
  readonly key: string
  /** Null until the bucket has answered. */
  readonly details: SyncRowDetails | null
  readonly error: AppError | null
}

/** One destination's sync: how far it is and what came of it. */
export interface SyncJob {
  readonly phase: 'idle' | 'planning' | 'planned' | 'applying' | 'done'
  /** Of the plan that is being made, or was made last; null before the first. */
  readonly planId: string | null
  /** What the destination said when the plan was begun: see {@link publishedAs}. */
  readonly madeFor: string
  readonly plan: SyncPlan | null
  readonly filter: PlanFilter
  /** Text that the keys of the shown rows have in them. */
  readonly search: string
  readonly look: RowLook | null
  /** Rows by position; pages that have not arrived are holes. */
  readonly rows: ReadonlyMap<number, SyncRow>
  /** Which plan, filter and search the rows belong to: they stay until those of another one come. */
  readonly rowsOf: string
  readonly rowTotal: number
  readonly progress: SyncProgress | null
  readonly outcome: SyncOutcome | null
  readonly error: AppError | null
}

/** Syncs by destination, so that looking elsewhere loses nothing. */
export interface SyncState {
  readonly jobs: Readonly<Record<string, SyncJob>>
  /** What has been typed over what a destination says, by destination. */
  readonly drafts: Readonly<Record<string, SyncDraft>>
  readonly setDraft: (destinationId: string, draft: SyncDraft) => void
  /** Makes a plan; nothing while the destination's last one is being applied. */
  readonly plan: (destination: StaticDestination, options: SyncOptions) => Promise<void>
  readonly setFilter: (destinationId: string, filter: PlanFilter) => Promise<void>
  readonly setSearch: (destinationId: string, search: string) => Promise<void>
  /** Looks closely at one row; null for none. */
  readonly lookAt: (destinationId: string, key: string | null) => Promise<void>
  /** Looks closely at the row at a position, once it is there. */
  readonly lookAtRow: (destinationId: string, index: number) => Promise<void>
  /** Makes sure that the rows around a position are there. */
  readonly loadRows: (destinationId: string, index: number) => Promise<void>
  /** The first keys that the plan would remove, for the question. */
  readonly listDeletes: (destinationId: string) => Promise<readonly string[]>
  readonly apply: (destinationId: string) => Promise<void>
  readonly cancel: (destinationId: string) => Promise<AppError | null>
  /** Back to the options; nothing while a plan is being applied. */
  readonly reset: (destinationId: string) => void
}

const pageSize = 200

const idle: SyncJob = {
  phase: 'idle',
  planId: null,
  madeFor: '',
  plan: null,
  filter: 'changes',
  search: '',
  look: null,
  rows: new Map(),
  rowsOf: '',
  rowTotal: 0,
  progress: null,
  outcome: null,
  error: null,
}

/** The job of a destination; idle when there was none. */
export function jobOf(state: SyncState, destinationId: string | null): SyncJob {
  return (destinationId === null ? undefined : state.jobs[destinationId]) ?? idle
}

/** Whether a plan waits that was made when its destination said something else. */
export function isOutdated({ phase, madeFor }: SyncJob, destination: StaticDestination): boolean {
  return phase === 'planned' && madeFor !== publishedAs(destination)
}

/** What rows are of: a plan, a filter and a search. */
function shownBy({ plan, filter, search }: Pick<SyncJob, 'plan' | 'filter' | 'search'>): string {
  return `${plan?.planId ?? ''} ${filter} ${search}`
}

/** Whether the rows, and how many there are, are those of the filter and the search that were asked for last. */
export function hasArrived(job: SyncJob): boolean {
  return job.rowsOf === shownBy(job)
}

/** How much of an application is done, from 0 to 1; null while nobody knows. */
export function fractionOf({ phase, progress }: Pick<SyncJob, 'phase' | 'progress'>): number | null {
  if (phase !== 'applying' || progress === null) return null
  const { bytesDone, bytesTotal, filesDone, filesTotal } = progress
  if (bytesTotal > 0) return bytesDone / bytesTotal
  return filesTotal > 0 ? filesDone / filesTotal : null
}

/**
 * All that a destination says of what is published where and how: a plan that was made when it said something else is
 * not what the person has been told since.
 */
export function publishedAs(destination: StaticDestination): string {
  const { profileId, bucket, prefix, folderId, visibility, exclude, manifestInBucket } = destination
  const { cacheControl, rules, longCache, keepPrevious } = destination
  const where = [profileId, bucket, prefix, folderId]
  return JSON.stringify([
    where,
    [visibility, cacheControl, rules, longCache],
    [exclude, manifestInBucket, keepPrevious],
  ])
}

/** Plans and applies static syncs. */
export function createSyncStore(api: Api<File>) {
  const asked = new Map<string, Promise<void>>()
  const store = createStore<SyncState>()((set, get) => {
    const patch = (id: string, change: Partial<SyncJob>) =>
      set((state) => ({ jobs: { ...state.jobs, [id]: { ...jobOf(state, id), ...change } } }))

    const fetchPage = async (id: string, page: number, shown: string, token: string) => {
      const { plan, filter, search } = jobOf(get(), id)
      if (plan === null) return
      const offset = page * pageSize
      const result = await api.listPlanRows({
        planId: plan.planId,
        offset,
        limit: pageSize,
        filter,
        search,
      })
      const job = jobOf(get(), id)
      if (shownBy(job) !== shown) return
      if (!result.ok) {
        asked.delete(token)
        patch(id, { error: result.error })
        return
      }
      const rows = new Map(job.rowsOf === shown ? job.rows : [])
      result.value.rows.forEach((row, index) => rows.set(offset + index, row))
      patch(id, { rows, rowsOf: shown, rowTotal: result.value.total })
    }

    /** Each page once, for whoever waits for it. */
    const fetchRows = (id: string, page: number): Promise<void> => {
      const shown = shownBy(jobOf(get(), id))
      const token = `${shown} ${page}`
      const request = asked.get(token) ?? fetchPage(id, page, shown, token)
      asked.set(token, request)
      return request
    }

    const isApplying = (id: string) => jobOf(get(), id).phase === 'applying'

    return {
      jobs: {},
      drafts: {},
      setDraft: (id, draft) => set((state) => ({ drafts: { ...state.drafts, [id]: draft } })),
      plan: async (destination, options) => {
        const folderId = destination.folderId
        const id = destination.id
        if (folderId === null || isApplying(id)) return
        asked.clear()
        const planId = `plan-${crypto.randomUUID()}`
        patch(id, { ...idle, phase: 'planning', planId, madeFor: publishedAs(destination) })
        const result = await api.planSync({
          planId,
          profileId: destination.profileId,
          bucket: destination.bucket,
          prefix: destination.prefix,
          folderId,
          options,
        })
        const job = jobOf(get(), id)
        // Stopped meanwhile; another may have been begun since.
        if (job.phase !== 'planning' || job.planId !== planId) return
        if (!result.ok) {
          patch(id, {
            phase: 'idle',
            error: result.error.code === 'cancelled' ? null : result.error,
            progress: null,
          })
          return
        }
        patch(id, { phase: 'planned', plan: result.value, progress: null })
        await fetchRows(id, 0)
      },
      setFilter: async (id, filter) => {
        asked.clear()
        patch(id, { filter, rows: new Map(), rowsOf: '', rowTotal: 0, look: null })
        await fetchRows(id, 0)
      },
      setSearch: async (id, search) => {
        asked.clear()
        patch(id, { search, look: null })
        await fetchRows(id, 0)
      },
      lookAt: async (id, key) => {
        const { plan } = jobOf(get(), id)
        patch(id, { look: key === null || plan === null ? null : { key, details: null, error: null } })
        if (key === null || plan === null) return
        const result = await api.describePlanRow({ planId: plan.planId, key })
        const { look } = jobOf(get(), id)
        if (look?.key !== key || look.details !== null) return
        patch(id, {
          look: result.ok ? { ...look, details: result.value } : { ...look, error: result.error },
        })
      },
      lookAtRow: async (id, index) => {
        const before = jobOf(get(), id)
        if (!before.rows.has(index)) await fetchRows(id, Math.floor(index / pageSize))
        const job = jobOf(get(), id)
        const key = job.rows.get(index)?.key
        // Something else is shown, or looked at, by now.
        if (key === undefined || shownBy(job) !== shownBy(before) || job.look !== before.look) return
        await get().lookAt(id, key)
      },
      loadRows: async (id, index) => fetchRows(id, Math.floor(index / pageSize)),
      listDeletes: async (id) => {
        const { plan } = jobOf(get(), id)
        if (plan === null || plan.counts.delete === 0) return []
        // What is removed comes after what is sent.
        const offset = plan.counts.upload + plan.counts.updateHeaders
        const result = await api.listPlanRows({ planId: plan.planId, offset, limit: 50, filter: 'changes' })
        return result.ok
          ? result.value.rows.filter((row) => row.action === 'delete').map((row) => row.key)
          : []
      },
      apply: async (id) => {
        const { plan, phase } = jobOf(get(), id)
        if (plan === null || phase !== 'planned') return
        patch(id, { phase: 'applying', error: null, progress: null })
        const result = await api.applySync({
          planId: plan.planId,
          confirmedDeletes: plan.counts.delete,
          confirmedForeign: plan.foreignDeletes,
          ...confirming(plan.opens),
        })
        if (result.ok) patch(id, { phase: 'done', outcome: result.value, progress: null })
        else patch(id, { phase: 'planned', error: result.error, progress: null })
      },
      cancel: async (id) => {
        const { phase, planId } = jobOf(get(), id)
        if (planId === null) return null
        // Whatever comes of a plan that nobody waits for is not looked at.
        if (phase === 'planning') patch(id, { phase: 'idle', progress: null })
        const result = await api.cancelSync({ planId })
        return result.ok ? null : result.error
      },
      reset: (id) => {
        if (!isApplying(id)) patch(id, idle)
      },
    }
  })
  api.onSyncProgress((progress) =>
    store.setState((state) => {
      const entry = Object.entries(state.jobs).find(
        ([, { phase, planId }]) =>
          planId === progress.planId && (phase === 'planning' || phase === 'applying'),
      )
      return entry === undefined ? state : { jobs: { ...state.jobs, [entry[0]]: { ...entry[1], progress } } }
    }),
  )
  return store
}
