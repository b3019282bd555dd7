import { Tabs } from '@base-ui/react/tabs'
import { Ban, Equal, FileX2, SlidersHorizontal, SquareMinus, Upload } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import type { SyncAction, SyncPlan, SyncRow } from '../../../src-preload/contract/sync-plan.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { SearchField } from '../../components/pane-header.tsx'
import type { Column } from '../../components/column.ts'
import type { SelectGesture } from '../../components/virtual-table.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { hasArrived, type PlanFilter, type SyncJob } from '../../stores/sync-store.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { actionText, countsText, hasChanges, rowReasonText, sentAsText } from '../../text/sync-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useWindow } from '../window-context.ts'
import { RowDetails } from './row-details.tsx'

interface PlanViewProps {
  destinationId: string
  job: SyncJob
  plan: SyncPlan
  onPlanWithoutRemoving: () => void
}

/** What a sync would do: in one line, in warnings, and row by row with reasons. */
export function PlanView({ destinationId, job, plan, onPlanWithoutRemoving }: PlanViewProps) {
  const { stores } = useWindow()
  const { counts } = plan
  const sync = stores.sync.getState()
  const tabs = useRef<HTMLDivElement>(null)
  const closeDetails = () => {
    void sync.lookAt(destinationId, null)
    tabs.current?.querySelector<HTMLElement>('[role="grid"]')?.focus()
  }
  const hasRows = hasArrived(job)
  const isSearch = job.search.trim() !== ''
  const changes = counts.upload + counts.updateHeaders + counts.delete
  const filters = (
    [
      ['changes', 'Changes', changes],
      ['upload', 'Uploads', counts.upload],
      ['update-headers', 'Headers', counts.updateHeaders],
      ['delete', 'Removals', counts.delete],
      ['blocked', 'Blocked', counts.blocked],
      ['foreign', 'Not ours', counts.foreign + plan.foreignDeletes],
      ['skip', 'Unchanged', counts.skip],
      ['all', 'All', plan.rows],
    ] satisfies readonly (readonly [PlanFilter, string, number])[]
  ).filter(([name, , count]) => count > 0 || name === 'changes' || name === 'all' || name === job.filter)
  const lead = job.look === null ? -1 : indexOfKey(job, job.look.key)
  const shown = useCallback((last: number) => void sync.loadRows(destinationId, last), [sync, destinationId])
  const columns = useMemo(() => planColumns(plan.prefix), [plan.prefix])
  return (
    <>
      <div className="sync-block">
        <output className="sync-counts">{countsText(counts)}</output>
        {counts.foreign > 0 ? (
          <p className="muted">
            {formatCount(counts.foreign, 'object')} {counts.foreign === 1 ? 'was' : 'were'} not put there by
            Pail’s syncs and {counts.foreign === 1 ? 'stays' : 'stay'}.
          </p>
        ) : null}
        {plan.onlyInBucket > 0 ? (
          <p className="muted">
            {formatCount(plan.onlyInBucket, 'object')} of earlier syncs{' '}
            {plan.onlyInBucket === 1 ? 'is' : 'are'} not in the folder any more and{' '}
            {plan.onlyInBucket === 1 ? 'stays' : 'stay'}.
          </p>
        ) : null}
        {plan.deleteRefusal !== null && counts.delete > 0 ? (
          <Note
            kind="danger"
            title="This plan removes too much"
            actions={<Button onClick={onPlanWithoutRemoving}>Plan without removing</Button>}
          >
            {plan.deleteRefusal}
          </Note>
        ) : null}
        {plan.warnings.length === 0 ? null : (
          <Note kind="warning">
            <ul>
              {plan.warnings.map((warning) => (
                <li key={warning}>{visibleName(warning)}</li>
              ))}
            </ul>
          </Note>
        )}
      </div>
      <Tabs.Root
        ref={tabs}
        className="tabs"
        value={job.filter}
        onValueChange={(value) => {
          const filter = filters.find(([name]) => name === value)
          if (filter !== undefined) void sync.setFilter(destinationId, filter[0])
        }}
      >
        <div className="tab-line">
          <Tabs.List className="tab-list" aria-label="Rows of the plan">
            {filters.map(([name, label, count]) => (
              <Tabs.Tab key={name} value={name} className="tab">
                {label} <span className="tab-count">{count.toLocaleString()}</span>
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {isSearch && hasRows ? (
            <output className="muted numeric">{formatCount(job.rowTotal, 'row')}</output>
          ) : null}
          <SearchField
            label="Search the plan"
            value={job.search}
            onValue={(search) => void sync.setSearch(destinationId, search)}
          />
        </div>
        {filters.map(([name]) => (
          <Tabs.Panel key={name} value={name} className="tab-panel" tabIndex={-1}>
            {job.rowTotal === 0 ? (
              <p className="sync-none">
                {!hasRows
                  ? ''
                  : isSearch
                    ? 'No name has this in it.'
                    : name === 'changes' && !hasChanges(counts)
                      ? 'No changes.'
                      : 'None.'}
              </p>
            ) : (
              <VirtualTable
                tableId="plan"
                label="Plan"
                columns={columns}
                count={job.rowTotal}
                rowAt={(index) => job.rows.get(index)}
                rowId={(row) => row.key}
                onShown={shown}
                selected={new Set(job.look === null ? [] : [job.look.key])}
                leadIndex={lead}
                onSelect={(gesture) =>
                  gesture.kind === 'move'
                    ? void sync.lookAtRow(destinationId, rowOfMove(job, lead, gesture.by))
                    : void sync.lookAt(destinationId, keyOfGesture(job, gesture))
                }
              />
            )}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      {job.look === null ? null : <RowDetails look={job.look} onClose={closeDetails} />}
    </>
  )
}

function indexOfKey(job: SyncJob, key: string): number {
  for (const [index, row] of job.rows) if (row.key === key) return index
  return -1
}

/** The position that an arrow or a page leads to, whether that row has arrived or not. */
function rowOfMove({ rowTotal }: SyncJob, lead: number, by: number): number {
  return Math.max(0, Math.min(rowTotal - 1, lead < 0 && Math.abs(by) <= 1 ? 0 : Math.max(0, lead) + by))
}

/** The key that a click or typing leads to; null for none. */
function keyOfGesture(job: SyncJob, gesture: Exclude<SelectGesture, { kind: 'move' }>): string | null {
  switch (gesture.kind) {
    case 'row':
      return gesture.id === job.look?.key && gesture.toggle ? null : gesture.id
    case 'typed': {
      const wanted = gesture.text.toLowerCase()
      for (const row of job.rows.values())
        if (baseName(row.key).toLowerCase().startsWith(wanted)) return row.key
      return job.look?.key ?? null
    }
    case 'all':
      return job.look?.key ?? null
    case 'none':
      return null
  }
}

function baseName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

const icons: { readonly [Action in SyncAction]: typeof Upload } = {
  upload: Upload,
  'update-headers': SlidersHorizontal,
  delete: FileX2,
  skip: Equal,
  foreign: SquareMinus,
  blocked: Ban,
}

function planColumns(prefix: string): readonly Column<SyncRow>[] {
  return [
    {
      id: 'name',
      label: 'File',
      width: 240,
      name: (row) => visibleName(nameIn(prefix, row.key)),
      cell: (row) => <VisibleName name={nameIn(prefix, row.key)} />,
    },
    {
      id: 'action',
      label: 'Action',
      width: 120,
      cell: (row) => {
        const Icon = icons[row.action]
        return (
          <span className={`plan-action plan-${row.action}`}>
            <Icon size={14} aria-hidden />
            {actionText(row.action)}
          </span>
        )
      },
    },
    { id: 'reason', label: 'Reason', width: 200, grow: 1.4, cell: (row) => <ReasonCell row={row} /> },
    {
      id: 'size',
      label: 'Size',
      width: 80,
      align: 'end',
      cell: (row) => (row.bytes > 0 ? formatBytes(row.bytes) : ''),
    },
  ]
}

function ReasonCell({ row }: { row: SyncRow }) {
  const changes = row.headers.map(
    (change) => `${change.header}: ${change.from ?? 'not set'} → ${change.to ?? 'not set'}`,
  )
  const why = [rowReasonText(row), ...(row.sentAs === undefined ? [] : [sentAsText(row)])]
  const text = visibleName([...why, ...(row.action === 'update-headers' ? changes : [])].join('. '))
  return (
    <span className="truncate" title={visibleName([...why, ...changes].join('\n').replaceAll('\n', '. '))}>
      {text}
    </span>
  )
}

function nameIn(prefix: string, key: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key
}
