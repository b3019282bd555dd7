import { useEffect } from 'react'
import type { InvalidationPlan } from '../../../src-preload/contract/invalidation.ts'
import { Button } from '../../components/button.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { invalidationOf } from '../../stores/invalidation-store.ts'
import { formatCount } from '../../text/format.ts'
import {
  invalidationCostText,
  invalidationStateText,
  invalidationText,
} from '../../text/invalidation-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

interface InvalidationViewProps {
  /** Of the sync. */
  planId: string
  distributionId: string
  /** The caches have forgotten. */
  onDone: () => void
}

/** What CloudFront is told to forget: paths and cost first, and then the button. */
export function InvalidationView({ planId, distributionId, onDone }: InvalidationViewProps) {
  const { stores } = useWindow()
  const job = useFrom(
    (all) => all.invalidations,
    (state) => invalidationOf(state, planId),
  )
  const store = stores.invalidations.getState()
  useEffect(() => {
    void stores.invalidations.getState().plan(planId, distributionId)
  }, [stores, planId, distributionId])
  const send = async () => {
    await store.send(planId)
    if (invalidationOf(stores.invalidations.getState(), planId).sent?.status === 'completed') onDone()
  }
  const { plan, sent } = job
  return (
    <section className="sync-block invalidation" aria-label="CloudFront">
      <div className="row">
        <h2 className="grow">CloudFront {distributionId}</h2>
        {plan === null || plan.paths.length === 0 || sent !== null ? null : (
          <Button disabled={job.sending} onClick={() => void send()}>
            Invalidate {formatCount(plan.paths.length, 'path')}
          </Button>
        )}
      </div>
      {job.error === null ? null : plan === null && job.error.code === 'not-supported' ? (
        // Nobody was asked: where there is no CloudFront there is none the next time.
        <Note kind="info">{job.error.message}</Note>
      ) : (
        <ErrorHere
          error={job.error}
          onRetry={() => void (plan === null ? store.plan(planId, distributionId) : send())}
        />
      )}
      {job.sending ? <ProgressBar label="Invalidating" fraction={null} /> : null}
      {sent === null ? null : (
        <output>
          {invalidationStateText(sent)} <span className="muted selectable">{sent.invalidationId}</span>
        </output>
      )}
      {plan === null || sent !== null ? null : <PlanWords plan={plan} />}
    </section>
  )
}

function PlanWords({ plan }: { plan: InvalidationPlan }) {
  if (plan.paths.length === 0) return <p className="muted">{invalidationText(plan)}</p>
  return (
    <>
      <p className="muted">
        {invalidationText(plan)} {invalidationCostText(plan)}
      </p>
      <NameList label="Paths">
        {plan.paths.map((path) => (
          <li key={path}>
            <bdi>{visibleName(path)}</bdi>
          </li>
        ))}
      </NameList>
    </>
  )
}
