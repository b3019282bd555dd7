import { X } from 'lucide-react'
import type { SyncRowDetails } from '../../../src-preload/contract/sync-plan.ts'
import { IconButton } from '../../components/button.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { RowLook } from '../../stores/sync-store.ts'
import { formatBytes } from '../../text/format.ts'
import { rowReasonText, sentAsText } from '../../text/sync-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'

interface RowDetailsProps {
  look: RowLook
  onClose: () => void
}

/** One row of the plan looked at closely: what the bucket has, and what it will have. */
export function RowDetails({ look, onClose }: RowDetailsProps) {
  return (
    <section className="row-details" aria-label="Details of the row">
      <header className="row">
        <strong className="grow truncate">
          <VisibleName name={look.key} />
        </strong>
        <IconButton icon={X} label="Close details" onClick={onClose} />
      </header>
      {look.error === null ? null : <ErrorHere error={look.error} />}
      {look.details === null ? (
        look.error === null ? (
          <p className="muted">Asking the bucket…</p>
        ) : null
      ) : (
        <Comparison details={look.details} />
      )}
    </section>
  )
}

const headers = [
  ['Content-Type', 'contentType'],
  ['Cache-Control', 'cacheControl'],
  ['Content-Encoding', 'contentEncoding'],
  ['Content-Disposition', 'contentDisposition'],
  ['Content-Language', 'contentLanguage'],
] as const

function Comparison({ details: { row, before, after } }: { details: SyncRowDetails }) {
  const visibility = row.headers.find(({ header }) => header === 'Visibility')
  return (
    <>
      <p className="muted">{visibleName([rowReasonText(row), sentAsText(row)].filter(Boolean).join('. '))}</p>
      <table className="comparison selectable">
        <thead>
          <tr>
            <th scope="col">Header</th>
            <th scope="col">In the bucket now</th>
            <th scope="col">After the sync</th>
          </tr>
        </thead>
        <tbody>
          {headers.map(([label, name]) => {
            const has = before?.[name] ?? null
            const gets = row.action === 'delete' ? null : after === null ? has : after[name]
            // What is not asked for stays as it is, unless the object is written anew.
            const stays = gets === null && row.action !== 'upload' && row.action !== 'delete'
            const value = stays ? has : gets
            return (
              <tr key={name} className={value === has ? '' : 'comparison-differs'}>
                <th scope="row">{label}</th>
                <td>{before === null ? '—' : valueText(has)}</td>
                <td>{row.action === 'delete' ? '—' : valueText(value)}</td>
              </tr>
            )
          })}
          {visibility === undefined ? null : (
            <tr className="comparison-differs">
              <th scope="row">Who can read</th>
              <td>{visibility.from ?? 'Not known'}</td>
              <td>{visibility.to ?? 'Not known'}</td>
            </tr>
          )}
          <tr>
            <th scope="row">Size</th>
            <td className="numeric">{before === null ? '—' : formatBytes(before.sizeBytes)}</td>
            <td className="numeric">
              {row.action === 'delete' ? '—' : formatBytes((after ?? before)?.sizeBytes ?? 0)}
            </td>
          </tr>
          <tr>
            <th scope="row">Last modified</th>
            <td>{before === null ? '—' : <TimeText iso={before.lastModified} />}</td>
            <td>{row.action === 'upload' || row.action === 'update-headers' ? 'When applied' : '—'}</td>
          </tr>
        </tbody>
      </table>
    </>
  )
}

function valueText(value: string | null) {
  return value === null ? <span className="muted">Not set</span> : visibleName(value)
}
