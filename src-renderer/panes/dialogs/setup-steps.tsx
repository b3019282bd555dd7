import { CircleCheck, CircleDashed, CircleMinus, CircleX, TriangleAlert } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SetupPlan, SetupState } from '../../../src-preload/contract/bucket-setup.ts'
import { CodeText } from '../../components/code-text.tsx'
import { setupStateHints, setupStateWords } from '../../text/setup-text.ts'
import { visibleName } from '../../text/visible-name.ts'

/** How far along something is, for its mark. */
export type StepMark = 'waiting' | 'done' | 'quiet' | 'warning' | 'failed'

const icons: { readonly [Mark in StepMark]: LucideIcon } = {
  waiting: CircleDashed,
  done: CircleCheck,
  quiet: CircleMinus,
  warning: TriangleAlert,
  failed: CircleX,
}

/** The mark of what became of a call. */
export const markOfState: { readonly [State in SetupState]: StepMark } = {
  done: 'done',
  already: 'done',
  'not-here': 'quiet',
  'not-shown': 'warning',
  failed: 'failed',
  'not-made': 'waiting',
}

interface StepLineProps {
  mark: StepMark
  /** S3's name of the call. */
  call: string
  /** What became of it; nothing before it was made. */
  state?: string
  children?: ReactNode
}

/** One call: its mark, its name, what became of it, and what there is to say. */
export function StepLine({ mark, call, state, children }: StepLineProps) {
  const Icon = icons[mark]
  return (
    <li className={`setup-step setup-${mark}`}>
      <Icon size={16} aria-hidden />
      <div className="grow">
        <div className="row">
          <span className="mono grow">{call}</span>
          {state === undefined ? null : <span className="setup-state">{state}</span>}
        </div>
        {children}
      </div>
    </li>
  )
}

interface PlannedStepsProps {
  plan: SetupPlan
  /** What became of each call; null before they are made. */
  states: ReadonlyMap<string, SetupState> | null
}

/** Every call of a plan, with what is sent and how it is undone on demand. */
export function PlannedSteps({ plan, states }: PlannedStepsProps) {
  return (
    <ol className="setup-steps" aria-label="Calls">
      {plan.steps.map(({ call, purpose, request, before, body, inverse, notHere }) => {
        const state = states?.get(call)
        const hint = state === undefined ? null : setupStateHints[state]
        return (
          <StepLine
            key={call}
            call={call}
            mark={state === undefined ? (notHere === null ? 'waiting' : 'quiet') : markOfState[state]}
            {...(state === undefined
              ? notHere === null
                ? {}
                : { state: setupStateWords['not-here'] }
              : { state: setupStateWords[state] })}
          >
            <p className="muted">{visibleName(notHere ?? purpose)}</p>
            {hint === null || notHere !== null ? null : <p className="muted">{hint}</p>}
            {notHere !== null ? null : (
              <details>
                <summary>What is sent, and how it is undone</summary>
                <div className="details-body stack">
                  {before === undefined ? null : (
                    <CodeText
                      label={`What ${call} replaces`}
                      caption="As it is now"
                      text={before ?? 'Nothing is set.'}
                    />
                  )}
                  <CodeText
                    label={`What ${call} sends`}
                    text={body === null ? visibleName(request) : `${visibleName(request)}\n\n${body}`}
                  />
                  <p className="muted">Undone by {inverse}</p>
                </div>
              </details>
            )}
          </StepLine>
        )
      })}
    </ol>
  )
}
