import type { VisibilityPlan } from '../../../src-preload/contract/visibility-plan.ts'
import { Button } from '../../components/button.tsx'
import { CheckField } from '../../components/choice-fields.tsx'
import { Note } from '../../components/note.tsx'
import { PolicyChange } from '../../components/policy-change.tsx'
import { bucketSwitchText, planTitle } from '../../text/access-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useWindow } from '../window-context.ts'

interface PlanViewProps {
  plan: VisibilityPlan | null
  /** While one for another choice is still shown. */
  isOld: boolean
  profileId: string | null
  /** Addresses of the service that were chosen to go off, too. */
  customDomains: readonly string[]
  onCustomDomains: (domains: readonly string[]) => void
}

/** What a bucket needs, why, and the change exactly as it will be made. */
export function PlanView({ plan, isOld, profileId, customDomains, onCustomDomains }: PlanViewProps) {
  const { stores } = useWindow()
  if (plan === null || isOld) return <p className="muted">Looking at what the bucket needs…</p>
  if (plan.refusal !== null)
    return (
      <Note
        kind="danger"
        title={`It cannot be made ${plan.visibility} here`}
        actions={
          plan.way === 'provider-switch' && /API token/.test(plan.refusal.message) ? (
            <Button onClick={() => stores.view.getState().openDialog({ kind: 'profile', profileId })}>
              Edit profile…
            </Button>
          ) : undefined
        }
      >
        {visibleName(plan.refusal.message)}
      </Note>
    )
  const domains = [...new Set([...plan.keptOpenBy, ...customDomains])].toSorted()
  return (
    <>
      <Note kind={plan.sure ? 'info' : 'warning'} title={planTitle(plan)}>
        {plan.switches.map((each) => (
          <p key={each.domain ?? each.kind}>{bucketSwitchText(each)}</p>
        ))}
        {plan.reasons.map((reason) => (
          <p key={reason}>{visibleName(reason)}</p>
        ))}
        {plan.sure ? null : <p>What comes of it is asked for afterwards, without signing.</p>}
      </Note>
      {domains.map((domain) => (
        <CheckField
          key={domain}
          label={`Switch ${domain} off, too`}
          hint="It stays connected to the bucket, and can be switched on again."
          checked={customDomains.includes(domain)}
          onChecked={(isOff) =>
            onCustomDomains(
              isOff ? [...customDomains, domain] : customDomains.filter((each) => each !== domain),
            )
          }
        />
      ))}
      {plan.policy === null ? null : (
        <PolicyChange edit={plan.policy} otherStatements={plan.otherStatements} />
      )}
    </>
  )
}
