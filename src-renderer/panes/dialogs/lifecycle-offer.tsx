import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { LifecyclePlan } from '../../../src-preload/contract/sweep.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { formatCount } from '../../text/format.ts'
import { abortRulesText, otherRulesText } from '../../text/sweep-text.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

const dayChoices = [1, 3, 7, 14, 30].map((days) => ({
  value: String(days),
  label: formatCount(days, 'day'),
}))

/** The rule that has the bucket abort incomplete uploads by itself: shown first, written second, and the way back. */
export function LifecycleOffer({ profileId, bucket }: { profileId: string; bucket: string }) {
  const { stores } = useWindow()
  const [days, setDays] = useState('7')
  const [plan, setPlan] = useState<LifecyclePlan | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  /** What is being looked at before it is done. */
  const [step, setStep] = useState<'add' | 'remove' | null>(null)
  const [busy, setBusy] = useState(false)

  const ask = (wanted: number | null) => stores.objects.planLifecycle({ profileId, bucket, days: wanted })
  useEffect(() => {
    let wanted = true
    void stores.objects.planLifecycle({ profileId, bucket, days: 7 }).then((result) => {
      if (!wanted) return
      if (result.ok) setPlan(result.value)
      else setError(result.error)
    })
    return () => {
      wanted = false
    }
  }, [stores, profileId, bucket])

  /** Looks at a change; with null, at what there is. */
  const show = async (next: 'add' | 'remove' | null, value: string) => {
    const result = await ask(next === 'remove' ? null : Number(value))
    setError(result.ok ? null : result.error)
    if (!result.ok) return
    setPlan(result.value)
    setStep(next)
  }
  const apply = async ({ planId, change }: LifecyclePlan) => {
    setBusy(true)
    const result = await stores.objects.applyLifecycle({ planId })
    setBusy(false)
    setStep(null)
    if (!result.ok) {
      setError(result.error)
      return
    }
    const later = result.value.confirmed ? '' : 'The service does not show it yet.'
    announceDone({ title: change === 'remove' ? 'The rule is gone' : 'The rule is written', body: later })
    await show(null, days)
  }
  const ours = plan?.abortRules.find(({ isOurs }) => isOurs)
  const isDoneByOthers = plan?.abortRules.some(({ isOurs, coversAll }) => !isOurs && coversAll) === true
  return (
    <section className="lifecycle" aria-label="Aborting by itself">
      <ErrorHere error={error} />
      {plan === null ? null : (
        <>
          <p>{abortRulesText(plan.abortRules)}</p>
          {step === null && (ours !== undefined || !isDoneByOthers) ? (
            <div className="lifecycle-row">
              {ours === undefined ? (
                <Button onClick={() => void show('add', days)}>Let the bucket do it…</Button>
              ) : (
                <Button onClick={() => void show('remove', days)}>Remove Pail’s rule…</Button>
              )}
            </div>
          ) : null}
          {step === 'add' ? (
            <SelectField
              label="Abort uploads that are not complete after"
              options={dayChoices}
              value={days}
              onValue={(value) => {
                setDays(value)
                void show('add', value)
              }}
            />
          ) : null}
          {step === null ? null : (
            <>
              {plan.ruleJson === null ? null : (
                <pre className="lifecycle-rule mono selectable" aria-label="The rule as it is sent">
                  {plan.ruleJson}
                </pre>
              )}
              <p className="muted">
                {step === 'remove'
                  ? 'The rule that Pail has added is taken away. '
                  : 'This rule is added to the bucket’s lifecycle configuration, and can be removed here. '}
                {otherRulesText(plan)}
              </p>
              <div className="lifecycle-row">
                <Button onClick={() => setStep(null)} disabled={busy}>
                  Cancel
                </Button>
                <Button
                  kind="primary"
                  disabled={busy || plan.change === 'none'}
                  onClick={() => void apply(plan)}
                >
                  {step === 'remove' ? 'Remove the rule' : 'Add the rule'}
                </Button>
              </div>
            </>
          )}
        </>
      )}
    </section>
  )
}
