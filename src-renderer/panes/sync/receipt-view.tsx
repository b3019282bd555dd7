import { CircleAlert, CircleCheck, CircleHelp, X } from 'lucide-react'
import { useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { ReceiptRow } from '../../../src-preload/contract/receipt.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { CheckField } from '../../components/choice-fields.tsx'
import type { Column } from '../../components/column.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { ReceiptJob } from '../../stores/receipt-store.ts'
import { formatClock, formatDuration } from '../../text/format.ts'
import { receiptRowText, receiptSummary, receiptText } from '../../text/receipt-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

interface ReceiptViewProps {
  destination: StaticDestination
  planId: string
  job: ReceiptJob
}

/** What visitors get of what a sync changed, asked for without any key. */
export function ReceiptView({ destination, planId, job }: ReceiptViewProps) {
  const { stores } = useWindow()
  const [all, setAll] = useState(false)
  const [lookedAt, setLookedAt] = useState<string | null>(null)
  const check = () => void stores.receipts.getState().check(destination, planId)
  const { receipt } = job
  const rows = receipt === null ? [] : all ? receipt.rows : receipt.rows.filter((row) => row.code !== 'ok')
  const lead = rows.findIndex((row) => row.key === lookedAt)
  const shown = rows[lead]
  return (
    <section className="receipt" aria-label="Receipt">
      <div className="sync-block">
        <div className="row">
          <h2 className="grow">What visitors get</h2>
          {receipt === null || receipt.counts.ok === 0 || receipt.counts.ok === receipt.rows.length ? null : (
            <CheckField label="Show what is fine, too" checked={all} onChecked={setAll} />
          )}
          <Button disabled={job.checking} onClick={check}>
            {receipt === null ? 'Check' : 'Check again'}
          </Button>
        </div>
        {job.checking ? (
          <>
            <p className="muted">Asking for the changed files as a visitor would</p>
            <ProgressBar label="Checking" fraction={null} />
          </>
        ) : null}
        {job.error === null ? null : <ErrorHere error={job.error} onRetry={check} />}
        {receipt === null ? null : (
          <p>
            {receiptSummary(receipt)}{' '}
            <span className="muted">
              Checked at {formatClock(receipt.checkedAt)} through <bdi>{visibleName(receipt.baseUrl)}</bdi>
            </span>
          </p>
        )}
      </div>
      {rows.length === 0 ? null : (
        <VirtualTable
          tableId="receipt"
          label="Receipt"
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          rowId={(row) => row.key}
          selected={new Set(lookedAt === null ? [] : [lookedAt])}
          leadIndex={lead}
          onSelect={(gesture) => {
            if (gesture.kind === 'row') setLookedAt(gesture.id)
            else if (gesture.kind === 'none') setLookedAt(null)
            else if (gesture.kind === 'move') {
              const to = Math.max(0, Math.min(rows.length - 1, lead < 0 ? 0 : lead + gesture.by))
              setLookedAt(rows[to]?.key ?? null)
            }
          }}
        />
      )}
      {shown === undefined ? null : <ReceiptDetails row={shown} onClose={() => setLookedAt(null)} />}
    </section>
  )
}

function ReceiptDetails({ row, onClose }: { row: ReceiptRow; onClose: () => void }) {
  return (
    <section className="row-details selectable" aria-label="Details of the address">
      <header className="row">
        <strong className="grow truncate">
          <VisibleName name={row.key} />
        </strong>
        <IconButton icon={X} label="Close details" onClick={onClose} />
      </header>
      <p>{explanation(row)}</p>
      <p className="muted">
        <bdi>{visibleName(row.url)}</bdi>
        {row.location === null ? null : (
          <>
            {' → '}
            <bdi>{visibleName(row.location)}</bdi>
          </>
        )}
      </p>
      {row.differences.length === 0 ? null : (
        <table className="comparison">
          <thead>
            <tr>
              <th scope="col">Header</th>
              <th scope="col">Visitors get</th>
              <th scope="col">Sent</th>
            </tr>
          </thead>
          <tbody>
            {row.differences.map(({ header, from, to }) => (
              <tr key={header}>
                <th scope="row">{header}</th>
                <td>{from === null ? 'Not set' : visibleName(from)}</td>
                <td>{to === null ? 'Not set' : visibleName(to)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {row.cache === null && row.ageSeconds === null ? null : (
        <p className="muted">
          {[
            ...(row.cache === null ? [] : [`Cache: ${visibleName(row.cache)}.`]),
            ...(row.ageSeconds === null ? [] : [`In the cache for ${formatDuration(row.ageSeconds)}.`]),
          ].join(' ')}
        </p>
      )}
    </section>
  )
}

/** What a visitor met, and what to do about it. */
function explanation(row: ReceiptRow): string {
  if (row.code === 'ok') return receiptText('ok').happened
  return [
    receiptRowText(row),
    ...row.alsoWrong.map((code) => receiptText(code).happened),
    receiptText(row.code).next,
  ].join(' ')
}

const columns: readonly Column<ReceiptRow>[] = [
  {
    id: 'key',
    label: 'File',
    width: 220,
    name: (row) => visibleName(row.key),
    cell: (row) => <VisibleName name={row.key} />,
  },
  {
    id: 'result',
    label: 'Result',
    width: 140,
    cell: (row) => {
      const Icon = row.code === 'ok' ? CircleCheck : row.code === 'not-checked' ? CircleHelp : CircleAlert
      return (
        <span className={`receipt-code receipt-${row.code === 'ok' ? 'ok' : 'wrong'}`}>
          <Icon size={14} aria-hidden />
          {receiptText(row.code).name}
        </span>
      )
    },
  },
  {
    id: 'status',
    label: 'Status',
    width: 60,
    optional: true,
    align: 'end',
    cell: (row) => row.status ?? '',
  },
  {
    id: 'what',
    label: 'What it means, what to do',
    width: 260,
    grow: 2,
    cell: (row) => {
      const text = row.code === 'ok' ? '' : visibleName(explanation(row))
      return (
        <span className="truncate" title={text}>
          {text}
        </span>
      )
    },
  },
]
