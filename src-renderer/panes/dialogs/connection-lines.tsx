import { CircleCheck, CircleHelp, CircleX } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ConnectionCheck, ConnectionReport } from '../../../src-preload/contract/profile.ts'
import './dialogs.css'

const icons = { ok: CircleCheck, failed: CircleX, unknown: CircleHelp }
const outcomes = { ok: 'Works', failed: 'Does not work', unknown: 'Not known' }
const names: { readonly [Check in ConnectionCheck['check']]: string } = {
  proxy: 'Proxy',
  reachable: 'Server',
  credentials: 'Keys',
  'list-buckets': 'List of buckets',
  clock: 'Clock',
}

/** The answer to "Test connection", a line for each check. */
export function ConnectionLines({ report }: { report: ConnectionReport }) {
  const lines = useRef<HTMLElement>(null)
  // Below an open “Advanced” nobody would see that there is an answer.
  useEffect(() => {
    // Newer versions of Chromium answer with a promise, which React would take for what cleans up.
    lines.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <section ref={lines} className="connection" aria-label="Connection test" aria-live="polite">
      <strong>{report.usable ? 'This profile can be used' : 'This profile cannot be used yet'}</strong>
      <ul>
        {report.checks.map((check) => {
          const Icon = icons[check.outcome]
          return (
            <li key={check.check} className={`connection-line connection-${check.outcome}`}>
              <Icon size={15} aria-label={outcomes[check.outcome]} />
              <span className="connection-name">{names[check.check]}</span>
              <span className="grow">{check.text}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
